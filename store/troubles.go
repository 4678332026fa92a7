package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/notify"
)

// KeepTrouble remembers, with what staff are told of it, that a channel fails
// for long, until its end is kept: a restart in between forgets nothing.
func (s *Store) KeepTrouble(ctx context.Context, trouble notify.ChannelTrouble, deliveries []notify.Delivery, now time.Time) error {
	return s.transact(ctx, func(ctx context.Context, t *Tx) error {
		query, args := "DELETE FROM channel_troubles WHERE channel = ?", []any{trouble.Channel}
		if !trouble.Over {
			query = `INSERT INTO channel_troubles (channel, since, reason) VALUES (?, ?, ?)
				ON CONFLICT (channel) DO UPDATE SET since = excluded.since, reason = excluded.reason`
			args = append(args, trouble.Since.UnixMilli(), trouble.Reason)
		}
		if _, err := t.exec(ctx, query, args...); err != nil {
			return fmt.Errorf("keep the trouble of channel %s: %w", trouble.Channel, err)
		}
		return t.queueAll(ctx, now, deliveries)
	})
}

// Troubles gives the channels that staff know to fail.
func (s *Store) Troubles(ctx context.Context) ([]notify.ChannelTrouble, error) {
	found, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (t notify.ChannelTrouble, err error) {
		var since sql.NullInt64
		err = rows.Scan(&t.Channel, &since, &t.Reason)
		t.Since = moment(since)
		return t, err
	}, "SELECT channel, since, reason FROM channel_troubles ORDER BY channel")
	if err != nil {
		return nil, fmt.Errorf("read the troubles of channels: %w", explain(err))
	}
	return found, nil
}
