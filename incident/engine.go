package incident

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"daymark/checker"
	"daymark/internal/telemetry"
)

// EngineOptions is what an Engine needs.
type EngineOptions struct {
	Store  Store
	Policy *Policy
	MaxAge time.Duration    // of a result; 30 days when 0 or longer
	Now    func() time.Time // time.Now when nil
	Logger *slog.Logger     // slog.Default() when nil
}

// Engine is the one place where state is derived. It is safe for concurrent
// use; everything it changes goes through its Store's transactions.
type Engine struct {
	store  Store
	policy *Policy
	maxAge time.Duration
	now    func() time.Time
	log    *slog.Logger

	mu    sync.Mutex // guards state
	state *State     // what the store holds; nil: load it again
	saved []Incident // warnings that the transaction under way has changed
	trace string     // of the event that it has made

	listeners []func(trace string, seq int64)
	ticked    atomic.Int64 // Unix milliseconds of the last tick that went well
}

// NewEngine makes an engine; Run drives its timers.
func NewEngine(options EngineOptions) (*Engine, error) {
	if options.Store == nil || options.Policy == nil {
		return nil, errors.New("an engine needs a store and a policy")
	}
	e := &Engine{store: options.Store, policy: options.Policy, now: options.Now, log: options.Logger}
	if e.maxAge = options.MaxAge; e.maxAge <= 0 || e.maxAge > maxAge {
		e.maxAge = maxAge
	}
	if e.now == nil {
		e.now = time.Now
	}
	if e.log == nil {
		e.log = slog.Default()
	}
	return e, nil
}

// Submit takes results of one region: stores the new ones and derives all
// that follows, in one transaction. When the error is nil they are durable,
// but for the rejected ones, which giving again would not help.
func (e *Engine) Submit(ctx context.Context, region string, results []checker.Result) ([]checker.Rejection, error) {
	valid, rejected := e.screen(region, results)
	if len(valid) == 0 {
		return rejected, nil
	}
	ctx, span := startBatch(ctx, region, valid)
	defer span.End()
	err := e.transact(ctx, func(ctx context.Context, tx Tx, state *State, now time.Time) (int64, error) {
		return e.take(ctx, tx, state, valid, now)
	})
	if err != nil {
		span.Fail(err.Error())
		return nil, fmt.Errorf("submit results of region %s: %w", region, err)
	}
	return rejected, nil
}

// Hear is Submit for what the server itself is told or notices. fn looks up
// what it needs and gives the results that follow; what it writes is in one
// transaction with them. fn must not call the engine.
func (e *Engine) Hear(ctx context.Context, region string, fn func(ctx context.Context, tx Tx, now time.Time) ([]checker.Result, error)) ([]checker.Rejection, error) {
	var rejected []checker.Rejection
	err := e.transact(ctx, func(ctx context.Context, tx Tx, state *State, now time.Time) (int64, error) {
		results, err := fn(ctx, tx, now)
		if err != nil {
			return 0, err
		}
		var valid []checker.Result
		if valid, rejected = e.screen(region, results); len(valid) == 0 {
			return 0, nil
		}
		return e.take(ctx, tx, state, valid, now)
	})
	if err != nil {
		return nil, fmt.Errorf("take what was heard in region %s: %w", region, err)
	}
	return rejected, nil
}

// take stores the results that are new and decides what follows from them.
func (e *Engine) take(ctx context.Context, tx Tx, state *State, results []checker.Result, now time.Time) (int64, error) {
	fresh, err := tx.AddResults(ctx, results)
	if err != nil {
		return 0, err
	}
	if !slices.Contains(fresh, true) {
		return 0, nil
	}
	if excused := e.excused(state, results, fresh); len(excused) > 0 {
		if err := tx.Excuse(ctx, excused); err != nil {
			return 0, err
		}
	}
	counting, err := tx.StrikeLate(ctx, results, fresh)
	if err != nil {
		return 0, err
	}
	var observations []Observation
	for i := range counting {
		if fresh[i] {
			observations = append(observations, observe(&counting[i]))
		}
	}
	decision, err := e.decide(ctx, tx, state, observations, now)
	if err != nil {
		return 0, err
	}
	return e.save(ctx, tx, now, &decision)
}

