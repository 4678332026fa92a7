package checker_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"daymark/checker"
)

// What was meant for one server is not told to the one that it redirects to.
func TestHeadersStayWithTheirServer(t *testing.T) {
	told := make(chan string, 2)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { told <- r.Header.Get("X-Api-Key") }))
	t.Cleanup(other.Close)
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/own", http.StatusFound)
			return
		}
		told <- r.Header.Get("X-Api-Key")
		http.Redirect(w, r, other.URL, http.StatusFound)
	}))
	t.Cleanup(first.Close)
	job, err := checker.Prepare(checker.Check{ID: "keys", HTTP: &checker.HTTP{Request: checker.Request{URL: first.URL, Headers: map[string]string{"x-api-key": "tulip"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if result := checker.NewHTTP(checker.HTTPOptions{}).Run(t.Context(), job); result.Outcome != checker.OK {
		t.Fatal(result.Reason)
	}
	if own, others := <-told, <-told; own != "tulip" || others != "" {
		t.Errorf("its own server was told %q, the other one %q", own, others)
	}
}

// Nor does evidence show a password in the form in which it travels.
func TestEvidenceHidesBasicCredentials(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, r.Header.Get("Authorization"))
	}))
	t.Cleanup(server.Close)
	job, err := checker.Prepare(checker.Check{ID: "basic", HTTP: &checker.HTTP{Request: checker.Request{
		URL: server.URL, Basic: &checker.BasicAuth{User: "bob", Password: "pass/word+two!"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	result := checker.NewHTTP(checker.HTTPOptions{}).Run(t.Context(), job)
	if len(result.Evidence) == 0 || strings.Contains(string(result.Evidence[0].Data), base64.StdEncoding.EncodeToString([]byte("bob:pass/word+two!"))) {
		t.Errorf("evidence is %+v", result.Evidence)
	}
}
