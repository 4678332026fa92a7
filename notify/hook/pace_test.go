package hook

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// TestPacerKeepsThePaceAndTheOrder: whoever comes back when told to goes, and in
// no time that counts go more than the platform allows.
func TestPacerKeepsThePaceAndTheOrder(t *testing.T) {
	for name, pace := range paces {
		t.Run(name, func(t *testing.T) {
			p := newPacer(pace)
			now := time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)
			const all = 23
			dues := map[string]time.Time{}
			var went []string
			var at []time.Time
			for i := range all {
				dues[fmt.Sprintf("d%02d", i)] = now
			}
			for len(dues) > 0 && len(at) < all {
				ids := make([]string, 0, len(dues))
				for id, due := range dues {
					if !due.After(now) {
						ids = append(ids, id)
					}
				}
				slices.SortFunc(ids, func(a, b string) int { return dues[a].Compare(dues[b])*2 + compare(a, b) })
				for _, id := range ids {
					if wait := p.wait("one", id, now); wait > 0 {
						dues[id] = now.Add(wait)
						continue
					}
					delete(dues, id)
					went, at = append(went, id), append(at, now)
				}
				if wait := p.wait("another", fmt.Sprint(now), now); wait != 0 && name != "discord" {
					t.Errorf("another address waits %s", wait)
				}
				now = now.Add(time.Second)
			}
			if !slices.IsSorted(went) {
				t.Errorf("they went as %v", went)
			}
			for i := pace.most; i < len(at); i++ {
				if took := at[i].Sub(at[i-pace.most]); took < pace.each {
					t.Errorf("%d went within %s", pace.most+1, took)
				}
			}
			least := time.Duration((all-1)/pace.most) * pace.each
			if took := at[all-1].Sub(at[0]); took > least+time.Second {
				t.Errorf("all went in %s, and might in %s", took, least)
			}
		})
	}
}

func compare(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

// TestPacerWaitsForNobodyWhoStaysAway: what was superseded meanwhile.
func TestPacerWaitsForNobodyWhoStaysAway(t *testing.T) {
	p := newPacer(pace{1, time.Second})
	now := time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)
	p.wait("a", "1", now)
	p.wait("a", "superseded", now)
	if wait := p.wait("a", "3", now); wait != 2*time.Second {
		t.Errorf("the third waits %s", wait)
	}
	now = now.Add(2 * time.Second)
	if wait := p.wait("a", "3", now); wait != time.Second {
		t.Errorf("the third waits another %s for the second", wait)
	}
	now = now.Add(absence)
	if wait := p.wait("a", "3", now); wait != 0 {
		t.Errorf("the third still waits %s", wait)
	}
	// Addresses are forgotten.
	p.wait("b", "4", now.Add(2*time.Minute))
	if len(p.lines) != 1 {
		t.Errorf("%d addresses are remembered", len(p.lines))
	}
}