// Command does what a person asked for, and all that follows from it, in one
// transaction with its audit entry and event. A key, where there is one, lets
// the same command be given again without being done twice. It gives the id,
// or for an entry the number, of what was made. What is not allowed is a
// *Refusal.
func (e *Engine) Command(ctx context.Context, by By, key string, command Command) (string, error) {
	var made string
	// A refusal changes nothing, and what was due stays: to take it back would
	// be to forget the state, and with it since when all was watched.
	var refused error
	action, object := command.act()
	ctx, span := telemetry.Start(ctx, "command")
	defer span.End()
	span.Set("daymark.action", action)
	span.Set("daymark.object", object)
	err := e.transact(ctx, func(ctx context.Context, tx Tx, state *State, now time.Time) (int64, error) {
		digest := digestOf(command)
		if key != "" {
			before, answer, found, err := tx.Made(ctx, key)
			switch {
			case err != nil:
				return 0, err
			case found && before != digest:
				refused = refuse(Conflict, "the key %q was used for another command", key)
				return 0, nil
			case found:
				made = answer
				return 0, nil
			}
		}
		// What is due comes first: nobody extends what is over.
		decision, err := e.decide(ctx, tx, state, nil, now)
		if err != nil {
			return 0, err
		}
		seq, err := e.save(ctx, tx, now, &decision)
		if err != nil {
			return 0, err
		}
		if err := remember(ctx, tx, state, command); err != nil {
			return 0, err
		}
		if err := recall(ctx, tx, state, command); err != nil {
			return 0, err
		}
		answer, decision, err := Apply(state, command, by, e.policy, now)
		if _, is := errors.AsType[*Refusal](err); is {
			refused = err
			return seq, nil
		}
		if err != nil {
			return 0, err
		}
		made = answer
		if key != "" {
			if err := tx.KeepMade(ctx, now, key, digest, made); err != nil {
				return 0, err
			}
		}
		if _, err := e.save(ctx, tx, now, &decision); err != nil {
			return 0, err
		}
		return tx.Record(ctx, now, Act{Actor: by.String(), Action: action, Object: object})
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", action, err)
	}
	return made, refused
}

// digestOf tells one command from another.
func digestOf(command Command) string {
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%T%+v", command, command)))
}

// tickEvery is how often Run looks for what is due.
const tickEvery = time.Second

// Run takes what is due, until ctx ends. A failing store is tried again.
func (e *Engine) Run(ctx context.Context) {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	failing := false
	for {
		ran, err := e.tick(ctx)
		switch {
		case err != nil && ctx.Err() == nil && !failing:
			e.log.ErrorContext(ctx, "timers cannot run; they are tried again each second", "error", err)
			failing = true
		case ran && err == nil && failing:
			e.log.InfoContext(ctx, "timers run again")
			failing = false
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Tick takes what is due now, if anything is.
func (e *Engine) Tick(ctx context.Context) error {
	_, err := e.tick(ctx)
	return err
}

// tick says whether anything was due.
func (e *Engine) tick(ctx context.Context) (ran bool, err error) {
	if now := e.time(); e.due(now) {
		ran = true
		ctx, span := telemetry.Start(ctx, "timers")
		defer span.End()
		err := e.transact(ctx, func(ctx context.Context, tx Tx, state *State, now time.Time) (int64, error) {
			decision, err := e.decide(ctx, tx, state, nil, now)
			if err != nil {
				return 0, err
			}
			return e.save(ctx, tx, now, &decision)
		})
		if err != nil {
			return ran, fmt.Errorf("take what is due: %w", err)
		}
	}
	e.ticked.Store(e.time().UnixMilli())
	return ran, nil
}

// Ticked says when the timers last ran well; zero: never.
func (e *Engine) Ticked() time.Time {
	if ms := e.ticked.Load(); ms != 0 {
		return time.UnixMilli(ms)
	}
	return time.Time{}
}

func (e *Engine) due(now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state == nil {
		return true
	}
	next := NextDue(e.state, e.policy, now)
	return !next.IsZero() && !next.After(now)
}
