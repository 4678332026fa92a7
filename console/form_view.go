package console

import (
	"net/http"
	"net/url"
	"slices"

	"daymark/access"
)

// formView is one form of a page, for its template.
type formView struct {
	CSRF, Key, ID, From string
	Problem             string // why it was refused; "": it was not. Why says it
	Done                bool   // it was just done
	Answer              any    // what it answered, this once; nil: nothing
	wrong               map[string]string
	typed               url.Values
	tried               *tried // nil: it was not
}

// Form gives what a form of the page needs, by the name that it has there.
func (f *frame) Form(id string) formView {
	view := formView{CSRF: f.CSRF, Key: access.NewSecret()[:16], ID: id, From: f.from, Done: f.done == id}
	if f.tried != nil && f.tried.form == id {
		view.Problem, view.wrong, view.typed, view.Answer, view.tried = f.tried.problem, f.tried.wrong, f.tried.typed, f.tried.answer, f.tried
	}
	return view
}

// Why is Problem where the form says it: the page has what was tried then.
func (v formView) Why() string {
	if v.tried != nil {
		v.tried.drawn = true
	}
	return v.Problem
}

// Typed gives what somebody typed into a field of a form that was refused;
// else what stands there at first.
func (v formView) Typed(field, standard string) string {
	if v.typed == nil {
		return standard
	}
	return v.typed.Get(field)
}

// Chose says whether a choice of a field was made in a form that was refused;
// else whether it is the one that stands there at first.
func (v formView) Chose(field, choice, standard string) bool {
	if v.typed == nil {
		return choice == standard
	}
	return slices.Contains(v.typed[field], choice)
}

// Seen gives what a form says that its writer has seen: as it was sent, and what
// is so now only once they were told that it is something else.
func (v formView) Seen(field, now string) string {
	if v.tried == nil || v.tried.status == http.StatusConflict || !v.typed.Has(field) {
		return now
	}
	return v.typed.Get(field)
}

// Wrong says what is wrong in a field.
func (v formView) Wrong(field string) string { return v.wrong[field] }
