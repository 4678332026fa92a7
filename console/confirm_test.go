package console_test

import (
	"net/http"
	"testing"

	"daymark/console"
	"daymark/incident"
)

// TestWhatIsNotUndoneIsConfirmedByItsName: the forms ask for it, and what names
// something else is not done.
func TestWhatIsNotUndoneIsConfirmedByItsName(t *testing.T) {
	p := newPages(t)
	this := anIncident(1)
	this.Name, this.Promise = "Sign in  is not\navailable "+hostile, nil
	p.story = func(id string) (*console.IncidentStory, error) {
		if id != this.ID {
			return nil, console.ErrNotFound
		}
		return &console.IncidentStory{Incident: this}, nil
	}
	p.list = func(console.IncidentQuery) ([]incident.Incident, error) {
		return []incident.Incident{this, anIncident(2)}, nil
	}
	p.works = []incident.PlannedMaintenance{{ID: "m", Title: "New disks", Stage: incident.Scheduled, Components: []string{"api"}, Starts: now, Ends: now}}
	done := 0
	p.command = func(incident.By, string, incident.Command) (string, error) {
		done++
		return "x", nil
	}
	for page, test := range map[string]struct{ act, form, name, field, with string }{
		"/console/incidents/mhwz4k1q0001": {"merge", "merge", "Sign in is not available " + hostile, "into", "mhwz4k1q0002"},
		"/console/maintenance/m":          {"cancel", "cancel", "New disks", "why", "no"},
	} {
		p.lacks(p.reads(page, `id="`+test.form+`-confirm" name="confirm" autocomplete="off" autocapitalize="off" required`), hostile)
		answer := p.ask(page+"/"+test.act, "form", test.form, "from", page, test.field, test.with, "confirm", "New tables")
		p.has(answer, http.StatusUnprocessableEntity, "what you typed to confirm it is something else", `value="New tables" aria-invalid="true"`, "<details")
		if done != 0 {
			t.Errorf("%s is done to something else", test.act)
		}
		p.has(p.ask(page+"/"+test.act, "form", test.form, "from", page, test.field, test.with, "confirm", test.name), http.StatusSeeOther)
		if done != 1 {
			t.Errorf("%s is done %d times", test.act, done)
		}
		done = 0
	}
	p.refused(http.StatusNotFound, "POST", "/api/v1/incidents/none/merge", `{"into": "mhwz4k1q0002", "confirm": "x"}`)
	if status, _, text := p.call("POST", "/api/v1/incidents/mhwz4k1q0001/merge", `{"into": "mhwz4k1q0002"}`); status != http.StatusOK || done != 1 {
		t.Errorf("%d %s", status, text)
	}
}
