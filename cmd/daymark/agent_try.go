package main

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"daymark/checker"
)

// agentTrials try checks at an agent for somebody at the server. What comes of
// one is told there and counts nowhere.
type agentTrials struct {
	log   *slog.Logger
	probe atomic.Pointer[probe] // that runs; nil: none
}

// try is remote.ClientOptions.OnTry. The check reaches what those of the plan
// reach, and what the agent doubts of theirs it doubts of this one.
func (t *agentTrials) try(ctx context.Context, check checker.Check) (checker.Result, error) {
	p := t.probe.Load()
	switch kind, err := check.Kind(); {
	case p == nil:
		return checker.Result{}, errors.New("it begins or ends at this moment, and runs nothing")
	case err != nil:
		return checker.Result{}, err
	case kind == checker.KindHeartbeat:
		return checker.Result{}, errors.New("a heartbeat is not run but called")
	}
	result := p.try(ctx, check)
	t.log.Info("a check was tried for somebody at the server", "check", check.ID, "outcome", result.Outcome)
	return result, nil
}

// try runs a check once that is in no plan.
func (p *probe) try(ctx context.Context, check checker.Check) checker.Result {
	at := time.Now().UTC().Truncate(time.Millisecond)
	result := p.runners.try(ctx, check)
	result.Check, result.Region, result.At = check.ID, p.region, at
	if cutOff(ctx, &result) {
		return result
	}
	return p.prover.Doubt(ctx, result, 0)
}

// cutOff says whether a trial ended with its time, and nothing else is to be
// told of it.
func cutOff(ctx context.Context, result *checker.Result) bool {
	if ctx.Err() == nil || result.Outcome == checker.OK || result.Outcome == checker.Degraded {
		return false
	}
	result.Outcome, result.Reason = checker.Unknown, "it did not end within the time that a trial has; on its schedule it may take longer"
	return true
}
