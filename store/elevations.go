package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/access"
)

const elevationColumns = "SELECT id, person, session, own, role, reason, began, until, ended, how FROM elevations "

// NewElevationID gives an id for an elevation: those made later sort after it.
func NewElevationID(now time.Time) string { return newID(now) }

// AddElevation keeps an elevation, which has its id.
func (t *Tx) AddElevation(ctx context.Context, e *access.Elevation) error {
	if _, err := t.exec(ctx, "INSERT INTO elevations (id, person, session, own, role, reason, began, until, how) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '')",
		e.ID, e.Person, e.Session, e.Own, e.Role, e.Reason, e.Began.UnixMilli(), e.Until.UnixMilli()); err != nil {
		return fmt.Errorf("add an elevation: %w", err)
	}
	return nil
}

// ElevationIn gives the latest elevation of a session that nobody has ended,
// whether or not its time is over; ErrNotFound where there is none.
func (s *Store) ElevationIn(ctx context.Context, session string) (*access.Elevation, error) {
	return oneElevation(ctx, s.readers.QueryContext, "session = ? AND ended IS NULL ORDER BY id DESC LIMIT 1", session)
}

// ElevationIn is that of the store, in the transaction.
func (t *Tx) ElevationIn(ctx context.Context, session string) (*access.Elevation, error) {
	return oneElevation(ctx, t.query, "session = ? AND ended IS NULL ORDER BY id DESC LIMIT 1", session)
}

// Elevation gives an elevation by its id; ErrNotFound where there is none.
func (s *Store) Elevation(ctx context.Context, id string) (*access.Elevation, error) {
	return oneElevation(ctx, s.readers.QueryContext, "id = ?", id)
}

func oneElevation(ctx context.Context, query querier, where, value string) (*access.Elevation, error) {
	found, err := collect(ctx, query, scanElevation, elevationColumns+"WHERE "+where, value)
	switch {
	case err != nil:
		return nil, fmt.Errorf("look up an elevation: %w", explain(err))
	case len(found) == 0:
		return nil, ErrNotFound
	}
	return &found[0], nil
}

func scanElevation(rows *sql.Rows) (e access.Elevation, err error) {
	var began, until, ended sql.NullInt64
	err = rows.Scan(&e.ID, &e.Person, &e.Session, &e.Own, &e.Role, &e.Reason, &began, &until, &ended, &e.How)
	e.Began, e.Until, e.Ended = moment(began), moment(until), moment(ended)
	return e, err
}

// EndElevation ends one that lasts; one that is over stays as it was.
func (t *Tx) EndElevation(ctx context.Context, now time.Time, id, how string) error {
	if _, err := t.exec(ctx, "UPDATE elevations SET ended = ?, how = ? WHERE id = ? AND ended IS NULL AND until > ?", now.UnixMilli(), how, id, now.UnixMilli()); err != nil {
		return fmt.Errorf("end an elevation: %w", err)
	}
	return nil
}

// endWithSessions ends the elevations whose session is not there any more.
func (t *Tx) endWithSessions(ctx context.Context, now time.Time) error {
	if _, err := t.exec(ctx, "UPDATE elevations SET ended = ?, how = ? WHERE ended IS NULL AND until > ? AND session NOT IN (SELECT id FROM sessions)",
		now.UnixMilli(), access.EndedWithSession, now.UnixMilli()); err != nil {
		return fmt.Errorf("end elevations with their sessions: %w", err)
	}
	return nil
}

// Elevations gives elevations, newest first: those before the one of an id, or
// from the newest on where it is empty.
func (s *Store) Elevations(ctx context.Context, before string, most int) ([]access.Elevation, error) {
	found, err := collect(ctx, s.readers.QueryContext, scanElevation, elevationColumns+"WHERE ? = '' OR id < ? ORDER BY id DESC LIMIT ?", before, before, most)
	if err != nil {
		return nil, fmt.Errorf("read the elevations: %w", explain(err))
	}
	return found, nil
}

// DoneIn gives what was done in an elevation, oldest first.
func (s *Store) DoneIn(ctx context.Context, elevation string, most int) ([]AuditEntry, error) {
	entries, err := collect(ctx, s.readers.QueryContext, scanAudit, auditColumns+
		"WHERE instr(actor, ', elevation ') > 0 AND substr(actor, instr(actor, ', elevation ') + 12) = ? ORDER BY seq LIMIT ?", elevation, most)
	if err != nil {
		return nil, fmt.Errorf("read what was done in an elevation: %w", explain(err))
	}
	return entries, nil
}
