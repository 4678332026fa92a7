package checker

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// skewed is a clock that can be changed.
type skewed struct{ by atomic.Int64 }

func (s *skewed) now() time.Time { return time.Now().Add(time.Duration(s.by.Load())) }

// After a sleep, or when the clock is put forward, nothing is made up for: the
// next runs are those that are due next. Put back, what ran once counts once.
func TestAChangedClockMakesNoBurst(t *testing.T) {
	for name, test := range map[string]struct {
		by   time.Duration
		want []string
	}{
		"forward": {time.Hour, []string{"10s ok", "1h0m20s ok", "1h0m30s ok"}},
		"back":    {-time.Hour, []string{"10s ok", "-59m40s ok", "-59m30s ok"}},
		"a bit":   {500 * time.Millisecond, []string{"10s ok", "20s ok", "30s ok"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock := &skewed{}
				r := newRig(t, AgentParams{Now: clock.now}, httpCheck("api", "@every 10s"))
				pass(15*time.Second + 100*time.Millisecond)
				clock.by.Store(int64(test.by))
				pass(16 * time.Second)
				r.stop()
				var got []string
				for _, result := range r.results {
					got = append(got, result.At.Sub(r.start).String()+" "+string(result.Outcome))
				}
				same(t, "api", got, test.want)
				if said := strings.Contains(r.log.String(), "the clock was changed"); said != (name != "a bit") {
					t.Errorf("the log says that the clock was changed: %v", said)
				}
			})
		})
	}
}

// An agent that stood still for a while, with its clock going on, runs late
// what is due once, says so, and leaves out what has been overtaken.
func TestAnAgentThatStoodStillMakesNoBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, AgentParams{}, httpCheck("often", "@every 10s"), httpCheck("rare", "@every 1m"))
		pass(55 * time.Second)
		r.Agent.mu.Lock() // the loop waits for it
		// A lock does not pass time in a bubble: the loop is held by hand.
		for _, e := range r.entries {
			e.next = e.next.Add(-30 * time.Second)
		}
		r.Agent.mu.Unlock()
		pass(10 * time.Second)
		r.stop()
		same(t, "rare", r.of("rare", r.start), []string{"1m0s ok", "30s ok"})
		same(t, "often", r.of("often", r.start), []string{"10s ok", "1m0s ok", "20s ok", "30s ok", "40s ok", "50s ok"})
		told := r.Lateness()
		if told.Missed != 1 || told.Max < 25*time.Second || told.Runs != 8 {
			t.Errorf("%+v", told)
		}
	})
}

// Where several agents share a region, each runs what is its own at the time.
func TestAnAgentLeavesTheRunsOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		r := newRig(t, AgentParams{Mine: func(check string, at time.Time) bool {
			return check == "mine" || at.Sub(start) > 15*time.Second
		}}, httpCheck("mine", "@every 10s"), httpCheck("taken over", "@every 10s"))
		pass(21 * time.Second)
		r.stop()
		same(t, "mine", r.of("mine", r.start), []string{"10s ok", "20s ok"})
		same(t, "taken over", r.of("taken over", r.start), []string{"20s ok"})
	})
}

func TestLateness(t *testing.T) {
	var l latenesses
	for us := range 10_000 {
		late := time.Duration(us) * time.Microsecond
		if most := mostOf(sizeOf(late)); most <= late || us > 100 && most > late*115/100 {
			t.Fatalf("%v counts as up to %v", late, most)
		}
		l.add(late)
	}
	l.add(-time.Second) // a clock that went back a little
	l.add(100 * time.Hour)
	told := l.tell()
	if told.Runs != 10_002 || told.Max != 100*time.Hour || told.P50 < 5*time.Millisecond || told.P50 > 6*time.Millisecond || told.P99 < 9900*time.Microsecond || told.P99 > 12*time.Millisecond {
		t.Errorf("%+v", told)
	}
	l.turn()
	if again := l.tell(); again != told {
		t.Errorf("after one turn %+v", again)
	}
	l.turn()
	if empty := l.tell(); empty != (Lateness{}) {
		t.Errorf("after two turns %+v", empty)
	}
}
