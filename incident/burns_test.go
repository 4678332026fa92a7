package incident

import "testing"

// TestWhatAnObjectiveOpened hears of the objective's alert: it gets worse, and
// it ends by itself when the budget is not spent too fast any more. Nothing of
// that concerns what somebody else opened or judged.
func TestWhatAnObjectiveOpened(t *testing.T) {
	objective := By{Via: "objective works"}
	opened := func(t *testing.T, by By) (*world, *Incident) {
		t.Helper()
		w := newWorld(t, nil)
		w.seeTimes(3, nil)
		id, _, err := Apply(w.state, Open{Name: "Sign in fails more often than it may", Severity: P4, Components: []OpenComponent{{Component: "sign-in"}}}, by, w.policy, w.now)
		if err != nil {
			t.Fatal(err)
		}
		return w, w.state.Incidents[id]
	}
	tell := func(w *world, inc *Incident, severity Severity) *Incident {
		w.t.Helper()
		if _, _, err := Apply(w.state, Burns{inc.ID, severity}, objective, w.policy, w.now); err != nil {
			w.t.Fatal(err)
		}
		return w.state.Incidents[inc.ID]
	}
	t.Run("worsens", func(t *testing.T) {
		w, inc := opened(t, objective)
		if inc = tell(w, inc, P3); inc.Severity != P3 || !inc.Public() {
			t.Errorf("it is %s", inc.Severity)
		}
		if inc = tell(w, inc, P4); inc.Severity != P3 {
			t.Errorf("it is %s, though it burns less only", inc.Severity)
		}
	})
	t.Run("a person has judged", func(t *testing.T) {
		w, inc := opened(t, objective)
		if _, _, err := Apply(w.state, Revise{inc.ID, P4, "a known matter"}, By{Person: "eve"}, w.policy, w.now); err != nil {
			t.Fatal(err)
		}
		if inc = tell(w, inc, P3); inc.Severity != P4 {
			t.Errorf("it is %s", inc.Severity)
		}
	})
	t.Run("is over", func(t *testing.T) {
		w, inc := opened(t, objective)
		w.seeTimes(30, nil)
		if inc = w.state.Incidents[inc.ID]; !inc.Open() {
			t.Fatal("it ends while it burns")
		}
		tell(w, inc, 0)
		w.seeTimes(30, nil)
		if inc := w.state.Incidents[inc.ID]; inc != nil && inc.Open() {
			t.Error("it does not end")
		}
	})
	t.Run("of somebody else", func(t *testing.T) {
		w, inc := opened(t, By{Person: "eve"})
		tell(w, inc, P3)
		tell(w, inc, 0)
		if inc = w.state.Incidents[inc.ID]; inc.Severity != P4 || !inc.ByHand() {
			t.Errorf("it is %s, by hand %v", inc.Severity, inc.ByHand())
		}
	})
}
