package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/testkit"
)

// tell asks the API as a reader and reads the answer.
func tell[T any](k *keyring, path string) T {
	k.t.Helper()
	answer := k.ask(http.MethodGet, "/api/v1"+path, k.secrets["reader"])
	var value T
	if err := json.Unmarshal(answer.Body.Bytes(), &value); err != nil || answer.Code != http.StatusOK {
		k.t.Fatalf("%s: %d %v %s", path, answer.Code, err, answer.Body)
	}
	return value
}

// TestTheAPITellsOfAnIncident has the real engine and store open an incident,
// and reads all of it back.
func TestTheAPITellsOfAnIncident(t *testing.T) {
	testkit.Beside(t)
	k := newKeyring(t)
	component := &k.doc.Components[0]
	for i := range component.Checks {
		check := &component.Checks[i]
		for ago := 5; ago > 0; ago-- {
			for _, region := range check.Regions {
				at := time.Now().UTC().Add(-time.Duration(ago) * 3 * time.Second).Truncate(time.Millisecond)
				rejected, err := k.engine.Submit(t.Context(), region, []checker.Result{{
					Check: check.ID, Region: region, At: at, Started: at, Attempts: 1, Outcome: checker.Failed, Reason: "nothing answers",
					Evidence: []checker.Evidence{{Name: "answer.txt", MediaType: "text/plain", Data: []byte("no")}},
				}})
				if err != nil || len(rejected) > 0 {
					t.Fatal(err, rejected)
				}
			}
		}
	}
	type incidents struct {
		Items []struct {
			ID, Name, Severity, Reason string
			Affected                   []struct{ Component, Status string }
		}
	}
	open := tell[incidents](k, "/incidents?status=open&component="+component.ID).Items
	if len(open) != 1 || open[0].Severity == "" || open[0].Affected[0].Status != "major_outage" {
		t.Fatalf("open is %+v", open)
	}
	if others := tell[incidents](k, "/incidents?component=another").Items; others == nil || len(others) != 0 {
		t.Errorf("of another component: %+v", others)
	}
	story := tell[struct {
		Name       string
		Timeline   []struct{ At, Kind, Text string }
		Severities []struct{ Facts struct{ Availability string } }
	}](k, "/incidents/"+open[0].ID)
	if story.Name != open[0].Name || len(story.Timeline) < 2 || story.Timeline[0].Kind != "affected" || story.Severities[0].Facts.Availability != "none" {
		t.Errorf("its story: %+v", story)
	}
	if _, err := time.Parse("2006-01-02T15:04:05.000Z", story.Timeline[0].At); err != nil {
		t.Error(err)
	}
	components := tell[struct{ Items []struct{ ID, Status string } }](k, "/components").Items
	if len(components) != len(k.doc.Components) || components[0].ID != component.ID || components[0].Status != "major_outage" {
		t.Errorf("components: %+v", components)
	}
	check := component.Checks[0]
	checks := tell[struct {
		Items []struct {
			ID, Verdict string
			Latest      []struct{ Region, Outcome, Reason string }
		}
	}](k, "/checks?component="+component.ID).Items
	if len(checks) != len(component.Checks) || checks[0].Verdict != "down" || len(checks[0].Latest) != len(check.Regions) || checks[0].Latest[0].Reason != "nothing answers" {
		t.Errorf("checks: %+v", checks)
	}
	type evidence struct {
		Items []struct {
			Region string
			First  bool
			Pieces []struct{ Name string }
		}
		Next string
	}
	seen, pages := 0, 0
	for next := ""; pages == 0 || next != ""; pages++ {
		page := tell[evidence](k, "/checks/"+check.ID+"/evidence?limit=3&cursor="+next)
		seen, next = seen+len(page.Items), page.Next
		if len(page.Items) > 0 && page.Items[0].Pieces[0].Name != "answer.txt" {
			t.Errorf("evidence: %+v", page)
		}
	}
	if want := 5 * len(check.Regions); seen != want || pages < 2 {
		t.Errorf("%d runs with evidence in %d parts; %d are kept", seen, pages, want)
	}
	if answer := k.ask(http.MethodGet, "/api/v1/checks/nothing/evidence", k.secrets["reader"]); answer.Code != http.StatusNotFound {
		t.Errorf("of no check: %d", answer.Code)
	}
	if answer := k.ask(http.MethodGet, "/api/v1/incidents?cursor=%ff", k.secrets["reader"]); answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), "query.cursor") {
		t.Errorf("a wrong cursor: %d %s", answer.Code, answer.Body)
	}
}
