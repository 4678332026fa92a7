package console

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"daymark/access"
)

// tried is what somebody sent by a form whose page is shown again at once: with
// what was typed, and with what is wrong, what came of a try, or an answer that
// is shown once.
type tried struct {
	form    string
	status  int
	problem string            // in a sentence
	wrong   map[string]string // by field
	typed   url.Values
	answer  any         // nil: it was refused
	texts   []typedText // what of it somebody wrote in words of their own

	drawn bool // the page has the form
	left  bool // it has not: what is to be said of it stands above all else
}

// shownOnce is an answer with a secret in it. It is in the answer to its form
// and nowhere else: an address that led to it would keep it.
type shownOnce interface {
	shownOn() string // the page that has the form
}

// ownPage is an answer that has a page of its own.
type ownPage interface {
	showIn(s *Site, w http.ResponseWriter, r *http.Request, who access.Principal)
}

// triedKey is under which a context has it.
type triedKey struct{}

func triedOf(r *http.Request) *tried {
	t, _ := r.Context().Value(triedKey{}).(*tried)
	return t
}

// forms are the addresses by which pages do what the API does: each write of
// the API is a form, POST /console in place of POST /api/v1.
func (s *Site) forms() []PageRoute {
	var routes []PageRoute
	for i := range s.API.operations {
		if o := &s.API.operations[i]; o.Writes() {
			routes = append(routes, PageRoute{
				Pattern: o.Method + " /console" + strings.TrimPrefix(o.Path, "/api/v1"), Right: o.Right, Most: o.Most,
				Serve: func(w http.ResponseWriter, r *http.Request, who access.Principal) { s.do(w, r, who, o) },
			})
		}
	}
	return routes
}

// do runs an operation of the API for a form. What went well leads back to the
// page that the form is on, or on to another.
func (s *Site) do(w http.ResponseWriter, r *http.Request, who access.Principal, o *Operation) {
	ctx, cancel := context.WithTimeout(r.Context(), cmp.Or(o.takes, callTime))
	defer cancel()
	asked := reflect.New(o.asked)
	wrong, err := decodeForm(r, asked.Elem(), s.Zone)
	if err == nil && len(wrong) > 0 {
		err = &Fault{Status: http.StatusUnprocessableEntity, Detail: "This was not done: see what is wrong below.", Wrong: wrong}
	}
	var answer any
	if err == nil {
		answer, err = o.call(ctx, Call{Who: who, Key: formKey(r), Form: true}, asked.Interface())
	}
	if err != nil {
		s.refuse(w, r, who, o, err)
		return
	}
	if own, is := answer.(ownPage); is {
		own.showIn(s, w, r, who)
		return
	}
	if o.Tries {
		s.tryOut(w, r, who, answer)
		return
	}
	if secret, is := answer.(shownOnce); is {
		s.reveal(w, r, who, secret)
		return
	}
	made, _ := answer.(madeRow)
	http.Redirect(w, r, after(r.PostForm, made.Made), http.StatusSeeOther)
}

// formKey lets a form that is sent twice be done once. Another text from the
// same page is another act.
func formKey(r *http.Request) string {
	key := r.PostFormValue("key")
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(r.URL.Path + "?" + r.PostForm.Encode()))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// after gives where to go once something was done; that page knows which form
// it was.
func after(form url.Values, made string) string {
	id := form.Get("form")
	to, part := form.Get("from"), id
	if then := form.Get("then"); then != "" {
		to, part, _ = strings.Cut(strings.ReplaceAll(then, "{made}", url.PathEscape(made)), "#")
	}
	at, err := url.Parse(inside(to))
	if err != nil {
		return "/console"
	}
	query := at.Query()
	if id != "" {
		query.Set("done", id)
	}
	at.RawQuery, at.Fragment = query.Encode(), part
	return at.String()
}

