package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/guard"
	"daymark/internal/redact"
	"daymark/internal/testkit"
)

// echoing repeats what it is sent, in a page and in a request of the page.
func echoing(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<title>Echo</title><label>Code <input oninput="fetch('/said/'+encodeURIComponent(this.value));this.nextSibling.textContent=this.value"><p></p></label><p>%s`, r.URL.Path)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestNoEvidenceShowsASecret has both kinds of secret go where a page repeats
// them: one of the configuration, one of the agent.
func TestNoEvidenceShowsASecret(t *testing.T) {
	const configured, own = "tulip&bulb 17", "harbour<seal>42"
	t.Setenv("DAYMARK_TEST_CODE", own)
	runners := newRunners(runnerOptions{
		guard: guard.Policy{}, redactor: redact.New(redact.Forms(configured)...), atOnce: 1, log: slog.New(slog.DiscardHandler),
	})
	t.Cleanup(func() {
		if err := runners.close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	url := echoing(t)
	for name, check := range map[string]checker.Check{
		"http": {HTTP: &checker.HTTP{Request: checker.Request{
			URL: url + "/${agent-env:DAYMARK_TEST_CODE}/tulip%26bulb%2017", Method: "POST", Body: configured + " ${agent-env:DAYMARK_TEST_CODE}",
		}}, Expect: []string{`body contains "nothing of the kind"`}},
		"journey": {Timeout: 8 * time.Second, Browser: &checker.Browser{Steps: []checker.BrowserStep{
			{Open: url + "/begin"},
			{Fill: &checker.Fill{Field: "Code", With: configured}},
			{Fill: &checker.Fill{Field: "Code", With: "${agent-env:DAYMARK_TEST_CODE}"}},
			{See: "nothing of the kind"},
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			check.ID = name
			result := runners.run(t.Context(), check)
			if result.Outcome != checker.Failed || len(result.Evidence) == 0 {
				t.Fatalf("%s: %s, %d pieces of evidence", result.Outcome, result.Reason, len(result.Evidence))
			}
			texts := []string{result.Reason, fmt.Sprint(result.Expectations), fmt.Sprint(result.Timings), fmt.Sprint(result.Warnings)}
			for _, e := range result.Evidence {
				texts = append(texts, opened(string(e.Data))...)
			}
			for _, secret := range redact.Forms(configured, own) {
				if at := slices.IndexFunc(texts, func(text string) bool { return strings.Contains(text, secret) }); at >= 0 {
					t.Errorf("%q shows in %.200s", secret, texts[at][max(0, strings.Index(texts[at], secret)-80):])
				}
			}
		})
	}
}

var embedded = regexp.MustCompile(`data:application/json;base64,([A-Za-z0-9+/=]+)`)

// opened gives a text and what is embedded in it.
func opened(text string) []string {
	all := []string{text}
	for _, match := range embedded.FindAllStringSubmatch(text, -1) {
		if inner, err := base64.StdEncoding.DecodeString(match[1]); err == nil {
			all = append(all, string(inner))
		}
	}
	return all
}

func TestARegionIsToldOnlyItsSecrets(t *testing.T) {
	testkit.Beside(t)
	checks := []checker.Check{{ID: "one", HTTP: &checker.HTTP{Request: checker.Request{URL: "https://a.example/", Bearer: "tulip<1>"}}}}
	if got := secretsIn(checks, []string{"tulip<1>", "another"}); fmt.Sprint(got) != "[tulip<1>]" {
		t.Errorf("told are %q", got)
	}
}
