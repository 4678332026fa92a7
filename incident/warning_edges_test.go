package incident

import (
	"testing"
	"time"
)

// At the beginning those who have not spoken are awaited, unless as many have
// as it takes.
func TestTheFirstWarningAwaitsNoMoreThanTheQuorum(t *testing.T) {
	for name, test := range map[string]struct {
		rounds string
		want   bool
	}{
		"one region":                        {"w-- w--", false},
		"one region, the others are silent": {"w-- w-- w--", true},
		"two regions":                       {"ww- ww-", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, warningShop)
			w.rounds(test.rounds)
			if got := w.warning() != nil; got != test.want {
				t.Errorf("it stands: %v", got)
			}
		})
	}
}

// Silence ends no warning, however long it lasts.
func TestSilenceEndsNoWarning(t *testing.T) {
	w := newWorld(t, warningShop)
	w.rounds("ooo www www")
	for range 5 {
		w.now = w.now.Add(w.policy.checks["health"].horizon)
		w.decide(nil)
	}
	if w.warning() == nil {
		t.Error("it ended")
	}
}

// Only runs count that a restart would read back.
func TestWhichRunsWarn(t *testing.T) {
	plain, warning := Run{Outcome: "ok"}, Run{Outcome: "ok", Warning: expires("9")}
	at := func(run Run, ms int64) Run { run.At = ms; return run }
	for name, test := range map[string]struct {
		runs   []Run
		n      int // of those that warned, from the newest
		first  int64
		newest int64
		since  bool // any
	}{
		"none":                       {nil, 0, 0, 0, false},
		"plain ones":                 {[]Run{at(plain, 100), at(plain, 200)}, 0, 0, 0, false},
		"all":                        {[]Run{at(warning, 100), at(warning, 200)}, 2, 100, 200, true},
		"as old as is read":          {[]Run{at(warning, 99), at(warning, 100), at(warning, 200)}, 2, 100, 200, true},
		"as old as is read, alone":   {[]Run{at(warning, 100)}, 1, 100, 100, true},
		"older":                      {[]Run{at(warning, 99)}, 0, 0, 0, false},
		"before a plain one":         {[]Run{at(warning, 100), at(plain, 200)}, 0, 0, 0, true},
		"after a plain one":          {[]Run{at(plain, 100), at(warning, 200)}, 1, 200, 200, true},
		"no more than are asked for": {[]Run{at(warning, 100), at(warning, 200), at(warning, 300), at(warning, 400)}, 3, 200, 400, true},
	} {
		t.Run(name, func(t *testing.T) {
			runs := &Runs{list: test.runs}
			if n, first, newest := runs.warnings(100, 3, true); n != test.n || first.At != test.first || newest.At != test.newest {
				t.Errorf("%d, from %d to %d; want %d, from %d to %d", n, first.At, newest.At, test.n, test.first, test.newest)
			}
			if got := runs.warnedSince(100); got != test.since {
				t.Errorf("any warned: %v", got)
			}
		})
	}
	var none *Runs
	if n, _, _ := none.warnings(100, 3, true); n != 0 || none.warnedSince(100) {
		t.Error("a series without runs warns")
	}
}

// Of several warnings of a check the newest counts, in whichever order they
// are gone through.
func TestTheNewestWarningCounts(t *testing.T) {
	w := newWorld(t, warningShop)
	for _, id := range []string{"1", "3", "2"} {
		w.state.Incidents[id] = &Incident{ID: id, Check: "health", Phase: Resolved, Resolved: start, Affected: []Affected{{Component: "api"}}}
	}
	d := newDecider(w.state, w.policy, start)
	for range 20 {
		if got := d.warning("health"); got == nil || got.ID != "3" {
			t.Fatalf("it is %+v", got)
		}
	}
}

func TestAWarningKeepsTheStatusOfItsComponent(t *testing.T) {
	for status, want := range map[Status]Status{"": Unmeasured, Operational: Operational, Slow: Slow} {
		w := newWorld(t, warningShop)
		w.state.Components["api"] = ComponentStatus{Component: "api", Status: status}
		d := newDecider(w.state, w.policy, start)
		d.beginWarning(w.policy.checks["health"], nil, warned{begins: true, since: start.Add(-time.Minute)})
		if a := w.only().Affected[0]; a.Status != want || a.Worst != want || !a.From.Equal(start.Add(-time.Minute)) {
			t.Errorf("of %q it is %+v", status, a)
		}
	}
}
