package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daymark/access"
	"daymark/demo"
	"daymark/internal/testkit"
	"daymark/internal/web"
)

// newTestApp is the sample's server, which does not run.
func newTestApp(t *testing.T) *app {
	t.Helper()
	return newTestAppWith(t, "")
}

// newTestAppWith is newTestApp with more people, as lines of its configuration.
func newTestAppWith(t *testing.T, more string) *app {
	t.Helper()
	return newTestAppFor(t, "127.0.0.1:3", more)
}

// newTestAppFor is newTestAppWith with a mail server.
func newTestAppFor(t *testing.T, smtp, more string) *app {
	t.Helper()
	return newTestAppOf(t, smtp, "  people:\n", "  people:\n"+more)
}

// newTestAppOf is newTestAppFor with parts of its configuration replaced, as
// pairs of what is there and what is there in its place.
func newTestAppOf(t *testing.T, smtp string, pairs ...string) *app {
	t.Helper()
	dir := t.TempDir()
	files, err := demo.SampleFiles(demo.SampleVars{
		Listen: "127.0.0.1:0", PageURL: "http://status.example", Data: dir, Shop: "http://127.0.0.1:1", Twilio: "http://127.0.0.1:2", SMTP: smtp,
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "daymark.yaml")
	for name, content := range files {
		if name == "daymark.yaml" {
			content = []byte(strings.NewReplacer(pairs...).Replace(string(content)))
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := loadRunnable(path)
	if err != nil {
		t.Fatal(err)
	}
	newDatabase(t, filepath.Join(dir, "daymark.db"))
	a, err := newApp(context.Background(), doc, slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return a
}

// TestEachRouteHasARole walks the table: what is not public answers a
// stranger with a refusal.
func TestEachRouteHasARole(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	handler := a.handler()
	for _, r := range a.routes() {
		if err := r.check(); err != nil {
			t.Error(err)
		}
		method, path, _ := strings.Cut(r.pattern, " ")
		path = strings.NewReplacer("{id}", "nothing", "{region}", "nowhere", "{at}", "1", "{piece}", "nothing", "{$}", "").Replace(path)
		answer := httptest.NewRecorder()
		request := httptest.NewRequest(method, "http://status.example"+path, http.NoBody)
		request.RemoteAddr = "203.0.113.9:1234"
		handler.ServeHTTP(answer, request)
		refused := answer.Code == http.StatusUnauthorized || answer.Code == http.StatusForbidden || answer.Code == http.StatusNotFound ||
			answer.Code == http.StatusSeeOther && strings.HasPrefix(answer.Header().Get("Location"), "/console/sign-in") || path == "/console/sign-in"
		if r.role != access.Public && !refused {
			t.Errorf("%s (%s) answered a stranger %d", r.pattern, r.role, answer.Code)
		}
		if answer.Header().Get("Content-Security-Policy") == "" || answer.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s comes without the security headers", r.pattern)
		}
	}
}

func TestWhatIsNotInTheTableIsRefused(t *testing.T) {
	testkit.Beside(t)
	handler := newTestApp(t).handler()
	for path, want := range map[string]int{"/console/": http.StatusNotFound, "/console/accounts": http.StatusNotFound, "/api/v1/": http.StatusNotFound, "/api/v1/nobody": http.StatusNotFound, "/api/v1/incidents/": http.StatusNotFound, "/api/v1/incidents/a/b": http.StatusNotFound, "/metrics": http.StatusNotFound, "/../etc/passwd": http.StatusTemporaryRedirect} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "http://status.example"+path, http.NoBody))
		if answer.Code != want && answer.Code != http.StatusNotFound {
			t.Errorf("%s answered %d", path, answer.Code)
		}
	}
}

func TestALoopbackRouteIsForThisMachine(t *testing.T) {
	testkit.Beside(t)
	inner := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	for _, test := range []struct {
		role access.Role
		from string
		want int
	}{
		{access.Loopback, "127.0.0.1:5", http.StatusOK},
		{access.Loopback, "[::1]:5", http.StatusOK},
		{access.Loopback, "203.0.113.9:5", http.StatusNotFound},
		{access.Operator, "127.0.0.1:5", http.StatusForbidden},
		{"nobody knows it", "127.0.0.1:5", http.StatusForbidden},
	} {
		answer := httptest.NewRecorder()
		request := httptest.NewRequest(http.MethodGet, "http://status.example/", http.NoBody)
		request.RemoteAddr = test.from
		guardRoute(route{pattern: "GET /", role: test.role, handler: inner}, web.Errors{}, nil).ServeHTTP(answer, request)
		if answer.Code != test.want {
			t.Errorf("%s from %s: %d; want %d", test.role, test.from, answer.Code, test.want)
		}
	}
}

func TestReadinessLooksOnceASecond(t *testing.T) {
	testkit.Beside(t)
	looks := 0
	r := &readiness{look: func(context.Context) error { looks++; return errors.New("the database cannot be written") }}
	for range 5 {
		answer := httptest.NewRecorder()
		r.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "http://x/readyz", http.NoBody))
		if answer.Code != http.StatusServiceUnavailable || !strings.Contains(answer.Body.String(), "cannot be written") {
			t.Errorf("%d %s", answer.Code, answer.Body)
		}
	}
	if looks != 1 {
		t.Errorf("looked %d times", looks)
	}
}
