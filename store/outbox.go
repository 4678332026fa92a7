package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/notify"
)

// Settle implements notify.Outbox.
func (s *Store) Settle(ctx context.Context, outcomes []notify.Outcome, now time.Time) error {
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		for i := range outcomes {
			all, err := t.inMessage(ctx, outcomes[i].ID)
			if err != nil {
				return err
			}
			for _, id := range all {
				o := outcomes[i]
				o.ID = id
				if err := t.settle(ctx, &o, now); err != nil {
					return fmt.Errorf("settle delivery %s: %w", id, err)
				}
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
		provider = CASE WHEN ? = '' THEN provider ELSE ? END, reason = ?, changed = ?, called = CASE WHEN ? = 'unknown' THEN called END,
		doubted = CASE WHEN ? THEN NULL WHEN ? = 'unknown' THEN coalesce(doubted, ?) ELSE doubted END WHERE id = ? AND state = 'sending'`,
		o.To, millis(o.Due), called, o.Provider, o.Provider, o.Reason, now.UnixMilli(), o.To, o.Absent, o.To, now.UnixMilli(), o.ID)
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

// Report implements notify.Outbox.
func (s *Store) Report(ctx context.Context, id string, to notify.State, provider, reason string, now time.Time) (bool, error) {
	changed := false
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		changed = false
		all, err := t.inMessage(ctx, id)
		if err != nil {
			return err
		}
		for _, one := range all {
			did, err := t.report(ctx, one, to, provider, reason, now)
			if err != nil {
				return err
			}
			changed = changed || did
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("report on delivery %s: %w", id, err)
	}
	return changed, nil
}

func (t *Tx) report(ctx context.Context, id string, to notify.State, provider, reason string, now time.Time) (bool, error) {
	states, err := collect(ctx, t.query, func(rows *sql.Rows) (state notify.State, err error) { return state, rows.Scan(&state) },
		"SELECT state FROM deliveries WHERE id = ?", id)
	if err != nil || len(states) == 0 || !notify.MayReport(states[0], to) {
		return false, err
	}
	_, err = t.exec(ctx, "UPDATE deliveries SET state = ?, provider = CASE WHEN ? = '' THEN provider ELSE ? END, reason = ?, changed = ?, called = NULL WHERE id = ?",
		to, provider, provider, reason, now.UnixMilli(), id)
	if err != nil {
		return false, err
	}
	if err := t.tell(ctx, "id = ?", id); err != nil {
		return false, err
	}
	return true, t.reconcile(ctx, id, to, now)
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
