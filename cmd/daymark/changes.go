package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
	"daymark/store"
)

// staffChanges are what somebody changed, as the console has it.
type staffChanges struct {
	store  *store.Store
	engine *incident.Engine
}

// AddChange implements console.Changes.
func (s staffChanges) AddChange(ctx context.Context, who access.Principal, key string, c console.Change) (string, error) {
	digest := fmt.Sprintf("change %q %q %q %q", c.What, c.Components, c.Link, c.Who)
	var id string
	act := incident.Act{Actor: who.Actor(), Action: "change told", Object: c.What}
	err := s.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, now time.Time) error {
		if key != "" {
			before, made, found, err := tx.Made(ctx, key)
			switch {
			case err != nil:
				return err
			case found && before != digest:
				return &incident.Refusal{Kind: incident.Conflict, Text: fmt.Sprintf("the key %q was used for another command", key)}
			case found:
				id = made
				return errDone
			}
		}
		own := store.Change(c)
		var err error
		if id, err = tx.(*store.Tx).AddChange(ctx, now, &own); err != nil || key == "" {
			return err
		}
		return tx.KeepMade(ctx, now, key, digest, id)
	})
	if errors.Is(err, errDone) {
		err = nil
	}
	return id, err
}

// ListChanges implements console.Changes.
func (s staffChanges) ListChanges(ctx context.Context, q console.ChangeQuery) ([]console.Change, error) {
	found, err := s.store.Changes(ctx, store.ChangeQuery(q))
	if err != nil {
		return nil, err
	}
	all := make([]console.Change, len(found))
	for i := range found {
		all[i] = console.Change(found[i])
	}
	return all, nil
}
