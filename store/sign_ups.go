package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"daymark/notify"
)

// SignUps implements notify.SubscriptionTx.
func (t *Tx) SignUps(ctx context.Context, kind, key string, since time.Time) (of, all int, err error) {
	hash := t.store.addressHash("limit "+kind, key)
	counts, err := collect(ctx, t.query, func(rows *sql.Rows) (n [2]int, err error) { return n, rows.Scan(&n[0], &n[1]) },
		`SELECT (SELECT count(*) FROM sign_ups WHERE kind = ? AND key = ? AND at > ?),
		coalesce((SELECT max(id) FROM sign_ups) - (SELECT min(id) FROM sign_ups) + 1, 0)`, // ids grow, and the oldest leave first
		kind, hash, since.UnixMilli())
	if err != nil {
		return 0, 0, fmt.Errorf("count the sign-ups: %w", err)
	}
	return counts[0][0], counts[0][1], nil
}

// NoteSignUp implements notify.SubscriptionTx.
func (t *Tx) NoteSignUp(ctx context.Context, kind, key string, now, before time.Time) error {
	hash := t.store.addressHash("limit "+kind, key)
	_, forgetting := t.exec(ctx, "DELETE FROM sign_ups WHERE at <= ?", before.UnixMilli())
	_, noting := t.exec(ctx, "INSERT INTO sign_ups (kind, key, at) VALUES (?, ?, ?)", kind, hash, now.UnixMilli())
	if err := errors.Join(forgetting, noting); err != nil {
		return fmt.Errorf("note a sign-up: %w", err)
	}
	return nil
}

// How long what is over is kept of a subscription.
const (
	unconfirmedKept = 48 * time.Hour      // a sign-up that nobody confirmed
	importedKept    = 30 * 24 * time.Hour // the same of one that staff made
	endedKeptFor    = 30 * 24 * time.Hour // the address of an ended subscription
	matterKept      = 7 * 24 * time.Hour  // a subscription to one incident, once that is over
)

// SweepSubscriptions forgets addresses that nobody needs any more: sign-ups
// that were never confirmed, and subscriptions that ended long ago, of which a
// hash stays so that no import brings them back. It says how many there were.
func (s *Store) SweepSubscriptions(ctx context.Context, now time.Time) (int, error) {
	gone := 0
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		ids := func(where string, args ...any) ([]string, error) {
			return collect(ctx, t.query, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) },
				"SELECT id FROM subscribers WHERE "+where+" ORDER BY id LIMIT 500", args...)
		}
		unconfirmed, err := ids("confirmed IS NULL AND ended IS NULL AND coalesce(asked, created) <= CASE source WHEN 'self' THEN ? ELSE ? END",
			now.Add(-unconfirmedKept).UnixMilli(), now.Add(-importedKept).UnixMilli())
		if err != nil {
			return err
		}
		for _, id := range unconfirmed {
			if err := t.forgetSubscriber(ctx, id, now); err != nil {
				return err
			}
		}
		over, err := ids("ended IS NULL AND incident IN (SELECT id FROM incidents WHERE resolved <= ?)", now.Add(-matterKept).UnixMilli())
		if err != nil {
			return err
		}
		for _, id := range over {
			// Who wanted to hear of one incident did not leave: nothing keeps
			// them from coming back.
			if _, err := t.exec(ctx, "UPDATE subscribers SET ended = ?, reason = ? WHERE id = ?", now.UnixMilli(), notify.EndedWithMatter, id); err != nil {
				return err
			}
			if err := t.EraseSubscription(ctx, id, now); err != nil {
				return err
			}
		}
		ended, err := ids("ended <= ? AND address <> '~' || id", now.Add(-endedKeptFor).UnixMilli())
		if err != nil {
			return err
		}
		for _, id := range ended {
			if err := t.EraseSubscription(ctx, id, now); err != nil {
				return err
			}
		}
		gone = len(unconfirmed) + len(over) + len(ended)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("sweep subscriptions: %w", err)
	}
	return gone, nil
}

// forgetSubscriber deletes the messages that asked somebody to confirm, and
// takes the person out of the row. The row stays: that nothing refers to it
// could be seen only by reading all deliveries.
func (t *Tx) forgetSubscriber(ctx context.Context, id string, now time.Time) error {
	if _, err := t.exec(ctx, "DELETE FROM deliveries WHERE "+ofSubscriberSQL+" AND update_id IS NULL AND state NOT IN ('sending', 'unknown')", id, id); err != nil {
		return err
	}
	return t.EraseSubscription(ctx, id, now)
}
