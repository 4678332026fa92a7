package checker_test

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"daymark/checker"
)

func timing(result checker.Result, name string) (time.Duration, bool) {
	for _, timing := range result.Timings {
		if timing.Name == name {
			return timing.Duration, true
		}
	}
	return 0, false
}

func TestARequestIsMadeAsTheCheckSays(t *testing.T) {
	seen := make(chan *http.Request, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		seen <- r
		fmt.Fprint(w, "{}")
	}))
	defer server.Close()
	for _, test := range []struct {
		name    string
		request checker.Request
		check   func(r *http.Request, body string) bool
	}{
		{"nothing said", checker.Request{}, func(r *http.Request, _ string) bool {
			return r.Method == "GET" && r.UserAgent() == "Daymark" && r.Header.Get("Accept-Encoding") == "gzip, deflate, br, zstd"
		}},
		{"method and body", checker.Request{Method: "post", Body: `{"a":1}`}, func(r *http.Request, body string) bool {
			return r.Method == "POST" && body == `{"a":1}` && r.Header.Get("Content-Type") == "application/json"
		}},
		{"headers", checker.Request{Headers: map[string]string{"host": "shop.example", "user-agent": "mine", "X-A": "b"}}, func(r *http.Request, _ string) bool {
			return r.Host == "shop.example" && r.UserAgent() == "mine" && r.Header.Get("X-A") == "b"
		}},
		{"basic", checker.Request{Basic: &checker.BasicAuth{User: "u", Password: "p"}}, func(r *http.Request, _ string) bool {
			user, password, _ := r.BasicAuth()
			return user == "u" && password == "p"
		}},
		{"bearer", checker.Request{Bearer: "t0ken"}, func(r *http.Request, _ string) bool { return r.Header.Get("Authorization") == "Bearer t0ken" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.request.URL = server.URL
			result := runOnce(t, checker.NewHTTP(checker.HTTPOptions{}), checker.Check{ID: "api", HTTP: &checker.HTTP{Request: test.request}})
			if result.Outcome != checker.OK {
				t.Fatalf("%s: %s", result.Outcome, result.Reason)
			}
			r := <-seen
			body, _ := io.ReadAll(r.Body)
			if !test.check(r, string(body)) {
				t.Errorf("the server saw %s %s %v %q", r.Method, r.Host, r.Header, body)
			}
		})
	}
}

func TestFactsAndTimings(t *testing.T) {
	issuer := newAuthority(t)
	pair := issuer.issue(t, 30*24*time.Hour+time.Hour, nil)
	certificate, key := pemPair(t, pair)
	address := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAnyClientCert}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/end" {
			http.SetCookie(w, &http.Cookie{Name: "went", Value: "here", Path: "/"})
			http.Redirect(w, r, "/end", http.StatusFound)
			return
		}
		if _, err := r.Cookie("went"); err != nil {
			w.WriteHeader(http.StatusForbidden)
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Add("X-Two", "a")
		w.Header().Add("X-Two", "b")
		folded := gzip.NewWriter(w)
		fmt.Fprint(folded, `{"database": "up", "amount": 3}`)
		folded.Close()
	}))
	_, port, _ := net.SplitHostPort(address)
	resolver := dnsServer(t, func(q []byte) []byte {
		if isA(q) {
			return dnsReply(q, 0, recordA("127.0.0.1"))
		}
		return dnsReply(q, 0)
	})
	for _, version := range []string{"1.1", "2", ""} {
		t.Run("version "+version, func(t *testing.T) {
			spoken := version
			if spoken == "" {
				spoken = "2"
			}
			check := checker.Check{ID: "api", HTTP: &checker.HTTP{Request: checker.Request{
				URL: "https://" + address, CA: issuer.pem, ClientCert: certificate, ClientKey: key, Version: version,
			}}, Expect: []string{
				`status == 200`, `json.database == "up"`, `json.amount > 2`, `headers["X-Two"] == "a, b"`, `size == 31`, `redirects == 1`,
				`url endsWith "/end"`, `version == "` + spoken + `"`, `tls.version == "1.3"`, `tls.days_left == 30`, `tls.subject == "CN=Test server"`,
				`tls.issuer == "CN=Test authority"`, `dns == duration("0s")`, `connect > duration("0s")`, `handshake > duration("0s")`,
				`first_byte > duration("0s")`, `latency >= connect + handshake + first_byte + transfer`,
			}}
			result := runOnce(t, checker.NewHTTP(checker.HTTPOptions{}), check)
			if result.Outcome != checker.OK {
				t.Fatalf("%s: %s", result.Outcome, result.Reason)
			}
			total := time.Duration(0)
			for _, name := range []string{"redirects", "connect", "tls", "first_byte", "transfer"} {
				took, ok := timing(result, name)
				if !ok {
					t.Errorf("no timing %s in %v", name, result.Timings)
				}
				total += took
			}
			if total > result.Latency || total < result.Latency/2 {
				t.Errorf("the parts make %v of %v", total, result.Latency)
			}
		})
	}
	t.Run("own resolver", func(t *testing.T) {
		check := checker.Check{ID: "api", HTTP: &checker.HTTP{Request: checker.Request{URL: "https://shop.example.:" + port, Resolver: resolver, CA: issuer.pem}}}
		result := runOnce(t, checker.NewHTTP(checker.HTTPOptions{}), check)
		if !strings.Contains(result.Reason, "the certificate is for 127.0.0.1, not for shop.example") {
			t.Errorf("%s: %s", result.Outcome, result.Reason)
		}
	})
	t.Run("the resolver of the options", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		defer server.Close()
		_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
		check := checker.Check{ID: "api", HTTP: &checker.HTTP{Request: checker.Request{URL: "http://shop.example.:" + port, IP: 4}}, Expect: []string{`dns > duration("0s")`}}
		result := runOnce(t, checker.NewHTTP(checker.HTTPOptions{Resolver: resolver}), check)
		if result.Outcome != checker.OK {
			t.Errorf("%s: %s", result.Outcome, result.Reason)
		}
	})
}

