package checker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// AgentParams is what an Agent is made of.
type AgentParams struct {
	// Region is where the agent is; checks of other regions are not run.
	Region string
	// Run makes one run of a check, all its attempts, and answers soon after
	// ctx ends. Check, Region and At of the result are the agent's to fill in;
	// Started and Duration are where it leaves them zero.
	Run func(ctx context.Context, check Check) Result
	// Prove gives a result as it may be told; see Prover.Doubt. It is asked
	// once the run has ended and Check, Region and At are filled in. Nil: every
	// result is told as it is.
	Prove func(ctx context.Context, result Result, late time.Duration) Result
	// Mine says whether the run of a check at a time is this agent's, where
	// several share a region. It returns at once. Nil: all are.
	Mine func(check string, at time.Time) bool
	// Sink takes each result as soon as its run has finished; many calls may
	// be under way at the same time.
	Sink Sink
	// AtOnce limits how many runs of a kind go on at the same time. The number
	// of KindHTTP holds for all kinds together that are not named. Default:
	// 200, and 2 journeys.
	AtOnce map[Kind]int
	// Grace is how long runs that are going may take to finish when the agent
	// ends. Default: 10 s; negative: none.
	Grace time.Duration
	// EvidenceMemory is how many bytes of evidence of successes are remembered,
	// to be sent beside the failure that follows. Default: 64 MiB.
	EvidenceMemory int
	// Location is the time zone of schedules that name none. Default: UTC.
	Location *time.Location
	Logger   *slog.Logger     // default: slog.Default()
	Now      func() time.Time // default: time.Now

	// spread is by how much the `@every` runs of a check are later than those
	// of others; nil: spreadOf.
	spread func(check, region string) time.Duration
}

// Defaults of AgentParams.
const (
	DefaultHTTPAtOnce    = 200
	DefaultBrowserAtOnce = 2
	DefaultGrace         = 10 * time.Second
)

func (p *AgentParams) setDefaults() {
	atOnce := map[Kind]int{KindHTTP: DefaultHTTPAtOnce, KindBrowser: DefaultBrowserAtOnce}
	maps.Copy(atOnce, p.AtOnce)
	p.AtOnce = atOnce
	if p.Grace == 0 {
		p.Grace = DefaultGrace
	}
	if p.EvidenceMemory == 0 {
		p.EvidenceMemory = DefaultEvidenceMemory
	}
	if p.Location == nil {
		p.Location = time.UTC
	}
	if p.Logger == nil {
		p.Logger = slog.Default()
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.spread == nil {
		p.spread = spreadOf
	}
}

func (p *AgentParams) validate() error {
	switch {
	case p.Region == "":
		return errors.New("new agent: a region is needed")
	case p.Run == nil:
		return errors.New("new agent: Run is needed")
	case p.Sink == nil:
		return errors.New("new agent: a Sink is needed")
	}
	for kind, most := range p.AtOnce {
		if most < 1 {
			return fmt.Errorf("new agent: at_once of %s is %d; at least one run has to be possible", kind, most)
		}
	}
	return nil
}

// Agent runs the checks of one region on their schedules and gives each
// result to its Sink.
//
// Runs of one check never overlap: where the run before is still going, the
// next is left out; where the agent has no place for a run within the check's
// timeout, the result is `unknown` and says so. A run that begins late says by
// how much (Started); one that is so late that the next is due is left out, and
// so is all that was due while the machine slept or before its clock was
// changed: nothing is made up for in a burst. Its methods are safe for
// concurrent use.
type Agent struct {
	params AgentParams
	places map[Kind]chan struct{}
	closed chan struct{} // no run begins any more
	runs   sync.WaitGroup
	unsaid atomic.Int64 // results that the sink has not taken yet
	missed atomic.Int64 // runs that were left out, because the next was due
	late   latenesses
	memory *memory

	planned chan struct{} // holds one: the queue is another

	mu      sync.Mutex
	base    context.Context // of all runs; nil until Run
	entries map[string]*entry
	queue   queue
}

// NewAgent makes an agent without checks; SetPlan gives it some, Run runs them.
func NewAgent(params AgentParams) (*Agent, error) {
	params.setDefaults()
	if err := params.validate(); err != nil {
		return nil, err
	}
	a := &Agent{
		params:  params,
		places:  map[Kind]chan struct{}{},
		closed:  make(chan struct{}),
		planned: make(chan struct{}, 1),
		entries: map[string]*entry{},
		memory:  newMemory(params.EvidenceMemory),
	}
	for kind, most := range params.AtOnce {
		a.places[kind] = make(chan struct{}, most)
	}
	return a, nil
}

// Run runs the plan until ctx ends. Then no run begins, those that are going
// have Grace to finish and be taken by the sink, and what is still going is
// cut off and gives no result. No goroutine of the agent is left when Run
// returns. It is called once.
func (a *Agent) Run(ctx context.Context) error {
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	a.mu.Lock()
	if a.base != nil {
		a.mu.Unlock()
		return errors.New("run agent: it runs already")
	}
	a.base = base
	a.enqueue(a.params.Now())
	a.mu.Unlock()
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		a.keepTime(base)
	}()
	a.turnPages(ctx)
	limit, cancel := context.WithTimeout(base, max(a.params.Grace, 0))
	defer cancel()
	if err := a.Drain(limit); err != nil {
		a.params.Logger.Warn("runs were cut off, because the agent ends", "grace", a.params.Grace)
		cut()
		a.runs.Wait()
	}
	<-kept
	return nil
}

