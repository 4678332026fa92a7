package checker

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// collector is a Sink that keeps what it is given.
type collector struct {
	mu      sync.Mutex
	results []Result
	refuse  func() error
}

func (c *collector) Submit(_ context.Context, results []Result) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse != nil {
		if err := c.refuse(); err != nil {
			return err
		}
	}
	c.results = append(c.results, results...)
	return nil
}

func (c *collector) refuses(refuse func() error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse = refuse
}

// of gives the results of one check as "seconds outcome reason", oldest first.
func (c *collector) of(check string, start time.Time) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for _, result := range c.results {
		if result.Check == check {
			all = append(all, strings.TrimSpace(result.At.Sub(start).String()+" "+string(result.Outcome)+" "+result.Reason))
		}
	}
	slices.Sort(all)
	return all
}

func httpCheck(id, schedule string) Check {
	return Check{ID: id, Schedule: schedule, HTTP: &HTTP{Request: Request{URL: "http://shop.example/" + id}}}
}

// rig is an agent that runs inside a synctest bubble.
type rig struct {
	*Agent
	*collector
	start time.Time
	end   context.CancelFunc
	ended chan struct{}
	log   *strings.Builder
}

func newRig(t *testing.T, params AgentParams, checks ...Check) *rig {
	t.Helper()
	r := &rig{collector: &collector{}, start: time.Now(), ended: make(chan struct{}), log: &strings.Builder{}}
	params.Region, params.Sink = "local", r.collector
	params.spread = func(string, string) time.Duration { return 0 }
	params.Logger = slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if params.Run == nil {
		params.Run = func(context.Context, Check) Result { return Result{Outcome: OK} }
	}
	agent, err := NewAgent(params)
	if err != nil {
		t.Fatal(err)
	}
	r.Agent = agent
	agent.SetPlan(checks)
	ctx, cancel := context.WithCancel(t.Context())
	r.end = cancel
	go func() {
		defer close(r.ended)
		if err := agent.Run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	}()
	synctest.Wait()
	return r
}

func (r *rig) stop() {
	r.end()
	<-r.ended
}

func pass(duration time.Duration) {
	<-time.After(duration) // in a bubble: no time passes
	synctest.Wait()
}

// takes is a run that takes so long, or until it is cut off.
func takes(duration time.Duration) func(context.Context, Check) Result {
	return func(ctx context.Context, _ Check) Result {
		select {
		case <-time.After(duration):
		case <-ctx.Done():
		}
		return Result{Outcome: OK}
	}
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestRunsCarryTheirScheduledTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		elsewhere := httpCheck("elsewhere", "@every 1s")
		elsewhere.Regions = []string{"eu-west"}
		r := newRig(t, AgentParams{Run: takes(1500 * time.Millisecond)},
			httpCheck("api", "@every 5s"), httpCheck("minute", "* * * * *"), elsewhere,
			Check{ID: "heartbeat", Schedule: "@every 1s", Heartbeat: &Heartbeat{}})
		pass(62 * time.Second)
		r.stop()
		same(t, "api", r.of("api", r.start)[:3], []string{"10s ok", "15s ok", "1m0s ok"})
		same(t, "minute", r.of("minute", r.start), []string{"1m0s ok"})
		same(t, "others", slices.Concat(r.of("elsewhere", r.start), r.of("heartbeat", r.start)), nil)
		for _, result := range r.results {
			if result.At.Location() != time.UTC || result.At.Nanosecond()%1_000_000 != 0 {
				t.Errorf("At is %v, want whole milliseconds in UTC", result.At)
			}
			if result.Region != "local" || result.Duration != 1500*time.Millisecond || !result.Started.Equal(result.At) {
				t.Errorf("result %+v", result)
			}
		}
	})
}

func TestScheduleInTheAgentsZone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zone := time.FixedZone("east", 2*3600)
		r := newRig(t, AgentParams{Location: zone}, httpCheck("daily", "30 9 * * *"), httpCheck("utc", "CRON_TZ=UTC 30 9 * * *"))
		pass(24 * time.Hour)
		r.stop()
		same(t, "daily", r.of("daily", r.start), []string{"7h30m0s ok"})
		same(t, "utc", r.of("utc", r.start), []string{"9h30m0s ok"})
	})
}

func TestRunsOfOneCheckDoNotOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, AgentParams{Run: takes(7 * time.Second)}, httpCheck("slow", "@every 5s"))
		pass(18 * time.Second)
		r.stop()
		same(t, "slow", r.of("slow", r.start), []string{"15s ok", "5s ok"})
	})
}

func TestPlacesAreLimitedByKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := httpCheck("first", "0 * * * *"), httpCheck("second", "0 * * * *")
		first.Timeout, second.Timeout = 3*time.Second, 3*time.Second
		journey := Check{ID: "journey", Schedule: "0 * * * *", Browser: &Browser{}}
		probe := Check{ID: "probe", Schedule: "1 * * * *", TCP: &TCP{}}
		r := newRig(t, AgentParams{AtOnce: map[Kind]int{KindHTTP: 1}, Run: takes(20 * time.Second)}, first, second, journey, probe)
		pass(63 * time.Minute)
		r.stop()
		both := slices.Sorted(slices.Values(slices.Concat(r.of("first", r.start), r.of("second", r.start))))
		same(t, "http", both, []string{"1h0m0s ok", "1h0m0s unknown " + reasonBusy})
		same(t, "journey", r.of("journey", r.start), []string{"1h0m0s ok"})
		same(t, "tcp", r.of("probe", r.start), []string{"1h1m0s ok", "1m0s ok"})
	})
}

func TestNewPlanKeepsUnchangedSchedules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, AgentParams{Run: takes(1900 * time.Millisecond)},
			httpCheck("kept", "@every 10s"), httpCheck("gone", "@every 10s"), httpCheck("changed", "@every 10s"))
		pass(7 * time.Second)
		changed := httpCheck("changed", "@every 10s")
		changed.Name = "Another name"
		for range 3 { // the same plan again changes nothing
			r.SetPlan([]Check{httpCheck("kept", "@every 10s"), changed, httpCheck("added", "@every 2s")})
		}
		pass(6 * time.Second)
		same(t, "kept", r.of("kept", r.start), []string{"10s ok"})
		same(t, "gone", r.of("gone", r.start), nil)
		same(t, "added", r.of("added", r.start), []string{"10s ok", "8s ok"})
		pass(7*time.Second + 500*time.Millisecond) // changed is going
		r.SetPlan([]Check{httpCheck("kept", "@every 10s")})
		pass(8 * time.Second)
		r.stop()
		same(t, "kept", r.of("kept", r.start), []string{"10s ok", "20s ok"})
		same(t, "changed, whose second run the second plan cut off", r.of("changed", r.start), []string{"10s ok"})
	})
}

func TestChecksThatCannotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		twice := httpCheck("twice", "@every 5s")
		twice.TCP = &TCP{Address: "shop.example:80"}
		panics := func(_ context.Context, check Check) Result {
			if check.ID == "panics" {
				panic("nil browser")
			}
			return Result{Outcome: OK}
		}
		r := newRig(t, AgentParams{Run: panics}, twice, httpCheck("panics", "@every 5s"),
			httpCheck("nothing", "CRON_TZ=UTC"), httpCheck("wrong", "61 * * * *"), httpCheck("", ""),
			httpCheck("api", "@every 5s"), httpCheck("api", "@every 1s"))
		pass(6 * time.Second)
		r.stop()
		same(t, "two kinds", r.of("twice", r.start), []string{"5s unknown the check cannot be run: a check is of one kind, not both http and tcp"})
		same(t, "panic", r.of("panics", r.start), []string{"5s unknown the agent failed while it ran the check: nil browser"})
		same(t, "api", r.of("api", r.start), []string{"5s ok"})
		for _, want := range []string{"check=nothing", "nothing follows the time zone", "check=wrong", "it has no schedule", "two checks of one name"} {
			if !strings.Contains(r.log.String(), want) {
				t.Errorf("the log does not say %q:\n%s", want, r.log)
			}
		}
	})
}

