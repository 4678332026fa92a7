package incident

import (
	"context"
	"fmt"
	"time"
)

// Do runs what a person asked for in one transaction, with its audit entry
// and event.
func (e *Engine) Do(ctx context.Context, act Act, fn func(ctx context.Context, tx Tx, now time.Time) error) error {
	err := e.transact(ctx, func(ctx context.Context, tx Tx, _ *State, now time.Time) (int64, error) {
		if err := fn(ctx, tx, now); err != nil {
			return 0, err
		}
		return tx.Record(ctx, now, act)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", act.Action, err)
	}
	return nil
}

// Rewrite is Do for what changes results that are there already. The state is
// read anew after fn, and what follows is decided in the same transaction. fn
// gives what it was about, for the audit trail.
func (e *Engine) Rewrite(ctx context.Context, act Act, fn func(ctx context.Context, tx Tx, now time.Time) (object string, err error)) error {
	err := e.transact(ctx, func(ctx context.Context, tx Tx, _ *State, now time.Time) (int64, error) {
		object, err := fn(ctx, tx, now)
		if err != nil {
			return 0, err
		}
		e.state = nil
		if _, err := e.load(ctx, tx, now); err != nil {
			return 0, err
		}
		decision := Decide(e.state, nil, e.policy, now)
		if _, err := e.save(ctx, tx, now, &decision); err != nil {
			return 0, err
		}
		act.Object = object
		return tx.Record(ctx, now, act)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", act.Action, err)
	}
	return nil
}
