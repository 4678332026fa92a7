package console_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/console"
)

type (
	noAccounts struct{ console.Accounts }
	sessions   = console.Sessions
	noSessions struct{ sessions }
)

// pages asks the pages of the console, over the sources of a fixture.
type pages struct {
	*fixture
	site *console.Site
}

func newPages(t *testing.T) *pages {
	t.Helper()
	f := newFixture(t)
	seal, err := access.NewSeal(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	site, err := console.NewSite(console.SiteOptions{
		API: f.api, Accounts: noAccounts{}, Sessions: noSessions{}, Seal: seal, Name: "Harbour Bank", URL: "https://status.example", Zone: time.UTC,
		RoleOf:    func(context.Context, string, time.Time) access.Role { return access.Reader },
		Elevating: noElevations{}, Refused: func(context.Context, string, string, string) error { return nil },
		Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return &pages{f, site}
}

// noElevations has nobody who rose above their role.
type noElevations struct{ console.Elevating }

// ask asks a page as f.who; with pairs of field and value it sends a form.
func (p *pages) ask(path string, pairs ...string) *httptest.ResponseRecorder {
	p.t.Helper()
	method, form := http.MethodGet, url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		method = http.MethodPost
		form.Add(pairs[i], pairs[i+1])
	}
	mux := http.NewServeMux()
	for _, route := range p.site.Routes() {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			if !p.who.May(route.Right) {
				http.Error(w, "forbidden", http.StatusForbidden)
				return
			}
			route.Serve(w, r, p.who)
		})
	}
	r := httptest.NewRequest(method, "https://status.example"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if err := r.ParseForm(); err != nil {
		p.t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	mux.ServeHTTP(recorder, r)
	return recorder
}

// reads asks a page that is there and has these words, and gives it.
func (p *pages) reads(path string, words ...string) string {
	p.t.Helper()
	answer := p.ask(path)
	p.has(answer, http.StatusOK, words...)
	return answer.Body.String()
}

func (p *pages) has(answer *httptest.ResponseRecorder, status int, words ...string) {
	p.t.Helper()
	text := answer.Body.String()
	if answer.Code != status {
		p.t.Fatalf("%d; want %d: %s", answer.Code, status, text)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			p.t.Errorf("without %q:\n%s", word, text)
		}
	}
}

// lacks says which words a page has that it is not to have.
func (p *pages) lacks(text string, words ...string) {
	p.t.Helper()
	for _, word := range words {
		if strings.Contains(text, word) {
			p.t.Errorf("with %q:\n%s", word, text)
		}
	}
}
