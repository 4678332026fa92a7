package incident_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/incident"
	"daymark/incident/incidenttest"
	"daymark/internal/testkit"
)

// derivedRules has components without checks above those that have some.
const derivedRules = `# With people.
incidents: {resolve_after: 1s, ease_after: 1m, group_within: 1s, fix_needs: [lead]}
components:
  - {id: online, name: Online banking, criticality: critical, owner: identity, sla: gold, depends_on: [branches, sign-in]}
  - {id: branches, name: Branches, owner: payments, sla: gold, depends_on: [api, sign-in]}
  - id: sign-in
    name: Sign in
    criticality: major
    owner: identity
    sla: gold
    checks: [{id: journey, schedule: "@every 10s", timeout: 5s, http: {url: "https://shop.example/"}}]
  - id: api
    name: Payments API
    criticality: minor
    owner: payments
    sla: gold
    checks:
      - {id: health, schedule: "@every 10s", timeout: 5s, http: {url: "https://api.example/health"}}
      - {id: pay, schedule: "@every 10s", timeout: 5s, http: {url: "https://api.example/pay"}}
---
`

// Whatever people do, a component that fails lasts in one incident at most,
// each incident is about something, and a restart tells nothing else.
func TestWhatIsDerivedIsInOneIncident(t *testing.T) {
	usual := usualText(t)
	testkit.Checks(t, 12, 600) // each plays two whole histories twice
	rapid.Check(t, func(t *rapid.T) {
		worked := rapid.SampledFrom([]string{"api", "sign-in", "branches", "api,online"}).Draw(t, "worked on")
		history := anyHistory(t) + "maintenance plan " + worked + " lasts=25s Disks\n" + anyHistory(t)
		scenario, stage, err := stageOf(usual, derivedRules+history)
		if err != nil {
			t.Fatal(err)
		}
		var wrong []string
		incidents := map[string]incident.Incident{}
		open := stage.Open
		stage.Open = func() (incident.Store, error) {
			store, err := open()
			return incidenttest.Watch(store, watchHomes(incidents, &wrong)), err
		}
		want, err := scenario.Play(context.Background(), stage)
		if err != nil {
			t.Fatal(err)
		}
		if len(wrong) > 0 {
			t.Fatalf("%s\n%s", strings.Join(wrong, "\n"), want)
		}
		stage.Open = memory()
		often := rapid.IntRange(1, 5).Draw(t, "often")
		stage.Restart = func(line int) bool { return line > 0 && line%often == 0 }
		got, err := scenario.Play(context.Background(), stage)
		if err != nil {
			t.Fatal(err)
		}
		if want.String() != got.String() {
			t.Fatalf("without restarts:\n%s\nand with them:\n%s", want, got)
		}
	})
}

// watchHomes looks at each decision, with all incidents as they were kept.
func watchHomes(incidents map[string]incident.Incident, wrong *[]string) func(time.Time, *incident.Decision) {
	return func(_ time.Time, d *incident.Decision) {
		for i := range d.Incidents {
			incidents[d.Incidents[i].ID] = d.Incidents[i].Clone()
		}
		lasts := map[string][]string{}
		for id, inc := range incidents {
			if !inc.Open() || inc.ByHand() {
				continue
			}
			if len(inc.Affected) == 0 {
				*wrong = append(*wrong, inc.ID+" is about nothing")
			}
			for _, a := range inc.Affected {
				if a.Until.IsZero() && a.Status.Badness() > 0 {
					lasts[a.Component] = append(lasts[a.Component], id)
				}
			}
		}
		for component, in := range lasts {
			if slices.Sort(in); len(in) > 1 {
				*wrong = append(*wrong, fmt.Sprintf("%s fails in %v", component, in))
			}
		}
	}
}
