package console

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// readPart is a part of a page that is read without being one: what its heading
// says, and the lines below it.
type readPart struct {
	Heading, Text string
}

// readable gives what a page of HTML says, as text: up to so many bytes of it,
// and whether that is not all. Nothing of the page itself is kept.
func readable(page []byte, most int) (parts []readPart, short bool) {
	r := &reading{tokens: html.NewTokenizer(bytes.NewReader(page))}
	for r.size <= most && r.next() {
	}
	r.line()
	r.end()
	return r.parts, r.size > most
}

// reading goes through a page.
type reading struct {
	tokens *html.Tokenizer
	parts  []readPart

	heading, gap bool            // what comes is a heading; is another cell
	head         string          // of the part that is being read
	lines        []string        // of that part
	words        strings.Builder // of the line that is being read
	depth, cells int             // of lists; of the row so far
	size         int             // bytes so far
}

// unread are elements whose contents are nothing to read.
var unread = map[atom.Atom]bool{atom.Script: true, atom.Style: true, atom.Title: true, atom.Template: true, atom.Noscript: true, atom.Iframe: true, atom.Textarea: true}

// next reads on; false at the end.
func (r *reading) next() bool {
	kind := r.tokens.Next()
	switch kind {
	case html.ErrorToken:
		return false
	case html.TextToken:
		r.say(string(r.tokens.Text()))
		return true
	case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
	default:
		return true
	}
	tag, _ := r.tokens.TagName()
	name := atom.Lookup(tag)
	switch {
	case unread[name]:
		if kind == html.StartTagToken {
			r.pass(name)
		}
	case isHeading(name):
		r.line()
		if r.heading = kind == html.StartTagToken; r.heading {
			r.end()
		}
	case name == atom.Ul || name == atom.Ol:
		r.line()
		if kind == html.StartTagToken {
			r.depth++
		} else {
			r.depth = max(r.depth-1, 0)
		}
	case name == atom.Td || name == atom.Th:
		if kind == html.StartTagToken {
			r.cells++
			r.gap = r.cells > 1
		}
	case name == atom.Dt && kind == html.EndTagToken:
		r.say(": ")
	case name == atom.Dd && kind == html.StartTagToken: // goes on with its term
	case name == atom.Img && kind != html.EndTagToken:
		r.picture()
	case isBlock(name):
		r.line()
	case (name == atom.Span || name == atom.Code) && kind == html.StartTagToken:
		r.say(" ") // which style may set apart
	}
	return true
}

// pass goes on to the end of an element.
func (r *reading) pass(element atom.Atom) {
	for {
		switch r.tokens.Next() {
		case html.ErrorToken:
			return
		case html.EndTagToken:
			if tag, _ := r.tokens.TagName(); atom.Lookup(tag) == element {
				return
			}
		}
	}
}

// picture says what a picture is said to show.
func (r *reading) picture() {
	for more := true; more; {
		var key, value []byte
		key, value, more = r.tokens.TagAttr()
		if string(key) == "alt" && len(value) > 0 {
			r.say(" [Picture: " + string(value) + "] ")
		}
	}
}

func (r *reading) say(text string) {
	if r.gap && strings.TrimSpace(text) != "" {
		r.words.WriteString(" · ")
		r.gap = false
	}
	r.words.WriteString(text)
	r.size += len(text)
}

// line ends a line.
func (r *reading) line() {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(r.words.String(), "")), " ")
	r.words.Reset()
	r.cells, r.gap = 0, false
	switch {
	case text == "":
	case r.heading:
		r.head = strings.TrimSpace(r.head + " " + text)
	default:
		r.lines = append(r.lines, strings.Repeat("\u00a0\u00a0", min(max(r.depth-1, 0), 20))+text)
	}
}

// end ends a part.
func (r *reading) end() {
	if r.head != "" || len(r.lines) > 0 {
		r.parts = append(r.parts, readPart{r.head, strings.Join(r.lines, "\n")})
	}
	r.head, r.lines = "", nil
}

func isHeading(name atom.Atom) bool {
	switch name {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

// isBlock says whether an element begins and ends a line.
func isBlock(name atom.Atom) bool {
	switch name {
	case atom.P, atom.Div, atom.Li, atom.Tr, atom.Br, atom.Hr, atom.Dl, atom.Dd, atom.Dt, atom.Pre, atom.Table, atom.Thead, atom.Tbody, atom.Caption, atom.Section,
		atom.Article, atom.Aside, atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Figure, atom.Figcaption, atom.Form, atom.Fieldset, atom.Button, atom.Body, atom.Blockquote, atom.Details, atom.Summary:
		return true
	}
	return false
}
