package web_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"daymark/internal/web"
)

// answer is a response as it was written.
type answer struct {
	StatusCode int
	Header     http.Header
	Body       string
}

func serve(handler http.Handler, method, path string, header http.Header) answer {
	r := httptest.NewRequest(method, path, nil)
	maps.Copy(r.Header, header)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return answer{w.Code, w.Result().Header, w.Body.String()}
}

func TestBodyAnswersWhoHasItWith304(t *testing.T) {
	at := time.Date(2026, 12, 1, 13, 42, 0, 500, time.UTC)
	content := []byte(strings.Repeat("Everything works. ", 100))
	strong := web.NewBody(web.BodyOptions{Type: "text/plain"}, content)
	weak := web.NewBody(web.BodyOptions{Type: "text/plain", Weak: true, Modified: at}, content)
	plainTag := serve(strong, "GET", "/", nil).Header.Get("Etag")
	gzipTag := serve(strong, "GET", "/", http.Header{"Accept-Encoding": {"gzip"}}).Header.Get("Etag")
	weakTag := serve(weak, "GET", "/", nil).Header.Get("Etag")
	if plainTag == gzipTag || !strings.HasPrefix(weakTag, `W/"`) || len(weakTag) != 36 {
		t.Fatalf("tags %s %s %s", plainTag, gzipTag, weakTag)
	}
	tests := []struct {
		name   string
		body   *web.Body
		header http.Header
		status int
	}{
		{"nothing known", strong, nil, 200},
		{"same tag", strong, http.Header{"If-None-Match": {plainTag}}, 304},
		{"same tag among others", strong, http.Header{"If-None-Match": {`"x", ` + plainTag}}, 304},
		{"weakened by a proxy", strong, http.Header{"If-None-Match": {"W/" + plainTag}}, 304},
		{"any", strong, http.Header{"If-None-Match": {"*"}}, 304},
		{"another", strong, http.Header{"If-None-Match": {`"x"`}}, 200},
		{"tag of the other encoding", strong, http.Header{"If-None-Match": {gzipTag}}, 200},
		{"packed", strong, http.Header{"If-None-Match": {gzipTag}, "Accept-Encoding": {"br;q=0.1, gzip;q=0.5"}}, 304},
		{"unchanged since", weak, http.Header{"If-Modified-Since": {at.Format(http.TimeFormat)}}, 304},
		{"changed since", weak, http.Header{"If-Modified-Since": {at.Add(-time.Minute).Format(http.TimeFormat)}}, 200},
		{"the tag counts before the time", weak, http.Header{"If-None-Match": {`"x"`}, "If-Modified-Since": {at.Format(http.TimeFormat)}}, 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := serve(test.body, "GET", "/", test.header).StatusCode; got != test.status {
				t.Errorf("status %d, want %d", got, test.status)
			}
		})
	}
}

func TestBodiesComeCompressedAsTheAskerLikes(t *testing.T) {
	content := strings.Repeat("Everything works. ", 100)
	bodies := map[string]*web.Body{
		"of the moment": web.NewBody(web.BodyOptions{Type: "text/plain"}, []byte(content)),
		"for ever":      web.NewBody(web.BodyOptions{Type: "text/plain", Cache: web.Forever}, []byte(content)),
	}
	unpack := map[string]func(io.Reader) (io.Reader, error){
		"":     func(r io.Reader) (io.Reader, error) { return r, nil },
		"br":   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	}
	tests := []struct{ header, want string }{
		{"", ""},
		{"gzip", "gzip"},
		{"gzip, deflate", "gzip"},
		{"gzip, deflate, br", "br"},
		{"gzip, deflate, br, zstd", "br"},
		{"zstd, gzip", "zstd"},
		{"BR;q=0.2, GZIP;q=0.7", "gzip"},
		{"gzip;q=0", ""},
		{"gzip; q=0.0", ""},
		{"*", "br"},
		{"*;q=0", ""},
		{"*;q=0, gzip", "gzip"},
		{"br;q=0, *", "zstd"},
		{"identity", ""},
		{"gzip;q=0.1", "gzip"},
		{"gzip;q=x, br;q=-1, zstd;q=9", "br"},
	}
	tags := map[string]string{}
	for name, body := range bodies {
		for _, test := range tests {
			t.Run(name+", "+test.header, func(t *testing.T) {
				answer := serve(body, "GET", "/", http.Header{"Accept-Encoding": {test.header}})
				got := answer.Header.Get("Content-Encoding")
				if got != test.want || answer.Header.Get("Content-Length") != strconv.Itoa(len(answer.Body)) || answer.Header.Get("Vary") != "Accept-Encoding" {
					t.Fatalf("%q: %q of %s bytes", test.header, got, answer.Header.Get("Content-Length"))
				}
				tags[answer.Header.Get("Etag")] = got
				r, err := unpack[got](strings.NewReader(answer.Body))
				if err != nil {
					t.Fatal(err)
				}
				if plain, err := io.ReadAll(r); err != nil || string(plain) != content {
					t.Errorf("%d bytes came out, %v", len(plain), err)
				}
			})
		}
	}
	if len(tags) != 4 {
		t.Errorf("four forms have the tags %v", tags)
	}
}

