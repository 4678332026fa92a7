package console_test

import (
	"net/http"
	"strings"
	"testing"

	"daymark/console"
	"daymark/incident"
)

func TestAnUpdateIsShownBeforeItIsPublished(t *testing.T) {
	f := newFixture(t)
	f.command = func(incident.By, string, incident.Command) (string, error) {
		t.Error("a preview gives a command")
		return "", nil
	}
	status, _, text := f.call("POST", "/api/v1/incidents/i/updates/preview", `{"what": "It is down.", "phase": "identified"}`)
	if status != http.StatusOK || !strings.Contains(text, `"text":"ana writes: It is down."`) || !strings.Contains(text, `[{"channel":"email","count":40},{"channel":"sms","count":2}],"readers_total":42`) {
		t.Errorf("it answers %d: %s", status, text)
	}
	if p := f.refused(http.StatusUnprocessableEntity, "POST", "/api/v1/incidents/i/updates/preview", `{"phase": "identified"}`); p.Detail != "What is empty." {
		t.Errorf("without text: %+v", p)
	}
}

func TestAStorySaysHowProposalsStand(t *testing.T) {
	f := newFixture(t)
	f.story = func(id string) (*console.IncidentStory, error) {
		return &console.IncidentStory{Incident: incident.Incident{
			ID: id, Phase: incident.Investigating, Severity: incident.P1, Worst: incident.P1, Care: incident.Care{Proposals: map[int]*incident.Proposal{7: {By: "chi"}, 3: {By: "chi", Done: true}}},
		}}, nil
	}
	_, _, text := f.call("GET", "/api/v1/incidents/i", "")
	want := `"needs":[{"as":"lead","person":"ana","given":true},{"as":"stakeholder","person":"","given":false}]}`
	if !strings.Contains(text, `"proposals":[{"number":3,"by":"chi","done":true,`+want+`,{"number":7,"by":"chi","done":false,`+want+`]`) {
		t.Errorf("the story says %s", text)
	}
}
