package store

import (
	"context"
	"fmt"
	"time"

	"daymark/notify"
)

// QueueNotice queues a delivery of a notice, due now. Its ID makes it
// idempotent: what is queued under it already stays as it is. It is for
// Subscriber.ID where that is set, otherwise for Subscriber.Address.
func (t *Tx) QueueNotice(ctx context.Context, d *notify.Delivery, now time.Time) error {
	if d.Notice == nil {
		return fmt.Errorf("delivery %s has no notice", d.ID)
	}
	notice, err := encode(d.Notice)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO deliveries (id, audience, incident, number, subscriber, channel, address, name, notice, state, lane, due, expires, attempts, provider, reason, created, changed)
		VALUES (?, ?, nullif(?, ''), 0, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '', ?, ?) ON CONFLICT (id) DO NOTHING`,
		d.ID, d.Audience, d.Incident.ID, d.Subscriber.ID, d.Channel, d.Subscriber.Address, d.Subscriber.Name, notice, notify.Pending,
		notify.LaneOf(d), now.UnixMilli(), d.Expires.UnixMilli(), now.UnixMilli(), now.UnixMilli())
	if err != nil {
		return fmt.Errorf("queue notice %s: %w", d.ID, err)
	}
	return nil
}

// QueueNotice is Tx's, in a transaction of its own.
func (s *Store) QueueNotice(ctx context.Context, d *notify.Delivery, now time.Time) error {
	return s.transact(ctx, func(ctx context.Context, t *Tx) error { return t.QueueNotice(ctx, d, now) })
}
