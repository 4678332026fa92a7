package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/incident"
)

func (t *Tx) saveSilences(ctx context.Context, d *incident.Decision) error {
	for i := range d.Silences {
		s := &d.Silences[i]
		if _, err := t.exec(ctx, `INSERT INTO silences (id, check_id, component, reason, author, began, until, ended, ended_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, author = excluded.author, until = excluded.until, ended = excluded.ended, ended_by = excluded.ended_by`,
			s.ID, s.Check, s.Component, s.Reason, s.By, s.Began.UnixMilli(), s.Until.UnixMilli(), millis(s.Ended), s.EndedBy); err != nil {
			return fmt.Errorf("save silence %s: %w", s.ID, err)
		}
	}
	return nil
}

func (t *Tx) loadSilences(ctx context.Context, state *incident.State) error {
	all, err := silences(ctx, t.query, "ended IS NULL")
	if err != nil {
		return fmt.Errorf("read the silences: %w", err)
	}
	for i := range all {
		state.Silences[all[i].ID] = &all[i]
	}
	return nil
}

// Silences gives those that last, and those that ended after a moment, the one
// that began last first.
func (s *Store) Silences(ctx context.Context, endedAfter time.Time) ([]incident.Silence, error) {
	all, err := silences(ctx, s.readers.QueryContext, "ended IS NULL OR ended > ? ORDER BY began DESC, id", endedAfter.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read the silences: %w", explain(err))
	}
	return all, nil
}

func silences(ctx context.Context, query querier, where string, args ...any) ([]incident.Silence, error) {
	return collect(ctx, query, func(rows *sql.Rows) (s incident.Silence, err error) {
		var began, until, ended sql.NullInt64
		err = rows.Scan(&s.ID, &s.Check, &s.Component, &s.Reason, &s.By, &began, &until, &ended, &s.EndedBy)
		s.Began, s.Until, s.Ended = moment(began), moment(until), moment(ended)
		return s, err
	}, "SELECT id, check_id, component, reason, author, began, until, ended, ended_by FROM silences WHERE "+where, args...)
}
