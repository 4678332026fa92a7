package checker

import (
	"context"
	"fmt"
	"time"

	"daymark/internal/telemetry"
)

// reasonBusy is what the agent itself says of a run that it did not make.
const reasonBusy = "the agent was busy: no place for another run became free within the check's timeout"

// maxUnsaid bounds the results that wait for a sink that takes none.
const maxUnsaid = 10_000

// The pauses between tries to give a result to the sink.
const (
	leastPause = 100 * time.Millisecond
	mostPause  = 10 * time.Second
)

// start makes the run that is due and gives its result to the sink.
func (a *Agent) start(base context.Context, e *entry, at time.Time, late time.Duration) {
	ctx, cancel := context.WithCancel(base)
	defer cancel()
	free, ok := e.begin(cancel)
	if !ok {
		return
	}
	if !free {
		// An `unknown` here would hide what the run that still goes will tell.
		a.params.Logger.Debug("a run was left out: the one before is still going", "check", e.check.ID, "at", at)
		return
	}
	a.make(ctx, base, e, at, late) // waiting for a place is no lag: failing runs make others wait
}

// make makes a run that has begun and gives its result to the sink.
func (a *Agent) make(ctx, base context.Context, e *entry, at time.Time, late time.Duration) {
	running, span := telemetry.Start(ctx, "check")
	defer span.End()
	span.Set("daymark.check", e.check.ID)
	span.Set("daymark.region", a.params.Region)
	result, ok := a.run(running, e)
	if ok {
		result.Check, result.Region, result.At = e.check.ID, a.params.Region, at
		result.Trace = telemetry.Of(running)
		if a.params.Prove != nil {
			result = a.params.Prove(ctx, result, late)
			ok = ctx.Err() == nil
		}
	}
	if !ok {
		e.end()
		return
	}
	if result.Bound() {
		a.params.Logger.WarnContext(running, "a result was larger than a result may be; parts of it were left out", "check", e.check.ID, "at", at)
	}
	span.Set("daymark.outcome", string(result.Outcome))
	if result.Outcome == Failed || result.Outcome == Unknown {
		span.Fail(result.Reason)
	}
	a.tell(running, e, &result)
	a.sift(e, &result)
	e.end()
	a.deliver(telemetry.Carry(base, running), result)
}

// run waits for a place and makes the run. It is false when the run was cut
// off: then nothing was seen.
func (a *Agent) run(ctx context.Context, e *entry) (Result, bool) {
	if e.invalid != "" {
		return a.unknown("the check cannot be run: " + e.invalid), true
	}
	place, limited := a.places[e.kind]
	if !limited {
		place = a.places[KindHTTP]
	}
	select {
	case place <- struct{}{}:
	default:
		patience := time.NewTimer(e.check.AttemptTimeout())
		defer patience.Stop()
		select {
		case place <- struct{}{}:
		case <-patience.C:
			return a.unknown(reasonBusy), true
		case <-a.closed:
			return Result{}, false
		case <-ctx.Done():
			return Result{}, false
		}
	}
	defer func() { <-place }()
	started := a.params.Now()
	result := a.call(ctx, e.check)
	if ctx.Err() != nil {
		return Result{}, false
	}
	if result.Started.IsZero() {
		result.Started = started.UTC()
	}
	if result.Duration == 0 {
		result.Duration = max(a.params.Now().Sub(started), 0)
	}
	return result, true
}

// tell logs what keeps this agent from seeing, once for each reason: it is
// the agent's own fault, which nobody else looks for. The run has not ended.
func (a *Agent) tell(ctx context.Context, e *entry, result *Result) {
	blind := ""
	if result.Outcome == Unknown {
		blind = result.Reason
	}
	if blind == e.blind {
		return
	}
	e.blind = blind
	if blind != "" {
		a.params.Logger.WarnContext(ctx, "a check cannot tell how its target is; its results are unknown", "check", e.check.ID, "reason", blind)
		return
	}
	a.params.Logger.InfoContext(ctx, "a check can tell again how its target is", "check", e.check.ID)
}

// call makes the run; a panic in it is a fault of the agent's, not of the
// target's, and does not end the agent.
func (a *Agent) call(ctx context.Context, check Check) (result Result) {
	defer func() {
		if fault := recover(); fault != nil {
			result = a.unknown(fmt.Sprintf("the agent failed while it ran the check: %v", fault))
			a.params.Logger.Error("a run panicked", "check", check.ID, "panic", fault)
		}
	}()
	return a.params.Run(ctx, check)
}

func (a *Agent) unknown(reason string) Result {
	return Result{Outcome: Unknown, Reason: reason, Started: a.params.Now().UTC()}
}

// deliver gives the result to the sink, again and again until it is taken or
// the agent ends.
func (a *Agent) deliver(ctx context.Context, result Result) {
	log := a.params.Logger.With("check", result.Check, "at", result.At)
	defer a.unsaid.Add(-1)
	waiting := a.unsaid.Add(1)
	for pause := leastPause; ; pause = min(2*pause, mostPause) {
		err := a.params.Sink.Submit(ctx, []Result{result})
		if err == nil {
			log.DebugContext(ctx, "a run is stored", "outcome", result.Outcome, "late", result.Started.Sub(result.At))
			return
		}
		if waiting > maxUnsaid {
			log.ErrorContext(ctx, "a result is lost: too many wait to be stored", "error", err)
			return
		}
		if pause == leastPause {
			log.WarnContext(ctx, "a result could not be stored; it is tried again", "error", err)
		}
		again := time.NewTimer(pause)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			log.ErrorContext(ctx, "a result is lost: the agent ended before it could be stored", "error", err)
			return
		}
	}
}
