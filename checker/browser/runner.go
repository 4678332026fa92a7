package browser

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"daymark/checker"
)

// Runner runs journeys in a warm Chromium. It is safe for concurrent use.
type Runner struct {
	options Options
	slots   chan struct{}

	mu      sync.Mutex
	current *engine          // new runs join it; nil: start one
	live    map[*engine]bool // started and not yet stopped
	closed  bool
	fault   string         // why Chromium could not be started last; empty: it could
	gone    sync.WaitGroup // live engines
}

// engine is a Chromium, being started or running, and who uses it.
type engine struct {
	ready   chan struct{} // closed when process or err is set
	process *process
	err     error
	rooms   *rooms
	users   int
	runs    int
	warm    int64     // bytes of memory after the first few journeys; 0: not known yet
	until   time.Time // the end of the longest of its runs
	hurry   *time.Timer
	retired bool // no new runs; stopped when the last user leaves
}

// New makes a Runner. Chromium starts with the first run. It panics on options
// that no caller can mean, such as negative limits.
func New(options Options) *Runner {
	options.setDefaults()
	if err := options.validate(); err != nil {
		panic(fmt.Sprintf("browser options: %v", err))
	}
	return &Runner{
		options: options,
		slots:   make(chan struct{}, options.ContextsAtOnce),
		live:    map[*engine]bool{},
	}
}

// retireGrace is how much longer than its time a run of a Chromium that takes
// no more runs may take.
const retireGrace = 30 * time.Second

var errClosed = errors.New("the agent is stopping")

// Start starts Chromium, so that the first run finds it warm. Calling it is
// optional; an error is one that a run would report as `unknown`.
func (r *Runner) Start(ctx context.Context) error {
	engine, err := r.acquire(ctx)
	if err != nil {
		return err
	}
	r.release(engine)
	return nil
}

// Run runs the journey of the job once; see checker.Runner.
func (r *Runner) Run(ctx context.Context, job *checker.Job) checker.Result {
	if err := Validate(job.Browser); err != nil {
		return r.unknown(strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return r.unknown(fmt.Sprintf("no room for another journey in time: all %d places are taken", r.options.ContextsAtOnce))
	}
	result, again := r.once(ctx, job)
	if again == nothing || ctx.Err() != nil {
		return result
	}
	// Another journey's page may have been what filled Chromium, and a crash may
	// be its own: once more.
	first := again
	result, again = r.once(ctx, job)
	if first == crashed && again == crashed {
		result.Outcome = checker.Failed
		result.Reason = clip("twice in a row: "+result.Reason, checker.MaxReason)
	}
	return result
}

// mishap is what a run is made once more for.
type mishap int

const (
	nothing mishap = iota
	swollen        // Chromium was ended for the memory of all its pages
	crashed        // the page's process crashed
)

// once runs the journey in the Chromium of the moment.
func (r *Runner) once(ctx context.Context, job *checker.Job) (checker.Result, mishap) {
	engine, err := r.acquire(ctx)
	if err != nil {
		return r.unknown(err.Error()), nothing
	}
	defer r.release(engine)
	engine.process.users.Add(1)
	defer engine.process.users.Add(-1)
	another := r.expects(ctx, engine)
	j := &journey{options: &r.options, process: engine.process, rooms: engine.rooms, another: another, job: job}
	result := j.run(ctx)
	if engine.process.flooded.Load() {
		r.abandon(engine, "a page flooded it")
		if result.Outcome == checker.Unknown && !r.stopping() {
			return result, swollen // it was another journey's page
		}
		return result, nothing
	}
	switch {
	case result.Outcome == checker.Unknown && r.stopping():
		return r.unknown(errClosed.Error()), nothing
	case result.Outcome == checker.Unknown && engine.process.swollen.Load():
		return result, swollen
	case result.Outcome == checker.Failed && !engine.process.answers():
		r.abandon(engine, "it does not answer")
		result.Outcome = checker.Unknown
		result.Reason = clip("Chromium did not answer, and so what it saw proves nothing (it saw: "+result.Reason+")", checker.MaxReason)
		return result, nothing
	}
	r.weigh(engine)
	if j.crashed {
		engine.rooms.renew()
		return result, crashed
	}
	return result, nothing
}

// abandon ends a Chromium at once: one that is busy with what a page wrote
// without end, or that hangs, would hold up all that other journeys ask. Those
// are made once more.
func (r *Runner) abandon(e *engine, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !e.retired {
		r.options.Logger.Warn("chromium is replaced at once", "reason", why, "pid", e.process.pid)
		r.retire(e)
	}
	e.process.swollen.Store(true)
	e.process.kill()
}

func (r *Runner) unknown(reason string) checker.Result {
	return checker.Result{Outcome: checker.Unknown, Reason: clip(r.options.Redact(reason), checker.MaxReason)}
}

func (r *Runner) stopping() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// acquire gives the engine in use, started where there is none; release has to
// follow. A start goes on when ctx ends: the next run finds it.
func (r *Runner) acquire(ctx context.Context) (*engine, error) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil, errClosed
	}
	if r.current != nil && (r.current.runs >= r.options.RecycleAfter || r.current.failed()) {
		r.retire(r.current)
	}
	if r.current == nil {
		// The start is a user of its own, so that nothing stops what is being started.
		r.current = &engine{ready: make(chan struct{}), users: 1}
		r.live[r.current] = true
		r.gone.Add(1)
		go r.start(r.current)
	}
	e := r.current
	e.users++
	e.runs++
	r.mu.Unlock()

	select {
	case <-e.ready:
		if e.err != nil {
			r.release(e)
			return nil, e.err
		}
		return e, nil
	case <-ctx.Done():
		r.release(e)
		return nil, errors.New("the time was up while Chromium was still starting")
	}
}