func TestThroughAProxy(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "for ", r.URL) }))
	defer proxy.Close()
	check := checker.Check{ID: "api", HTTP: &checker.HTTP{Request: checker.Request{URL: "http://shop.example/a", Proxy: proxy.URL}}, Expect: []string{`body == "for http://shop.example/a"`}}
	if result := runOnce(t, checker.NewHTTP(checker.HTTPOptions{}), check); result.Outcome != checker.OK {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
}

func TestEvidenceOfAFailureHasNoSecrets(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", "")
		w.Header().Set("Set-Cookie", "session=verysecret; Path=/")
		w.Header().Set("X-Echo", r.Header.Get("X-Api-Key"))
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, "you sent ", r.Header.Get("Authorization"), "\n", strings.Repeat("x", 100_000))
	}))
	defer server.Close()
	check := checker.Check{ID: "api", HTTP: &checker.HTTP{Request: checker.Request{
		URL: server.URL, Bearer: "t0k3n-value", Headers: map[string]string{"X-Api-Key": "k3y-value"},
	}}}
	result := runOnce(t, checker.NewHTTP(checker.HTTPOptions{}), check)
	if len(result.Evidence) != 1 || result.Evidence[0].Name != "answer.txt" || result.Evidence[0].MediaType != "text/plain" {
		t.Fatalf("evidence %v", result.Evidence)
	}
	got := string(result.Evidence[0].Data)
	for _, want := range []string{"HTTP/1.1 418 I'm a teapot\n", "Set-Cookie: session=[redacted]; Path=/\n", "X-Echo: [redacted]\n", "you sent Bearer [redacted]\n", "[64 kB of 100 kB]", "GET http://", "Authorization: Bearer [redacted]\n", "X-Api-Key: [redacted]\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("the evidence lacks %q:\n%s", want, got)
		}
	}
	if len(got) > 65_000 || strings.Contains(got, "secret") || strings.Contains(got, "value") {
		t.Errorf("the evidence is too long or tells too much:\n%s", got)
	}
}

