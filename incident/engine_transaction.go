package incident

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"daymark/internal/telemetry"
)

// transact runs fn over the state in one transaction and tells the listeners
// after the commit.
func (e *Engine) transact(ctx context.Context, fn func(context.Context, Tx, *State, time.Time) (int64, error)) error {
	var seq int64
	var warnings []Incident
	var trace string
	outer := ctx
	err := e.store.Write(ctx, func(ctx context.Context, tx Tx) error {
		ctx = telemetry.Carry(ctx, outer)
		tx.OnRollback(e.forget)
		now := e.time()
		e.mu.Lock()
		defer e.mu.Unlock()
		e.saved, e.trace = nil, ""
		loaded, err := e.load(ctx, tx, now)
		if err != nil {
			return err
		}
		if loaded { // the configuration may have changed since it was decided last
			decision := Decide(e.state, nil, e.policy, now)
			if seq, err = e.save(ctx, tx, now, &decision); err != nil {
				return err
			}
		}
		made, err := fn(ctx, tx, e.state, now)
		seq, warnings, trace = max(seq, made), e.saved, cmp.Or(e.trace, telemetry.Of(ctx))
		return err
	})
	if err != nil {
		return err
	}
	e.tell(ctx, warnings)
	if seq != 0 {
		for _, listener := range e.listeners {
			listener(trace, seq)
		}
	}
	return nil
}

// load makes sure that there is a state, and says whether it was read anew.
func (e *Engine) load(ctx context.Context, tx Tx, now time.Time) (bool, error) {
	if e.state != nil {
		return false, nil
	}
	horizons := make(map[string]time.Duration, len(e.policy.checks))
	for id, c := range e.policy.checks {
		horizons[id] = c.horizon
	}
	state, err := tx.Load(ctx, now, horizons, now.Add(-reportsKept(e.policy)))
	if err != nil {
		return false, fmt.Errorf("load the state: %w", err)
	}
	e.state = state
	return true, nil
}

// forget drops a state that holds what was not committed.
func (e *Engine) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.state = nil
}

func (e *Engine) save(ctx context.Context, tx Tx, now time.Time, decision *Decision) (int64, error) {
	if decision.Empty() {
		return 0, nil
	}
	for i := range decision.Incidents {
		if decision.Incidents[i].Warns() {
			e.saved = append(e.saved, decision.Incidents[i])
		}
	}
	ctx, span := startEvent(ctx, decision)
	defer span.End()
	e.trace = telemetry.Of(ctx)
	seq, err := tx.Save(ctx, now, decision)
	span.SetInt("daymark.event", seq)
	for i := range decision.Incidents {
		inc := &decision.Incidents[i]
		e.log.DebugContext(ctx, "an incident is saved", "incident", inc.ID, "phase", inc.Phase, "severity", inc.Severity, "event", seq)
	}
	return seq, err
}

// tell logs warnings, which nobody but staff hears of.
func (e *Engine) tell(ctx context.Context, warnings []Incident) {
	for i := range warnings {
		inc := &warnings[i]
		log := e.log.With("check", inc.Check, "component", inc.Affected[0].Component, "reason", inc.Reason)
		if inc.Open() {
			log.WarnContext(ctx, "a check warns", "since", inc.Since)
		} else {
			log.InfoContext(ctx, "a check does not warn any more", "since", inc.Resolved)
		}
	}
}

// time is the one now of a transaction, as exact as what is stored.
func (e *Engine) time() time.Time { return e.now().UTC().Truncate(time.Millisecond) }
