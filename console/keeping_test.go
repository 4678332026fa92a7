package console_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/console"
	"daymark/incident"
	"daymark/slo"
)

func (s *sources) Availability(_ context.Context, from, until time.Time) ([]console.Availability, error) {
	o := slo.Objective{Objective: 99, Window: slo.Window{Rolling: until.Sub(from)}}
	bucket := slo.Bucket{From: from, Until: from.Add(24 * time.Hour), Counts: slo.Counts{Good: 2999, Bad: 1, Unknown: 3000}}
	return []console.Availability{
		{Component: "sign-in", Standing: o.Between([]slo.Bucket{bucket}, []slo.Bucket{bucket}, 0, from, until)},
		{Component: "api", Standing: o.Between(nil, nil, 0, from, until)},
	}, nil
}

func someKept(f *sources) {
	f.tally = func(from, to time.Time) (incident.PromiseTally, error) {
		broken := incident.PromiseRecord{Promise: incident.Promise{Incident: "b", Kind: incident.FirstWord, Made: now.Add(-2 * time.Hour), Due: now.Add(-time.Hour), Ended: now.Add(-30 * time.Minute)}, Name: "It was " + hostile, Severity: incident.P1}
		return incident.PromiseTally{
			From: from, To: to, Counts: []incident.PromiseCount{{SLA: "gold", Severity: incident.P1, Kind: incident.FirstWord, ByPerson: 3, ByFacts: 2, Broken: 1}},
			Exceptions: []incident.PromiseException{{PromiseRecord: broken, SLA: "gold", State: incident.PromiseBroken}},
		}, nil
	}
	f.list = func(q console.IncidentQuery) ([]incident.Incident, error) {
		if q.Before != "" {
			return nil, nil
		}
		old := incident.Incident{ID: "a", Worst: incident.P1, Since: now.AddDate(0, -2, 0), Opened: now.AddDate(0, -2, 0), Phase: incident.Resolved, Resolved: now}
		here := incident.Incident{ID: "b", Worst: incident.P1, Since: now.Add(-2 * time.Hour), Opened: now.Add(-2*time.Hour + 30*time.Second), Phase: incident.Investigating}
		here.Care.Acknowledged = here.Opened.Add(400 * time.Millisecond)
		return slices.DeleteFunc([]incident.Incident{here, old}, func(i incident.Incident) bool {
			return i.Opened.Before(q.From) || !q.Until.IsZero() && !i.Opened.Before(q.Until)
		}), nil
	}
}

func TestWhetherPromisesAreKept(t *testing.T) {
	f := newFixture(t)
	someKept(f.sources)
	kept := get[map[string]any](f, "/api/v1/keeping")
	available := kept["availability"].([]any)[0].(map[string]any)
	if available["percent"] != 99.9666 || available["unknown"] != 3000.0 || kept["availability"].([]any)[1].(map[string]any)["percent"] != nil {
		t.Errorf("%v", kept["availability"])
	}
	worst := kept["incidents"].([]any)[0].(map[string]any)
	if worst["severity"] != "P1" || worst["incidents"] != 1.0 || worst["open"] != 1.0 || worst["median"].(map[string]any)["see_seconds"] != 30.0 {
		t.Errorf("%v", worst)
	}
	if month := get[map[string]any](f, "/api/v1/keeping?month=2026-11"); month["from"] != "2026-11-01T00:00:00.000Z" || month["until"] != "2026-12-01T00:00:00.000Z" {
		t.Errorf("%v to %v", month["from"], month["until"])
	}
	for _, query := range []string{"month=2027-01", "month=november", "days=401", "days=-1", "days=0", "days=abc"} {
		if status, _, text := f.call("GET", "/api/v1/keeping?"+query, ""); status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", query, status, text)
		}
	}
}

func TestThePageOfPromisesKept(t *testing.T) {
	p := newPages(t)
	someKept(p.sources)
	p.lacks(p.reads("/console/promises", "1 of 6 promises were not kept", "30 min late", `<a href="/console/incidents/b">It was &lt;script&gt;`), hostile)
	p.objectives = someObjectives()
	p.reads("/console/promises", "Objectives and budgets", `<a href="/console/objectives#o-works">`, "-100 %")
	p.reads("/console/promises", "The last 30 days", "99.9666 %", "2999 of 3000", "30 s / 30 s", "under 1 s / under 1 s", "1, 1 open", `<a href="/console/promises.csv">`)
	p.reads("/console/promises?month=2026-11", "1 November 2026 to 30 November 2026", `<option value="2026-11" selected>`, "promises.csv?month=2026-11")
	text := p.ask("/console/promises.csv").Body.String()
	for _, want := range []string{
		",objective,works,budget_left_percent,-100",
		"from,until,about,of,figure,value", ",availability,sign-in,percent,99.9666", ",incidents,P1,see_median_seconds,30", ",incidents,P1,acknowledge_median_seconds,0.4", ",promises first,gold P1,kept_by_person,3", ",promises first,gold P1,running,0", ",incidents,P1,open,1",
		",not kept,b,1 gold P1 first state,broken", ",not kept,b,1 gold P1 first due," + now.Add(-time.Hour).UTC().Format(time.RFC3339), ",not kept,b,1 gold P1 first ended," + now.Add(-30*time.Minute).UTC().Format(time.RFC3339),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "P1,tell_median_seconds") || strings.Contains(text, ",incidents,P2,see") {
		t.Errorf("what nobody came to has a time in\n%s", text)
	}
	p.has(p.ask("/console/promises?month=nonsense"), http.StatusBadRequest)
}

// Those of the last days that run, or were kept before they were due, are told
// of; a month has those that are due in it.
func TestPromisesThatRunAreTold(t *testing.T) {
	p := newPages(t)
	someKept(p.sources)
	var due time.Time
	p.tally = func(from, to time.Time) (incident.PromiseTally, error) {
		due = to
		return incident.PromiseTally{From: from, To: to, Counts: []incident.PromiseCount{{SLA: "gold", Severity: incident.P1, Running: 3}}}, nil
	}
	p.reads("/console/promises", "3 promises run, and none is due yet")
	if !due.After(now.AddDate(0, 0, 90)) {
		t.Errorf("promises are asked for that are due until %s", due)
	}
	if p.reads("/console/promises?month=2026-11", "3 promises run"); !due.Equal(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("of a month promises are asked for that are due until %s", due)
	}
}

func TestHowManyPromisesWereKept(t *testing.T) {
	p := newPages(t)
	for kept, want := range map[int]string{1: "The one promise was kept", 2: "All 2 promises were kept"} {
		p.tally = func(from, to time.Time) (incident.PromiseTally, error) {
			return incident.PromiseTally{From: from, To: to, Counts: []incident.PromiseCount{{SLA: "gold", Severity: incident.P1, ByPerson: kept}}}, nil
		}
		p.reads("/console/promises", want)
	}
}
