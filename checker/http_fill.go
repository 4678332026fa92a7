package checker

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"regexp"
	"strings"
)

// placeholder is {{name}}.
var placeholder = regexp.MustCompile(`\{\{\s*([^{}\s]+)\s*\}\}`)

// fillIn puts saved values into a request, each escaped for where it stands,
// so that what one server said cannot become an instruction to the next.
// The request itself is left as it was.
func fillIn(request *Request, saved map[string]any) (*Request, *fault) {
	filled := *request
	fill := &filler{saved: saved}
	filled.URL = fill.url(request.URL)
	filled.Headers = make(map[string]string, len(request.Headers))
	for name, value := range request.Headers {
		filled.Headers[name] = fill.header(value)
	}
	filled.Bearer = fill.header(request.Bearer)
	if request.Basic != nil {
		filled.Basic = &BasicAuth{fill.plain(request.Basic.User), fill.plain(request.Basic.Password)}
	}
	filled.Body = fill.body(request.Body, contentType(request))
	return &filled, fill.problem
}

// filler replaces placeholders and keeps the first fault.
type filler struct {
	saved   map[string]any
	problem *fault
}

// each replaces the placeholders of text by what escape makes of their
// values; before is what was written up to there, for that tells where the
// value lands, and after the text that is still to come.
func (f *filler) each(text string, escape func(name string, value any, before, after string) string) string {
	var out strings.Builder
	at := 0
	for _, found := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		out.WriteString(text[at:found[0]])
		name := text[found[2]:found[3]]
		value, ok := f.saved[name]
		if !ok {
			f.fail(unknown("no earlier step saves " + name + ", which {{" + name + "}} asks for"))
		}
		out.WriteString(escape(name, value, out.String(), text[found[1]:]))
		at = found[1]
	}
	out.WriteString(text[at:])
	return out.String()
}

func (f *filler) fail(problem *fault) {
	if f.problem == nil {
		f.problem = problem
	}
}

func (f *filler) plain(text string) string {
	return f.each(text, func(_ string, value any, _, _ string) string { return textOf(value) })
}

// header refuses what would end the header.
func (f *filler) header(text string) string {
	return f.each(text, func(_ string, saved any, _, _ string) string {
		value := textOf(saved)
		if strings.ContainsAny(value, "\r\n\x00") {
			f.fail(failed("a saved value holds a line break and cannot stand in a header"))
			return ""
		}
		return value
	})
}

// body escapes as the kind of body asks.
func (f *filler) body(text, kind string) string {
	return f.each(text, func(_ string, saved any, before, _ string) string {
		value := textOf(saved)
		switch kind {
		case "json":
			return jsonValue(saved, before)
		case "form":
			return url.QueryEscape(value)
		case "xml":
			var escaped bytes.Buffer
			if err := xml.EscapeText(&escaped, []byte(value)); err != nil {
				f.fail(failed("a saved value cannot stand in XML"))
			}
			return escaped.String()
		}
		return value
	})
}

// jsonValue writes a value inside a JSON string, or as the JSON value that it
// is.
func jsonValue(value any, before string) string {
	inside := insideString(before)
	if inside {
		value = textOf(value)
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return "null" // cannot be: values come from JSON or are facts
	}
	if inside {
		return string(encoded[1 : len(encoded)-1])
	}
	return string(encoded)
}

// insideString tells whether JSON ends within a string.
func insideString(text string) bool {
	inside, escaped := false, false
	for _, c := range []byte(text) {
		switch {
		case escaped:
			escaped = false
		case c == '\\' && inside:
			escaped = true
		case c == '"':
			inside = !inside
		}
	}
	return inside
}

// contentType tells by header, else by look, how values are escaped in the
// body.
func contentType(request *Request) string {
	for name, value := range request.Headers {
		if !strings.EqualFold(name, "Content-Type") {
			continue
		}
		value = strings.ToLower(value)
		switch {
		case strings.Contains(value, "json"):
			return "json"
		case strings.Contains(value, "x-www-form-urlencoded"):
			return "form"
		case strings.Contains(value, "xml"), strings.Contains(value, "html"):
			return "xml"
		}
		return ""
	}
	switch start := strings.TrimSpace(request.Body); {
	case strings.HasPrefix(start, "{{"):
		return ""
	case strings.HasPrefix(start, "{"), strings.HasPrefix(start, "["), strings.HasPrefix(start, `"`):
		return "json"
	case strings.HasPrefix(start, "<"):
		return "xml"
	}
	return ""
}
