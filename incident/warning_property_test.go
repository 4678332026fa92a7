package incident

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// public is all of a state but its warnings.
func public(state *State) (verdicts map[string]Verdict, components map[string]ComponentStatus, incidents map[string]Incident) {
	incidents = map[string]Incident{}
	for id, inc := range state.Incidents {
		if !inc.Warns() {
			incidents[id] = inc.Clone()
		}
	}
	return state.Verdicts, state.Components, incidents
}

// open lists the warnings that stand, with since when and why.
func open(state *State) map[string][3]string {
	all := map[string][3]string{}
	for _, inc := range state.Incidents {
		if inc.Warns() && inc.Open() {
			all[inc.Check] = [3]string{inc.ID, inc.Since.String(), inc.Reason}
		}
	}
	return all
}

// Without the warnings, everything else would have come out the same.
func TestWarningsChangeNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy, with := rapidWorld(t)
		without := NewState(start)
		for i, round := range history(t, policy, everyOutcome) {
			plain := slices.Clone(round)
			for j := range plain {
				plain[j].Warning = nil
			}
			for _, step := range []struct {
				now            time.Time
				round, without []Observation
			}{
				{start.Add(time.Duration(i+1) * 10 * time.Second), round, plain},
				{start.Add(time.Duration(i+1)*10*time.Second + 5*time.Second), nil, nil},
			} {
				a, b := Decide(with, step.round, policy, step.now), Decide(without, step.without, policy, step.now)
				if !reflect.DeepEqual(a.Verdicts, b.Verdicts) || !reflect.DeepEqual(a.Components, b.Components) ||
					!reflect.DeepEqual(a.Updates, b.Updates) || !reflect.DeepEqual(a.Promises, b.Promises) {
					t.Fatalf("round %d: %+v, and without warnings %+v", i, a, b)
				}
				v1, c1, i1 := public(with)
				v2, c2, i2 := public(without)
				if !reflect.DeepEqual(v1, v2) || !reflect.DeepEqual(c1, c2) || !reflect.DeepEqual(i1, i2) {
					t.Fatalf("round %d: %+v, and without warnings %+v", i, i1, i2)
				}
			}
		}
	})
}

// In whichever order the results of a round stand in a batch, the same
// warnings stand after it.
func TestTheOrderOfABatchIsNothingToWarnings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy, one := rapidWorld(t)
		two := NewState(start)
		for i, round := range history(t, policy, everyOutcome) {
			now := start.Add(time.Duration(i+1) * 10 * time.Second)
			a, b := Decide(one, round, policy, now), Decide(two, rapid.Permutation(round).Draw(t, "order"), policy, now)
			if !reflect.DeepEqual(a, b) || !reflect.DeepEqual(open(one), open(two)) {
				t.Fatalf("round %d: %+v and %+v", i, a, b)
			}
		}
	})
}

// What is read back after a restart decides as what was never forgotten.
func TestWarningsOutliveARestart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy, steady := rapidWorld(t)
		restarted := NewState(start)
		for i, round := range history(t, policy, everyOutcome) {
			now := start.Add(time.Duration(i+1) * 10 * time.Second)
			if rapid.IntRange(0, 3).Draw(t, "restart") == 0 {
				restarted = readBack(restarted, policy, now)
			}
			for _, seen := range [][]Observation{nil, round} { // time passes first, which alone may change the word of a warning
				Decide(steady, seen, policy, now)
				Decide(restarted, seen, policy, now)
			}
			if a, b := open(steady), open(restarted); !reflect.DeepEqual(a, b) {
				t.Fatalf("round %d: %v, and after restarts %v", i, a, b)
			}
		}
	})
}

// readBack builds the state as a store does.
func readBack(state *State, policy *Policy, now time.Time) *State {
	again := NewState(now)
	for series, runs := range state.Runs {
		horizon := policy.checks[series.Check].horizon
		read := &Runs{}
		for _, run := range runs.list {
			if run.At >= now.Add(-horizon).UnixMilli() {
				if run.Warning != nil {
					run.Warning = new(*run.Warning)
				}
				read.Add(run, horizon, now.Add(MaxAhead))
			}
		}
		again.Runs[series] = read
	}
	again.Verdicts, again.Components = state.Verdicts, state.Components
	for id, inc := range state.Incidents {
		if inc.Open() || inc.Resolved.After(now.Add(-policy.rules.ReopenWithin)) {
			c := inc.Clone()
			again.Incidents[id] = &c
		}
	}
	return again
}
