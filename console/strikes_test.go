package console_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
)

func (s *sources) ListStrikes(context.Context, string, int) ([]incident.Strike, error) {
	return s.strikes, nil
}

func (s *sources) StrikeOut(_ context.Context, who access.Principal, _ string, asked incident.Strike) (string, error) {
	asked.ID, asked.By = "x", who.Person
	s.strikes = append(s.strikes, asked)
	return "x", nil
}

func (s *sources) UndoStrike(_ context.Context, _ access.Principal, _, id string) (string, error) {
	if id != "x" {
		return "", &incident.Refusal{Kind: incident.NotFound, Text: "there is none"}
	}
	s.strikes[0].Undone = now
	return id, nil
}

// A false alarm is struck out, listed, and undone by the API.
func TestFalseAlarmsByTheAPI(t *testing.T) {
	f := newFixture(t)
	body := `{"region": "west", "from": "2026-12-01T12:00:00Z", "until": "2026-12-01T13:00:00Z", "reason": "our proxy"}`
	if status, _, text := f.call("POST", "/api/v1/checks/journey/strikes", body); status != http.StatusOK || len(f.strikes) != 1 {
		t.Fatalf("%d %s", status, text)
	}
	want := incident.Strike{ID: "x", Check: "journey", Region: "west", From: time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC), Until: time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC), Reason: "our proxy", By: f.strikes[0].By}
	if f.strikes[0] != want {
		t.Errorf("%+v", f.strikes[0])
	}
	if got := get[list](f, "/api/v1/checks/journey/strikes").Items; len(got) != 1 || got[0]["reason"] != "our proxy" || got[0]["undone"] != nil {
		t.Errorf("%v", got)
	}
	if status, _, text := f.call("POST", "/api/v1/strikes/x/undo", ""); status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	if got := get[list](f, "/api/v1/checks/journey/strikes").Items; got[0]["undone"] == nil {
		t.Errorf("%v", got)
	}
	f.refused(http.StatusNotFound, "POST", "/api/v1/strikes/y/undo", "")
	f.refused(http.StatusNotFound, "GET", "/api/v1/checks/nothing/strikes", "")
}

// The page of a check shows them with who, why and undoing; the form begins with
// the last time in which the check was down.
func TestFalseAlarmsOnPages(t *testing.T) {
	p := newPages(t)
	p.strikes = []incident.Strike{
		{ID: "x", Check: "journey", From: now.Add(-time.Hour), Until: now, Reason: "it was " + hostile, By: "ana", Made: now, Runs: 3},
		{ID: "y", Check: "journey", Region: "west", From: now.Add(-time.Hour), Until: now, Reason: "why", By: "ana", Made: now, Runs: 1, Undone: now, UndoneBy: "ana"},
	}
	p.lacks(p.reads("/console/checks/journey", "Struck out as false alarms", ": 3 runs", "all regions", "/console/strikes/x/undo", "Undone "), hostile, "/console/strikes/y/undo")
	p.reads("/console/checks/journey/strike", "Why it was a false alarm", "It can be undone", `name="from"`)
	p.has(p.ask("/console/checks/nothing/strike"), http.StatusNotFound)
}

var _ console.Strikes = (*sources)(nil)
