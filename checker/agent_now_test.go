package checker

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestARunThatSomebodyAsksFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, AgentParams{Run: takes(2 * time.Second)}, httpCheck("api", "@every 1m"))
		ask := func(check string, want error) {
			t.Helper()
			if at, err := r.RunNow(check); !errors.Is(err, want) || want == nil && !at.Equal(time.Now()) {
				t.Errorf("%v after the start: %v, %v; want %v", time.Since(r.start), at, err, want)
			}
		}
		pass(10 * time.Second)
		ask("other", ErrNotRun)
		ask("api", nil)
		ask("api", ErrRunning)
		pass(3 * time.Second)
		ask("api", ErrTooSoon)
		pass(NowEvery)
		ask("api", nil)
		pass(time.Minute)
		r.stop()
		ask("api", ErrNotRun)
		same(t, "api", r.of("api", r.start), []string{"10s ok", "18s ok", "1m0s ok"})
	})
}

// A run that somebody asked for never meets one that is due: that one is left
// out, as after any run that takes too long.
func TestTheScheduleLeavesOutWhatWouldOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		going, most := 0, 0
		r := newRig(t, AgentParams{Run: func(ctx context.Context, check Check) Result {
			going++
			most = max(most, going)
			defer func() { going-- }()
			return takes(4*time.Second)(ctx, check)
		}}, httpCheck("api", "@every 10s"))
		pass(8 * time.Second)
		if _, err := r.RunNow("api"); err != nil {
			t.Fatal(err)
		}
		pass(25 * time.Second)
		r.stop()
		same(t, "api", r.of("api", r.start), []string{"20s ok", "30s ok", "8s ok"})
		if most != 1 {
			t.Errorf("%d runs at once", most)
		}
	})
}
