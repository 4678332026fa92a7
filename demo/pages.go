package demo

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"time"
)

//go:embed templates/*.html demo.css demo.svg
var assets embed.FS

// policy allows our own style sheet and picture, forms and frames, and nothing
// else: no script at all.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'self'"

// pages renders the templates, each within the layout.
type pages struct{ byName map[string]*template.Template }

func newPages(now func() time.Time) (*pages, error) {
	p := &pages{byName: map[string]*template.Template{}}
	funcs := template.FuncMap{
		"clock":   func(at time.Time) string { return clock(at, now()) },
		"machine": func(at time.Time) string { return at.Format(time.RFC3339) },
		"price":   func(pence int) string { return fmt.Sprintf("£%d.%02d", pence/100, pence%100) },
	}
	for _, name := range []string{"shop", "sign-in", "account", "broken", "switch", "outbox", "mail"} {
		t, err := template.New("layout.html").Funcs(funcs).ParseFS(assets, "templates/layout.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
		p.byName[name] = t
	}
	return p, nil
}

// clock writes a time as it is on this machine, with its date where that is
// not today's: what arrived stays for days.
func clock(at, now time.Time) string {
	at = at.In(now.Location())
	switch {
	case at.Year() != now.Year():
		return at.Format("15:04:05 on 2 January 2006")
	case at.YearDay() != now.YearDay():
		return at.Format("15:04:05 on 2 January")
	}
	return at.Format("15:04:05")
}

// view is what each page gets.
type view struct {
	Title   string
	Here    string // the path, for the navigation
	Refresh int    // seconds; zero: never
	Data    any
}

// render writes a page, or 500 if its template fails.
func (p *pages) render(w http.ResponseWriter, status int, name string, v view) {
	var out bytes.Buffer
	if err := p.byName[name].Execute(&out, v); err != nil {
		http.Error(w, "This page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the reader has gone; there is nobody to tell
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the reader has gone; there is nobody to tell
}

// secured sets what every answer has.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func asset(name, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "max-age=60")
		http.ServeFileFS(w, r, assets, name)
	}
}
