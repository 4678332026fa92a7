package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"daymark/checker"
)

func TestResultsReachTheServer(t *testing.T) {
	h := newHub(t, ServerOptions{})
	p := newProbe(t, h.web.URL, ClientOptions{})
	give(t, p, 1, 2, 3)
	h.waitFor(1, 2, 3)
	plan := p.nextPlan(t)
	if plan.Region != "eu-west" || plan.Revision != "1" || string(plan.Settings) != `{"spool":1000}` || len(plan.Checks) != 1 || plan.Checks[0].ID != "api" {
		t.Errorf("plan %+v", plan)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if got, want := h.stored[0], numbered(1); got.Reason != want.Reason || got.Key() != want.Key() || got.At.Location() != time.UTC {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestTwoAgentsAndTheirState(t *testing.T) {
	h := newHub(t, ServerOptions{})
	first := newProbe(t, h.web.URL, ClientOptions{Name: "first"})
	second := newProbe(t, h.web.URL, ClientOptions{Name: "second", Token: "secret-us"})
	if a, b := first.nextPlan(t), second.nextPlan(t); a.Region != "eu-west" || b.Region != "us-east" {
		t.Errorf("regions %s and %s", a.Region, b.Region)
	}
	give(t, first, 1)
	other := numbered(2)
	other.Region = "us-east"
	if err := second.Submit(t.Context(), []checker.Result{other}); err != nil {
		t.Fatal(err)
	}
	h.waitFor(1, 2)
	first.waitUntilEmpty(t)
	second.waitUntilEmpty(t)
	agents := h.handler.Load().Connected()
	if len(agents) != 2 {
		t.Fatalf("%d agents: %+v", len(agents), agents)
	}
	got := agents[1]
	if got.Name != "second" || got.Region != "us-east" || got.TokenID != "id-of-secret-us" || got.Version != "1.2.3" ||
		got.Results != 1 || got.Lag != time.Hour-2*time.Second || got.Since.IsZero() {
		t.Errorf("state %+v", got)
	}
	second.stop()
	until(t, nil, "the second agent is gone", func() bool { return len(h.handler.Load().Connected()) == 1 })
}

// TestATokenThatIsRevokedCutsItsAgentOff: that one alone, which is let in no more.
func TestATokenThatIsRevokedCutsItsAgentOff(t *testing.T) {
	h := newHub(t, ServerOptions{})
	first := newProbe(t, h.web.URL, ClientOptions{Name: "first"})
	second := newProbe(t, h.web.URL, ClientOptions{Name: "second", Token: "secret-us"})
	first.nextPlan(t)
	second.nextPlan(t)
	h.set(func() { delete(h.tokens, "secret-eu") })
	h.handler.Load().Drop("id-of-secret-eu")
	until(t, nil, "the first agent is cut off", func() bool {
		agents := h.handler.Load().Connected()
		return len(agents) == 1 && agents[0].Name == "second"
	})
}

func (p *probe) waitUntilEmpty(t *testing.T) {
	t.Helper()
	until(t, nil, "everything is acknowledged", func() bool { return p.spool.Unacknowledged() == 0 && p.Held() == 0 })
}

func TestResultsThatAreNotTaken(t *testing.T) {
	h := newHub(t, ServerOptions{})
	p := newProbe(t, h.web.URL, ClientOptions{})
	foreign := numbered(2)
	foreign.Region = "us-east"
	if err := p.Submit(t.Context(), []checker.Result{numbered(1), foreign, numbered(3)}); err != nil {
		t.Fatal(err)
	}
	h.waitFor(1, 3)
	p.waitForLog(t, "this token is for region eu-west, and the result says \\\"us-east\\\"")
	h.set(func() {
		h.submit = func(results []checker.Result) ([]checker.Rejection, error) {
			return []checker.Rejection{{Check: "api", At: results[0].At, Reason: "there is no check of this name"}}, nil
		}
	})
	give(t, p, 4)
	p.waitForLog(t, "there is no check of this name")
	p.waitUntilEmpty(t)
}

func TestServerThatCannotStore(t *testing.T) {
	h := newHub(t, ServerOptions{})
	fails := 3
	h.submit = func([]checker.Result) ([]checker.Rejection, error) {
		if fails--; fails >= 0 {
			return nil, errors.New("disk full: /var/lib/secret/place")
		}
		return nil, nil
	}
	p := newProbe(t, h.web.URL, ClientOptions{})
	give(t, p, 1)
	h.waitFor(1)
	h.waitForLog("/var/lib/secret/place")
	if log := p.log.String(); !strings.Contains(log, "the results could not be stored") || strings.Contains(log, "/var/lib") {
		t.Errorf("the agent hears too little or too much:\n%s", log)
	}
}

func TestServerRestart(t *testing.T) {
	h := newHub(t, ServerOptions{})
	p := newProbe(t, h.web.URL, ClientOptions{})
	give(t, p, 1)
	h.waitFor(1)
	h.stop()
	p.waitForLog(t, "the server ends")
	give(t, p, 2, 3) // while nobody is there
	h.start()
	h.waitFor(1, 2, 3)
	p.waitUntilEmpty(t)
}

func TestTheServerEndsDuringABatch(t *testing.T) {
	h := newHub(t, ServerOptions{})
	entered, leave := make(chan struct{}), make(chan struct{})
	h.submit = func([]checker.Result) ([]checker.Rejection, error) {
		close(entered)
		<-leave
		return nil, nil
	}
	p := newProbe(t, h.web.URL, ClientOptions{})
	give(t, p, 1)
	<-entered
	closed := make(chan error, 1)
	go func() { closed <- h.handler.Load().Close(context.Background()) }()
	until(t, nil, "the server ends", func() bool {
		server := h.handler.Load()
		server.mu.Lock()
		defer server.mu.Unlock()
		return server.closed
	})
	select {
	case err := <-closed:
		t.Fatalf("Close did not wait for the batch: %v", err)
	default:
	}
	close(leave)
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	p.waitUntilEmpty(t) // the answer came before the end
	if got := h.numbers(); !slices.Equal(got, []int{1}) {
		t.Errorf("stored %v", got)
	}
}

func TestCloseCutsOffWhatTakesTooLong(t *testing.T) {
	h := newHub(t, ServerOptions{})
	entered := make(chan struct{})
	server, err := NewServer(ServerOptions{
		Authenticate: h.authenticate, Logger: h.log.logger(), Plan: func(string) Plan { return Plan{Revision: "1"} },
		Submit: func(ctx context.Context, _ string, _ []checker.Result) ([]checker.Rejection, error) {
			close(entered)
			<-ctx.Done()
			return nil, ctx.Err()
		},
		Now: func() time.Time { return noon },
	})
	if err != nil {
		t.Fatal(err)
	}
	h.handler.Store(server)
	p := newProbe(t, h.web.URL, ClientOptions{})
	give(t, p, 1)
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := server.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if p.spool.Unacknowledged() == 0 {
		t.Error("what was not stored is acknowledged")
	}
}

func TestWrongToken(t *testing.T) {
	h := newHub(t, ServerOptions{})
	p := newProbe(t, h.web.URL, ClientOptions{Token: "wrong"})
	give(t, p, 1)
	p.waitForLog(t, "the server refused the token: The token is not known here, or was revoked")
	until(t, nil, "it was tried often", func() bool { return strings.Count(h.log.String(), "an agent was refused") > 5 })
	if got := strings.Count(p.log.String(), "level=WARN"); got != 1 {
		t.Errorf("said %d times:\n%s", got, p.log)
	}
	if strings.Contains(p.log.String()+h.log.String(), "wrong") {
		t.Error("a log holds the token")
	}
	h.set(func() { h.tokens["wrong"] = "eu-west" })
	h.waitFor(1)
}

func TestPlans(t *testing.T) {
	h := newHub(t, ServerOptions{})
	file := filepath.Join(t.TempDir(), "plan.json")
	p := newProbe(t, h.web.URL, ClientOptions{PlanFile: file})
	p.nextPlan(t)
	h.handler.Load().PlanChanged() // it has not
	h.set(func() { h.plan = Plan{Revision: "2", Checks: []checker.Check{{ID: "a"}, {ID: "b"}}} })
	h.handler.Load().PlanChanged()
	if plan := p.nextPlan(t); plan.Revision != "2" || len(plan.Checks) != 2 {
		t.Errorf("plan %+v", plan)
	}
	until(t, nil, "the plan is kept", func() bool { kept, err := readPlan(file); return err == nil && kept.Revision == "2" })
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the plan may be read by others: %v %v", info.Mode(), err)
	}
	p.stop()
	h.stop() // an agent that starts without the server
	q := newProbe(t, h.web.URL, ClientOptions{PlanFile: file})
	if plan := q.nextPlan(t); plan.Revision != "2" || plan.Region != "eu-west" {
		t.Errorf("plan %+v", plan)
	}
	h.start()
	give(t, q, 1)
	h.waitFor(1) // so the plan has come again, and is not handed on twice
	if len(q.plans) != 0 {
		t.Error("the same plan was handed on again")
	}
}

func TestPlanFileThatIsDamaged(t *testing.T) {
	for name, content := range map[string]string{"empty": "", "cut": `{"type":"plan","plan":{"revi`, "another message": goodHello} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t, ServerOptions{})
			file := filepath.Join(t.TempDir(), "plan.json")
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			p := newProbe(t, h.web.URL, ClientOptions{PlanFile: file})
			if plan := p.nextPlan(t); plan.Revision != "1" {
				t.Errorf("plan %+v", plan)
			}
			p.waitForLog(t, "the plan that was kept cannot be used")
		})
	}
}

