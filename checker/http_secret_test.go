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
	tell := func(r *http.Request) { told <- r.Header.Get("X-Api-Key") + r.Header.Get("Authorization") }
	// At another port of the same host, for which net/http itself would keep a token.
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { tell(r) }))
	t.Cleanup(other.Close)
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/own", http.StatusFound)
			return
		}
		tell(r)
		http.Redirect(w, r, other.URL, http.StatusFound)
	}))
	t.Cleanup(first.Close)
	job, err := checker.Prepare(checker.Check{ID: "keys", HTTP: &checker.HTTP{Request: checker.Request{URL: first.URL, Bearer: "clover", Headers: map[string]string{"x-api-key": "tulip"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if result := checker.NewHTTP(checker.HTTPOptions{}).Run(t.Context(), job); result.Outcome != checker.OK {
		t.Fatal(result.Reason)
	}
	if own, others := <-told, <-told; own != "tulipBearer clover" || others != "" {
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

// A cut through a secret shows no part of it, wherever the cut falls.
func TestNoCutOfTheEvidenceShowsAPartOfASecret(t *testing.T) {
	const secret = "tulip-mania-of-1637"
	for _, test := range []struct {
		name          string
		before, after int // the bytes around the secret
		maxBody       int
	}{
		{"the cut of a failure's evidence", 64_000 - 10, 100_000, 0},
		{"the cut in the middle of a letter behind it", 64_000 - len(secret) - 1, 100_000, 0},
		{"max_body", 990, 0, 1_000},
		{"within", 20, 20, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusTeapot)
				fmt.Fprint(w, strings.Repeat("x", test.before), secret, strings.Repeat("ü", test.after/2))
			}))
			t.Cleanup(server.Close)
			check := checker.Check{ID: "cut", HTTP: &checker.HTTP{Request: checker.Request{URL: server.URL, Bearer: secret, MaxBody: checker.Size(test.maxBody)}}}
			result := runOnce(t, checker.NewHTTP(checker.HTTPOptions{}), check)
			if len(result.Evidence) != 1 {
				t.Fatalf("%s: %s", result.Outcome, result.Reason)
			}
			got := string(result.Evidence[0].Data)
			if strings.Contains(got, secret[:4]) || !strings.Contains(got, "xx[redacted]") {
				t.Errorf("the evidence shows a part of the secret: %q", strings.ReplaceAll(got, "x", ""))
			}
		})
	}
}

// Nor do values that one step saves show in what is told of any step, short
// ones too; but what only looks alike stays.
func TestSavedValuesAreHidden(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/code":
			fmt.Fprint(w, `{"code": "4711", "token": "tulip-mania-of-1637", "order": 14711, "paid": true}`)
		default:
			w.Header().Set("X-Seen", strings.TrimPrefix(r.URL.Path, "/orders/"))
			fmt.Fprintf(w, `{"paid": true, "code": %q, "token": %q, "room": "4711b"}`, strings.TrimPrefix(r.URL.Path, "/orders/"), r.Header.Get("X-T"))
		}
	}))
	t.Cleanup(server.Close)
	result := runOnce(t, checker.NewHTTP(checker.HTTPOptions{}), checker.Check{ID: "api", HTTP: &checker.HTTP{Steps: []checker.HTTPStep{
		{
			Name: "code", Request: checker.Request{URL: server.URL + "/code"},
			Save: map[string]string{"code": "json.code", "token": "json.token", "paid": "json.paid"},
		},
		{
			Name: "order", Request: checker.Request{URL: server.URL + "/orders/{{code}}", Headers: map[string]string{"X-T": "{{token}}"}},
			Expect: []string{`json.code == "1234"`, `json.token startsWith "rose"`},
		},
	}}})
	told := result.Reason + "\n"
	for _, expectation := range result.Expectations {
		told += expectation.Actual + "\n"
	}
	for _, evidence := range result.Evidence {
		told += string(evidence.Data)
	}
	address := strings.TrimPrefix(server.URL, "http://")
	told = strings.ReplaceAll(told, address, "SERVER") // its port may be any number
	for _, want := range []string{
		"step order: `json.code == \"1234\"`: it was `\"[redacted]\"`", "GET http://SERVER/orders/[redacted]\n", "X-Seen: [redacted]\n",
		`{"code": "[redacted]", "token": "[redacted]", "order": 14711, "paid": true}`, `{"paid": true, "code": "[redacted]", "token": "[redacted]", "room": "4711b"}`,
	} {
		if !strings.Contains(told, want) {
			t.Errorf("it does not tell %q:\n%s", want, told)
		}
	}
	if strings.Contains(strings.NewReplacer("14711", "", "4711b", "").Replace(told), "4711") || strings.Contains(told, "tulip") {
		t.Errorf("it tells a saved value:\n%s", told)
	}
}
