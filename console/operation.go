package console

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"reflect"
	"time"

	"daymark/access"
	"daymark/internal/web"
)

// Operation is one thing that the API does.
type Operation struct {
	Method  string
	Path    string       // a pattern of the standard mux, without method
	Right   access.Right // what who calls needs
	Summary string       // one sentence
	Tries   bool         // it changes nothing: a form of it shows the answer in its place
	Most    int64        // bytes of a request; MaxBody when 0

	takes           time.Duration // at most; callTime when 0
	asked, answered reflect.Type
	call            func(ctx context.Context, call Call, asked any) (any, error)
	log             *slog.Logger
}

// Call is who calls, and how.
type Call struct {
	Who access.Principal
	Key string // the Idempotency-Key of a write; "": none
	// Form: it comes from a form of a page, where one can press the wrong
	// button.
	Form bool
}

// callTime is how long one call may take.
const callTime = 10 * time.Second

// read makes a row that changes nothing.
func read[Q, A any](path string, right access.Right, summary string, fn func(context.Context, Call, Q) (A, error)) Operation {
	return row(http.MethodGet, path, right, summary, fn)
}

// write makes a row that changes something.
func write[Q, A any](path string, right access.Right, summary string, fn func(context.Context, Call, Q) (A, error)) Operation {
	return row(http.MethodPost, path, right, summary, fn)
}

// try makes a row that is asked as one that changes something is, and changes
// nothing.
func try[Q, A any](path string, right access.Right, summary string, fn func(context.Context, Call, Q) (A, error)) Operation {
	o := write(path, right, summary, fn)
	o.Tries = true
	return o
}

func row[Q, A any](method, path string, right access.Right, summary string, fn func(context.Context, Call, Q) (A, error)) Operation {
	return Operation{
		Method: method, Path: path, Right: right, Summary: summary,
		asked: reflect.TypeFor[Q](), answered: reflect.TypeFor[A](),
		call: func(ctx context.Context, call Call, asked any) (any, error) { return fn(ctx, call, *asked.(*Q)) },
	}
}

// Pattern gives the pattern of the standard mux.
func (o *Operation) Pattern() string { return o.Method + " " + o.Path }

// Writes says whether it changes something.
func (o *Operation) Writes() bool { return o.Method != http.MethodGet }

// ServeAs answers one call. Whether who calls may do that was asked before.
func (o *Operation) ServeAs(w http.ResponseWriter, r *http.Request, who access.Principal) {
	ctx, cancel := context.WithTimeout(r.Context(), cmp.Or(o.takes, callTime))
	defer cancel()
	answer, err := o.answer(ctx, w, r, who)
	var body bytes.Buffer
	if err == nil {
		encoder := json.NewEncoder(&body)
		encoder.SetEscapeHTML(false) // it is JSON, and said to be so
		err = encoder.Encode(answer)
	}
	if err != nil {
		o.fail(w, r, who, err)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", web.Never)
	_, _ = w.Write(body.Bytes()) // who has hung up needs no answer
}

func (o *Operation) answer(ctx context.Context, w http.ResponseWriter, r *http.Request, who access.Principal) (any, error) {
	call := Call{Who: who}
	asked := reflect.New(o.asked)
	wrong, err := decode(w, r, cmp.Or(o.Most, MaxBody), asked.Elem())
	if err != nil {
		return nil, err
	}
	if o.Writes() {
		var problem *web.Wrong
		if call.Key, problem = keyOf(r.Header); problem != nil {
			wrong = append(wrong, *problem)
		}
	}
	if len(wrong) > 0 {
		return nil, &Fault{Status: http.StatusBadRequest, Detail: "The request was not understood: see errors.", Wrong: wrong}
	}
	return o.call(ctx, call, asked.Interface())
}

func (o *Operation) fail(w http.ResponseWriter, r *http.Request, who access.Principal, err error) {
	if r.Context().Err() != nil {
		return // the asker has gone
	}
	problem := problemOf(err)
	if problem.Status >= http.StatusInternalServerError {
		o.log.ErrorContext(r.Context(), "a call of the API failed", "operation", o.Pattern(), "who", who.Actor(), "error", err)
	}
	if problem.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	problem.Write(w)
}

// maxKey is the longest Idempotency-Key, in bytes.
const maxKey = 200

// keyOf reads the Idempotency-Key; without one it is "".
func keyOf(header http.Header) (string, *web.Wrong) {
	keys := header.Values("Idempotency-Key")
	if len(keys) == 0 {
		return "", nil
	}
	printable := len(keys) == 1 && keys[0] != "" && len(keys[0]) <= maxKey
	for i := 0; printable && i < len(keys[0]); i++ {
		printable = keys[0][i] > ' ' && keys[0][i] < 0x7f
	}
	if !printable {
		return "", &web.Wrong{Where: "header.Idempotency-Key", Detail: "It is given once, and has 1 to 200 printable ASCII characters without blanks."}
	}
	return keys[0], nil
}
