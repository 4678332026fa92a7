package web

import (
	"bytes"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"daymark/internal/lang"
)

// Errors answers what went wrong: a calm page for people, JSON for programs.
// It never says anything of our insides.
type Errors struct {
	Name       string   // of the page: "Harbour Bank"
	Stylesheet []string // addresses of the stylesheets, in their order
	Logo       string   // address of the logo; empty: Daymark's own mark
	Icon       string   // address of the favicon; empty: none
	// Voice says in which language a request is answered, and what the foot
	// has in it; nil: English, without a foot. Programs are answered in English.
	Voice func(r *http.Request) *Voice
	Theme func(r *http.Request) string // light or dark, where the reader chose one; nil: nobody can
	// Lost answers where no route fits, in other words than ours; false: this
	// address is none of its own. nil: there are no others.
	Lost func(w http.ResponseWriter, r *http.Request, status int) bool
}

// Voice is how error pages speak in one language.
type Voice struct {
	*lang.Language
	Links []Link // of the foot; without any there is no foot
	Made  string // what the foot says last: "Status by Daymark."
}

// See leads to the status, in words.
func (v *Voice) See() string { return v.Text("page.see-status", nil) }

// More names the links of the foot.
func (v *Voice) More() string { return v.Text("page.more", nil) }

// words says a status in words: what is so, and what to do.
func (v *Voice) words(status int) (title, hint string) {
	id := "page.error"
	if slices.Contains(worded, status) {
		id += "-" + strconv.Itoa(status)
	}
	return v.Text(id, nil), v.Text(id+"-hint", nil)
}

// worded are the statuses that have words of their own.
var worded = []int{
	http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusBadRequest, http.StatusRequestEntityTooLarge,
	http.StatusTooManyRequests, http.StatusServiceUnavailable,
}

// english is the voice of who has none.
func english(*http.Request) *Voice { return &Voice{Language: lang.English()} }

// Link is a text with its address.
type Link struct{ Text, To string }

// page is what people see. It has the head of our other pages and nothing
// that could fail.
var page = template.Must(template.New("error").Parse(`<!doctype html>
<html lang="{{.Tag}}" dir="{{.Dir}}"{{with .Chosen}} data-theme="{{.}}"{{end}}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="{{or .Chosen "light dark"}}">
<meta name="robots" content="noindex">
<title>{{.Title}} · {{.Page}}</title>
{{range .Stylesheet}}<link rel="stylesheet" href="{{.}}">
{{end}}{{with .Icon}}<link rel="icon" href="{{.}}">
{{end}}</head>
<body>
<header class="top"><div class="wrap">
<a class="brand" href="/">{{if .Logo}}<img src="{{.Logo}}" alt="" height="24">{{else}}<svg viewBox="0 0 24 24" aria-hidden="true"><path d="m12 1 5.5 5.5L12 12 6.5 6.5ZM11 13h2v7h5v2.5H6V20h5Z"/></svg>{{end}}{{.Page}}</a>
</div></header>
<main id="main">
<section class="say" data-status="operational" aria-labelledby="say"><div class="wrap"><span></span><div>
<h1 id="say">{{.Title}}</h1>
<p>{{.Hint}} <a href="/">{{.See}}</a></p>
</div></div></section>
</main>
{{if .Links}}<footer class="foot"><div class="wrap">
<nav aria-label="{{.More}}"><ul class="inline">{{range .Links}}<li><a href="{{.To}}">{{.Text}}</a></li>{{end}}</ul></nav>
{{with .Made}}<p>{{.}}</p>
{{end}}</div></footer>
{{end}}</body>
</html>
`))

// Write answers with a status. An empty hint stands for the usual one.
func (e Errors) Write(w http.ResponseWriter, r *http.Request, status int, hint string) {
	speak := english
	if e.Voice != nil && !forPrograms(r) {
		speak = e.Voice
	}
	voice := speak(r)
	title, usual := voice.words(status)
	if hint == "" {
		hint = usual
	}
	if forAPI(r) {
		e.writeProblem(w, r, status)
		return
	}
	header := w.Header()
	header.Set("Cache-Control", Never)
	header.Set("X-Content-Type-Options", "nosniff")
	if status == http.StatusServiceUnavailable && header.Get("Retry-After") == "" {
		header.Set("Retry-After", "60")
	}
	var body bytes.Buffer
	if forPrograms(r) {
		if strings.HasPrefix(r.URL.Path, "/api/v2/") { // which pages of other sites read
			header.Set("Access-Control-Allow-Origin", "*")
		}
		header.Set("Content-Type", "application/json; charset=utf-8")
		// Strings always encode.
		_ = json.NewEncoder(&body).Encode(map[string]any{"error": map[string]any{"status": status, "message": title + " " + hint}})
	} else {
		header.Set("Content-Type", "text/html; charset=utf-8")
		data := struct {
			Errors
			*Voice
			Page, Title, Hint, Chosen string
		}{Errors: e, Voice: voice, Page: e.Name, Title: title, Hint: hint}
		if e.Theme != nil {
			data.Chosen = e.Theme(r)
		}
		if err := page.Execute(&body, data); err != nil {
			body.Reset() // the template is a constant; a bare line is better than half a page
			body.WriteString(title)
		}
	}
	header.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body.Bytes()) // who has hung up needs no answer
	}
}

// writeProblem is Write for an address whose answers are problems.
func (e Errors) writeProblem(w http.ResponseWriter, r *http.Request, status int) {
	detail, _ := english(r).words(status)
	switch status {
	case http.StatusNotFound:
		detail = "This address does not exist."
	case http.StatusMethodNotAllowed:
		detail = "This address does not take " + r.Method + "."
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "60")
	}
	NewProblem(status, detail).Write(w)
}

// forPrograms says whether an address is read by programs.
func forPrograms(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/") || strings.HasSuffix(r.URL.Path, ".json")
}

// Router serves the mux, and answers in our words where no route fits: 404,
// and 405 with the methods that are allowed.
func (e Errors) Router(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		probe := answer{header: http.Header{}, status: http.StatusOK}
		handler.ServeHTTP(&probe, r)
		if allow := probe.header.Get("Allow"); allow != "" {
			w.Header().Set("Allow", allow)
		}
		if e.Lost == nil || !e.Lost(w, r, probe.status) {
			e.Write(w, r, probe.status, "")
		}
	})
}

// answer catches what the mux would have said.
type answer struct {
	header http.Header
	status int
}

func (a *answer) Header() http.Header               { return a.header }
func (a *answer) WriteHeader(status int)            { a.status = status }
func (a *answer) Write(content []byte) (int, error) { return len(content), nil }
