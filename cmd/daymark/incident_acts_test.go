package main_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"daymark/internal/testkit"
)

const staff = `    owner: shops
    sla: gold
    criticality: critical
teams: [{id: shops, name: Shops, email: shops@example.org, rota: main}]
severities: {P1: availability == "none"}
incidents: {resolve_after: 1s, templates: [{id: known, state: identified, text: "We know why {{components}} {{status}}."}]}
slas: [{id: gold, P1: {acknowledge: 10m, first: 0s, update: 30m, resolve: 4h, channels: [page]}}]
support:
  people:
    - {id: ana, name: Ana Reyes, email: ana@example.org, may: [lead, engineer]}
    - {id: ben, name: Ben Okafor, email: ben@example.org, may: [lead, engineer]}
  rotas: [{id: main, starting: 2026-01-12, lead: [ana], engineer: [ben]}]
`

// Two people work through an incident by the command line, on the real
// server: each act is done, or refused in one sentence, and the page follows.
func TestAnIncidentByTheCommandLine(t *testing.T) {
	testkit.Beside(t)
	var down atomic.Bool
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(target.Close)
	s := newSite(t, `{id: api, schedule: "@every 1s", regions: [local], http: {url: "`+target.URL+`"}}`)
	document, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, s.dir, "daymark.yaml", string(document)+staff)
	server := s.serve(t)
	daymark := func(want int, args ...string) string {
		t.Helper()
		out, code := run(t, append(args, "--config", s.config)...)
		if code != want {
			t.Fatalf("%s: status %d\n%s", strings.Join(args, " "), code, out)
		}
		return strings.TrimSpace(out)
	}
	down.Store(true)
	public := func(text string) func() bool { return func() bool { return strings.Contains(s.public(t), text) } }
	eventually(t, "the incident to open", public(`Shop is not available`))
	id := getJSON[summary](t, s.url+"/api/v2/summary.json").Incidents[0].ID

	for _, step := range []struct {
		status int
		want   string
		args   []string
	}{
		{0, id, []string{"acknowledge", id, "--role", "lead", "--as", "ana"}},
		{2, "Ana Reyes is Support Lead of this incident, and nobody holds both roles", []string{"acknowledge", id, "--role", "engineer", "--as", "ana"}},
		{2, `there is no person "zoe" in support.people`, []string{"acknowledge", id, "--role", "engineer", "--as", "zoe"}},
		{0, id, []string{"acknowledge", id, "--role", "engineer", "--as", "ben"}},
		{0, "3", []string{"write", id, "proposal", "--text", "start it again", "--as", "ben"}},
		{2, "it needs the agreement of the Support Lead, who is Ana Reyes", []string{"write", id, "action", "--of", "3", "--done", "--text", "started", "--as", "ben"}},
		{0, "4", []string{"write", id, "agreement", "--of", "3", "--text", "do it", "--as", "ana"}},
		{0, "5", []string{"write", id, "action", "--of", "3", "--done", "--text", "started", "--as", "ben"}},
		{0, id, []string{"publish", id, "--template", "known", "--as", "ana"}},
		{0, id, []string{"edit", id, "2", "--text", "We know why the shop is closed.", "--as", "ana"}},
		{2, "is not over: Shop is not available", []string{"resolve", id, "--as", "ana"}},
		{0, id, []string{"lock", id, "--as", "ana"}},
		{2, `there is no incident "nothing"`, []string{"show", "nothing"}},
	} {
		if out := daymark(step.status, append([]string{"incident"}, step.args...)...); !strings.Contains(out, step.want) {
			t.Errorf("%v: %q; want %q", step.args, out, step.want)
		}
	}
	if text := s.public(t); !strings.Contains(text, "We know why the shop is closed.") || !strings.Contains(text, `"identified"`) || strings.Contains(text, "Ana") {
		t.Errorf("visitors read %s", text)
	}
	if out := daymark(0, "incident", "show", id); !regexp.MustCompile(`lead +ana`).MatchString(out) || !strings.Contains(out, "The resolution by ") || !strings.Contains(out, "Ben Okafor took the role of Support Engineer.") {
		t.Errorf("shown is\n%s", out)
	}
	down.Store(false)
	eventually(t, "the shop to work", public(`"monitoring"`))
	from, until := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), time.Now().Add(time.Minute).UTC().Format(time.RFC3339)
	if out := daymark(0, "strike", "list", "api"); out != "nothing of api is struck out" {
		t.Errorf("the server lists %q", out)
	}
	if out := daymark(2, "strike", "out", "api", "--from", from, "--region", "moon", "--reason", "ours"); !strings.Contains(out, `the check does not run in a region "moon"`) {
		t.Errorf("the server answers %q", out)
	}
	if out := daymark(0, "sla", "report", "gold", "--month", time.Now().UTC().Format("2006-01")); !strings.HasPrefix(out, "SLA gold, ") {
		t.Errorf("the server reports %q", out)
	}
	server.interrupt() // the rest is done while no server runs
	daymark(0, "incident", "resolve", id, "--text", "Started again.", "--as", "ana")
	daymark(0, "component", "set", "shop", "degraded_performance", "--reason", "slow tills", "--as", "ben")
	daymark(0, "component", "clear", "shop", "--as", "ben")
	due := time.Now().AddDate(0, 0, 7).UTC().Format(time.RFC3339)
	daymark(0, "review", "ask", id, "--due", due, "--as", "ana")
	read := strings.TrimSpace(daymark(0, "review", "draft", id, "--state"))
	for _, step := range []struct {
		status int
		want   string
		args   []string
	}{
		{0, id, []string{"write", id, "--summary", "It did not answer.", "--after", read, "--as", "ben"}},
		{2, "somebody else has written this review since it was read", []string{"write", id, "--summary", "It was off.", "--after", read, "--as", "ana"}},
		{0, "It did not answer.", []string{"draft", id}},
		{0, id, []string{"write", id, "--summary", "It stood still.", "--causes", "Nobody looked.", "--users", "12", "--as", "ana"}},
		{0, "- 12 users were affected", []string{"draft", id}},
		{0, id, []string{"write", id, "--no-users", "--as", "ana"}},
		{2, "--users and --no-users", []string{"write", id, "--users", "1", "--no-users", "--as", "ana"}},
		{0, "1", []string{"action", id, "--kind", "detect", "--text", "look", "--owner", "ana", "--due", due, "--as", "ana"}},
		{0, "1", []string{"change", id, "1", "--owner", "ben", "--as", "ana"}},
		{0, "ben", []string{"actions"}},
		{0, id, []string{"sign", id, "--as", "ben"}},
		{0, id, []string{"publish", id, "--text", "We look now.", "--as", "ben"}},
		{0, id, []string{"publish", id, "--withdraw", "--as", "ben"}},
		{2, "is not published", []string{"publish", id, "--withdraw", "--as", "ben"}},
	} {
		if out := daymark(step.status, append([]string{"review"}, step.args...)...); !strings.Contains(out, step.want) {
			t.Errorf("%v: %q; want %q", step.args, out, step.want)
		}
	}
	draft := daymark(0, "review", "draft", id)
	for _, want := range []string{`- Shop: Down at its worst, from `, `- check api from \w+: \d+ of \d+ runs that could tell failed, 0 degraded\n`, `\n## Severity\n\n- from .* until .*: P1: Shop is not available`} {
		if !regexp.MustCompile(want).MatchString(draft) {
			t.Errorf("the draft does not match %s:\n%s", want, draft)
		}
	}
	if strings.Contains(draft, "users were affected") {
		t.Errorf("the number of users was taken back:\n%s", draft)
	}
	file := filepath.Join(s.dir, "gold.csv")
	month := time.Now().UTC().Format("2006-01")
	for _, step := range []struct {
		status int
		want   string
		args   []string
	}{
		{0, "Incidents: 2. Promises: ", []string{"gold", "--month", month}}, // a status set by hand is one
		{0, "Incidents: 0. Promises: 0 kept", []string{"gold"}},
		{0, `"worst": "P1"`, []string{"gold", "--month", month, "--format", "json"}},
		{0, "", []string{"gold", "--month", month, "--format", "csv", "--out", file}},
		{2, "is there already", []string{"gold", "--month", month, "--format", "csv", "--out", file}},
		{2, "--format pdf needs --out", []string{"gold", "--format", "pdf"}},
		{2, `there is no SLA "tin" in the configuration; it has gold`, []string{"tin"}},
		{2, "is no month that has begun", []string{"gold", "--month", "2999-01"}},
	} {
		if out := daymark(step.status, append([]string{"sla", "report"}, step.args...)...); !strings.Contains(out, step.want) {
			t.Errorf("%v: %q; want %q", step.args, out, step.want)
		}
	}
	if lines, err := os.ReadFile(file); err != nil || !strings.Contains(string(lines), ",availability,all,good,") {
		t.Errorf("%s, %v", lines, err)
	}
	if out := daymark(0, "incident", "promises", "--to", due[:16]); !regexp.MustCompile(`gold +P1 +acknowledge +1 +0 +0 +0 +0\n`).MatchString(out) {
		t.Errorf("the promises are\n%s", out)
	}
	if out := daymark(0, "audit", "export"); !strings.Contains(out, `"actor":"ana by command line","action":"incident resolved"`) {
		t.Errorf("the audit trail is\n%s", out)
	}
	struck := daymark(0, "strike", "out", "api", "--from", from, "--until", until, "--reason", "our own proxy", "--as", "ana")
	for _, step := range []struct {
		status int
		want   string
		args   []string
	}{
		{0, "ana by command line", []string{"list", "api"}},
		{0, `"reason": "our own proxy"`, []string{"list", "api", "--json"}},
		{2, `there is no check "nothing"`, []string{"list", "nothing"}},
		{2, "no run of that time is kept that failed or was degraded", []string{"out", "api", "--from", from, "--reason", "again"}},
		{2, `there is no person "zoe"`, []string{"undo", struck, "--as", "zoe"}},
		{2, "--from", []string{"out", "api", "--from", "noon", "--reason", "again"}},
		{0, struck, []string{"undo", struck, "--as", "ben"}},
		{2, "undone already", []string{"undo", struck, "--as", "ben"}},
		{0, `"undone_by": "ben by command line"`, []string{"list", "api", "--json"}},
	} {
		if out := daymark(step.status, append([]string{"strike"}, step.args...)...); !strings.Contains(out, step.want) {
			t.Errorf("%v: %q; want %q", step.args, out, step.want)
		}
	}
}
