package checker_test

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daymark/checker"
	"daymark/internal/guard"
	"daymark/internal/testkit"
)

// reference listens and counts who connects.
func reference(t *testing.T) (address string, connected func() int) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	count := 0
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.Close()
			mu.Lock()
			count++
			mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-ended
	})
	return listener.Addr().String(), func() int {
		mu.Lock()
		defer mu.Unlock()
		return count
	}
}

func resolverSaying(t *testing.T, answer func([]byte) []byte) string {
	return named(answer)(t).Resolver
}

func TestAFailureIsProvedBeforeItIsTold(t *testing.T) {
	good := func(q []byte) []byte {
		if isA(q) {
			return dnsReply(q, 0, recordA("127.0.0.1"))
		}
		return dnsReply(q, 0)
	}
	dead := func([]byte) []byte { return nil }
	off := func(ahead, within time.Duration) func() (time.Duration, time.Duration, bool) {
		return func() (time.Duration, time.Duration, bool) { return ahead, within, true }
	}
	limits := checker.Canary{Clock: 2 * time.Second, Lag: 5 * time.Second}
	deny := guard.Policy{Deny: true}
	for _, test := range []struct {
		name      string
		resolver  func([]byte) []byte
		names     int
		addresses func(t *testing.T) []string
		params    checker.ProverParams
		late      time.Duration
		before    checker.Outcome
		after     checker.Outcome
		reason    string
	}{
		{name: "nothing configured", before: checker.Failed, after: checker.Failed, reason: "^it was down$"},
		{name: "a resolver that answers", resolver: good, names: 1, before: checker.Failed, after: checker.Failed, reason: "^it was down$"},
		{name: "a dead resolver", resolver: dead, names: 2, before: checker.Failed, after: checker.Unknown, reason: `^this agent has no resolver: nobody answered when asked for .*, and so what it saw proves nothing \(it saw: it was down\)$`},
		{name: "a dead resolver, and all is well", resolver: dead, names: 1, before: checker.OK, after: checker.OK, reason: "^it was down$"},
		{name: "a dead resolver, and it is slow", resolver: dead, names: 1, before: checker.Degraded, after: checker.Degraded, reason: "^it was down$"},
		{name: "a reference that answers", addresses: func(t *testing.T) []string { a, _ := reference(t); return []string{a} }, before: checker.Failed, after: checker.Failed, reason: "^it was down$"},
		{name: "one of two references is closed", addresses: func(t *testing.T) []string { a, _ := reference(t); return []string{closedPort(t), a} }, before: checker.Failed, after: checker.Failed, reason: "^it was down$"},
		{name: "closed references", addresses: func(t *testing.T) []string { return []string{closedPort(t), closedPort(t)} }, before: checker.Failed, after: checker.Unknown, reason: `^this agent has no network: 127\.0\.0\.1:\d+ cannot be connected to: connection refused \(and of 1 others none answers\), and so`},
		{name: "a reference behind the guard", addresses: func(t *testing.T) []string { a, _ := reference(t); return []string{a} }, params: checker.ProverParams{Control: deny.Control}, before: checker.Failed, after: checker.Unknown, reason: `agents\.private`},
		{name: "a clock that is behind", params: checker.ProverParams{Clock: off(3*time.Second, time.Millisecond)}, before: checker.Failed, after: checker.Unknown, reason: `^this agent's clock is 3 s behind the server's, more than 2 s, and so`},
		{name: "a clock that is ahead", params: checker.ProverParams{Clock: off(-3*time.Second, 0)}, before: checker.Degraded, after: checker.Unknown, reason: `is 3 s ahead of the server's`},
		{name: "a clock that may be right", params: checker.ProverParams{Clock: off(3*time.Second, 2*time.Second)}, before: checker.Failed, after: checker.Failed, reason: "^it was down$"},
		{name: "begun late", late: 7 * time.Second, before: checker.Failed, after: checker.Unknown, reason: `^this agent began the run 7 s late, more than 5 s, and so`},
		{name: "begun late, and slow", late: 7 * time.Second, before: checker.Degraded, after: checker.Unknown, reason: `7 s late`},
		{name: "begun late, and all is well", late: 7 * time.Second, before: checker.OK, after: checker.OK, reason: "^it was down$"},
	} {
		t.Run(test.name, func(t *testing.T) {
			testkit.NoLeaks(t)
			params := test.params
			params.Canary, params.Patience = limits, 5*time.Second
			for range test.names {
				params.Canary.Names = append(params.Canary.Names, "ref.example.")
			}
			if test.resolver != nil {
				params.Resolver = resolverSaying(t, test.resolver)
			}
			if test.after == checker.Unknown {
				params.Patience = 250 * time.Millisecond
			}
			if test.addresses != nil {
				params.Canary.Addresses = test.addresses(t)
			}
			now := time.Now()
			result := checker.NewProver(params).Doubt(t.Context(), checker.Result{At: now.Add(-test.late), Started: now, Outcome: test.before, Reason: "it was down"}, test.late)
			if result.Outcome != test.after || !regexp.MustCompile(test.reason).MatchString(result.Reason) {
				t.Errorf("%s %q; it should be %s %q", result.Outcome, result.Reason, test.after, test.reason)
			}
		})
	}
}

