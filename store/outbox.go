package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/incident"
	"daymark/notify"
)

// Settle implements notify.Outbox.
func (s *Store) Settle(ctx context.Context, outcomes []notify.Outcome, now time.Time) error {
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		for i := range outcomes {
			if err := t.settle(ctx, &outcomes[i], now); err != nil {
				return fmt.Errorf("settle delivery %s: %w", outcomes[i].ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("settle deliveries: %w", err)
	}
	return nil
}

func (t *Tx) settle(ctx context.Context, o *notify.Outcome, now time.Time) error {
	if !notify.May(notify.Sending, o.To) && !notify.MayReport(notify.Sending, o.To) {
		return fmt.Errorf("it cannot become %s", o.To)
	}
	called := 0
	if o.Called {
		called = 1
	}
	// A callback may have come first: what it told stands.
	done, err := t.exec(ctx, `UPDATE deliveries SET state = ?, due = coalesce(?, due), attempts = attempts + ?,
		provider = CASE WHEN ? = '' THEN provider ELSE ? END, reason = ?, changed = ?,
		doubted = CASE WHEN ? THEN NULL WHEN ? = 'unknown' THEN coalesce(doubted, ?) ELSE doubted END WHERE id = ? AND state = 'sending'`,
		o.To, millis(o.Due), called, o.Provider, o.Provider, o.Reason, now.UnixMilli(), o.Absent, o.To, now.UnixMilli(), o.ID)
	if err != nil {
		return err
	}
	n, err := done.RowsAffected()
	if err != nil {
		return err
	}
	if n > 0 {
		if err := t.tell(ctx, "id = ?", o.ID); err != nil {
			return err
		}
		if err := t.reconcile(ctx, o.ID, o.To, now); err != nil {
			return err
		}
	}
	if o.OptedOut {
		return t.optOut(ctx, o.ID, now)
	}
	return nil
}

// reconcile looks at what else waits for the subscriber of a delivery that did
// not arrive: it is not tried again after something newer, unless it may have
// been taken, and nobody hears the end of what they were never told. An end that may have been taken stays.
func (t *Tx) reconcile(ctx context.Context, id string, state notify.State, now time.Time) error {
	if state != notify.Retry && state != notify.Dead && state != notify.Undelivered {
		return nil
	}
	if err := t.staffLost(ctx, id, state, now); err != nil {
		return err
	}
	type row struct {
		inc, subscriber string
		number          int
	}
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (r row, err error) {
		return r, rows.Scan(&r.inc, &r.subscriber, &r.number)
	}, "SELECT incident, subscriber, number FROM deliveries WHERE id = ? AND update_id IS NOT NULL", id)
	if err != nil || len(found) == 0 {
		return err
	}
	d := found[0]
	done, err := t.exec(ctx, `UPDATE deliveries SET state = 'superseded', reason = ?, changed = ? WHERE id = ? AND state = 'retry' AND doubted IS NULL
		AND EXISTS (SELECT 1 FROM deliveries n WHERE n.incident = ? AND n.subscriber = ? AND n.number > ?)`,
		notify.ReasonSuperseded, now.UnixMilli(), id, d.inc, d.subscriber, d.number)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil {
		return err
	} else if n > 0 {
		if err := t.tell(ctx, "id = ?", id); err != nil {
			return err
		}
	}
	told, err := t.told(ctx, d.inc, d.subscriber)
	if err != nil || told {
		return err
	}
	_, err = t.exec(ctx, `UPDATE deliveries SET state = 'suppressed', reason = ?, changed = ?
		WHERE incident = ? AND subscriber = ? AND state IN ('pending', 'retry') AND doubted IS NULL AND (SELECT kind FROM updates WHERE id = update_id) = ?`,
		notify.ReasonNeverTold, now.UnixMilli(), d.inc, d.subscriber, incident.Ended)
	return err
}

// told says whether the last thing that a subscriber got of an incident, or
// may have got, leaves them waiting for its end.
func (t *Tx) told(ctx context.Context, inc, subscriber string) (bool, error) {
	kinds, err := collect(ctx, t.query, func(rows *sql.Rows) (kind incident.UpdateKind, err error) { return kind, rows.Scan(&kind) },
		`SELECT u.kind FROM deliveries d JOIN updates u ON u.id = d.update_id WHERE d.incident = ? AND d.subscriber = ?
		AND `+toldSQL+` ORDER BY d.number DESC LIMIT 1`, inc, subscriber)
	if err != nil {
		return false, fmt.Errorf("read whether subscriber %s was told: %w", subscriber, err)
	}
	return len(kinds) > 0 && kinds[0] != incident.Ended, nil
}

// Report implements notify.Outbox.
func (s *Store) Report(ctx context.Context, id string, to notify.State, provider, reason string, now time.Time) (bool, error) {
	changed := false
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		states, err := collect(ctx, t.query, func(rows *sql.Rows) (state notify.State, err error) { return state, rows.Scan(&state) },
			"SELECT state FROM deliveries WHERE id = ?", id)
		if err != nil || len(states) == 0 || !notify.MayReport(states[0], to) {
			return err
		}
		changed = true
		_, err = t.exec(ctx, "UPDATE deliveries SET state = ?, provider = CASE WHEN ? = '' THEN provider ELSE ? END, reason = ?, changed = ? WHERE id = ?",
			to, provider, provider, reason, now.UnixMilli(), id)
		if err != nil {
			return err
		}
		if err := t.tell(ctx, "id = ?", id); err != nil {
			return err
		}
		return t.reconcile(ctx, id, to, now)
	})
	if err != nil {
		return false, fmt.Errorf("report on delivery %s: %w", id, err)
	}
	return changed, nil
}

// Recover implements notify.Outbox.
func (s *Store) Recover(ctx context.Context, now time.Time) (int, error) {
	var n int
	err := s.transact(ctx, func(ctx context.Context, t *Tx) (err error) {
		n, err = t.doubt(ctx, now, notify.ReasonCrashed, "state = 'sending'")
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("recover deliveries: %w", err)
	}
	return n, nil
}
