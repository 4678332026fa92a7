package incident

import (
	"testing"
	"time"
)

func flapping(o *PolicyOptions) { o.Rules.Flapping = Flapping{Changes: 4, Within: 15 * time.Minute} }

// flap lets sign-in fail and work again n times, half a minute each.
func flap(w *world, n int) {
	for range n {
		w.seeTimes(3, outcomes{"journey": failed})
		w.seeTimes(4, nil)
	}
}

func TestFlappingContinuesOneIncident(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*PolicyOptions)
		flaps  int
		calm   time.Duration // until it is over
	}{
		{"no rule", nil, 2, time.Minute},
		{"it failed once", flapping, 1, time.Minute},
		{"it comes and goes", flapping, 2, 15 * time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, test.change)
			w.see(nil)
			flap(w, test.flaps)
			inc := w.only()
			clean := inc.CleanSince
			for w.now.Sub(clean) < test.calm {
				if !inc.Open() {
					t.Fatalf("it was over after %s; want %s", w.now.Sub(clean), test.calm)
				}
				w.see(nil)
			}
			w.seeTimes(2, nil)
			if w.only().Open() {
				t.Errorf("it is open after %s", w.now.Sub(clean))
			}
		})
	}
}

func TestTurnsAreForgotten(t *testing.T) {
	w := newWorld(t, flapping)
	w.see(nil)
	flap(w, 2)
	w.seeTimes(6*16, outcomes{"journey": failed}) // a long failure, then one end
	w.seeTimes(4, nil)
	if inc := w.only(); len(inc.Turns) != 1 || w.policy.calm(inc) != time.Minute {
		t.Errorf("it turned at %v", inc.Turns)
	}
}

func TestTurnsAreBounded(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) { o.Rules.Flapping = Flapping{Changes: 4, Within: 24 * time.Hour} })
	w.see(nil)
	flap(w, maxTurns)
	if n := len(w.only().Turns); n != maxTurns {
		t.Errorf("%d turns are remembered", n)
	}
}

func TestNextDueKnowsTheLongerCalm(t *testing.T) {
	w := newWorld(t, flapping)
	w.see(nil)
	flap(w, 2)
	clean := w.only().CleanSince
	w.wait(16 * time.Minute) // no result comes; the timers alone do not end what nobody measures
	if inc := w.only(); !inc.Open() && inc.Resolved.Sub(clean) < 15*time.Minute {
		t.Errorf("it was over after %s", inc.Resolved.Sub(clean))
	}
}