func TestEndOfTheAgent(t *testing.T) {
	for name, test := range map[string]struct {
		grace time.Duration
		takes time.Duration
		want  []string
		after time.Duration
	}{
		"what finishes in time is given to the sink": {5 * time.Second, 3 * time.Second, []string{"5s ok"}, 2 * time.Second},
		"what does not gives no result":              {5 * time.Second, time.Minute, nil, 5 * time.Second},
		"no grace":                                   {-1, time.Minute, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// The second waits for the first one's place, and does not begin.
				r := newRig(t, AgentParams{Grace: test.grace, Run: takes(test.takes), AtOnce: map[Kind]int{KindTCP: 1}},
					Check{ID: "first", Schedule: "@every 5s", TCP: &TCP{}})
				pass(6 * time.Second)
				r.SetPlan([]Check{{ID: "first", Schedule: "@every 5s", TCP: &TCP{}}, {ID: "second", Schedule: "@every 1s", TCP: &TCP{}}})
				began := time.Now()
				r.stop()
				same(t, "first", r.of("first", r.start), test.want)
				same(t, "second", r.of("second", r.start), nil)
				if took := time.Since(began); took != test.after {
					t.Errorf("the end took %v, want %v", took, test.after)
				}
				r.SetPlan(nil)
				if err := r.Run(t.Context()); err == nil {
					t.Error("an agent that has ended ran again")
				}
			})
		})
	}
}

func TestSinkThatRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, AgentParams{}, httpCheck("api", "@every 5s"))
		r.refuses(func() error {
			if time.Since(r.start) < 12*time.Second {
				return errors.New("disk full")
			}
			return nil
		})
		pass(20*time.Second + 500*time.Millisecond)
		same(t, "api", r.of("api", r.start), []string{"10s ok", "15s ok", "20s ok", "5s ok"})
		r.refuses(func() error { return errors.New("disk full") })
		pass(5 * time.Second)
		r.stop()
		if !strings.Contains(r.log.String(), "a result is lost: the agent ended") {
			t.Errorf("a lost result is not logged:\n%s", r.log)
		}
	})
}

func TestAgentParams(t *testing.T) {
	good := AgentParams{Region: "local", Sink: &collector{}, Run: takes(0)}
	for name, spoil := range map[string]func(*AgentParams){
		"no region": func(p *AgentParams) { p.Region = "" },
		"no run":    func(p *AgentParams) { p.Run = nil },
		"no sink":   func(p *AgentParams) { p.Sink = nil },
		"no place":  func(p *AgentParams) { p.AtOnce = map[Kind]int{KindBrowser: 0} },
	} {
		t.Run(name, func(t *testing.T) {
			params := good
			spoil(&params)
			if _, err := NewAgent(params); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestBound(t *testing.T) {
	long := strings.Repeat("ü\xff", 200_000)
	result := Result{
		Reason:       long,
		Warnings:     slices.Repeat([]string{long}, 1000),
		Timings:      slices.Repeat([]Timing{{Name: "step", Duration: -1}}, 1000),
		Expectations: slices.Repeat([]Expectation{{Expression: long, Actual: long}}, 1000),
		Evidence:     []Evidence{{Name: "a", Data: make([]byte, 400_000)}, {Name: "b", Data: make([]byte, 200_001)}},
	}
	if !result.Bound() {
		t.Error("nothing was left out")
	}
	if got := len([]rune(result.Reason)); got != MaxReason {
		t.Errorf("reason has %d characters", got)
	}
	if len(result.Evidence) != 1 || len(result.Warnings) == 0 || len(result.Timings) > MaxParts {
		t.Errorf("%d evidence, %d warnings, %d timings", len(result.Evidence), len(result.Warnings), len(result.Timings))
	}
	if result.Bound() {
		t.Error("a bounded result was cut again")
	}
}

// What keeps an agent from seeing is its own fault: its log says so when that
// begins, changes and ends, not with each run.
func TestWhyACheckCannotTellIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		results := []Result{
			{Outcome: OK},
			{Outcome: Unknown, Reason: "no browser"},
			{Outcome: Unknown, Reason: "no browser"},
			{Outcome: Unknown, Reason: "no memory"},
			{Outcome: Failed, Reason: "status 500"},
			{Outcome: OK},
		}
		runs := 0
		r := newRig(t, AgentParams{Run: func(context.Context, Check) Result {
			runs++
			return results[runs-1]
		}}, httpCheck("a", "@every 5s"))
		pass(31 * time.Second)
		r.stop()
		said := r.log.String()
		for text, times := range map[string]int{"no browser": 1, "no memory": 1, "can tell again": 1, "status 500": 0} {
			if n := strings.Count(said, text); n != times {
				t.Errorf("the log says %q %d times; want %d:\n%s", text, n, times, said)
			}
		}
	})
}
