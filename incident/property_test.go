package incident

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/checker"
)

// history draws rounds of results: what each series saw, round by round; what
// had something to look at may carry a warning.
func history(t *rapid.T, policy *Policy, outcomes []checker.Outcome) [][]Observation {
	rounds := rapid.IntRange(1, 60).Draw(t, "rounds")
	sticky := map[Series]checker.Outcome{}
	warned := map[Series]*Warning{}
	var all [][]Observation
	for i := range rounds {
		var round []Observation
		for _, id := range policy.checkIDs() {
			for _, region := range policy.checks[id].regions {
				s := Series{id, region}
				if sticky[s] == "" || rapid.IntRange(0, 5).Draw(t, "change") == 0 {
					sticky[s] = rapid.SampledFrom(outcomes).Draw(t, "outcome")
					warned[s] = rapid.SampledFrom([]*Warning{nil, expires("9"), {"other", "another one"}}).Draw(t, "warning")
				}
				at := start.Add(time.Duration(i+1) * 10 * time.Second)
				run := Run{At: at.UnixMilli(), Outcome: sticky[s], Latency: time.Second, Warning: warned[s]}
				if run.Outcome == checker.Unknown {
					run.Warning = nil
				}
				round = append(round, Observation{s, run})
			}
		}
		all = append(all, round)
	}
	return all
}

func rapidWorld(t *rapid.T) (*Policy, *State) {
	options := shopOptions()
	warningShop(&options)
	policy, err := NewPolicy(options)
	if err != nil {
		t.Fatal(err)
	}
	return policy, NewState(start)
}

var everyOutcome = []checker.Outcome{checker.OK, checker.Degraded, checker.Failed, checker.Unknown}

// Delivering any results again, in any batch, changes nothing.
func TestRedeliveryChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy, state := rapidWorld(t)
		var seen []Observation
		for i, round := range history(t, policy, everyOutcome) {
			now := start.Add(time.Duration(i+1) * 10 * time.Second)
			Decide(state, round, policy, now)
			seen = append(seen, round...)
			again := rapid.SliceOfN(rapid.SampledFrom(seen), 1, 40).Draw(t, "again")
			if d := Decide(state, again, policy, now); !d.Empty() {
				t.Fatalf("round %d: delivering again decided %+v", i, d)
			}
		}
	})
}

// The same calls give the same decisions, and a state built by replaying them
// is the same state.
func TestReplay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy, one := rapidWorld(t)
		two := NewState(start)
		for i, round := range history(t, policy, everyOutcome) {
			now := start.Add(time.Duration(i+1) * 10 * time.Second)
			a, b := Decide(one, round, policy, now), Decide(two, round, policy, now)
			if !reflect.DeepEqual(a, b) {
				t.Fatalf("round %d: %+v and then %+v", i, a, b)
			}
		}
		if !reflect.DeepEqual(one, two) {
			t.Fatal("the replayed state differs")
		}
	})
}

// Unknown never makes anything down, and never opens or ends an incident.
func TestUnknownIsNeverDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy, state := rapidWorld(t)
		for i, round := range history(t, policy, []checker.Outcome{checker.OK, checker.Unknown}) {
			Decide(state, round, policy, start.Add(time.Duration(i+1)*10*time.Second))
			for id, c := range state.Components {
				if c.Status.Badness() > 0 {
					t.Fatalf("round %d: %s is %s without a failure", i, id, c.Status)
				}
			}
			for _, inc := range state.Incidents {
				if !inc.Warns() {
					t.Fatalf("round %d: an incident without a failure", i)
				}
			}
		}
	})
}

// The life of an incident follows the table; resolved turns to open only
// after a new failure; severity, promises and updates keep their rules.
func TestInvariantsOfAnIncident(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy, state := rapidWorld(t)
		phase := map[string]Phase{}
		lastFailure := int64(0)
		resolvedAt := map[string]int64{}
		worst := map[string]Severity{}
		for i, round := range history(t, policy, everyOutcome) {
			now := start.Add(time.Duration(i+1) * 10 * time.Second)
			for _, o := range round {
				if o.Outcome == checker.Failed || o.Outcome == checker.Degraded {
					lastFailure = o.At
				}
			}
			for _, d := range []Decision{Decide(state, round, policy, now), Decide(state, nil, policy, now.Add(5*time.Second))} {
				for _, inc := range d.Incidents {
					if msg := invariant(&inc, phase[inc.ID], worst[inc.ID]); msg != "" {
						t.Fatalf("round %d: %s: %+v", i, msg, inc)
					}
					if !inc.Warns() && phase[inc.ID] == Resolved && inc.Open() && lastFailure <= resolvedAt[inc.ID] {
						t.Fatalf("round %d: reopened without a new failure", i)
					}
					if inc.Phase == Resolved && phase[inc.ID] != Resolved {
						resolvedAt[inc.ID] = inc.Resolved.UnixMilli()
					}
					phase[inc.ID], worst[inc.ID] = inc.Phase, inc.Worst
				}
			}
		}
	})
}

func invariant(inc *Incident, before Phase, worst Severity) string {
	if before != "" && before != inc.Phase && !allowed(before, inc.Phase) {
		return fmt.Sprintf("went from %s to %s", before, inc.Phase)
	}
	if worst.Worse(inc.Worst) || inc.Severity.Worse(inc.Worst) {
		return "the worst severity fell"
	}
	if inc.Warns() && (inc.Public() || inc.Severity != P4 || inc.Worst != P4 || len(inc.Updates) > 0 || inc.Promise != nil || len(inc.Affected) != 1) {
		return "a warning is more than that"
	}
	if inc.Open() != inc.Resolved.IsZero() {
		return "open and resolved at once"
	}
	if !inc.Open() && inc.Promise != nil {
		return "a clock runs after the end"
	}
	if inc.Public() && inc.Open() && inc.Severity != P4 && inc.Promise == nil {
		return "a public incident without a clock"
	}
	for i, u := range inc.Updates {
		if u.Number != i+1 || u.Text == "" {
			return "an update without its number or text"
		}
		if !u.Promised.IsZero() && u.At.After(u.Promised) {
			return "an update after its promised time"
		}
	}
	return ""
}

// allowed says whether one decision may take an incident from one phase to
// the other: clean checks may pass through monitoring at once.
func allowed(from, to Phase) bool {
	return slices.Contains(phases[from], to)
}

// What is no failure turns nothing down, however the failures before it lay:
// neither an unknown run nor a clean or slow one.
func TestOnlyAFailureTurnsACheckDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy, state := rapidWorld(t)
		for i, round := range history(t, policy, everyOutcome) {
			now := start.Add(time.Duration(i+1) * 10 * time.Second)
			var failures, others []Observation
			for _, o := range round {
				if o.Outcome == checker.Failed {
					failures = append(failures, o)
				} else {
					others = append(others, o)
				}
			}
			if len(failures) > 0 {
				Decide(state, failures, policy, now)
			}
			if len(others) == 0 {
				continue
			}
			for _, v := range Decide(state, others, policy, now).Verdicts {
				if v.Word == CheckDown {
					t.Fatalf("round %d: %s went down without a failure: %s", i, v.Check, v.Reason)
				}
			}
		}
	})
}
