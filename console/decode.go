package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"daymark/internal/web"
)

// MaxBody is the most that a request may bring, in bytes, where nothing else is
// said.
const MaxBody = 64 << 10

// decode fills a struct from a request, strictly: what is not meant is told
// with its place. The error is a *Fault where the request cannot be read at
// all. most is how many bytes its body may have.
func decode(w http.ResponseWriter, r *http.Request, most int64, into reflect.Value) ([]web.Wrong, error) {
	fields := fieldsOf(into.Type())
	var wrong []web.Wrong
	for _, f := range in(fields, "path") {
		wrong = append(wrong, f.set(into, r.PathValue(f.name))...)
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &Fault{Status: http.StatusBadRequest, Detail: "The query in the address cannot be read."}
	}
	wrong = append(wrong, decodeQuery(query, in(fields, "query"), into)...)
	body := in(fields, "body")
	if len(body) == 0 {
		return wrong, nil
	}
	more, err := decodeBody(w, r, most, body, into)
	return append(wrong, more...), err
}

func decodeQuery(query url.Values, fields []field, into reflect.Value) []web.Wrong {
	var wrong []web.Wrong
	known := map[string]bool{}
	for _, f := range fields {
		known[f.name] = true
		values := query[f.name]
		switch {
		case len(values) > 1:
			wrong = append(wrong, web.Wrong{Where: "query." + f.name, Detail: "It is given more than once."})
		case len(values) == 1:
			wrong = append(wrong, f.set(into, values[0])...)
		case f.standard != "":
			wrong = append(wrong, f.set(into, f.standard)...)
		}
	}
	for name := range query {
		if !known[name] {
			detail := "There is no such parameter; there is none at all."
			if len(fields) > 0 {
				detail = "There is no such parameter; there are " + names(fields) + "."
			}
			wrong = append(wrong, web.Wrong{Where: "query." + clip(name), Detail: detail})
		}
	}
	return wrong
}

// set reads a text of the path or the query.
func (f *field) set(into reflect.Value, text string) []web.Wrong {
	value := into.FieldByIndex(f.index)
	refuse := func(format string, args ...any) []web.Wrong {
		return []web.Wrong{{Where: f.in + "." + f.name, Detail: fmt.Sprintf(format, args...)}}
	}
	switch {
	case f.typ == reflect.TypeFor[Time]():
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return refuse("It is to be a time such as 2026-12-01T13:00:00Z.")
		}
		value.Set(reflect.ValueOf(Time{at}))
	case f.typ.Kind() == reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil || n < f.least || f.most > 0 && n > f.most {
			return refuse("It is to be a number from %d to %d.", f.least, f.most)
		}
		value.SetInt(int64(n))
	default:
		value.SetString(text)
		if detail := f.text(text); detail != "" {
			return refuse("%s", detail)
		}
	}
	return nil
}

// text says what is wrong with a text; "" is nothing.
func (f *field) text(text string) string {
	if len(f.words) > 0 {
		if slices.Contains(f.words, text) {
			return ""
		}
		return "It is to be one of " + strings.Join(f.words, ", ") + "."
	}
	if !utf8.ValidString(text) {
		return "It is to be text in UTF-8."
	}
	if utf8.RuneCountInString(text) > f.longest {
		return fmt.Sprintf("It has more than %d characters.", f.longest)
	}
	return ""
}

func decodeBody(w http.ResponseWriter, r *http.Request, most int64, fields []field, into reflect.Value) ([]web.Wrong, error) {
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &Fault{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("The body has more than %d KB.", most>>10)}
	}
	if err != nil {
		return nil, &Fault{Status: http.StatusBadRequest, Detail: "The body did not come whole."}
	}
	if len(content) == 0 {
		content = []byte("{}")
	} else if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, &Fault{Status: http.StatusUnsupportedMediaType, Detail: "The body is to be JSON, with Content-Type: application/json."}
	}
	if !utf8.Valid(content) {
		return nil, &Fault{Status: http.StatusBadRequest, Detail: "The body is to be text in UTF-8."}
	}
	var raw any
	if err := json.Unmarshal(content, &raw); err != nil {
		return nil, &Fault{Status: http.StatusBadRequest, Detail: "The body is not JSON."}
	}
	wrong := checkObject("body", raw, fields)
	if len(wrong) > 0 {
		return wrong, nil
	}
	if err := json.Unmarshal(content, into.Addr().Interface()); err != nil {
		return nil, &Fault{Status: http.StatusBadRequest, Detail: "The body was not understood."}
	}
	return nil, nil
}

// clip shortens what somebody else wrote, for an answer that repeats it.
func clip(text string) string {
	if len(text) > 60 {
		text = strings.ToValidUTF8(text[:60], "") + "…"
	}
	return text
}
