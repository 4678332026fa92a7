package checker_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"daymark/checker"
	"daymark/internal/pause"
)

// runnerFunc is a Runner made of a function.
type runnerFunc func(ctx context.Context, job *checker.Job) checker.Result

func (f runnerFunc) Run(ctx context.Context, job *checker.Job) checker.Result { return f(ctx, job) }

func TestRunOnceTriesAgain(t *testing.T) {
	for _, test := range []struct {
		name     string
		attempts int
		outcomes string // one letter an attempt: o, d, f, u
		outcome  checker.Outcome
		made     int
	}{
		{"ok at once", 3, "o", checker.OK, 1},
		{"one attempt is the default", 0, "fo", checker.Failed, 1},
		{"ok at the second", 3, "fo", checker.OK, 2},
		{"degraded is an answer", 3, "fdo", checker.Degraded, 2},
		{"unknown is tried again", 2, "uo", checker.OK, 2},
		{"all fail", 3, "fff", checker.Failed, 3},
		{"the last counts", 2, "fu", checker.Unknown, 2},
	} {
		synctest.Test(t, func(t *testing.T) { // in a bubble: no time passes
			job, err := checker.Prepare(checker.Check{ID: "api", TCP: &checker.TCP{}, Attempts: test.attempts, Timeout: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			calls := 0
			runner := runnerFunc(func(ctx context.Context, _ *checker.Job) checker.Result {
				deadline, ok := ctx.Deadline()
				if left := time.Until(deadline); !ok || left > time.Minute || left < 50*time.Second {
					t.Errorf("attempt %d has %v", calls, left)
				}
				outcome := map[byte]checker.Outcome{'o': checker.OK, 'd': checker.Degraded, 'f': checker.Failed, 'u': checker.Unknown}[test.outcomes[calls]]
				calls++
				return checker.Result{Outcome: outcome, Reason: strings.Repeat("again ", calls)}
			})
			began := time.Now()
			clock := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
			result := checker.RunOnce(context.Background(), runner, job, func() time.Time { clock = clock.Add(time.Second); return clock })
			if result.Outcome != test.outcome || result.Attempts != test.made || calls != test.made || result.Reason != strings.Repeat("again ", test.made) {
				t.Errorf("%s: %s after %d attempts (%q); want %s after %d", test.name, result.Outcome, result.Attempts, result.Reason, test.outcome, test.made)
			}
			if result.Check != "api" || result.Started.Second() != 1 || result.Duration != time.Second {
				t.Errorf("check %s, started %v, took %v", result.Check, result.Started, result.Duration)
			}
			if took, want := time.Since(began), time.Duration(test.made-1)*time.Second; took != want { // a second between two
				t.Errorf("%s: the attempts took %v; want %v", test.name, took, want)
			}
		})
	}
}

func TestARunnerThatPanicsTellsNothing(t *testing.T) {
	runner := runnerFunc(func(context.Context, *checker.Job) checker.Result { panic("no such luck") })
	result := runOnce(t, runner, checker.Check{ID: "api", TCP: &checker.TCP{}, Attempts: 2, Timeout: 40 * time.Millisecond})
	if result.Outcome != checker.Unknown || result.Attempts != 2 || result.Reason != "the agent's own code failed while it ran the check: no such luck" {
		t.Errorf("%s after %d: %s", result.Outcome, result.Attempts, result.Reason)
	}
	if len(result.Evidence) != 1 || !strings.Contains(string(result.Evidence[0].Data), "once_test.go") {
		t.Error("the evidence lacks the place of the panic")
	}
}

func TestARunnerWithoutAnOutcomeTellsNothing(t *testing.T) {
	runner := runnerFunc(func(context.Context, *checker.Job) checker.Result { return checker.Result{} })
	if result := runOnce(t, runner, checker.Check{ID: "api", TCP: &checker.TCP{}}); result.Outcome != checker.Unknown || result.Reason == "" {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
}

func TestKindsWithoutARunnerSaySo(t *testing.T) {
	works := runnerFunc(func(context.Context, *checker.Job) checker.Result { return checker.Result{Outcome: checker.OK} })
	runners := checker.Runners{checker.KindTCP: works}
	if result := runOnce(t, runners.For(checker.KindTCP), checker.Check{ID: "a", TCP: &checker.TCP{}}); result.Outcome != checker.OK {
		t.Errorf("tcp: %s", result.Outcome)
	}
	result := runOnce(t, runners.For(checker.KindDNS), checker.Check{ID: "b", DNS: &checker.DNS{}})
	if result.Outcome != checker.Unknown || result.Reason != "checks of kind dns do not work yet in this version" {
		t.Errorf("dns: %s: %s", result.Outcome, result.Reason)
	}
}

func TestPatience(t *testing.T) {
	job, err := checker.Prepare(checker.Check{ID: "api", Timeout: time.Second, TCP: &checker.TCP{Address: "127.0.0.1:1"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name             string
		given, lost, got time.Duration
	}{
		{"at once", time.Second, 0, time.Second},
		{"on a machine that is busy", time.Second, 400 * time.Millisecond, time.Second},
		{"within a context that ends earlier", 300 * time.Millisecond, 0, 300 * time.Millisecond},
		{"within a context that ends later", 5 * time.Second, 0, 5 * time.Second},
		{"within one that has ended", time.Second, 2 * time.Second, 0},
		{"without an end", 0, 0, time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if test.given > 0 {
					limited, cancel := context.WithTimeout(ctx, test.given)
					defer cancel()
					ctx = limited
				}
				_ = pause.For(t.Context(), test.lost) // nothing ends it
				if got := job.Patience(ctx); got != test.got {
					t.Errorf("it is %s; want %s", got, test.got)
				}
			})
		})
	}
}
