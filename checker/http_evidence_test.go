package checker_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"daymark/checker"
	"daymark/internal/har"
)

func TestEvidenceOfASuccess(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", "")
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/new?code=verysecret&page=2", http.StatusFound)
			return
		}
		fmt.Fprint(w, strings.Repeat("x", 10_000))
	}))
	defer server.Close()
	for _, test := range []struct {
		name     string
		check    checker.Check
		outcome  checker.Outcome
		has      []string
		evidence int
	}{
		{"ok", checker.Check{}, checker.OK, []string{"\nHTTP/1.1 200 OK\n", "[4 kB of 10 kB]"}, 1},
		{"degraded", checker.Check{Degraded: []string{"size > 0"}}, checker.Degraded, []string{"[4 kB of 10 kB]"}, 1},
		{"failed", checker.Check{Expect: []string{"size == 0"}}, checker.Failed, []string{strings.Repeat("x", 10_000)}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.check.ID = "api"
			test.check.HTTP = &checker.HTTP{Request: checker.Request{
				URL: server.URL + "/old?password=verysecret", Method: "POST", Body: "also verysecret", Headers: map[string]string{"X-Session": "verysecret", "X-Plain": "shown"},
			}}
			result := runOnce(t, checker.NewHTTP(checker.HTTPOptions{}), test.check)
			if result.Outcome != test.outcome || len(result.Evidence) != test.evidence {
				t.Fatalf("%s: %s; %d pieces", result.Outcome, result.Reason, len(result.Evidence))
			}
			got := string(result.Evidence[0].Data)
			for _, want := range append(test.has, "GET "+server.URL+"/new?code=[redacted]&page=[redacted]\n", "X-Session: [redacted]\n", "X-Plain: shown\n") {
				if !strings.Contains(got, want) {
					t.Errorf("the evidence lacks %q:\n%.800s", want, got)
				}
			}
			if strings.Contains(got, "verysecret") {
				t.Errorf("the evidence tells a secret:\n%.800s", got)
			}
		})
	}
}

func TestEachStepIsTold(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/token":
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, `{"token": "a b&c=\"d\"é", "rest": "`, strings.Repeat("y", 10_000), `"}`)
		case "/quote":
			w.WriteHeader(http.StatusTeapot)
			fmt.Fprint(w, "for ", r.URL.Query().Get("t"), " ", strings.Repeat("z", 10_000))
		}
	}))
	defer server.Close()
	step := func(name, path string, expect ...string) checker.HTTPStep {
		return checker.HTTPStep{Name: name, Request: checker.Request{URL: server.URL + path}, Expect: expect}
	}
	token := step("token", "/token", "len(json.token) > 0")
	token.Save = map[string]string{"token": "json.token"}
	closed := step("gone", "/")
	closed.URL = "http://" + closedPort(t) + "/"
	for _, test := range []struct {
		name     string
		steps    []checker.HTTPStep
		outcome  checker.Outcome
		sections []string // regular expressions, in order
		answers  []string
		asked    string // statuses in the archive
	}{
		{
			"all well",
			[]checker.HTTPStep{token, step("", "/quote?t={{token}}", "status == 418")},
			checker.OK,
			[]string{`=== step token: ok, 201 Created in \d+ .?s ===\nGET http://.*/token\n`, `\[4 kB of 10 kB\]`, `=== step 2: ok, 418 I'm a teapot in \d+ .?s ===\nGET http://.*/quote\?t=\[redacted\]\n`, `\[4 kB of 10 kB\]`},
			[]string{`201 Created in .*`, `418 I'm a teapot in .*`},
			"step token 201, step 2 418, ",
		},
		{
			"one is wrong",
			[]checker.HTTPStep{token, step("quote", "/quote?t={{token}}", "status == 200"), step("pay", "/token")},
			checker.Failed,
			[]string{`=== step token: ok, 201 Created in`, `\[4 kB of 10 kB\]`, "=== step quote: failed, 418 I'm a teapot in .*: `status == 200`: it was `418` ===", `z+\n\n`, `=== step pay: not reached ===`},
			[]string{`201 Created in .*`, `418 I'm a teapot in .*`},
			"step token 201, step quote 418, ",
		},
		{
			"one does not answer",
			[]checker.HTTPStep{token, closed},
			checker.Failed,
			[]string{`=== step token: ok, 201 Created in`, `=== step gone: failed, 127\.0\.0\.1:\d+ refused the connection ===`},
			[]string{`201 Created in .*`, `127\.0\.0\.1:\d+ refused the connection`},
			"step token 201, step gone 0, ",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			result := runOnce(t, checker.NewHTTP(checker.HTTPOptions{}), checker.Check{ID: "api", HTTP: &checker.HTTP{Steps: test.steps}})
			if result.Outcome != test.outcome || len(result.Evidence) != 2 || result.Evidence[1].Name != "network.har" {
				t.Fatalf("%s: %s; %d pieces of evidence", result.Outcome, result.Reason, len(result.Evidence))
			}
			var archive har.File
			if err := json.Unmarshal(result.Evidence[1].Data, &archive); err != nil {
				t.Fatal(err)
			}
			asked := ""
			for _, e := range archive.Log.Entries {
				asked += fmt.Sprintf("%s %d, ", e.Kind, e.Response.Status)
				if e.Time <= 0 || (e.Response.Status == 0) == (e.Response.Error == "") {
					t.Errorf("%+v", e)
				}
			}
			if asked != test.asked {
				t.Errorf("the archive has %q", asked)
			}
			got := string(result.Evidence[0].Data) + string(result.Evidence[1].Data)
			rest := got
			for _, section := range test.sections {
				at := regexp.MustCompile(section).FindStringIndex(rest)
				if at == nil {
					t.Fatalf("the evidence lacks %q, or not in this order:\n%.3000s", section, got)
				}
				rest = rest[at[1]:]
			}
			for _, form := range []string{`a b&c="d"`, "a+b%26c", "a%20b&c", `a b&c=\"d\"`} {
				if strings.Contains(got, form) {
					t.Errorf("the evidence tells the saved value as %s:\n%.3000s", form, got)
				}
			}
			var answers []string
			for _, expectation := range result.Expectations {
				if strings.HasSuffix(expectation.Expression, ": answers") {
					answers = append(answers, expectation.Actual)
				}
			}
			if !regexp.MustCompile(`^` + strings.Join(test.answers, "\n") + `$`).MatchString(strings.Join(answers, "\n")) {
				t.Errorf("answers %q", answers)
			}
		})
	}
}