func (r *Runner) start(e *engine) {
	e.process, e.err = launch(&r.options)
	if e.err == nil {
		e.rooms = newRooms(&r.options, e.process)
	}
	r.mu.Lock()
	if r.fault = ""; e.err != nil {
		r.fault = clip("no browser check can be run: "+r.options.Redact(e.err.Error()), checker.MaxReason)
	}
	r.mu.Unlock()
	close(e.ready)
	r.release(e)
}

// Fault gives why no journey can be made, by the last start of Chromium; empty
// when one can, and before the first.
func (r *Runner) Fault() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fault
}

// failed tells whether the engine is of no use to a new run.
func (e *engine) failed() bool {
	select {
	case <-e.ready:
		return e.err != nil || e.process.ended()
	default:
		return false
	}
}

// retire lets no new run join; the caller holds mu.
func (r *Runner) retire(e *engine) {
	e.retired = true
	if r.current == e {
		r.current = nil
	}
	if e.users == 0 {
		go r.stop(e)
		return
	}
	if !e.until.IsZero() {
		// Its runs end in time; what does not, ends with it.
		e.hurry = time.AfterFunc(time.Until(e.until)+r.options.retireGrace, func() {
			<-e.ready
			if e.process != nil {
				r.options.Logger.Error("a journey outlived its time: its chromium is killed", "pid", e.process.pid)
				e.process.kill()
			}
		})
	}
}

func (r *Runner) release(e *engine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.users--
	switch {
	case e.retired && e.users == 0:
		go r.stop(e)
	case !e.retired && (e.failed() || e.users == 0 && e.runs >= r.options.RecycleAfter):
		r.retire(e)
	}
}

// stop runs once for each engine, when it is retired and nobody uses it.
func (r *Runner) stop(e *engine) {
	defer r.gone.Done()
	if e.hurry != nil {
		e.hurry.Stop()
	}
	if e.process != nil {
		e.rooms.close()
		if err := e.process.stop(); err != nil {
			r.options.Logger.Error("stop chromium", "error", err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.live, e)
}

// Close refuses new runs, waits for those that run until ctx ends, and then
// ends Chromium: nothing of it is left when Close returns. What still ran is
// `unknown`. The error is that of ctx, when it ended first.
func (r *Runner) Close(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	if r.current != nil {
		r.retire(r.current)
	}
	r.mu.Unlock()

	done := make(chan struct{})
	go func() { r.gone.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	r.mu.Lock()
	for e := range r.live {
		go func() {
			<-e.ready
			if e.process != nil {
				e.process.kill()
			}
		}()
	}
	r.mu.Unlock()
	<-done
	return fmt.Errorf("close browser: %w", ctx.Err())
}
