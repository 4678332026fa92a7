package slo_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/slo"
)

// The figures of OPERATIONS.md: what one failure makes of a minutely check, and
// what share of 30 days' budget each pair stands for.
func TestBurnRatesByHand(t *testing.T) {
	o := slo.Objective{Objective: 99.9}
	if rate := o.BurnRate(slo.Counts{Good: 59, Bad: 1}); !near(rate, 1000.0/60) {
		t.Errorf("one of 60 burns %v", rate)
	}
	if rate := o.BurnRate(slo.Counts{Good: 4, Bad: 1}); !near(rate, 200) {
		t.Errorf("one of 5 burns %v", rate)
	}
	if rate := o.BurnRate(slo.Counts{Unknown: 5, Excused: 7}); rate != 0 {
		t.Errorf("nothing burns %v", rate)
	}
	for i, share := range []float64{0.02, 0.05, 0.10, 0.10} {
		p := slo.Pairs()[i]
		if got := p.Burn * p.Long.Hours() / (30 * 24); !near(got, share) {
			t.Errorf("%s at %v spends %v of 30 days; want %v", p.Long, p.Burn, got, share)
		}
		if p.Short != p.Long/12 {
			t.Errorf("%s is beside %s", p.Short, p.Long)
		}
	}
}

// recent makes counts of the windows of one run a minute, the last of which
// failed so many.
func recent(failed int) map[time.Duration]slo.Counts {
	counts := map[time.Duration]slo.Counts{}
	for _, w := range slo.BurnWindows() {
		all := int(w / time.Minute)
		counts[w] = slo.Counts{Good: all - min(failed, all), Bad: min(failed, all)}
	}
	return counts
}

func TestBurningByHand(t *testing.T) {
	for name, test := range map[string]struct {
		objective slo.Objective
		failed    int
		fires     []bool
		held      []bool
	}{
		"one failure of a sparse probe wakes nobody": {slo.Objective{Objective: 99.9}, 1, []bool{false, false, false, false}, []bool{true, false, false, false}},
		"two do not":                             {slo.Objective{Objective: 99.9}, 2, []bool{false, false, false, false}, []bool{true, false, false, false}},
		"three do":                               {slo.Objective{Objective: 99.9}, 3, []bool{true, true, false, false}, []bool{false, false, false, false}},
		"a day of it is known by every pair":     {slo.Objective{Objective: 99.9}, 1440, []bool{true, true, true, true}, []bool{false, false, false, false}},
		"more are asked for":                     {slo.Objective{Objective: 99.9, Least: slo.Least{Bad: 5}}, 4, []bool{false, false, false, false}, []bool{true, true, false, false}},
		"more samples are asked for":             {slo.Objective{Objective: 99.9, Least: slo.Least{Samples: 100}}, 4, []bool{false, true, false, false}, []bool{true, false, false, false}},
		"of a call each day one is enough":       {slo.Objective{Objective: 99.9, Indicator: slo.Heartbeat}, 1, []bool{true, false, false, false}, []bool{false, false, false, false}},
		"90 % cannot burn 14.4 times as fast":    {slo.Objective{Objective: 90}, 5000, []bool{false, true, true, true}, []bool{false, false, false, false}},
		"nothing fails":                          {slo.Objective{Objective: 99.9}, 0, []bool{false, false, false, false}, []bool{false, false, false, false}},
		"an hour of 99 % is known by every pair": {slo.Objective{Objective: 99}, 60, []bool{true, true, true, true}, []bool{false, false, false, false}},
		"it is over, so the short windows are 0": {slo.Objective{Objective: 99.9}, -1, []bool{false, false, false, false}, []bool{false, false, false, false}},
	} {
		t.Run(name, func(t *testing.T) {
			counts := recent(max(test.failed, 0))
			if test.failed < 0 {
				for _, p := range slo.Pairs() {
					counts[p.Long] = counts[p.Long].Plus(slo.Counts{Bad: 1000})
				}
				counts[6*time.Hour] = counts[6*time.Hour].Plus(slo.Counts{Good: 1_000_000}) // it is a short one, too
			}
			for i, b := range test.objective.Burning(counts) {
				if b.Fires() != test.fires[i] || b.Held != test.held[i] {
					t.Errorf("%s/%s: %+v; want it to fire %v, held back %v", b.Long, b.Short, b, test.fires[i], test.held[i])
				}
				if want := test.objective.Objective != 90 || i > 0; b.Reachable != want {
					t.Errorf("%s: reachable %v", b.Long, b.Reachable)
				}
			}
		})
	}
}

// Whatever comes: an alert begins only where a pair fires, never goes while one
// does or has within its short window, and a page never becomes less.
func TestAlertsOverTime(t *testing.T) {
	pairs := slo.Pairs()
	rapid.Check(t, func(t *rapid.T) {
		o := slo.Objective{ID: "x", Objective: 99.9}
		var alert *slo.Alert
		now, last := noon, time.Time{}
		for range rapid.IntRange(1, 100).Draw(t, "looks") {
			now = now.Add(time.Duration(rapid.IntRange(1, 120).Draw(t, "minutes")) * time.Minute)
			firing := rapid.IntRange(0, 8).Draw(t, "firing") // from this pair on; beyond the pairs: none
			burning := make([]slo.Burning, len(pairs))
			for i, p := range pairs {
				burning[i] = slo.Burning{Pair: p, Exceeds: i >= firing, Held: i >= firing && rapid.IntRange(0, 9).Draw(t, "held") == 0}
			}
			fires, page := false, false
			for _, b := range burning {
				fires = fires || b.Fires()
				page = page || b.Fires() && b.Page
			}
			before := alert
			after, change := o.Look(before, burning, now)
			if fires {
				last = now
			}
			switch {
			case fires && after == nil, after != nil && page && !after.Pair.Page, before != nil && after != nil && before.Pair.Page && !after.Pair.Page:
				t.Fatalf("%+v follows %+v while a pair fires (%v, a page: %v)", after, before, fires, page)
			case (change == slo.Begins) != (before == nil && after != nil), (change == slo.Ends) != (before != nil && after == nil):
				t.Fatalf("%v, from %+v to %+v", change, before, after)
			case change == slo.Begins && !fires, change == slo.Ends && now.Sub(last) < before.Pair.Short:
				t.Fatalf("%v at %s, and the last pair fired at %s", change, now, last)
			case after != nil && now.Sub(last) >= after.Pair.Short && !fires:
				t.Fatalf("it stays at %s, and the last pair fired at %s", now, last)
			case change == slo.Worsens && (before.Pair.Page || !after.Pair.Page || !after.Since.Equal(before.Since)):
				t.Fatalf("%+v worsens to %+v", before, after)
			}
			alert = after
		}
	})
}
