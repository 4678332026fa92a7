package incident_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
)

// Who is not in the configuration any more holds no role: somebody else is
// called, and may take it.
func TestWhoLeftHoldsNothing(t *testing.T) {
	staffed, err := os.ReadFile("testdata/staffed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	policyOf := func(config string) *incident.Policy {
		_, stage, err := stageOf(usualText(t), "# With people.\n"+config+"---\nok\n")
		if err != nil {
			t.Fatal(err)
		}
		return stage.Policy
	}
	support := string(staffed)
	support = support[strings.Index(support, "support:"):strings.Index(support, "incidents:")]
	lines := slices.DeleteFunc(strings.SplitAfter(support, "\n"), func(line string) bool { return strings.Contains(line, "{id: ana,") })
	without := strings.NewReplacer("lead: [ana, ben]", "lead: [eve, ben]", "person: ana", "person: eve").Replace(strings.Join(lines, ""))
	now := time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)
	state := incident.NewState(now)
	policy := policyOf("")
	var alerts []incident.Alert
	fails := func(rounds int) {
		for range rounds {
			var seen []incident.Observation
			for _, region := range []string{"a", "b", "c"} {
				seen = append(seen, incident.Observation{Series: incident.Series{Check: "journey", Region: region}, Run: incident.Run{At: now.UnixMilli(), Outcome: checker.Failed}})
			}
			alerts = append(alerts, incident.Decide(state, seen, policy, now).Alerts...)
			now = now.Add(10 * time.Second)
		}
	}
	does := func(person string, command incident.Command) error {
		_, _, err := incident.Apply(state, command, incident.By{Person: person}, policy, now)
		return err
	}
	fails(3)
	id := alerts[0].Incident
	if err := does("ana", incident.Acknowledge{Incident: id, Role: "lead"}); err != nil {
		t.Fatal(err)
	}
	if err := does("chi", incident.Acknowledge{Incident: id, Role: "engineer"}); err != nil {
		t.Fatal(err)
	}
	policy, alerts = policyOf(without), nil // ana leaves, and eve takes her place
	fails(2)
	if len(alerts) != 1 || alerts[0].Person != "eve" || alerts[0].Role != "lead" || alerts[0].Kind != incident.CallAlert {
		t.Fatalf("when the Lead has left, these are told: %+v", alerts)
	}
	if inc := state.Incidents[id]; inc.Care.Holders.Lead != "" || inc.Care.Holders.Engineer != "chi" || inc.Care.Entries != 3 {
		t.Errorf("the roles are held by %+v, after %d entries", inc.Care.Holders, inc.Care.Entries)
	}
	alerts = nil
	fails(3 * 6 * 60) // three quarters of the time to resolve are over
	if !slices.ContainsFunc(alerts, func(a incident.Alert) bool { return a.Kind == incident.NudgeAlert && a.Person == "eve" }) ||
		slices.ContainsFunc(alerts, func(a incident.Alert) bool { return a.Person == "ana" }) {
		t.Errorf("these are reminded: %+v", alerts)
	}
	if err := does("eve", incident.HandOver{Incident: id, Role: "lead", To: "ben"}); err == nil {
		t.Error("a role that nobody holds was handed over")
	}
	if err := does("eve", incident.Acknowledge{Incident: id, Role: "lead"}); err != nil {
		t.Error("eve cannot take the role:", err)
	}
	if err := does("chi", incident.Write{Incident: id, Kind: incident.Propose, Text: "renew it"}); err != nil {
		t.Fatal(err)
	}
	if err := does("eve", incident.Write{Incident: id, Kind: incident.Agreement, Of: state.Incidents[id].Care.Entries, Text: "yes"}); err != nil {
		t.Error(err)
	}
}
