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

// maintenanceSummary is what the test reads of the page's API.
type maintenanceSummary struct {
	Status       struct{ Indicator, Description string }
	Incidents    []struct{ Name string }
	Maintenances []struct{ ID, Name, Status string } `json:"scheduled_maintenances"`
}

// The whole way: planned by the command, seen by visitors, quiet while it
// lasts though the target fails, ended by the command, and an incident then.
func TestMaintenanceOfTheRealProgram(t *testing.T) {
	testkit.Beside(t)
	var broken atomic.Bool
	var asked atomic.Int32
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		if broken.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, "shop")
	}))
	t.Cleanup(target.Close)
	s := newSite(t, `{id: api, schedule: "@every 1s", regions: [local], http: {url: "`+target.URL+`"}, expect: [status == 200]}`)
	server := s.serve(t)
	read := func() maintenanceSummary { return getJSON[maintenanceSummary](t, s.url+"/api/v2/summary.json") }
	eventually(t, "the component to be measured", func() bool { return asked.Load() > 2 })

	out, code := run(t, "maintenance", "plan", "New disks", "--components", "shop", "--lasts", "1h", "--text", "Be patient.", "--json", "--config", s.config)
	var row struct {
		ID, Stage  string
		Public     bool
		Components []string
	}
	if err := json.Unmarshal([]byte(out), &row); err != nil || code != 0 || row.Stage != "in_progress" || !row.Public || len(row.Components) != 1 {
		t.Fatalf("status %d, %v: %s", code, err, out)
	}
	broken.Store(true)
	before := asked.Load()
	eventually(t, "the checks to go on", func() bool { return asked.Load() > before+5 })
	got := read()
	if got.Status.Indicator != "maintenance" || len(got.Incidents) > 0 || len(got.Maintenances) != 1 || got.Maintenances[0].ID != row.ID || got.Maintenances[0].Status != "in_progress" {
		t.Errorf("visitors read %+v", got)
	}
	page, err := http.Get(s.url)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(page.Body)
	_ = page.Body.Close()
	if text := string(body); err != nil || !strings.Contains(text, "Shop is being worked on.") || !strings.Contains(text, "Be patient.") {
		t.Errorf("the page, %v:\n%s", err, text)
	}
	for _, refused := range []struct{ want, arguments string }{
		{"has begun: end it", "cancel " + row.ID},
		{`there is no maintenance "none"`, "end none"},
		{"extended by more than nothing", "extend " + row.ID + " --by 0s"},
		{`there is no component "x"`, "plan Nothing --components x --lasts 1h"},
		{"--lasts: ", "plan Nothing --components shop --lasts long"},
		{"--starts: ", "plan Nothing --components shop --lasts 1h --starts soon"},
	} {
		arguments := append([]string{"maintenance"}, strings.Fields(refused.arguments)...)
		if out, code := run(t, append(arguments, "--config", s.config)...); code != 2 || !strings.Contains(out, refused.want) {
			t.Errorf("%s: status %d: %s", refused.arguments, code, out)
		}
	}
	for _, command := range [][]string{{"extend", row.ID, "--by", "30m"}, {"end", row.ID, "--why", "done sooner"}} {
		if out, code := run(t, append(append([]string{"maintenance"}, command...), "--config", s.config)...); code != 0 || !strings.Contains(out, row.ID) {
			t.Fatalf("%v: status %d: %s", command, code, out)
		}
	}
	eventually(t, "what still fails to be an incident", func() bool {
		out, code := run(t, "incident", "list", "--config", s.config)
		return code == 0 && strings.Contains(out, "Shop is not available")
	})
	if got := read(); len(got.Maintenances) > 0 || got.Status.Indicator == "maintenance" {
		t.Errorf("visitors read %+v", got)
	}
	server.interrupt()

	// Without a server too.
	out, code = run(t, "maintenance", "list", "--config", s.config)
	if code != 0 || !strings.Contains(out, row.ID+"  completed  everybody  ") || !strings.Contains(out, "New disks") {
		t.Errorf("status %d: %s", code, out)
	}
	starts := time.Now().AddDate(0, 0, 10).UTC().Format("2006-01-02T15:04")
	out, code = run(t, "maintenance", "plan", "Later", "--components", "shop", "--lasts", "1h", "--starts", starts, "--config", s.config)
	if code != 0 || !strings.Contains(out, "scheduled  staff") {
		t.Errorf("status %d: %s", code, out)
	}
	out, code = run(t, "audit", "export", "--config", s.config)
	for _, action := range []string{"planned", "extended by 30 min", "ended", "planned"} {
		if want := fmt.Sprintf(`"action":"maintenance %s`, action); code != 0 || !strings.Contains(out, want) {
			t.Errorf("status %d, without %s: %s", code, want, out)
		}
	}
}
