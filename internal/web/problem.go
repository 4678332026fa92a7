package web

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Problem is what went wrong, for programs (RFC 9457). Detail is one sentence
// for a person; it says nothing of our insides.
type Problem struct {
	Type   string  `json:"type" doc:"A URI of the kind of problem; about:blank: the status says it."`
	Title  string  `json:"title" doc:"The status in words."`
	Status int     `json:"status" doc:"The HTTP status."`
	Detail string  `json:"detail" doc:"What is wrong and what would be right, in a sentence."`
	Errors []Wrong `json:"errors,omitempty" doc:"What is wrong in the request, where it was understood so far."`
}

// Wrong is one thing that is wrong in a request.
type Wrong struct {
	Where  string `json:"where" doc:"The place: body.role, query.limit, header.Idempotency-Key."`
	Detail string `json:"detail" doc:"What is wrong there, in a sentence."`
}

// NewProblem makes the problem of a status.
func NewProblem(status int, detail string, wrong ...Wrong) Problem {
	return Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Errors: wrong}
}

// Write answers with the problem.
func (p Problem) Write(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Cache-Control", Never)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Type", "application/problem+json")
	body, err := json.Marshal(p)
	if err != nil {
		body = []byte(`{}`) // strings and numbers always encode
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // who has hung up needs no answer
}

// forAPI says whether an address is of our API for staff, whose errors are
// problems.
func forAPI(r *http.Request) bool {
	return r.URL.Path == "/api/v1" || strings.HasPrefix(r.URL.Path, "/api/v1/")
}
