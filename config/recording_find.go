package config

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// way is a form of selector that the Recorder writes.
type way string

// The forms. Only xpath has no counterpart in a journey.
const (
	byAria   way = "aria"
	byText   way = "text"
	byCSS    way = "css"
	byPierce way = "pierce"
	byXPath  way = "xpath"
)

// What a journey looks for first: names that people read before selectors
// that only the page's authors know. The text of a field is what is in it, so
// it names none.
var (
	fieldWays = []way{byAria, byCSS, byPierce}
	thingWays = []way{byAria, byText, byCSS, byPierce}
	seenWays  = []way{byText, byAria, byCSS, byPierce}
	drawnWays = []way{byText, byCSS, byPierce, byAria}
)

// element is what is known of the element that a step is about.
type element struct {
	names map[way][]string // in the order of the recording, ready for a step
	deep  map[string]bool  // names that leave out what the element is inside of
	role  string           // from an aria selector
	tag   string           // from the last part of a css or xpath selector
	kind  string           // type=… of an input, from a css selector
	hints []string         // names, ids and the like, which may say that it is secret
	paths []string         // each whole selector, to know the element again
}

const maxFound = 300 // runes of a name or selector

func elementOf(paths []recordedPath) element {
	e := element{names: map[way][]string{}, deep: map[string]bool{}}
	for _, path := range paths {
		if len(path) == 0 {
			continue
		}
		last := path[len(path)-1]
		form, rest := wayOf(last)
		e.paths = append(e.paths, strings.Join(path, " >> "))
		switch form {
		case byAria:
			e.aria(path)
		case byText:
			e.add(byText, rest, len(path) > 1)
		case byCSS, byPierce:
			e.css(form, rest, len(path) > 1)
		case byXPath:
			e.xpath(rest)
		}
	}
	return e
}

func wayOf(selector string) (way, string) {
	for _, form := range []way{byAria, byText, byPierce, byXPath} {
		if rest, is := strings.CutPrefix(selector, string(form)+"/"); is {
			return form, rest
		}
	}
	return byCSS, selector
}

// add keeps a name that a journey can look for.
func (e *element) add(form way, name string, inside bool) {
	name = strings.Join(strings.Fields(name), " ")
	isCSS := form == byCSS || form == byPierce
	if name == "" || utf8.RuneCountInString(name) > maxFound || strings.Contains(name, "${") ||
		strings.ContainsFunc(name, unicode.IsControl) || strings.HasPrefix(name, "css=") {
		return
	}
	if isCSS {
		name = "css=" + name
		if inside {
			e.deep[name] = true
		}
	}
	if !slices.Contains(e.names[form], name) {
		e.names[form] = append(e.names[form], name)
	}
}

var ariaPart = regexp.MustCompile(`\[(name|role)=(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\]$`)

// aria reads Name[role="button"]. The last part of a path may be a nameless
// element inside the named one, which is as good to click on.
func (e *element) aria(path recordedPath) {
	for i := range slices.Backward(path) {
		form, name := wayOf(path[i])
		if form != byAria {
			return
		}
		role := ""
		for {
			found := ariaPart.FindStringSubmatch(name)
			if found == nil {
				break
			}
			value := strings.NewReplacer(`\"`, `"`, `\'`, `'`, `\\`, `\`).Replace(found[2] + found[3])
			name = strings.TrimSuffix(name, found[0])
			if found[1] == "role" {
				role = value
			} else if name == "" {
				name = value
			}
		}
		if i == len(path)-1 && role != "" {
			e.role = role
		}
		if strings.TrimSpace(name) == "" {
			continue
		}
		e.hints = append(e.hints, name)
		e.add(byAria, name, false)
		return
	}
}

var (
	cssTag  = regexp.MustCompile(`^[a-zA-Z][\w-]*`)
	cssID   = regexp.MustCompile(`#((?:[\w-]|\\.)+)`)
	cssAttr = regexp.MustCompile(`\[\s*([\w-]+)\s*[~|^$*]?=\s*["']?([^"'\]]*)["']?\s*\]`)
	xEnd    = regexp.MustCompile(`/([a-zA-Z][\w-]*|\*)((?:\[[^/]*\])?)$`)
	xID     = regexp.MustCompile(`@[\w-]+\s*=\s*["']([^"']*)["']`)
)

func (e *element) css(form way, selector string, inside bool) {
	for _, deep := range []string{">>>>", ">>>"} {
		if at := strings.LastIndex(selector, deep); at >= 0 {
			selector, inside = selector[at+len(deep):], true
		}
	}
	selector = strings.TrimSpace(selector)
	if strings.Contains(selector, "::-p-") {
		return // a word of Puppeteer's, not of CSS
	}
	last := lastCompound(selector)
	e.tag = strings.ToLower(firstOf(e.tag, cssTag.FindString(last)))
	for _, id := range cssID.FindAllStringSubmatch(last, -1) {
		e.hints = append(e.hints, id[1])
	}
	for _, attribute := range cssAttr.FindAllStringSubmatch(last, -1) {
		e.hints = append(e.hints, attribute[2])
		if attribute[1] == "type" {
			e.kind = strings.ToLower(attribute[2])
		}
	}
	e.add(form, selector, inside)
}

func (e *element) xpath(selector string) {
	found := xEnd.FindStringSubmatch(selector)
	if found == nil {
		return
	}
	if found[1] != "*" {
		e.tag = strings.ToLower(firstOf(e.tag, found[1]))
	}
	for _, id := range xID.FindAllStringSubmatch(found[2], -1) {
		e.hints = append(e.hints, id[1])
	}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// lastCompound gives what a selector says of the element itself.
func lastCompound(selector string) string {
	depth, quote, start := 0, rune(0), 0
	for i, r := range selector {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'':
			quote = r
		case r == '[' || r == '(':
			depth++
		case r == ']' || r == ')':
			depth--
		case depth == 0 && strings.ContainsRune(" >+~,", r):
			start = i + 1
		}
	}
	return selector[start:]
}

// choose gives the best name, or "".
func (e *element) choose(ways []way) string {
	for _, form := range ways {
		if len(e.names[form]) > 0 {
			return e.names[form][0]
		}
	}
	return ""
}

// called gives a short name for a field that is found by name: the hint that
// gives a secret away says more than a whole selector.
func (e *element) called(name string) string {
	if !strings.HasPrefix(name, "css=") {
		return name
	}
	if i := slices.IndexFunc(e.hints, looksSecret); i >= 0 {
		return e.hints[i]
	}
	if len(e.hints) > 0 {
		return e.hints[0]
	}
	return "field"
}

// same tells whether both are found in one of the same ways.
func (e *element) same(other *element) bool {
	return slices.ContainsFunc(e.paths, func(path string) bool { return slices.Contains(other.paths, path) })
}

// toggles tells of a box that is ticked by clicking.
func (e *element) toggles() bool {
	boxes := []string{"checkbox", "radio", "switch"}
	return slices.Contains(boxes, e.role) || slices.Contains(boxes, e.kind)
}

// list tells of a <select>, as far as a recording says so.
func (e *element) list() bool {
	return e.tag == "select" || e.role == "listbox" || e.role == "combobox" && e.tag != "input" && e.tag != "textarea"
}

// drawn tells of what has a name and shows no text.
func (e *element) drawn() bool {
	return slices.Contains([]string{"img", "svg", "input", "textarea", "select", "canvas", "video"}, e.tag) ||
		slices.Contains([]string{"img", "image", "textbox", "searchbox", "combobox", "spinbutton", "checkbox", "radio"}, e.role)
}