func TestLargeResultsGoInSeveralMessages(t *testing.T) {
	h := newHub(t, ServerOptions{})
	p := newProbe(t, h.web.URL, ClientOptions{})
	var all []checker.Result
	for n := range 7 {
		result := numbered(n)
		result.Evidence = []checker.Evidence{{Name: "screenshot", Data: make([]byte, checker.MaxEvidence)}}
		all = append(all, result)
	}
	batches, _, err := split(all)
	if err != nil || len(batches) != 7 {
		t.Errorf("%d messages, %v", len(batches), err)
	}
	if err := p.Submit(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	h.waitFor(0, 1, 2, 3, 4, 5, 6)
	all[0].Evidence[0].Data = make([]byte, MaxMessage)
	rejected, err := p.client.Deliver(t.Context(), all[:2])
	if err != nil || len(rejected) != 1 || !strings.Contains(rejected[0].Reason, "no message may have more than") {
		t.Errorf("rejected %+v, %v", rejected, err)
	}
}

func TestOneBatchAtATime(t *testing.T) {
	h := newHub(t, ServerOptions{})
	h.submit = func([]checker.Result) ([]checker.Rejection, error) {
		<-time.After(time.Millisecond)
		return nil, nil
	}
	p := newProbe(t, h.web.URL, ClientOptions{})
	var all sync.WaitGroup
	var want []int
	for n := range 100 {
		want = append(want, n)
		all.Go(func() {
			if _, err := p.client.Deliver(t.Context(), []checker.Result{numbered(n)}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	h.waitFor(want...)
	if h.most != 1 {
		t.Errorf("%d batches of one agent were under way together", h.most)
	}
}

// TestLineThatBreaks sends everything through a proxy that cuts connections
// at random places, in both directions.
func TestLineThatBreaks(t *testing.T) {
	h := newHub(t, ServerOptions{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(7, 7))
	cuts := 0
	var lanes sync.WaitGroup
	lanes.Go(func() {
		for {
			agent, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", h.web.Listener.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			cuts++
			up, down := int64(1000+random.IntN(30_000)), int64(500+random.IntN(3_000))
			if cuts == 40 { // and then it holds
				up, down = 1<<40, 1<<40
			}
			cut := sync.OnceFunc(func() { _, _ = agent.Close(), server.Close() })
			lanes.Go(func() { defer cut(); _, _ = io.CopyN(server, agent, up) })
			lanes.Go(func() { defer cut(); _, _ = io.CopyN(agent, server, down) })
		}
	})
	t.Cleanup(func() { _ = listener.Close(); lanes.Wait() })
	p := newProbe(t, "http://"+listener.Addr().String(), ClientOptions{})
	t.Cleanup(p.stop)
	var want []int
	for n := range 600 {
		give(t, p, n)
		want = append(want, n)
	}
	h.waitFor(want...)
	p.waitUntilEmpty(t)
	t.Logf("%d results, each stored; %d deliveries in all", len(want), len(h.numbers()))
}

func TestSilentServer(t *testing.T) {
	h := newHub(t, ServerOptions{KeepAlive: time.Hour})
	p := newProbe(t, h.web.URL, ClientOptions{KeepAlive: 10 * time.Millisecond})
	p.waitForLog(t, "the server was silent too long")
}

func TestServerThatDoesNotAnswerABatch(t *testing.T) {
	h := newHub(t, ServerOptions{})
	leave := make(chan struct{})
	h.submit = func([]checker.Result) ([]checker.Rejection, error) { <-leave; return nil, nil }
	p := newProbe(t, h.web.URL, ClientOptions{Patience: 10 * time.Millisecond})
	give(t, p, 1)
	p.waitForLog(t, "the server did not answer within 10ms")
	h.set(func() { h.submit = nil })
	close(leave)
	h.waitFor(1)
	p.waitUntilEmpty(t)
}

func TestLateAnswerIsNotTakenForAnother(t *testing.T) {
	h := newHub(t, ServerOptions{})
	entered, leave := make(chan struct{}, 2), make(chan struct{})
	h.submit = func(results []checker.Result) ([]checker.Rejection, error) {
		entered <- struct{}{}
		<-leave
		return []checker.Rejection{{Check: "api", At: results[0].At, Reason: "no"}}, nil
	}
	p := newProbe(t, h.web.URL, ClientOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	answers := make(chan string, 1)
	deliver := func(ctx context.Context, n int) {
		rejected, err := p.client.Deliver(ctx, []checker.Result{numbered(n)})
		answers <- fmt.Sprint(len(rejected), err != nil, len(rejected) == 1 && rejected[0].At.Equal(numbered(n).At))
	}
	go deliver(ctx, 1)
	<-entered
	cancel()
	if got := <-answers; got != "0 true false" {
		t.Errorf("the first: %s", got)
	}
	go deliver(t.Context(), 2)
	until(t, nil, "the second is sent", func() bool {
		p.client.mu.Lock()
		s := p.client.session
		p.client.mu.Unlock()
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.waiting == 2
	})
	close(leave)
	if got := <-answers; got != "1 false true" {
		t.Errorf("the second: %s", got)
	}
}
