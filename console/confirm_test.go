package console_test

import (
	"net/http"
	"testing"

	"daymark/access"
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
		for _, without := range [][]string{{}, {"confirm", " "}} {
			p.has(p.ask(page+"/"+test.act, append([]string{"form", test.form, "from", page, test.field, test.with}, without...)...), http.StatusUnprocessableEntity, "This was not done: ", "<details")
		}
		if done != 0 {
			t.Errorf("%s is done to something else, or without a name", test.act)
		}
		p.has(p.ask(page+"/"+test.act, "form", test.form, "from", page, test.field, test.with, "confirm", test.name), http.StatusSeeOther)
		if done != 1 {
			t.Errorf("%s is done %d times", test.act, done)
		}
		done = 0
	}
	p.refused(http.StatusNotFound, "POST", "/api/v1/incidents/none/merge", `{"into": "mhwz4k1q0002", "confirm": "x"}`)
	for body, status := range map[string]int{`{"into": "mhwz4k1q0002"}`: http.StatusBadRequest, `{"into": "mhwz4k1q0002", "confirm": " "}`: http.StatusUnprocessableEntity} {
		if wrong := p.refused(status, "POST", "/api/v1/incidents/mhwz4k1q0001/merge", body).Errors; wrong[0].Where != "body.confirm" {
			t.Errorf("%s: %v", body, wrong)
		}
	}
	if done != 0 {
		t.Error("the API merges without a name")
	}
}

// TestAFormNamesTheTokenThatItEnds: by the API a token that leaked is ended by
// its id, in one call; by a page, where one can press the wrong button, it is
// named.
func TestAFormNamesTheTokenThatItEnds(t *testing.T) {
	p := newPages(t)
	revoked := 0
	p.tokens = func(string) ([]access.APIToken, error) {
		return []access.APIToken{{ID: "t1", Name: "deploys", Person: "ana", Role: access.Reader, Expires: now.AddDate(1, 0, 0)}}, nil
	}
	p.revoke = func(r console.Revocation) (*access.APIToken, error) {
		revoked++
		return &access.APIToken{ID: r.ID}, nil
	}
	for _, act := range []struct{ page, act string }{
		{"/console/tokens", "/console/tokens/t1/revoke"},
		{"/console/agents", "/console/agents/tokens/a1/revoke"},
		{"/console/people", "/console/people/ana/remove"},
		{"/console/people", "/console/people/ana/sign-out"},
	} {
		for _, without := range [][]string{{}, {"confirm", ""}} {
			p.has(p.ask(act.act, append([]string{"form", "x", "from", act.page}, without...)...), http.StatusUnprocessableEntity)
		}
	}
	p.done()
	if revoked > 0 {
		t.Errorf("%d tokens are ended without a name", revoked)
	}
}
