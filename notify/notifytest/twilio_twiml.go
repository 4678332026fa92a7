package notifytest

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// verb is one instruction of a document: what is read out, and where the
// digits go that it asks for.
type verb struct {
	say    []string
	action string // of a Gather
	digits int
}

// attributes are those that the stand-in knows, by element.
var attributes = map[string][]string{
	"Response": {},
	"Say":      {"language", "voice", "loop"},
	"Pause":    {"length"},
	"Hangup":   {},
	"Gather":   {"action", "method", "numDigits", "timeout", "input", "finishOnKey", "actionOnEmptyResult"},
}

// readTwiml reads a document strictly: an element or attribute that it does
// not know, text outside Say, or a Gather that posts nowhere is an error.
func readTwiml(document string) ([]verb, error) {
	d := xml.NewDecoder(strings.NewReader(document))
	var open []string
	var verbs []verb
	seen := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			if !seen || len(open) > 0 {
				return nil, errors.New("there is no whole Response")
			}
			return verbs, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			v, err := readElement(token, open)
			if err != nil {
				return nil, err
			}
			if seen && len(open) == 0 {
				return nil, errors.New("there are two roots")
			}
			seen = true
			open = append(open, token.Name.Local)
			if token.Name.Local == "Gather" || token.Name.Local == "Say" && len(open) == 2 {
				verbs = append(verbs, v)
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			text := strings.TrimSpace(string(token))
			switch {
			case text == "":
			case len(open) < 2 || open[len(open)-1] != "Say":
				return nil, fmt.Errorf("the text %q stands outside Say", text)
			default:
				last := &verbs[len(verbs)-1]
				last.say = append(last.say, text)
			}
		}
	}
}

func readElement(e xml.StartElement, open []string) (verb, error) {
	name := e.Name.Local
	known, is := attributes[name]
	inside := strings.Join(open, " ")
	switch {
	case !is:
		return verb{}, fmt.Errorf("%s is no element that the stand-in knows", name)
	case (name == "Response") != (inside == ""), name == "Gather" && inside != "Response",
		inside != "" && inside != "Response" && (inside != "Response Gather" || name == "Hangup"):
		return verb{}, fmt.Errorf("%s stands inside %q", name, inside)
	}
	v := verb{digits: 1 << 10}
	for _, a := range e.Attr {
		if !slices.Contains(known, a.Name.Local) {
			return verb{}, fmt.Errorf("%s has no attribute %s", name, a.Name.Local)
		}
		switch a.Name.Local {
		case "action":
			v.action = a.Value
		case "method":
			if a.Value != "POST" {
				return verb{}, fmt.Errorf("the stand-in posts what is pressed, and does not %s it", a.Value)
			}
		case "numDigits", "timeout", "length", "loop":
			n, err := strconv.Atoi(a.Value)
			if err != nil || n < 0 {
				return verb{}, fmt.Errorf("%s is %q, and no number", a.Name.Local, a.Value)
			}
			if a.Name.Local == "numDigits" {
				v.digits = n
			}
		}
	}
	if name == "Gather" && !absoluteURL(v.action) {
		return verb{}, fmt.Errorf("what is pressed goes to %q, which is no whole address", v.action)
	}
	return v, nil
}
