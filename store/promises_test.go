package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/support"
)

// The promises of a time are added up from what is stored, with the severity
// that held when each was made.
func TestPromisesOfATimeAreAddedUp(t *testing.T) {
	f := newFixture(t)
	f.staffed()
	ctx := context.Background()
	began := f.now
	f.rounds(2, checker.OK)
	f.rounds(3, checker.Failed)
	id := f.openIncidents()[0].ID
	f.pass(5 * time.Minute)
	f.tick()
	give := func(c incident.Command) {
		t.Helper()
		if _, err := f.engine.Command(ctx, incident.By{Person: "ana"}, "", c); err != nil {
			t.Fatal(err)
		}
	}
	give(incident.Revise{Incident: id, Severity: incident.P2, Reason: "few are hurt"})
	give(incident.Acknowledge{Incident: id, Role: support.Lead})
	f.pass(time.Minute)
	give(incident.Publish{Incident: id, What: "We look."})
	told := func(from, to time.Time) string {
		t.Helper()
		due, err := f.store.PromisesDue(ctx, from, to)
		if err != nil {
			t.Fatal(err)
		}
		tally := f.policy.Tally(due, from, to, f.now)
		var lines []string
		for _, c := range tally.Counts {
			lines = append(lines, fmt.Sprintf("%s %s %s: %d+%d kept, %d broken, %d late, %d run, %d off", c.SLA, c.Severity, c.Kind, c.ByPerson, c.ByFacts, c.Broken, c.Late, c.Running, c.CalledOff))
		}
		for _, e := range tally.Exceptions {
			lines = append(lines, fmt.Sprintf("%s of %s: %s", e.Kind, e.Name, e.State))
		}
		return strings.Join(lines, "\n")
	}
	// Nothing is promised for the acknowledgement of a P2, nor for its end.
	want := `gold P1 acknowledge: 0+0 kept, 0 broken, 0 late, 0 run, 1 off
gold P1 update: 0+0 kept, 1 broken, 0 late, 0 run, 0 off
gold P1 resolve: 0+0 kept, 0 broken, 0 late, 0 run, 1 off
gold P2 update: 1+0 kept, 0 broken, 0 late, 1 run, 0 off
update of Sign in is not available: broken`
	if got := told(began, began.Add(2*time.Hour)); got != want {
		t.Errorf("they add up to\n%s\nwant\n%s", got, want)
	}
	if got := told(began.Add(-time.Hour), began); got != "" {
		t.Errorf("before it began: %s", got)
	}
}
