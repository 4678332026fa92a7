package console

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// typedText is what somebody wrote into a field.
type typedText struct{ Name, Text string }

// leftView is what was sent by a form that its page does not have any more: the
// incident was resolved meanwhile, somebody else was first. Nothing of what was
// typed is lost by that, nor why it was not done.
type leftView struct {
	Problem string
	Texts   []typedText
}

// Left gives it; nil where the page has the form, or nothing was sent.
func (f *frame) Left() *leftView {
	t := f.tried
	if t == nil || !t.left || t.problem == "" && len(t.texts) == 0 {
		return nil
	}
	view := &leftView{Problem: t.problem, Texts: t.texts}
	if view.Problem == "" {
		view.Problem = "This form is not here any more: something has changed since you began."
	}
	return view
}

// textsOf gives what somebody wrote in words of their own: not what they chose,
// nor an id. fields are those of the form; nil: they are not known.
func textsOf(form url.Values, fields []field) (texts []typedText) {
	add := func(name string, always bool) {
		for _, text := range form[name] {
			if text = strings.TrimSpace(text); text != "" && (always || strings.ContainsAny(text, " \n")) {
				texts = append(texts, typedText{spelt(name), text})
			}
		}
	}
	for i := range fields {
		f := &fields[i]
		if f.typ.Kind() == reflect.String && len(f.words) == 0 {
			add(f.name, f.longest != standardLongest)
		}
	}
	if fields == nil {
		for _, name := range slices.Sorted(maps.Keys(form)) {
			if !slices.Contains(ofEveryForm, name) {
				add(name, false)
			}
		}
	}
	return texts
}

// spelt makes words of the name of a field: "you_can" is "You can".
func spelt(name string) string {
	name = strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(name[:1]) + name[1:]
}
