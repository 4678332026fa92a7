package console

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"daymark/access"
	"daymark/internal/web"
)

// wrongPage says what went wrong to somebody of the staff.
type wrongPage struct {
	frame
	Detail string // a sentence or two
	SignIn string // the address that leads back here by signing in; "": that is not what is missing
}

// wrongSays is what is said of a status: what it is, and what to do where
// nothing more is known.
var wrongSays = map[int][2]string{
	http.StatusBadRequest:            {"This could not be read.", "The address or the form is not one that a page of ours gave."},
	http.StatusUnauthorized:          {"You are not signed in.", "Sign in to go on."},
	http.StatusForbidden:             {"You may not do this.", ""},
	http.StatusNotFound:              {"This page is not here.", "Perhaps the address was cut off, or what stood here is gone."},
	http.StatusMethodNotAllowed:      {"This address takes forms alone.", "It is not loaded by itself, nor anew."},
	http.StatusConflict:              {"This was not done.", ""},
	http.StatusRequestEntityTooLarge: {"This is too large.", "Nothing of it was taken."},
	http.StatusUnprocessableEntity:   {"This was not done.", ""},
	http.StatusTooManyRequests:       {"That was too often.", "Please wait a little."},
	http.StatusServiceUnavailable:    {"This did not work.", "It is our fault, and has been written down. Please try again in a moment."},
}

// wrong answers staff with what went wrong, in the shell of the console. An
// empty detail stands for the usual one.
func (s *Site) wrong(w http.ResponseWriter, r *http.Request, status int, detail string) {
	says, known := wrongSays[status]
	if !known {
		says = wrongSays[http.StatusServiceUnavailable]
	}
	if status == http.StatusForbidden && !writes(r) {
		says[0] = "You may not see this."
	}
	header := w.Header()
	if status == http.StatusServiceUnavailable && header.Get("Retry-After") == "" {
		header.Set("Retry-After", "60")
	}
	who := sittingOf(r.Context()).who
	if status == http.StatusUnauthorized {
		who = access.Principal{}
	}
	page := &wrongPage{frame: s.frame(r, says[0], "", who), Detail: cmp.Or(detail, says[1])}
	if writes(r) { // its address takes forms alone
		page.from = inside(r.PostFormValue("from"))
	}
	if status == http.StatusUnauthorized {
		page.SignIn = signInAt(page.from)
	}
	if t := triedOf(r); t != nil && t.problem == page.Detail {
		page.Detail = "" // it stands above, with what was typed
	}
	body, err := draw(r, "wrong", page)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "the page of an error failed", "error", err)
		s.Errors.Write(w, r, status, detail)
		return
	}
	header.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // who has hung up needs no answer
	}
}

// Lost answers where no page of the console fits; false: the address is not of
// the console.
func (s *Site) Lost(w http.ResponseWriter, r *http.Request, status int) bool {
	if r.URL.Path != "/console" && !strings.HasPrefix(r.URL.Path, "/console/") {
		return false
	}
	w.Header().Set("Cache-Control", web.Never)
	w.Header().Set("X-Robots-Tag", "noindex")
	r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
	s.tell(status).ServeHTTP(w, r)
	return true
}

// tell is wrong for who is not let in to a page.
func (s *Site) tell(status int) http.Handler {
	return s.withSession(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sittingOf(r.Context()).who, _ = s.who(r)
		s.wrong(w, r, status, "")
	}))
}

// draw makes a page. Where it does not have the form that was tried, which is
// known only then, it is made once more, with what is to be said of that.
func draw(r *http.Request, name string, page any) ([]byte, error) {
	var body bytes.Buffer
	err := pages().ExecuteTemplate(&body, name, page)
	if t := triedOf(r); err == nil && t != nil && !t.drawn {
		t.left = true
		body.Reset()
		err = pages().ExecuteTemplate(&body, name, page)
	}
	return body.Bytes(), err
}

// notAnyMore answers a session that is over.
const notAnyMore = "You are not signed in any more. What you sent was not done."

// fail answers a request that could not be answered, and writes down why.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // the asker has gone
	}
	switch {
	case errors.Is(err, ErrNotFound):
		s.wrong(w, r, http.StatusNotFound, "")
		return
	case errors.Is(err, access.ErrBusy):
		w.Header().Set("Retry-After", "10")
		s.wrong(w, r, http.StatusServiceUnavailable, "Too many people sign in at this moment. Please try again in a few seconds.")
		return
	}
	s.Logger.ErrorContext(r.Context(), "a page of the console failed", "path", r.Pattern, "error", err)
	s.wrong(w, r, http.StatusServiceUnavailable, "")
}

// failAccount is fail for what needs the account of who asks: one that is gone
// signs nobody in any more.
func (s *Site) failAccount(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ErrNotFound) {
		s.wrong(w, r, http.StatusUnauthorized, notAnyMore)
		return
	}
	s.fail(w, r, err)
}
