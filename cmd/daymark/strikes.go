package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/store"
)

// staffStrikes are the false alarms that people struck out, as the console has
// them.
type staffStrikes struct{ core *core }

// ListStrikes implements console.Strikes.
func (s staffStrikes) ListStrikes(ctx context.Context, check string, most int) ([]incident.Strike, error) {
	return s.core.store.Strikes(ctx, check, most)
}

// StrikeOut implements console.Strikes.
func (s staffStrikes) StrikeOut(ctx context.Context, who access.Principal, key string, asked incident.Strike) (string, error) {
	return s.strikeOut(ctx, who.Actor(), incident.By{Person: who.Person}, key, asked)
}

// UndoStrike implements console.Strikes.
func (s staffStrikes) UndoStrike(ctx context.Context, who access.Principal, key, id string) (string, error) {
	return s.undoStrike(ctx, who.Actor(), incident.By{Person: who.Person}, key, id)
}

// strikeOut strikes one out; the actor is who the audit trail names.
func (s staffStrikes) strikeOut(ctx context.Context, actor string, by incident.By, key string, asked incident.Strike) (string, error) {
	digest := fmt.Sprintf("strike %q %q %d %d %q", asked.Check, asked.Region, asked.From.UnixMilli(), asked.Until.UnixMilli(), asked.Reason)
	return s.rewrite(ctx, incident.Act{Actor: actor, Action: "false alarm struck out"}, key, digest, func(ctx context.Context, tx *store.Tx, now time.Time) (made, object string, err error) {
		strike, err := s.core.policy.NewStrike(asked, by, now)
		if err != nil {
			return "", "", err
		}
		if err := tx.StrikeOut(ctx, s.core.policy, &strike, now); err != nil {
			return "", "", err
		}
		return strike.ID, objectOf(&strike), nil
	})
}

func (s staffStrikes) undoStrike(ctx context.Context, actor string, by incident.By, key, id string) (string, error) {
	return s.rewrite(ctx, incident.Act{Actor: actor, Action: "false alarm restored"}, key, "undo strike "+id, func(ctx context.Context, tx *store.Tx, now time.Time) (made, object string, err error) {
		strike, err := tx.Restore(ctx, s.core.policy, now, id, by.String())
		return id, objectOf(&strike), err
	})
}

// objectOf says what was struck out, for the audit trail.
func objectOf(s *incident.Strike) string {
	where := "all regions"
	if s.Region != "" {
		where = s.Region
	}
	return fmt.Sprintf("%s, %d runs of %s in %s from %s until %s: %s", s.ID, s.Runs, s.Check, where, s.From.UTC().Format(time.RFC3339), s.Until.UTC().Format(time.RFC3339), s.Reason)
}

// rewrite does one thing with what was measured, once a key.
func (s staffStrikes) rewrite(ctx context.Context, act incident.Act, key, digest string, fn func(ctx context.Context, tx *store.Tx, now time.Time) (made, object string, err error)) (string, error) {
	var made string
	err := s.core.engine.Rewrite(ctx, act, func(ctx context.Context, tx incident.Tx, now time.Time) (string, error) {
		if key != "" {
			before, answer, found, err := tx.Made(ctx, key)
			switch {
			case err != nil:
				return "", err
			case found && before != digest:
				return "", &incident.Refusal{Kind: incident.Conflict, Text: fmt.Sprintf("the key %q was used for another command", key)}
			case found:
				made = answer
				return "", errDone
			}
		}
		var object string
		var err error
		if made, object, err = fn(ctx, tx.(*store.Tx), now); err != nil || key == "" {
			return object, err
		}
		return object, tx.KeepMade(ctx, now, key, digest, made)
	})
	if errors.Is(err, errDone) {
		err = nil
	}
	return made, err
}
