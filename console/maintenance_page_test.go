package console_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/incident"
)

func TestTheCalendarOfMaintenance(t *testing.T) {
	p := newPages(t)
	day := func(d, hour int) time.Time { return time.Date(2026, 12, d, hour, 0, 0, 0, time.UTC) }
	rule, err := incident.NewRecurrence(incident.Recurring{ID: "patch", Name: "Patch day", Components: []string{"api"}, Starts: "2026-12-05T02:00", Lasts: time.Hour, RRule: "FREQ=WEEKLY"}, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	p.api.Recurring = []*incident.Recurrence{rule}
	p.works = []incident.PlannedMaintenance{
		{ID: "on", Title: "New disks " + hostile, Stage: incident.InProgress, Components: []string{"api"}, Starts: day(1, 12), Ends: day(3, 6), Announced: now, Announce: now},
		{ID: "rule", Rule: "patch", Title: "Patch day", Stage: incident.Scheduled, Components: []string{"api"}, Starts: day(5, 2), Ends: day(5, 3), Announce: day(2, 2)},
		{ID: "gone", Title: "Dropped", Stage: incident.Cancelled, Starts: day(8, 2), Ends: day(8, 3), Done: now},
	}
	text := p.reads("/console/maintenance", "going on, until Thu 3 Dec, 06:00.", "December 2026", "from 12:00", "all day", "until 06:00", "02:00 to 03:00", "Not announced yet: visitors see it from Wed 2 Dec, 02:00",
		"02:00 to 03:00, by rule", "FREQ=WEEKLY", "Next Sat 5 Dec, 02:00", "month=2026-11#month", "month=2027-01#month", "9 subscribers hear of all maintenance", "New disks &lt;script&gt;", `aria-current="date"`)
	p.lacks(text, hostile)
	if n := strings.Count(text, ", by rule<"); n != 3 { // 12, 19 and 26: the 5th is planned
		t.Errorf("%d times of the rule are to come", n)
	}
	if calendar, _, _ := strings.Cut(text, "Comes again"); strings.Contains(calendar, "Dropped") {
		t.Error("what was cancelled stands in the calendar")
	}
	p.reads("/console/maintenance?month=2027-01", "January 2027", "by rule")
	p.reads("/console/maintenance?month=nonsense", "December 2026")
	p.who.Role = access.Reader
	p.lacks(p.reads("/console/maintenance"), "Plan it")
	p.works, p.api.Recurring = []incident.PlannedMaintenance{}, nil
	p.reads("/console/maintenance", "No maintenance is planned.", "Nothing goes on", "No rule.")
}

func TestMaintenanceIsPlanned(t *testing.T) {
	p := newPages(t)
	page := "/console/maintenance"
	p.command = func(incident.By, string, incident.Command) (string, error) {
		t.Error("a preview plans")
		return "", nil
	}
	typed := []string{"form", "plan", "from", page, "title", "New disks", "text", "All **good**", "components", "api", "components", "sign-in", "starts", "2026-12-24T02:00", "minutes", "90", "announce", ""}
	p.has(p.ask(page+"/preview", typed...), http.StatusOK, "2009 subscribers hear of it", "All <strong>good</strong>", `value="api" checked`, `value="New disks"`)
	var given incident.Command
	p.command = func(_ incident.By, _ string, command incident.Command) (string, error) {
		given = command
		return "m7", nil
	}
	answer := p.ask(page, append(typed, "then", page+"/{made}")...)
	want := incident.PlanMaintenance{Title: "New disks", Text: "All **good**", Components: []string{"api", "sign-in"}, Starts: time.Date(2026, 12, 24, 2, 0, 0, 0, time.UTC), Lasts: 90 * time.Minute}
	if !reflect.DeepEqual(given, want) || answer.Header().Get("Location") != page+"/m7?done=plan" {
		t.Errorf("%+v, to %s", given, answer.Header().Get("Location"))
	}
	p.has(p.ask(page, "form", "plan", "from", page, "title", "New "+hostile, "minutes", "60"), http.StatusUnprocessableEntity, "It is missing.", "New &lt;script&gt;")
}

func TestOneMaintenance(t *testing.T) {
	p := newPages(t)
	work := incident.PlannedMaintenance{ID: "m", Title: "New disks", Text: "**Slow** " + hostile, Stage: incident.Scheduled, Components: []string{"api"}, Announce: now.Add(time.Hour), Starts: now.Add(2 * time.Hour), Ends: now.Add(3 * time.Hour)}
	at := func(stage incident.Stage, words ...string) string {
		work.Stage = stage
		p.works = []incident.PlannedMaintenance{work}
		return p.reads("/console/maintenance/m", words...)
	}
	p.lacks(at(incident.Scheduled, "Planned.", "Not announced yet", "<strong>Slow</strong> &lt;script&gt;", "Cancel “New disks”", "will not take place", "Let it last longer", "1009 subscribers"), "End “New disks” now", hostile)
	work.Announced, work.Moves = now, []incident.Move{{At: now, From: now.Add(time.Hour), To: now.Add(3 * time.Hour)}}
	p.lacks(at(incident.InProgress, "Going on.", "End “New disks” now", "Let it last longer", "from 14:42 to 16:42"), "Cancel “")
	work.Over, work.Why = now, "it was quick"
	p.lacks(at(incident.Verifying, "at 13:57 at the latest", "it was quick"), "<button")
	work.Done = now
	p.lacks(at(incident.Completed, "Completed on 1 December 2026"), "<button")
	p.has(p.ask("/console/maintenance/none"), http.StatusNotFound)
	p.command = func(incident.By, string, incident.Command) (string, error) {
		return "", &incident.Refusal{Kind: incident.Conflict, Text: "it has begun"}
	}
	at(incident.Scheduled)
	p.has(p.ask("/console/maintenance/m/cancel", "form", "cancel", "from", "/console/maintenance/m", "why", "no", "confirm", "New disks"), http.StatusConflict, "It has begun.", "<details open>")
}

func TestTheAPIReadsMaintenance(t *testing.T) {
	f := newFixture(t)
	if m := get[map[string]any](f, "/api/v1/maintenance/m"); m["title"] != "New disks" {
		t.Errorf("%v", m)
	}
	f.refused(http.StatusNotFound, "GET", "/api/v1/maintenance/none", "")
	if a := get[map[string]any](f, "/api/v1/maintenance/audience?components=api,sign-in"); a["told"] != 2009.0 {
		t.Errorf("%v", a)
	}
	rule, err := incident.NewRecurrence(incident.Recurring{ID: "patch", Name: "Patch day", Components: []string{"api"}, Starts: "2026-12-05T02:00", Lasts: time.Hour}, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	f.api.Recurring = []*incident.Recurrence{rule}
	rules := get[list](f, "/api/v1/maintenance/rules")
	if next := rules.Items[0]["next"].([]any); rules.Items[0]["minutes"] != 60.0 || len(next) != 1 || next[0] != "2026-12-05T02:00:00.000Z" {
		t.Errorf("%v", rules.Items)
	}
}
