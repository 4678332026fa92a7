package checker_test

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"daymark/checker"
	"daymark/internal/pause"
)

// A prover says how its agent is, for those who ask and read no log.
func TestAProverTellsItsFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var off atomic.Bool
		off.Store(true)
		prover := checker.NewProver(checker.ProverParams{
			Canary: checker.Canary{Every: 30 * time.Second, Clock: 2 * time.Second},
			Clock: func() (time.Duration, time.Duration, bool) {
				if off.Load() {
					return -time.Minute, 0, true
				}
				return 0, 0, true
			},
			Logger: slog.New(slog.DiscardHandler),
		})
		if fault := prover.Fault(); fault != "" {
			t.Errorf("before it has tried, it says %q", fault)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- prover.Run(ctx) }()
		for _, fault := range []bool{true, false, true} {
			off.Store(fault)
			if err := pause.For(ctx, time.Minute); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if got := prover.Fault(); strings.Contains(got, "clock is 1 min ahead of") != fault {
				t.Errorf("its clock is off: %t, and it says %q", fault, got)
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
