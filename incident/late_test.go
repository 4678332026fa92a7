package incident

import (
	"testing"
	"time"

	"daymark/checker"
)

// late gives a check's runs in a region from one moment on, as they come of a
// spool when nobody could be told before.
func late(check, region string, from time.Time, outcomes ...checker.Outcome) []Observation {
	var all []Observation
	for i, outcome := range outcomes {
		at := from.Add(time.Duration(i) * 10 * time.Second)
		all = append(all, Observation{Series{check, region}, Run{At: at.UnixMilli(), Outcome: outcome, Latency: time.Second}})
	}
	return all
}

// What comes late says how it was: it opens nothing that is over and reopens
// nothing, in whatever parts it comes; what still fails is told by the runs
// that follow.
func TestLateResultsReopenNothing(t *testing.T) {
	w := newWorld(t, nil)
	id := w.policy.checkIDs()[0]
	c := w.policy.checks[id]
	w.seeTimes(3, nil)
	cut := w.now
	w.seeTimes(30, outcomes{id: silent})
	if len(w.state.Incidents) > 0 {
		t.Fatalf("silence opened %d incidents", len(w.state.Incidents))
	}
	// The failures, all that is known at first, are from just now, but newer
	// runs are due since.
	began := w.now.Add(-c.late - 51*time.Second)
	for i := range 6 {
		for _, region := range c.regions {
			w.decide(late(id, region, began.Add(time.Duration(i)*10*time.Second), failed))
		}
	}
	if n := len(w.state.Incidents); n > 0 {
		t.Fatalf("late failures opened %d incidents", n)
	}
	w.see(nil)
	w.seeTimes(5, nil)
	if n, word := len(w.state.Incidents), w.state.Verdicts[id].Word; n > 0 || word != Up {
		t.Fatalf("then there are %d incidents, and the check is %s", n, word)
	}
	// One that is over stays so when failures of its time come at last.
	w.seeTimes(5, outcomes{id: failed})
	w.seeTimes(60, nil)
	before := w.kinds()
	if inc := w.only(); inc.Open() {
		t.Fatalf("it is not over: %s", before)
	}
	for _, region := range c.regions {
		w.decide(late(id, region, cut.Add(5*time.Second), failed, failed, failed, failed, failed, failed))
	}
	w.wait(time.Second)
	w.see(nil)
	if after := w.kinds(); after != before || w.only().Open() {
		t.Errorf("late failures did %q after %q", after, before)
	}
	// What fails now is told in time.
	w.seeTimes(c.downRuns+1, outcomes{id: failed})
	if word := w.state.Verdicts[id].Word; word != CheckDown {
		t.Errorf("what fails now is %s", word)
	}
}
