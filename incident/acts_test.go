package incident

import (
	"testing"
	"time"
)

func TestWhoseIncidentItIs(t *testing.T) {
	for name, test := range map[string]struct {
		affected []Affected
		want     string
	}{
		"nobody's":              {nil, ""},
		"the owner's":           {[]Affected{{Component: "api", Worst: Slow}}, "payments"},
		"the worst one's":       {[]Affected{{Component: "sign-in", Worst: Slow}, {Component: "api", Worst: Down}}, "payments"},
		"the more critical's":   {[]Affected{{Component: "api", Worst: Down}, {Component: "sign-in", Worst: Down}}, "identity"},
		"the first of the page": {[]Affected{{Component: "second", Worst: Down}, {Component: "api", Worst: Down}}, "payments"},
		"not what has no owner": {[]Affected{{Component: "alone", Worst: Down}, {Component: "api", Worst: Slow}}, "payments"},
		"not what is gone":      {[]Affected{{Component: "gone", Worst: Down}, {Component: "api", Worst: Slow}}, "payments"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(o *PolicyOptions) {
				o.Components[0].Owner, o.Components[1].Owner = "identity", "payments"
				o.Components = append(o.Components, Component{ID: "second", Criticality: "major", Owner: "other"}, Component{ID: "alone", Criticality: "critical"})
			})
			if got := w.policy.team(&Incident{Affected: test.affected}); got != test.want {
				t.Errorf("it is of %q; want %q", got, test.want)
			}
		})
	}
}

// A status that was set by hand, or with an incident, is not set once more
// under it.
func TestWhatIsSetByHandAlready(t *testing.T) {
	w := newWorld(t, nil)
	open := func(component string, status Status) Open {
		return Open{Name: "Odd " + component + string(status), Severity: P3, Components: []OpenComponent{{component, status}}}
	}
	w.apply(SetStatus{Component: "api", Status: Operational, Reason: "it works"}, "")
	w.apply(SetStatus{Component: "api", Status: Operational, Reason: "it still does"}, "")
	w.apply(open("api", Down), Conflict)
	w.apply(open("api", ""), "")
	w.apply(open("sign-in", Down), "")
	w.apply(SetStatus{Component: "sign-in", Status: Slow, Reason: "it is slow"}, Conflict)
	w.apply(SetStatus{Component: "api", Status: Slow, Reason: "it is slow"}, "")
	w.apply(open("sign-in", ""), Conflict)
}

func TestHowManyEntriesAnIncidentHas(t *testing.T) {
	w := newWorld(t, nil)
	id := w.apply(Open{Name: "Odd", Severity: P3}, "")
	w.state.Incidents[id].Care.Entries = maxEntries - 1
	w.apply(Write{Incident: id, Kind: Note, Text: "the last"}, "")
	w.apply(Write{Incident: id, Kind: Note, Text: "one more"}, Conflict)
}

func TestWhichSeveritiesAPersonChooses(t *testing.T) {
	for severity, kind := range map[Severity]RefusalKind{-1: Invalid, P1: "", P4: "", P4 + 1: Invalid} {
		w := newWorld(t, nil)
		w.seeTimes(2, nil)
		w.seeTimes(3, outcomes{"health": failed})
		w.apply(Revise{Incident: w.only().ID, Severity: severity, Reason: "as I see it"}, kind)
		if got := w.only().Severity; kind == "" && got != severity || kind != "" && got != P2 {
			t.Errorf("%d: it is %s", severity, got)
		}
	}
}

func TestWhichUpdateIsEdited(t *testing.T) {
	w := newWorld(t, nil)
	w.state.Incidents["x"] = &Incident{ID: "x", Phase: Investigating, Severity: P2, Worst: P2, Care: Care{OpenedBy: "eve"}, Updates: []Update{{Text: "a"}, {Text: "b"}}}
	w.apply(EditUpdate{Incident: "x", Number: 0, Text: "z"}, NotFound)
	w.apply(EditUpdate{Incident: "x", Number: 3, Text: "z"}, NotFound)
	w.apply(EditUpdate{Incident: "x", Number: 1, Text: "first"}, "")
	w.apply(EditUpdate{Incident: "x", Number: 2, Text: "second"}, "")
	if u := w.state.Incidents["x"].Updates; u[0].Text != "first" || u[1].Text != "second" || !u[0].Edited.Equal(w.now) {
		t.Errorf("they are %+v", u)
	}
}

// When it was mitigated is when it was first watched, and nothing else.
func TestWhenAnIncidentWasMitigated(t *testing.T) {
	w := newWorld(t, nil)
	d := newDecider(w.state, w.policy, start)
	inc := &Incident{Phase: Investigating}
	if d.move(inc, Identified); inc.Phase != Identified || !inc.Monitoring.IsZero() {
		t.Errorf("identified: %+v", inc)
	}
	if d.move(inc, Monitoring); inc.Phase != Monitoring || !inc.Monitoring.Equal(start) {
		t.Errorf("monitoring: %+v", inc)
	}
	d.now = start.Add(time.Hour)
	if d.move(inc, Resolved); !inc.Monitoring.Equal(start) {
		t.Errorf("resolved: %+v", inc)
	}
}

// Turns count as long as the rule looks back, and only where there is a rule.
func TestWhichTurnsCount(t *testing.T) {
	const within = 15 * time.Minute
	for name, test := range map[string]struct {
		rule  Flapping
		turns []time.Duration // ages of those before
		left  int
		calm  time.Duration
	}{
		"no rule":               {Flapping{}, []time.Duration{1}, 1, time.Minute},
		"no number of changes":  {Flapping{Within: within}, []time.Duration{1}, 2, time.Minute},
		"fewer":                 {Flapping{Changes: 3, Within: within}, []time.Duration{1}, 2, time.Minute},
		"as many":               {Flapping{Changes: 2, Within: within}, []time.Duration{1}, 2, within},
		"one as old as may be":  {Flapping{Changes: 2, Within: within}, []time.Duration{within}, 2, within},
		"one is older":          {Flapping{Changes: 2, Within: within}, []time.Duration{within + 1}, 1, time.Minute},
		"within less than calm": {Flapping{Changes: 1, Within: time.Second}, nil, 1, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(o *PolicyOptions) { o.Rules.Flapping = test.rule })
			d := newDecider(w.state, w.policy, start)
			inc := &Incident{}
			for _, age := range test.turns {
				inc.Turns = append(inc.Turns, start.Add(-age))
			}
			if d.turn(inc); len(inc.Turns) != test.left || w.policy.calm(inc) != test.calm {
				t.Errorf("%d turns are left, and it has to be calm for %s; want %d, %s", len(inc.Turns), w.policy.calm(inc), test.left, test.calm)
			}
		})
	}
}
