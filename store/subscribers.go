package store

import (
	"context"
	"fmt"
	"time"

	"daymark/notify"
)

// AddSubscribers adds or updates subscribers by channel and address. Somebody
// who has ended the subscription stays ended, and who is suppressed is left
// alone: an import never brings back who said no. It says how many were added,
// changed and left alone.
func (t *Tx) AddSubscribers(ctx context.Context, now time.Time, subscribers []notify.Subscriber) (added, changed, ended int, err error) {
	for _, s := range subscribers {
		suppression, err := t.Suppression(ctx, s.Channel, s.Address)
		if err != nil {
			return 0, 0, 0, err
		}
		if suppression != nil {
			ended++
			continue
		}
		s.Address = notify.NormalAddress(s.Channel, s.Address)
		components := s.Components
		if components == nil {
			components = []string{}
		}
		list, err := encode(components)
		if err != nil {
			return 0, 0, 0, err
		}
		updates := "all"
		if s.Edges {
			updates = edges
		}
		done, err := t.exec(ctx, `INSERT INTO subscribers (id, channel, address, name, components, severity, updates, confirmed, created)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			newID(now), s.Channel, s.Address, s.Name, list, s.Severity, updates, millis(s.Confirmed), now.UnixMilli())
		if err != nil {
			return 0, 0, 0, fmt.Errorf("add subscriber %s: %w", s.Address, err)
		}
		if n, err := done.RowsAffected(); err != nil {
			return 0, 0, 0, err
		} else if n == 1 {
			added++
			continue
		}
		done, err = t.exec(ctx, `UPDATE subscribers SET name = ?, components = ?, severity = ?, updates = ?, confirmed = coalesce(confirmed, ?)
			WHERE channel = ? AND address = ? AND ended IS NULL`, s.Name, list, s.Severity, updates, millis(s.Confirmed), s.Channel, s.Address)
		if err != nil {
			return 0, 0, 0, fmt.Errorf("change subscriber %s: %w", s.Address, err)
		}
		if n, err := done.RowsAffected(); err != nil {
			return 0, 0, 0, err
		} else if n == 1 {
			changed++
		} else {
			ended++
		}
	}
	return added, changed, ended, nil
}
