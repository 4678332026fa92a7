package incident

import (
	"testing"
	"time"
)

// What is told of a verdict is what is so.
func TestAVerdictGivesItsReason(t *testing.T) {
	for name, test := range map[string]struct {
		rounds []outcomes
		word   VerdictWord
		reason string
	}{
		"never measured":                            {nil, "", ""},
		"by one clean round":                        {[]outcomes{nil}, Up, ""},
		"where one region fails from the beginning": {[]outcomes{{"journey/a": failed}}, Up, ""},
		"where two fail from the beginning":         {[]outcomes{{"journey/a": failed, "journey/b": failed}}, "", ""},
		"slow by quorum":                            {[]outcomes{nil, {"journey/a": slow, "journey/b": slow}, {"journey/a": slow, "journey/b": slow}}, Impaired, "slow from Ireland and Virginia"},
		"slow from one, failing from another":       {[]outcomes{nil, {"journey/a": slow, "journey/b": failed}, {"journey/a": slow, "journey/b": failed}}, Impaired, "slow or failing from Ireland and Virginia"},
		"slow, then failing":                        {[]outcomes{nil, {"journey/a": slow, "journey/b": slow}, {"journey/a": failed, "journey/b": slow}}, Impaired, "slow or failing from Ireland and Virginia"},
		"failing, then slow":                        {[]outcomes{nil, {"journey/a": failed, "journey/b": slow}, {"journey/a": slow, "journey/b": slow}}, Impaired, "slow from Ireland and Virginia"},
		"nobody can tell any more":                  {[]outcomes{nil, {"journey": unknown}}, CannotSay, "no region can tell"},
		"failing by quorum":                         {[]outcomes{nil, {"journey/a": failed, "journey/b": failed}, {"journey/a": failed, "journey/b": failed}}, CheckDown, "2 of 3 regions failing (Ireland and Virginia)"},
		"as many can tell as have to fail": {
			[]outcomes{nil, {"journey/a": failed, "journey/b": failed, "journey/c": unknown}, {"journey/a": failed, "journey/b": failed, "journey/c": unknown}}, CheckDown, "2 of 2 regions failing (Ireland and Virginia)",
		},
		"one that can tell failed when the others last told": {
			[]outcomes{nil, {"journey/a": failed}, {"journey/a": failed, "journey/b": unknown, "journey/c": unknown}, {"journey/a": failed, "journey/b": unknown, "journey/c": unknown}}, Impaired, "slow or failing from Ireland",
		},
		"and once more": {
			[]outcomes{nil, {"journey/a": failed}, {"journey/a": failed, "journey/b": unknown, "journey/c": unknown}, {"journey/a": failed, "journey/b": unknown, "journey/c": unknown}, {"journey/a": failed, "journey/b": unknown, "journey/c": unknown}},
			CheckDown, "1 of 1 regions failing (Ireland); only 1 of 3 regions can tell, so all of them had to fail once more",
		},
		"one round well":         {[]outcomes{nil, {"journey": failed}, {"journey": failed}, nil}, CheckDown, "failed, and does not answer cleanly yet"},
		"well from two of three": {[]outcomes{nil, {"journey": failed}, {"journey": failed}, {"journey/a": failed}}, CheckDown, "1 of 3 regions failing (Ireland)"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			for _, round := range test.rounds {
				w.see(round)
			}
			if got := w.state.Verdicts["journey"]; got.Word != test.word || got.Reason != test.reason {
				t.Errorf("it is %q: %q; want %q: %q", got.Word, got.Reason, test.word, test.reason)
			}
		})
	}
}

// A region is silent from the first millisecond on that is later than it may be.
func TestWhenARegionIsSilent(t *testing.T) {
	for _, test := range []struct {
		name  string
		round outcomes
		heard bool // of health, whose regions all tell
	}{
		{"all tell", nil, true},
		{"one cannot", outcomes{"health/a": unknown}, true},
		{"none can", outcomes{"health": unknown}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, func(o *PolicyOptions) { o.Components = o.Components[1:] })
			w.see(test.round)
			before := w.status("api")
			silentAt := w.now.Add(w.policy.checks["health"].stale + time.Millisecond)
			due := NextDue(w.state, w.policy, w.now)
			if !test.heard {
				if !due.IsZero() {
					t.Errorf("something is due at %s", due)
				}
				return
			}
			if !due.Equal(silentAt) {
				t.Fatalf("the next is due %s after the last run; want %s", due.Sub(w.now), silentAt.Sub(w.now))
			}
			w.now = silentAt.Add(-time.Millisecond)
			w.decide(nil)
			if got := w.status("api"); got != before || got != Operational {
				t.Errorf("at the last moment it is %s", got)
			}
			w.now = silentAt
			w.decide(nil)
			if got := w.status("api"); got != Unmeasured {
				t.Errorf("after it, it is %s", got)
			}
		})
	}
}

// As many regions as have to fail are enough to begin with.
func TestTheFirstVerdictAwaitsNoMoreThanTheQuorum(t *testing.T) {
	w := newWorld(t, nil)
	w.see(outcomes{"journey/b": silent, "journey/c": silent})
	if got := w.status("sign-in"); got != "" {
		t.Errorf("by one region it is %s", got)
	}
	w.see(outcomes{"journey/c": silent})
	if got := w.status("sign-in"); got != Operational {
		t.Errorf("by two regions it is %q", got)
	}
}
