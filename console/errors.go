package console

import (
	"context"
	"errors"
	"net/http"

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

// problemOf is the one table from errors to answers. Whoever calls learns
// nothing of our insides.
func problemOf(err error) web.Problem {
	if fault, ok := errors.AsType[*Fault](err); ok {
		return web.NewProblem(fault.Status, fault.Detail, fault.Wrong...)
	}
	switch {
	case errors.Is(err, ErrNotFound):
		return web.NewProblem(http.StatusNotFound, "There is nothing with this id.")
	case errors.Is(err, context.DeadlineExceeded):
		return web.NewProblem(http.StatusServiceUnavailable, "It took too long. Please try again.")
	}
	return web.NewProblem(http.StatusInternalServerError, "Something went wrong with us. It has been written down.")
}