// refuse shows the page that a form is on once more, with what is wrong.
func (s *Site) refuse(w http.ResponseWriter, r *http.Request, who access.Principal, o *Operation, err error) {
	if r.Context().Err() != nil {
		return // the asker has gone
	}
	problem := problemOf(err)
	if problem.Status >= http.StatusInternalServerError {
		s.Logger.ErrorContext(r.Context(), "a form of the console failed", "path", r.Pattern, "who", who.Actor(), "error", err)
	}
	t := &tried{
		form: r.PostFormValue("form"), status: problem.Status, problem: problem.Detail, wrong: map[string]string{}, typed: r.PostForm,
		texts: textsOf(r.PostForm, in(fieldsOf(o.asked), "body")),
	}
	for _, wrong := range problem.Errors {
		t.wrong[strings.TrimPrefix(wrong.Where, "body.")] = wrong.Detail
	}
	if !s.again(w, r, who, r.PostFormValue("from"), t) {
		s.wrong(w, r.WithContext(context.WithValue(r.Context(), triedKey{}, t)), problem.Status, problem.Detail)
	}
}

// tryOut shows the page that a form is on once more, with what was typed and what
// came of trying it.
func (s *Site) tryOut(w http.ResponseWriter, r *http.Request, who access.Principal, answer any) {
	t := &tried{form: r.PostFormValue("form"), status: http.StatusOK, typed: r.PostForm, answer: answer, texts: textsOf(r.PostForm, nil)}
	if !s.again(w, r, who, r.PostFormValue("from"), t) {
		s.wrong(w, r.WithContext(context.WithValue(r.Context(), triedKey{}, t)), http.StatusBadRequest, "The form does not say which page it is on.")
	}
}

// reveal shows the page that a form is on once more, with the answer to it.
func (s *Site) reveal(w http.ResponseWriter, r *http.Request, who access.Principal, secret shownOnce) {
	t := &tried{form: r.PostFormValue("form"), status: http.StatusOK, answer: secret}
	from := r.PostFormValue("from")
	if at, err := url.Parse(from); err != nil || at.Path != secret.shownOn() {
		from = secret.shownOn()
	}
	if !s.again(w, r, who, from, t) {
		s.fail(w, r, errors.New("the page of a secret is not there for who may make it"))
	}
}

// again answers a form with a page; false where there is none for who calls.
func (s *Site) again(w http.ResponseWriter, r *http.Request, who access.Principal, from string, t *tried) bool {
	again, err := http.NewRequestWithContext(context.WithValue(r.Context(), triedKey{}, t), http.MethodGet, inside(from), http.NoBody)
	if err != nil {
		return false
	}
	again.Header, again.RemoteAddr, again.Host = r.Header, r.RemoteAddr, r.Host
	serve := s.pageAt(again)
	if serve == nil || !who.May(serve.Right) {
		return false
	}
	serve.Serve(w, again, who)
	return true
}

// pageAt gives the page of an address, and sets what the address names.
func (s *Site) pageAt(r *http.Request) *PageRoute {
	look := &pageLook{header: http.Header{}}
	s.looked.ServeHTTP(look, r)
	return look.page
}

// lookUp leads an address to the page that it has, for pageAt.
func (s *Site) lookUp() *http.ServeMux {
	mux := http.NewServeMux()
	for _, p := range s.Routes() {
		if p.Right != "" && strings.HasPrefix(p.Pattern, http.MethodGet+" ") {
			mux.HandleFunc(p.Pattern, func(w http.ResponseWriter, _ *http.Request) { w.(*pageLook).page = &p })
		}
	}
	return mux
}

// pageLook takes the page of an address, and nothing that is written.
type pageLook struct {
	header http.Header
	page   *PageRoute
}

func (l *pageLook) Header() http.Header         { return l.header }
func (l *pageLook) Write(p []byte) (int, error) { return len(p), nil }
func (l *pageLook) WriteHeader(int)             {}
