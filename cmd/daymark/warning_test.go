package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"daymark/internal/testkit"
)

// public is what visitors read of a site, without what tells the time.
func (s site) public(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, path := range []string{"/api/v2/status.json", "/api/v2/components.json", "/api/v2/incidents.json", "/api/v2/incidents/unresolved.json"} {
		answer, err := http.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", path, answer.Status, err)
		}
		fmt.Fprintln(&all, string(body))
	}
	return all.String()
}

func TestAWarningFromTheCheckToStaff(t *testing.T) {
	testkit.Beside(t)
	var long atomic.Bool
	var asked atomic.Int32
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		text := "short"
		if long.Load() {
			text = strings.Repeat("long", 10)
		}
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(target.Close)
	s := newSite(t, `{id: api, schedule: "@every 1s", regions: [local], http: {url: "`+target.URL+`"}, warn: ["size > 20"]}`)
	server := s.serve(t)
	db := openData(t, s.data("daymark.db"))
	before := ""
	eventually(t, "the page to say what was measured", func() bool {
		last := before
		before = s.public(t)
		<-time.After(time.Second)
		return db.number("SELECT count(*) FROM verdicts WHERE check_id = 'api'") > 0 && before == last && asked.Load() > 2
	})
	long.Store(true)
	server.waitSays("a check warns")
	if after := s.public(t); after != before {
		t.Errorf("visitors read\n%s\nbefore the warning\n%s", after, before)
	}
	out, code := run(t, "incident", "list", "--config", s.config)
	if code != 0 || !strings.Contains(out, "  P4        staff    shop        warning of api: Shop: `size > 20`: it was `40`") {
		t.Errorf("status %d\n%s", code, out)
	}
	out, code = run(t, "incident", "list", "--json", "--config", s.config)
	var open []struct {
		Severity, Check string
		Public          bool
		Components      []string
	}
	if err := json.Unmarshal([]byte(out), &open); err != nil || code != 0 || len(open) != 1 || open[0].Severity != "P4" || open[0].Check != "api" || open[0].Public {
		t.Errorf("status %d, %v: %s", code, err, out)
	}
	long.Store(false)
	server.waitSays("a check does not warn any more")
	if out, code := run(t, "incident", "list", "--config", s.config); code != 0 || out != "no incident is open\n" {
		t.Errorf("status %d\n%s", code, out)
	}
	if after := s.public(t); after != before {
		t.Errorf("visitors read\n%s\nbefore the warning\n%s", after, before)
	}
	server.interrupt()
	if out, code := run(t, "incident", "list", "--config", s.config); code != 0 || !strings.Contains(out, "no incident is open") {
		t.Errorf("without a server: status %d\n%s", code, out)
	}
}
