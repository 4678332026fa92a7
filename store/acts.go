package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/incident"
)

// saveActs writes what a decision holds of people's acts.
func (t *Tx) saveActs(ctx context.Context, now time.Time, d *incident.Decision) error {
	for _, e := range d.Entries {
		if _, err := t.exec(ctx, "INSERT INTO entries (incident, number, at, author, kind, about, done, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			e.Incident, e.Number, e.At.UnixMilli(), e.By, e.Kind, e.Of, e.Done, e.Text); err != nil {
			return fmt.Errorf("save entry %d of incident %s: %w", e.Number, e.Incident, err)
		}
	}
	if err := t.saveReports(ctx, now, d); err != nil {
		return err
	}
	if err := t.saveReviews(ctx, d); err != nil {
		return err
	}
	if err := t.saveSwaps(ctx, d); err != nil {
		return err
	}
	for _, o := range d.Overrides {
		if err := t.saveOverride(ctx, &o); err != nil {
			return fmt.Errorf("save the status that was set of %s: %w", o.Component, err)
		}
	}
	for _, e := range d.Edits {
		if err := t.saveEdit(ctx, &e); err != nil {
			return fmt.Errorf("save the new text of update %s: %w", e.Update, err)
		}
	}
	for _, l := range d.Left {
		if _, err := t.exec(ctx, "DELETE FROM affected WHERE incident = ? AND component = ?", l.Incident, l.Component); err != nil {
			return fmt.Errorf("take %s out of incident %s: %w", l.Component, l.Incident, err)
		}
	}
	return nil
}

func (t *Tx) saveOverride(ctx context.Context, o *incident.OverrideChange) error {
	if o.Ended {
		_, err := t.exec(ctx, "DELETE FROM overrides WHERE component = ?", o.Component)
		return err
	}
	_, err := t.exec(ctx, `INSERT INTO overrides (component, status, reason, author, at, locked, incident, base) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (component) DO UPDATE SET status = excluded.status, reason = excluded.reason, author = excluded.author, at = excluded.at,
		locked = excluded.locked, incident = excluded.incident, base = excluded.base`,
		o.Component, o.Status, o.Reason, o.By, o.At.UnixMilli(), o.Locked, o.Incident, o.Base)
	return err
}

// saveEdit keeps the text that was told beside the new one.
func (t *Tx) saveEdit(ctx context.Context, e *incident.Edit) error {
	if _, err := t.exec(ctx, "INSERT INTO update_edits (update_id, at, author, before) VALUES (?, ?, ?, ?) ON CONFLICT (update_id, at) DO NOTHING",
		e.Update, e.At.UnixMilli(), e.By, e.Before); err != nil {
		return err
	}
	_, err := t.exec(ctx, "UPDATE updates SET text = ?, edited = ? WHERE id = ?", e.Text, e.At.UnixMilli(), e.Update)
	return err
}

func (t *Tx) loadOverrides(ctx context.Context, state *incident.State) error {
	all, err := overrides(ctx, t.query)
	if err != nil {
		return fmt.Errorf("read the statuses that were set: %w", err)
	}
	for i := range all {
		state.Overrides[all[i].Component] = &all[i]
	}
	return nil
}

func overrides(ctx context.Context, query querier) ([]incident.Override, error) {
	return collect(ctx, query, func(rows *sql.Rows) (o incident.Override, err error) {
		var at sql.NullInt64
		err = rows.Scan(&o.Component, &o.Status, &o.Reason, &o.By, &at, &o.Locked, &o.Incident, &o.Base)
		o.At = moment(at)
		return o, err
	}, "SELECT component, status, reason, author, at, locked, incident, base FROM overrides")
}

// Made implements incident.Tx.
func (t *Tx) Made(ctx context.Context, key string) (digest, made string, found bool, err error) {
	kept, err := collect(ctx, t.query, func(rows *sql.Rows) (k [2]string, err error) { return k, rows.Scan(&k[0], &k[1]) },
		"SELECT digest, made FROM commands WHERE key = ?", key)
	if err != nil || len(kept) == 0 {
		return "", "", false, err
	}
	return kept[0][0], kept[0][1], true, nil
}

// KeepMade implements incident.Tx.
func (t *Tx) KeepMade(ctx context.Context, now time.Time, key, digest, made string) error {
	if _, err := t.exec(ctx, "INSERT INTO commands (key, at, digest, made) VALUES (?, ?, ?, ?)", key, now.UnixMilli(), digest, made); err != nil {
		return fmt.Errorf("keep what a command made: %w", err)
	}
	return nil
}

// entriesOf reads the timeline that staff keep of an incident, oldest first.
func entriesOf(ctx context.Context, query querier, inc string) ([]incident.Entry, error) {
	all, err := collect(ctx, query, func(rows *sql.Rows) (e incident.Entry, err error) {
		var at sql.NullInt64
		err = rows.Scan(&e.Incident, &e.Number, &at, &e.By, &e.Kind, &e.Of, &e.Done, &e.Text)
		e.At = moment(at)
		return e, err
	}, "SELECT incident, number, at, author, kind, about, done, text FROM entries WHERE incident = ? ORDER BY number", inc)
	if err != nil {
		return nil, fmt.Errorf("read the timeline of incident %s: %w", inc, explain(err))
	}
	return all, nil
}

// editsOf reads what the updates of an incident told before they were put
// right, oldest first.
func editsOf(ctx context.Context, query querier, inc string) ([]incident.Edit, error) {
	all, err := collect(ctx, query, func(rows *sql.Rows) (e incident.Edit, err error) {
		var at sql.NullInt64
		err = rows.Scan(&e.Update, &at, &e.By, &e.Before)
		e.At = moment(at)
		return e, err
	}, "SELECT e.update_id, e.at, e.author, e.before FROM update_edits e JOIN updates u ON u.id = e.update_id WHERE u.incident = ? ORDER BY e.at", inc)
	if err != nil {
		return nil, fmt.Errorf("read the edits of incident %s: %w", inc, explain(err))
	}
	return all, nil
}