func TestStepsCarryValuesOn(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/token":
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, `{"token": "a b&c=\"d\"", "id": 12345678, "next": "http://`, r.Host, `/next", "broken": "a\r\nX-Evil: 1"}`)
		case "/quote":
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, `{"t": %q, "h": %q, "body": %s}`, r.URL.Query().Get("t"), r.Header.Get("X-Token"), body)
		case "/next":
			fmt.Fprint(w, "{}")
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer server.Close()
	token := checker.HTTPStep{
		Name: "token", Request: checker.Request{Method: "POST", URL: server.URL + "/token", Body: `{"scope":"probe"}`},
		Expect: []string{"status == 201"}, Save: map[string]string{"token": "json.token", "id": "json.id", "next": "json.next", "broken": "json.broken"},
	}
	step := func(name, url string, change func(*checker.HTTPStep)) checker.HTTPStep {
		s := checker.HTTPStep{Name: name, Request: checker.Request{URL: url}}
		if change != nil {
			change(&s)
		}
		return s
	}
	for _, test := range []struct {
		name    string
		second  checker.HTTPStep
		expect  []string
		outcome checker.Outcome
		reason  string

		answered bool // the second step
	}{
		{"every place", step("quote", server.URL+"/quote?t={{token}}", func(s *checker.HTTPStep) {
			s.Method, s.Headers, s.Body = "PUT", map[string]string{"X-Token": "{{ token }}"}, `{"in": "<{{token}}>", "id": {{id}}}`
			s.Expect = []string{`json.t == "a b&c=\"d\""`, `json.h == json.t`, `json.body.in == "<a b&c=\"d\">"`, `json.body.id == 12345678`}
		}), []string{`json.body.id > 0`, `latency > first_byte`}, checker.OK, "", true},
		{"an address", step("next", "{{next}}", nil), nil, checker.OK, "", true},
		{"in a path", step("path", server.URL+"/{{token}}", nil), nil, checker.Failed, "step path: `status < 400`: it was `404`", true},
		{"in the host", step("host", "http://{{id}}.example/", nil), nil, checker.Unknown, "step host: a saved value may not stand in the host of an address: it may follow the first / after it", false},
		{"no address", step("to", "{{id}}/x", nil), nil, checker.Failed, "step to: what was saved as id is not an address to go to", false},
		{"a line break in a header", step("evil", server.URL+"/next", func(s *checker.HTTPStep) {
			s.Headers = map[string]string{"X-A": "{{broken}}"}
		}), nil, checker.Failed, "step evil: a saved value holds a line break and cannot stand in a header", false},
		{"never saved", step("what", server.URL+"/?{{what}}", nil), nil, checker.Unknown, "step what: no earlier step saves what, which {{what}} asks for", false},
		{
			"nothing to save", step("save", server.URL+"/next", func(s *checker.HTTPStep) { s.Save = map[string]string{"x": "json.x"} }), nil,
			checker.Failed, "step save: nothing can be saved as x: json.x is not there", true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			check := checker.Check{ID: "api", HTTP: &checker.HTTP{Steps: []checker.HTTPStep{token, test.second}}, Expect: test.expect}
			result := runOnce(t, checker.NewHTTP(checker.HTTPOptions{}), check)
			if result.Outcome != test.outcome || result.Reason != test.reason {
				t.Fatalf("%s: %s; want %s: %s", result.Outcome, result.Reason, test.outcome, test.reason)
			}
			if took, ok := timing(result, "token"); !ok || took <= 0 {
				t.Errorf("no timing of the first step in %v", result.Timings)
			}
			if _, ok := timing(result, test.second.Name+"/first_byte"); ok != test.answered {
				t.Errorf("timings %v", result.Timings)
			}
			if result.Expectations[1].Expression != "token: status == 201" || !result.Expectations[1].Met {
				t.Errorf("expectations %v", result.Expectations)
			}
		})
	}
}

// TestNothingIsLeftBehind runs targets of every kind and counts goroutines.
func TestNothingIsLeftBehind(t *testing.T) {
	targets := map[string]checker.HTTP{}
	for _, row := range faults() {
		if row.name == "slow body" || row.name == "huge body" || row.name == "HTTP/2 RST_STREAM" || row.name == "resolver silent" || row.name == "half-open connection" {
			targets[row.name] = row.target(t)
		}
	}
	targets["fine, HTTP/2"] = secured(time.Hour, nil, nil)(t)
	if len(targets) != 6 {
		t.Fatalf("only %d targets", len(targets))
	}
	runner := checker.NewHTTP(checker.HTTPOptions{})
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	before := runtime.NumGoroutine()
	for range 5 {
		for _, target := range targets {
			runOnce(t, runner, checker.Check{ID: "api", Timeout: 50 * time.Millisecond, HTTP: &target})
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for runtime.NumGoroutine() > before {
		select {
		case <-tick.C:
		case <-ctx.Done():
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
		}
	}
}
