package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
	"daymark/notify"
	"daymark/store"
)

// staffElevations is who rose above their role, as the console has it.
type staffElevations struct {
	*store.Store
	operations *operations
	now        func() time.Time
}

// ElevationIn implements console.Elevating.
func (s staffElevations) ElevationIn(ctx context.Context, session string) (*access.Elevation, error) {
	e, err := s.Store.ElevationIn(ctx, session)
	return e, notFound(err)
}

// Elevation implements console.Elevations.
func (s staffElevations) Elevation(ctx context.Context, id string) (*access.Elevation, error) {
	e, err := s.Store.Elevation(ctx, id)
	return e, notFound(err)
}

// DoneIn implements console.Elevations.
func (s staffElevations) DoneIn(ctx context.Context, id string, most int) ([]console.AuditEntry, error) {
	found, err := s.Store.DoneIn(ctx, id, most)
	return auditOf(found), err
}

// Elevate implements console.Elevating. What the others are told is queued in
// the same transaction.
func (s staffElevations) Elevate(ctx context.Context, e access.Elevation) (string, error) {
	now := s.now()
	e.ID = store.NewElevationID(now)
	who := access.Principal{Kind: access.BySession, Person: e.Person}
	act := incident.Act{Actor: who.Actor(), Action: "rose above their role", Object: fmt.Sprintf("to %s until %s (%s): %s", e.Role, timeText(e.Until), e.ID, e.Reason)}
	told := s.operations.core.staff.Rose(notify.Rise{ID: e.ID, Person: e.Person, Role: string(e.Role), Reason: e.Reason, Until: e.Until}, s.operations.watchers(now), now)
	err := s.operations.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, _ time.Time) error {
		rows := tx.(*store.Tx)
		if err := rows.SessionLasts(ctx, e.Person, e.Session, now); err != nil {
			return err
		}
		switch last, err := rows.ElevationIn(ctx, e.Session); {
		case err == nil && last.Lasts(now):
			return &incident.Refusal{Kind: incident.Conflict, Text: "you have risen above your role already"}
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return err
		}
		for i := range told {
			if err := rows.QueueNotice(ctx, &told[i], now); err != nil {
				return err
			}
		}
		return rows.AddElevation(ctx, &e)
	})
	return e.ID, notFound(err)
}

// EndElevation implements console.Elevations.
func (s staffElevations) EndElevation(ctx context.Context, who access.Principal, id string) error {
	e, err := s.Elevation(ctx, id)
	if err != nil {
		return err
	}
	how := "by hand"
	if who.Person != e.Person {
		how = "by " + who.Person
	}
	act := incident.Act{Actor: who.Actor(), Action: "elevation ended", Object: e.Person + " (" + id + ")"}
	return s.operations.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, _ time.Time) error {
		return tx.(*store.Tx).EndElevation(ctx, s.now(), id, how)
	})
}

// watchers are those who are told that somebody rose: administrators, and
// whoever is on call.
func (o *operations) watchers(now time.Time) []string {
	var all []string
	for i := range o.doc.Support.People {
		if p := &o.doc.Support.People[i]; access.Role(p.Role) == access.Administrator {
			all = append(all, p.ID)
		}
	}
	if len(o.doc.Support.Rotas) == 0 {
		return all
	}
	found, err := rosters(o.doc, "")
	if err != nil {
		return all // what is wrong with a rota is told when the configuration loads
	}
	for _, r := range found {
		stand := r.Stand(now)
		all = append(all, stand.Now.Lead, stand.Now.Engineer)
	}
	return all
}
