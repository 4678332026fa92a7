package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"daymark/access"
	"daymark/internal/testkit"
	"daymark/internal/web"
)

// TestReadersBehindAProxy: each has a network of their own where the proxy is
// trusted, and nobody has more than one by making headers up.
func TestReadersBehindAProxy(t *testing.T) {
	testkit.Beside(t)
	const readers = 14 // more than one network may sign up
	for name, test := range map[string]struct {
		trusted []string
		from    string
		header  string
		want    int
	}{
		"a trusted proxy":         {[]string{"127.0.0.1"}, "127.0.0.1:1234", "198.51.%d.7", readers},
		"no proxy is trusted":     {nil, "127.0.0.1:1234", "198.51.%d.7", 10},
		"a stranger":              {[]string{"127.0.0.1"}, "203.0.113.9:1234", "198.51.%d.7", 10},
		"one who makes things up": {[]string{"127.0.0.1"}, "127.0.0.1:1234", "198.51.%d.7, 203.0.113.9", 10},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReading(t)
			var err error
			if r.clients, err = web.NewClients(test.trusted); err != nil {
				t.Fatal(err)
			}
			r.http, r.from = r.handler(), test.from
			done := 0
			for i := range readers {
				form := url.Values{"channel": {"email"}, "address": {fmt.Sprintf("r%d@mail.example", i)}, "about": {"all"}, "updates": {"all"}}
				answer := r.ask("/subscribe", form, "X-Forwarded-For", fmt.Sprintf(test.header, i), "Sec-Fetch-Site", "same-origin")
				switch answer.Code {
				case http.StatusOK:
					done++
				case http.StatusTooManyRequests:
				default:
					t.Fatalf("%d %s", answer.Code, answer.Body)
				}
			}
			if done != test.want {
				t.Errorf("%d of %d could sign up; want %d", done, readers, test.want)
			}
		})
	}
}

// TestALoopbackRouteIsNotForAProxy: what a proxy passes on is from elsewhere.
func TestALoopbackRouteIsNotForAProxy(t *testing.T) {
	testkit.Beside(t)
	clients, err := web.NewClients([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	inner := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	handler := clients.Behind(guardRoute(route{pattern: "GET /", role: access.Loopback, handler: inner}, web.Errors{}, nil))
	for header, want := range map[string]int{"": http.StatusOK, "127.0.0.1": http.StatusNotFound, "203.0.113.9": http.StatusNotFound, "::1, x": http.StatusNotFound} {
		request := httptest.NewRequest(http.MethodGet, "http://status.example/", http.NoBody)
		request.RemoteAddr = "127.0.0.1:5"
		if header != "" {
			request.Header.Set("X-Forwarded-For", header)
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code != want {
			t.Errorf("%q: %d; want %d", header, answer.Code, want)
		}
	}
}