// turnPages forgets old latenesses until ctx ends.
func (a *Agent) turnPages(ctx context.Context) {
	tick := time.NewTicker(lateWindow)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			a.late.turn()
		case <-ctx.Done():
			return
		}
	}
}

// Lateness gives how late the runs of the last minutes have begun.
func (a *Agent) Lateness() Lateness {
	told := a.late.tell()
	told.Missed = int(a.missed.Load())
	return told
}

// Drain stops the schedules for good and waits until the runs that are going
// have finished and the sink has their results. The error is ctx's.
func (a *Agent) Drain(ctx context.Context) error {
	a.mu.Lock()
	if !a.closing() {
		close(a.closed)
	}
	a.mu.Unlock()
	finished := make(chan struct{})
	go func() {
		a.runs.Wait()
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("drain agent: %w", ctx.Err())
	}
}

func (a *Agent) closing() bool {
	select {
	case <-a.closed:
		return true
	default:
		return false
	}
}

// SetPlan replaces the checks. One that is the same as before keeps its
// schedule; one that is gone or changed is stopped, and its run that is going
// is cut off without a result. Checks of other regions and heartbeats, which
// nobody runs, are passed over. A check without a valid schedule is logged and
// not run; any other that cannot be run is logged and gives `unknown` results.
func (a *Agent) SetPlan(checks []Check) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closing() {
		return
	}
	old := a.entries
	a.entries = make(map[string]*entry, len(checks))
	for _, check := range checks {
		a.plan(check, old)
	}
	for _, gone := range old {
		gone.stop()
		a.memory.leave(gone)
	}
	if a.base != nil {
		a.enqueue(a.params.Now())
	}
}

// plan adds one check to the entries, and takes it out of the old ones where
// it is unchanged.
func (a *Agent) plan(check Check, old map[string]*entry) {
	if check.Heartbeat != nil || len(check.Regions) > 0 && !slices.Contains(check.Regions, a.params.Region) {
		return
	}
	if a.entries[check.ID] != nil {
		a.params.Logger.Error("the plan has two checks of one name; the second is not run", "check", check.ID)
		return
	}
	if same := old[check.ID]; same != nil && same.fingerprint == fingerprint(check) {
		delete(old, check.ID)
		a.entries[check.ID] = same
		return
	}
	added, err := newEntry(check, a.params.spread(check.ID, a.params.Region), a.params.Location)
	if err != nil {
		a.params.Logger.Error("a check is not run", "check", check.ID, "error", err)
		return
	}
	if added.invalid != "" {
		a.params.Logger.Error("a check cannot be run; its results are unknown", "check", check.ID, "error", added.invalid)
	}
	a.entries[check.ID] = added
}
