package console

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"daymark/incident"
	"daymark/internal/web"
)

// ErrNotFound is what a source answers for what is not there.
var ErrNotFound = errors.New("not found")

// Fault is what who calls did wrong.
type Fault struct {
	Status int
	Detail string // one sentence
	Wrong  []web.Wrong
}

// Error says it.
func (f *Fault) Error() string { return f.Detail }

// wrongly is the fault of one part of a request.
func wrongly(where, detail string) *Fault {
	return &Fault{
		Status: http.StatusBadRequest, Detail: "The request was not understood: see errors.", Wrong: []web.Wrong{{Where: where, Detail: detail}},
	}
}

// refused gives the status of each kind of refusal.
var refused = map[incident.RefusalKind]int{
	incident.NotFound: http.StatusNotFound, incident.Conflict: http.StatusConflict,
	incident.Invalid: http.StatusUnprocessableEntity, incident.Forbidden: http.StatusForbidden,
}

// sentence begins with a capital and ends with a full stop.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(text[size:], ".") + "."
}

// told is sentence, and nothing of nothing; what ends as a question or a call
// does stays so.
func told(text string) string {
	if text = strings.TrimSpace(text); text == "" || strings.HasSuffix(text, "?") || strings.HasSuffix(text, "!") {
		return text
	}
	return sentence(text)
}

// saidOf says an error on a page: with what is wrong in which part of the
// address, where that is known.
func saidOf(p *web.Problem) string {
	if len(p.Errors) == 0 {
		return p.Detail
	}
	var all []string
	for _, wrong := range p.Errors {
		_, part, _ := strings.Cut(wrong.Where, ".")
		all = append(all, "“"+part+"”: "+wrong.Detail)
	}
	return strings.Join(all, " ")
}

// problemOf is the one table from errors to answers. Whoever calls learns
// nothing of our insides.
func problemOf(err error) web.Problem {
	if fault, ok := errors.AsType[*Fault](err); ok {
		return web.NewProblem(fault.Status, fault.Detail, fault.Wrong...)
	}
	if refusal, ok := errors.AsType[*incident.Refusal](err); ok {
		return web.NewProblem(refused[refusal.Kind], sentence(refusal.Text))
	}
	switch {
	case errors.Is(err, ErrNotFound):
		return web.NewProblem(http.StatusNotFound, "There is nothing with this id.")
	case errors.Is(err, context.DeadlineExceeded):
		return web.NewProblem(http.StatusServiceUnavailable, "It took too long. Please try again.")
	}
	return web.NewProblem(http.StatusInternalServerError, "Something went wrong with us. It has been written down.")
}
