package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/notify"
)

// EndSubscription ends a subscription: from this moment nothing that is not
// under way yet goes out to it. The reason that it ended for first stays. No
// import brings the address back; with suppress nothing at all is sent to it
// any more, not even what it asks for itself. ErrNotFound where there is none
// with this id.
func (t *Tx) EndSubscription(ctx context.Context, subscriberID string, reason notify.EndReason, suppress bool, now time.Time) error {
	type row struct{ channel, address string }
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (r row, err error) { return r, rows.Scan(&r.channel, &r.address) },
		"SELECT channel, address FROM subscribers WHERE id = ?", subscriberID)
	switch {
	case err != nil:
		return fmt.Errorf("end subscription %s: %w", subscriberID, err)
	case len(found) == 0:
		return fmt.Errorf("end subscription %s: %w", subscriberID, ErrNotFound)
	}
	if _, err := t.exec(ctx, `UPDATE subscribers SET ended = ?, reason = ?, asked = NULL, wishes = NULL, handle = NULL WHERE id = ? AND ended IS NULL`,
		now.UnixMilli(), reason, subscriberID); err != nil {
		return fmt.Errorf("end subscription %s: %w", subscriberID, err)
	}
	// A later sign-up opens the row again: nothing of before may go out then.
	if err := t.takeBackAll(ctx, subscriberID, now); err != nil {
		return fmt.Errorf("take back what waits for subscription %s: %w", subscriberID, err)
	}
	if found[0].address == erasedAddress(subscriberID) {
		return nil // nothing is left to suppress
	}
	return t.Suppress(ctx, found[0].channel, found[0].address, reason, suppress, now)
}

// ofSubscriberSQL finds the deliveries of one subscriber, who is given twice,
// by the index of incidents: there are few of those, and an index of its own
// would make each fan-out slower.
const ofSubscriberSQL = `rowid IN (SELECT n.rowid FROM deliveries n WHERE n.incident IS NULL AND n.subscriber = ?
	UNION ALL SELECT u.rowid FROM incidents i CROSS JOIN deliveries u ON u.incident = i.id AND u.subscriber = ?)`

// takeBackAll takes back what waits for a subscriber.
func (t *Tx) takeBackAll(ctx context.Context, subscriber string, now time.Time) error {
	waiting, err := collect(ctx, t.query, func(rows *sql.Rows) (row int64, err error) { return row, rows.Scan(&row) },
		"SELECT rowid FROM deliveries WHERE "+ofSubscriberSQL+" AND state IN ('pending', 'retry')", subscriber, subscriber)
	if err != nil {
		return err
	}
	for _, row := range waiting {
		if err := t.move(ctx, row, notify.Suppressed, notify.ReasonEnded, now); err != nil {
			return err
		}
	}
	return nil
}

// erasedAddress stands in a row whose address was deleted: no address of any
// channel is like it.
func erasedAddress(id string) string { return "~" + id }

// optOut ends the subscription that a delivery was for: the provider says that
// its recipient wants no more.
func (t *Tx) optOut(ctx context.Context, delivery string, now time.Time) error {
	subscribers, err := collect(ctx, t.query, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) },
		"SELECT subscriber FROM deliveries WHERE id = ? AND subscriber IS NOT NULL", delivery)
	if err != nil || len(subscribers) == 0 {
		return err
	}
	return t.EndSubscription(ctx, subscribers[0], notify.EndedByStop, true, now)
}

// OptOut is for a provider that says later that the recipient of a delivery
// wants no more: it ends the subscription.
func (s *Store) OptOut(ctx context.Context, delivery string, now time.Time) error {
	return s.transact(ctx, func(ctx context.Context, t *Tx) error { return t.optOut(ctx, delivery, now) })
}
