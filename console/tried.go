package console

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"daymark/access"
)

// tried is what somebody sent by a form that was refused: the page that the
// form is on is shown again, with what was typed and with what is wrong.
type tried struct {
	form    string
	status  int
	problem string            // in a sentence
	wrong   map[string]string // by field
	typed   url.Values
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
	ctx, cancel := context.WithTimeout(r.Context(), callTime)
	defer cancel()
	asked := reflect.New(o.asked)
	wrong, err := decodeForm(r, asked.Elem(), s.Zone)
	if err == nil && len(wrong) > 0 {
		err = &Fault{Status: http.StatusUnprocessableEntity, Detail: "This was not done: see what is wrong below.", Wrong: wrong}
	}
	var answer any
	if err == nil {
		answer, err = o.call(ctx, Call{Who: who, Key: formKey(r)}, asked.Interface())
	}
	if err != nil {
		s.refuse(w, r, who, err)
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

// after gives where to go once something was done.
func after(form url.Values, made string) string {
	if then := form.Get("then"); then != "" {
		return inside(strings.ReplaceAll(then, "{made}", url.PathEscape(made)))
	}
	from, id := inside(form.Get("from")), url.QueryEscape(form.Get("form"))
	separator := "?"
	if strings.Contains(from, "?") {
		separator = "&"
	}
	return from + separator + "done=" + id + "#" + id
}

// refuse shows the page that a form is on once more, with what is wrong.
func (s *Site) refuse(w http.ResponseWriter, r *http.Request, who access.Principal, err error) {
	if r.Context().Err() != nil {
		return // the asker has gone
	}
	problem := problemOf(err)
	if problem.Status >= http.StatusInternalServerError {
		s.Logger.ErrorContext(r.Context(), "a form of the console failed", "path", r.Pattern, "who", who.Actor(), "error", err)
	}
	t := &tried{form: r.PostFormValue("form"), status: problem.Status, problem: problem.Detail, wrong: map[string]string{}, typed: r.PostForm}
	for _, wrong := range problem.Errors {
		t.wrong[strings.TrimPrefix(wrong.Where, "body.")] = wrong.Detail
	}
	again, err := http.NewRequestWithContext(context.WithValue(r.Context(), triedKey{}, t), http.MethodGet, inside(r.PostFormValue("from")), http.NoBody)
	if err != nil {
		s.Errors.Write(w, r, problem.Status, problem.Detail)
		return
	}
	again.Header, again.RemoteAddr, again.Host = r.Header, r.RemoteAddr, r.Host
	if serve := s.pageAt(again); serve != nil && who.May(serve.Right) {
		serve.Serve(w, again, who)
		return
	}
	s.Errors.Write(w, r, problem.Status, problem.Detail)
}

// pageAt gives the page of an address, and sets what the address names.
func (s *Site) pageAt(r *http.Request) *PageRoute {
	var found *PageRoute
	mux := http.NewServeMux()
	routes := s.Routes()
	for i := range routes {
		if p := &routes[i]; p.Right != "" && strings.HasPrefix(p.Pattern, http.MethodGet+" ") {
			mux.HandleFunc(p.Pattern, func(_ http.ResponseWriter, matched *http.Request) {
				found = p
				*r = *matched
			})
		}
	}
	mux.ServeHTTP(nothingWritten{http.Header{}}, r)
	return found
}

// nothingWritten takes an answer that nobody reads.
type nothingWritten struct{ header http.Header }

func (n nothingWritten) Header() http.Header         { return n.header }
func (n nothingWritten) Write(p []byte) (int, error) { return len(p), nil }
func (n nothingWritten) WriteHeader(int)             {}

// formView is one form of a page, for its template.
type formView struct {
	CSRF, Key, ID, From string
	Problem             string // why it was refused; "": it was not
	Done                bool   // it was just done
	wrong               map[string]string
	typed               url.Values
}

// Form gives what a form of the page needs, by the name that it has there.
func (f *frame) Form(id string) formView {
	view := formView{CSRF: f.CSRF, Key: access.NewSecret()[:16], ID: id, From: f.from, Done: f.done == id}
	if f.tried != nil && f.tried.form == id {
		view.Problem, view.wrong, view.typed = f.tried.problem, f.tried.wrong, f.tried.typed
	}
	return view
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
	for _, typed := range v.typed[field] {
		if typed == choice {
			return true
		}
	}
	return false
}

// Wrong says what is wrong in a field.
func (v formView) Wrong(field string) string { return v.wrong[field] }
