package incident

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/checker"
	"daymark/support"
)

// Whatever two incidents promised when they become one, nothing that still
// could be kept becomes due later, and nothing that was judged or done is lost.
func TestAMergePutsNothingOff(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, func(o *PolicyOptions) {
			span := func(d time.Duration) *support.Span { return &support.Span{Rest: d} }
			o.SLAs[0].P1.Acknowledge, o.SLAs[0].P1.Resolve = span(10*time.Minute), span(30*time.Minute)
			o.SLAs[0].P2.Acknowledge, o.SLAs[0].P2.Resolve = span(20*time.Minute), span(8*time.Hour)
			both := []string{"lead", "engineer"}
			o.Support.People = []support.Person{{ID: "ana", May: both}, {ID: "ben", May: both}, {ID: "chi", May: both}}
		})
		round := func() outcomes {
			seen := outcomes{}
			for _, check := range []string{"journey", "health"} {
				seen[check] = rapid.SampledFrom([]checker.Outcome{checker.Failed, checker.Failed, checker.Failed, checker.OK}).Draw(rt, check)
			}
			return seen
		}
		w.seeTimes(2, nil)
		w.seeTimes(3, outcomes{"journey": failed})
		w.seeTimes(rapid.IntRange(3, 150).Draw(rt, "rounds"), outcomes{"journey": failed, "health": failed})
		ids := slices.Sorted(maps.Keys(w.state.Incidents))
		if len(ids) != 2 {
			rt.Fatalf("%d incidents are open", len(ids))
		}
		for range rapid.IntRange(0, 4).Draw(rt, "acts") {
			id := rapid.SampledFrom(ids).Draw(rt, "incident")
			command := rapid.SampledFrom([]Command{
				Acknowledge{id, support.Lead, "ana"},
				Acknowledge{id, support.Lead, "ben"},
				Acknowledge{id, support.Engineer, "ben"},
				Acknowledge{id, support.Engineer, "chi"},
				Revise{id, P1, "pay day"},
				Revise{id, P2, "few"},
				Write{Incident: id, Kind: Propose, Text: "fix"},
			}).Draw(rt, "act")
			by := rapid.SampledFrom([]string{"ana", "ben", "chi"}).Draw(rt, "by")
			_, _, _ = Apply(w.state, command, By{Person: by}, w.policy, w.now) // or it is refused
			w.see(round())
			w.wait(time.Duration(rapid.IntRange(0, 600).Draw(rt, "wait")) * time.Second)
		}
		if !w.state.Incidents[ids[0]].Open() || !w.state.Incidents[ids[1]].Open() {
			return // one is over by itself
		}
		if rapid.Bool().Draw(rt, "the other way round") {
			slices.Reverse(ids)
		}
		from, into := w.state.Incidents[ids[0]].Clone(), w.state.Incidents[ids[1]].Clone()
		_, decision, err := Apply(w.state, Merge{ids[0], ids[1]}, By{Person: "ana"}, w.policy, w.now)
		if err != nil {
			rt.Fatal(err)
		}
		got := w.state.Incidents[ids[1]]
		clock := func(inc *Incident, kind PromiseKind) *Promise {
			for i := range inc.Clocks {
				if inc.Clocks[i].Kind == kind && inc.Clocks[i].Due.After(w.now) {
					return &inc.Clocks[i]
				}
			}
			return nil
		}
		acknowledged := !from.Care.Acknowledged.IsZero() || !into.Care.Acknowledged.IsZero()
		for _, before := range []*Incident{&from, &into} {
			for _, kind := range []PromiseKind{Acknowledged, Restored} {
				had := clock(before, kind)
				if had == nil || kind == Acknowledged && acknowledged {
					continue
				}
				// A clock of the other that has lapsed is broken, and hides this one.
				lapsed := slices.ContainsFunc(got.Clocks, func(p Promise) bool { return p.Kind == kind && !p.Due.After(w.now) })
				if has := clock(got, kind); !lapsed && (has == nil || has.Due.After(had.Due)) {
					rt.Errorf("%s was due by %s, and is %+v", kind, had.Due, has)
				}
			}
			told := slices.ContainsFunc(decision.Updates, func(u Update) bool { return u.Incident == got.ID })
			if p := before.Promise; p != nil && p.Due.After(w.now) && !told && (got.Promise == nil || got.Promise.Due.After(p.Due)) {
				rt.Errorf("a word was due by %s, and is %+v", p.Due, got.Promise)
			}
			if before.Worst.Worse(got.Worst) || before.Severity.Worse(got.Severity) && before.Care.Revision != nil {
				rt.Errorf("it was %s, at worst %s, and is %s, at worst %s", before.Severity, before.Worst, got.Severity, got.Worst)
			}
			for i, at := range before.Care.Reached {
				if has := got.Care.Reached[i]; !at.IsZero() && (has.IsZero() || has.After(at)) {
					rt.Errorf("P%d was reached at %s, and is at %s", i+1, at, has)
				}
			}
		}
		if acknowledged == got.Care.Acknowledged.IsZero() {
			rt.Errorf("acknowledged: %v before, %s now", acknowledged, got.Care.Acknowledged)
		}
		if h := got.Care.Holders; h.Lead != "" && h.Lead == h.Engineer {
			rt.Errorf("%s holds both roles", h.Lead)
		}
		for _, role := range support.Roles() {
			if had := into.Care.Holders.Of(role); had != "" && got.Care.Holders.Of(role) != had {
				rt.Errorf("%s was %s, and is %s", had, role, got.Care.Holders.Of(role))
			}
			h := got.Care.Holders
			if had := from.Care.Holders.Of(role); had != "" && h.Of(role) == "" && h.Lead != had && h.Engineer != had {
				rt.Errorf("%s was %s there, and nobody is here", had, role)
			}
		}
		if want := len(from.Care.Proposals) + len(into.Care.Proposals); len(got.Care.Proposals) != want {
			rt.Errorf("%d proposals go on; want %d", len(got.Care.Proposals), want)
		}
	})
}
