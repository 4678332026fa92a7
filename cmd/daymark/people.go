package main

import (
	"context"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
	"daymark/store"
)

// staffSignIns is how people sign in, as the console has it.
type staffSignIns struct {
	*store.Store
	operations *operations
}

// Invite implements console.Staff.
func (s staffSignIns) Invite(ctx context.Context, call console.Call, person string) (string, time.Time, error) {
	made, err := s.operations.invitation(ctx, call, person, "invited to the console", access.InvitationLife)
	return made.Link, made.Expires, err
}

// RemoveAccount implements console.Staff.
func (s staffSignIns) RemoveAccount(ctx context.Context, who access.Principal, person string) error {
	if _, err := s.Account(ctx, person); err != nil {
		return notFound(err)
	}
	return s.operations.removeAccount(ctx, who, person)
}

// SignOut implements console.Staff.
func (s staffSignIns) SignOut(ctx context.Context, who access.Principal, person, id string) error {
	act := incident.Act{Actor: who.Actor(), Action: "sessions ended", Object: person}
	return s.operations.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, _ time.Time) error {
		return tx.(*store.Tx).EndSessions(ctx, s.operations.core.now(), person, id, "")
	})
}