func TestOneCanaryServesAllThatWait(t *testing.T) {
	testkit.NoLeaks(t)
	address, connected := reference(t)
	prover := checker.NewProver(checker.ProverParams{Canary: checker.Canary{Addresses: []string{address}}, Patience: 20 * time.Second})
	const runs = 500
	var all sync.WaitGroup
	start := make(chan struct{})
	for range runs {
		all.Go(func() {
			<-start
			if result := prover.Doubt(t.Context(), checker.Result{Started: time.Now(), Outcome: checker.Failed}, 0); result.Outcome != checker.Failed {
				t.Errorf("%s %s", result.Outcome, result.Reason)
			}
		})
	}
	close(start)
	all.Wait()
	if n := connected(); n < 1 || n > runs/2 {
		t.Errorf("%d canaries for %d runs", n, runs)
	}
}

// TestNoFailureWithoutProof runs real checks of a target that is down.
func TestNoFailureWithoutProof(t *testing.T) {
	healthy, _ := reference(t)
	for name, test := range map[string]struct {
		reference string
		outcome   checker.Outcome
	}{
		"dead canary":    {closedPort(t), checker.Unknown},
		"healthy canary": {healthy, checker.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			prover := checker.NewProver(checker.ProverParams{Canary: checker.Canary{Every: time.Millisecond, Addresses: []string{test.reference}}, Patience: 20 * time.Second})
			runner := checker.NewHTTP(checker.HTTPOptions{})
			taken := make(taking, 100)
			agent, err := checker.NewAgent(checker.AgentParams{
				Region: "local", Sink: taken, Prove: prover.Doubt, Grace: -1,
				Run: func(ctx context.Context, check checker.Check) checker.Result {
					job, err := checker.Prepare(check)
					if err != nil {
						return checker.Result{Outcome: checker.OK, Reason: err.Error()}
					}
					return checker.RunOnce(ctx, runner, job, time.Now)
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			down := at(closedPort(t))
			agent.SetPlan([]checker.Check{{ID: "down", Schedule: "@every 1s", HTTP: &down}})
			ctx, cancel := context.WithCancel(t.Context())
			var all sync.WaitGroup
			all.Go(func() { _ = agent.Run(ctx) })
			all.Go(func() { _ = prover.Run(ctx) })
			for range 2 {
				if result := <-taken; result.Outcome != test.outcome {
					t.Errorf("%s %q; it should be %s", result.Outcome, result.Reason, test.outcome)
				}
			}
			cancel()
			all.Wait()
		})
	}
}

// taking is a sink that hands on what it takes.
type taking chan checker.Result

func (t taking) Submit(_ context.Context, results []checker.Result) error {
	for _, result := range results {
		t <- result
	}
	return nil
}

// tally counts outcomes by check.
type tally struct {
	mu   sync.Mutex
	seen map[string]map[checker.Outcome]int
}

func (s *tally) Submit(_ context.Context, results []checker.Result) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range results {
		if s.seen[r.Check] == nil {
			s.seen[r.Check] = map[checker.Outcome]int{}
		}
		s.seen[r.Check][r.Outcome]++
	}
	return nil
}

// Runs that time out keep others waiting for a place. That is no lag of the
// agent: else an outage would hide itself.
func TestWaitingForAPlaceIsNoLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &tally{seen: map[string]map[checker.Outcome]int{}}
		prover := checker.NewProver(checker.ProverParams{Canary: checker.Canary{Every: 30 * time.Second, Lag: 5 * time.Second}})
		agent, err := checker.NewAgent(checker.AgentParams{
			Region: "local", AtOnce: map[checker.Kind]int{checker.KindHTTP: 2}, Sink: sink, Prove: prover.Doubt,
			Run: func(ctx context.Context, _ checker.Check) checker.Result {
				ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
				defer cancel()
				<-ctx.Done()
				return checker.Result{Outcome: checker.Failed, Reason: "no answer"}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		var checks []checker.Check
		for i := range 6 {
			checks = append(checks, checker.Check{ID: fmt.Sprint("c", i), Schedule: "* * * * *", Timeout: 30 * time.Second, HTTP: &checker.HTTP{}})
		}
		agent.SetPlan(checks)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := agent.Run(ctx); err != nil {
			t.Fatal(err)
		}
		for id, seen := range sink.seen {
			if seen[checker.Unknown] > 0 || seen[checker.Failed] < 50 {
				t.Errorf("%s: %v", id, seen)
			}
		}
	})
}

// However many runs fail one after another, the references are spared.
func TestReferencesAreSpared(t *testing.T) {
	address, connected := reference(t)
	prover := checker.NewProver(checker.ProverParams{Canary: checker.Canary{Addresses: []string{address}}, Patience: 20 * time.Second})
	began := time.Now()
	for range 4 {
		if result := prover.Doubt(t.Context(), checker.Result{Started: time.Now(), Outcome: checker.Failed}, 0); result.Outcome != checker.Failed {
			t.Fatalf("%s %s", result.Outcome, result.Reason)
		}
	}
	if most := int64(time.Since(began)/(250*time.Millisecond)) + 1; int64(connected()) > most {
		t.Errorf("%d connections in %s", connected(), time.Since(began))
	}
}
