package console_test

import (
	"net/url"
	"testing"
	"time"

	"daymark/incident"
)

func TestWhoIsOnCallIsTold(t *testing.T) {
	f := newFixture(t)
	row := get[list](f, "/api/v1/on-call").Items[0]
	if row["rota"] != "main" || row["lead"] != "ana" || row["engineer"] != "" || row["until"] != "2026-12-01T14:42:07.120Z" || row["next_lead"] != "ben" {
		t.Errorf("now: %v", row)
	}
	if row := get[list](f, "/api/v1/on-call?at=2026-12-24T09:00:00Z").Items[0]; row["until"] != "2026-12-24T10:00:00.000Z" {
		t.Errorf("on another day: %v", row)
	}
	for path, want := range map[string][2]string{
		"/rotas/main/handover":                         {"text/markdown", "# 2026-12-01T13:42:07Z"},
		"/rotas/main/handover?at=2026-12-24T09:00:00Z": {"text/markdown", "# 2026-12-24T09:00:00Z"},
		"/on-call/hours":                               {"text/csv", "2026-12-01T00:00:00Z,,"},
		"/on-call/hours?month=2026-11&rota=main&sla=s": {"text/csv", "2026-11-01T00:00:00Z,main,s"},
		"/people/ana/calendar":                         {"text/calendar", "ana 90"},
		"/people/ana/calendar?days=400":                {"text/calendar", "ana 400"},
	} {
		if got := get[map[string]string](f, "/api/v1"+path); got["media_type"] != want[0] || got["text"] != want[1] {
			t.Errorf("%s: %v", path, got)
		}
	}
	f.refused(404, "GET", "/api/v1/rotas/none/handover", "")
	f.refused(400, "GET", "/api/v1/people/ana/calendar?days=401", "")
	f.refused(400, "GET", "/api/v1/on-call/hours?month=November", "")
}

func TestPromisesAreTold(t *testing.T) {
	f := newFixture(t)
	var from, to time.Time
	f.tally = func(a, b time.Time) (incident.PromiseTally, error) {
		from, to = a, b
		promise := incident.Promise{Incident: "i", Kind: incident.NextUpdate, Made: now, Due: now}
		return incident.PromiseTally{
			From: a, To: b,
			Counts: []incident.PromiseCount{{SLA: "gold", Severity: incident.P1, Kind: incident.NextUpdate, ByPerson: 1, ByFacts: 2, Broken: 3, Late: 4, Running: 5, CalledOff: 6}},
			Exceptions: []incident.PromiseException{{
				PromiseRecord: incident.PromiseRecord{Promise: promise, Name: "It is out", Severity: incident.P1}, SLA: "gold", State: incident.PromiseLate,
			}},
		}, nil
	}
	type row map[string]any
	told := get[struct{ Counts, Exceptions []row }](f, "/api/v1/promises")
	for field, want := range map[string]any{"sla": "gold", "severity": "P1", "kind": "update", "kept_by_person": 1.0, "kept_by_facts": 2.0, "broken": 3.0, "late": 4.0, "running": 5.0, "called_off": 6.0} {
		if got := told.Counts[0][field]; got != want {
			t.Errorf("%s is %v; want %v", field, got, want)
		}
	}
	if x := told.Exceptions[0]; x["incident"] != "i" || x["state"] != "late" || x["ended"] != nil || x["severity"] != "P1" {
		t.Errorf("the exception is %v", x)
	}
	if !to.Equal(now) || to.Sub(from) != 30*24*time.Hour {
		t.Errorf("asked from %s to %s", from, to)
	}
	get[row](f, "/api/v1/promises?from=2026-11-01T00:00:00Z&to="+url.QueryEscape("2026-12-01T00:00:00+01:00"))
	if from.Month() != time.November || to.Sub(from) != 30*24*time.Hour-time.Hour {
		t.Errorf("asked from %s to %s", from, to)
	}
	f.refused(400, "GET", "/api/v1/promises?from=2026-12-02T00:00:00Z", "")
	f.refused(400, "GET", "/api/v1/promises?from=2024-12-02T00:00:00Z", "")
}