func TestHeadHasNoBody(t *testing.T) {
	answer := serve(web.NewBody(web.BodyOptions{Type: "text/plain"}, []byte("hello")), "HEAD", "/", nil)
	if answer.Header.Get("Content-Length") != "5" || answer.StatusCode != 200 {
		t.Errorf("%d %v", answer.StatusCode, answer.Header)
	}
	if answer.Body != "" {
		t.Error("a body came with HEAD")
	}
}

func TestRouterSaysItInOurWords(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /here/{id}", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.PathValue("id"))) })
	mux.HandleFunc("GET /api/v2/x.json", func(http.ResponseWriter, *http.Request) {})
	router := web.Secure(web.Errors{Name: "A <b> & co"}.Router(mux))
	tests := []struct {
		name, method, path string
		status             int
		kind, holds, allow string
	}{
		{"a route", "GET", "/here/7", 200, "", "7", ""},
		{"no route", "GET", "/nowhere", 404, "text/html; charset=utf-8", "A &lt;b&gt; &amp; co", ""},
		{"wrong method", "POST", "/here/7", 405, "text/html; charset=utf-8", "cannot do that", "GET, HEAD"},
		{"wrong method of the API", "DELETE", "/api/v2/x.json", 405, "application/json; charset=utf-8", `"status":405`, "GET, HEAD"},
		{"no such API", "GET", "/api/v2/y.json", 404, "application/json; charset=utf-8", `"status":404`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := serve(router, test.method, test.path, nil)
			if answer.StatusCode != test.status || !strings.Contains(answer.Body, test.holds) || answer.Header.Get("Allow") != test.allow {
				t.Errorf("%d, allow %q: %s", answer.StatusCode, answer.Header.Get("Allow"), answer.Body)
			}
			if test.kind != "" && answer.Header.Get("Content-Type") != test.kind {
				t.Errorf("type %q", answer.Header.Get("Content-Type"))
			}
			if test.kind == "application/json; charset=utf-8" && !json.Valid([]byte(answer.Body)) {
				t.Errorf("no JSON: %s", answer.Body)
			}
			if answer.Header.Get("Content-Security-Policy") != web.Policy || answer.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("not secured: %v", answer.Header)
			}
		})
	}
}

func TestUnavailableSaysWhenToTryAgain(t *testing.T) {
	answer := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		web.Errors{}.Write(w, r, http.StatusServiceUnavailable, "")
	}), "GET", "/", nil)
	if answer.Header.Get("Retry-After") != "60" || answer.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", answer.Header)
	}
}

func TestTheAPIAnswersWithProblems(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/here", func(w http.ResponseWriter, r *http.Request) {
		web.Errors{}.Write(w, r, http.StatusServiceUnavailable, "")
	})
	mux.HandleFunc("GET /api/v2/here", func(http.ResponseWriter, *http.Request) {})
	handler := web.Errors{Name: "A"}.Router(mux)
	for _, test := range []struct {
		method, path string
		status       int
		detail       string
	}{
		{"GET", "/api/v1/nothing", 404, "This address does not exist."},
		{"GET", "/api/v1/", 404, "This address does not exist."},
		{"GET", "/api/v1", 404, "This address does not exist."},
		{"POST", "/api/v1/here", 405, "This address does not take POST."},
		{"GET", "/api/v1/here", 503, "We cannot answer at the moment."},
	} {
		got := serve(handler, test.method, test.path, nil)
		var problem web.Problem
		if err := json.Unmarshal([]byte(got.Body), &problem); err != nil || got.Header.Get("Content-Type") != "application/problem+json" {
			t.Fatalf("%s %s: %v in %s", test.method, test.path, err, got.Body)
		}
		if got.StatusCode != test.status || problem.Status != test.status || problem.Title != http.StatusText(test.status) || problem.Type != "about:blank" || problem.Detail != test.detail {
			t.Errorf("%s %s: %d, %+v", test.method, test.path, got.StatusCode, problem)
		}
	}
	if got := serve(handler, "GET", "/api/v2/nothing", nil); got.StatusCode != 404 || !strings.Contains(got.Body, `"error"`) {
		t.Errorf("the other API has its own answers, not %s", got.Body)
	}
}

func TestABodyFollowsTheOneBefore(t *testing.T) {
	content := []byte(strings.Repeat("the page as it is ", 1000))
	before, after, third := web.NewBody(web.BodyOptions{}, content), web.NewBody(web.BodyOptions{}, content), web.NewBody(web.BodyOptions{}, content)
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header.Set("Accept-Encoding", "gzip")
	before.ServeHTTP(httptest.NewRecorder(), r)
	after.Follow(before)
	third.Follow(after) // which nobody asked for
	if !after.Packed("gzip") || after.Packed("br") || third.Packed("gzip") {
		t.Errorf("gzip %t, br %t; after one that nobody asked for: gzip %t", after.Packed("gzip"), after.Packed("br"), third.Packed("gzip"))
	}
}
