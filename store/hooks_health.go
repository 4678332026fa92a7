package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"daymark/notify"
)

// FailingHook is a subscription whose address, of a webhook or a chat, takes
// nothing.
type FailingHook struct {
	Subscriber string
	Channel    string
	First      time.Time // the first call that failed; none was taken since
	Last       time.Time
	Reason     string // of the last; names the host alone
}

// EndFailingHooks ends the subscriptions of addresses that fail for good, by
// notify.GiveUp, and queues in the same transaction what notices says of each.
// It gives those that it ended. Where nothing at all was taken by anybody since
// the first failure, the fault may be ours, and the subscription stays. It is
// called every minute or so; where nothing fails that is one small read.
func (s *Store) EndFailingHooks(ctx context.Context, now time.Time, notices func(FailingHook) []notify.Delivery) ([]FailingHook, error) {
	failing, err := failingHooks(ctx, s.readers.QueryContext)
	if err != nil {
		return nil, fmt.Errorf("read the failing hooks: %w", explain(err))
	}
	if len(failing) == 0 {
		return nil, nil
	}
	var ended []FailingHook
	err = s.transact(ctx, func(ctx context.Context, t *Tx) error {
		ended = nil
		failing, err := failingHooks(ctx, t.query) // what was taken meanwhile counts
		if err != nil {
			return err
		}
		for _, h := range failing {
			works, err := t.anythingTaken(ctx, h.First)
			if err != nil {
				return err
			}
			if !works && !strings.HasPrefix(h.Reason, notify.Gone) {
				continue
			}
			if err := t.endHook(ctx, h.Subscriber, now); err != nil {
				return err
			}
			for _, d := range notices(h) {
				if err := t.QueueNotice(ctx, &d, now); err != nil {
					return err
				}
			}
			ended = append(ended, h)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("end the subscriptions of failing hooks: %w", err)
	}
	return ended, nil
}

// failingHooks gives those that are given up.
func failingHooks(ctx context.Context, query querier) ([]FailingHook, error) {
	all, err := collect(ctx, query, func(rows *sql.Rows) (h FailingHook, err error) {
		var first, last sql.NullInt64
		err = rows.Scan(&h.Subscriber, &h.Channel, &first, &last, &h.Reason)
		h.First, h.Last = moment(first), moment(last)
		return h, err
	}, `SELECT f.subscriber, s.channel, f.first, f.last, f.reason FROM hook_failures f JOIN subscribers s ON s.id = f.subscriber
		WHERE f.ended IS NULL AND s.ended IS NULL ORDER BY f.subscriber`)
	if err != nil {
		return nil, err
	}
	var given []FailingHook
	for _, h := range all {
		if notify.GiveUp(h.First, h.Last, h.Reason) {
			given = append(given, h)
		}
	}
	return given, nil
}

// anythingTaken says whether any delivery of any channel was taken since; the
// newest are looked at first.
func (t *Tx) anythingTaken(ctx context.Context, since time.Time) (bool, error) {
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (one int, err error) { return one, rows.Scan(&one) },
		"SELECT 1 FROM deliveries WHERE state IN ('accepted', 'delivered') AND changed >= ? ORDER BY rowid DESC LIMIT 1", since.UnixMilli())
	return len(found) > 0, err
}

// endHook ends one subscription and takes back what waits for it.
func (t *Tx) endHook(ctx context.Context, subscriber string, now time.Time) error {
	if _, err := t.exec(ctx, "UPDATE hook_failures SET ended = ? WHERE subscriber = ?", now.UnixMilli(), subscriber); err != nil {
		return fmt.Errorf("end subscription %s: %w", subscriber, err)
	}
	return t.EndSubscription(ctx, subscriber, notify.EndedByFailure, false, now)
}

// HookEnded says when and why a subscription ended because its address failed;
// ErrNotFound where it did not.
func (s *Store) HookEnded(ctx context.Context, subscriber string) (at time.Time, reason string, err error) {
	type row struct {
		at     sql.NullInt64
		reason string
	}
	found, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (r row, err error) { return r, rows.Scan(&r.at, &r.reason) },
		"SELECT ended, reason FROM hook_failures WHERE subscriber = ? AND ended IS NOT NULL", subscriber)
	switch {
	case err != nil:
		return time.Time{}, "", fmt.Errorf("read why subscription %s ended: %w", subscriber, explain(err))
	case len(found) == 0:
		return time.Time{}, "", fmt.Errorf("subscription %s: %w", subscriber, ErrNotFound)
	}
	return moment(found[0].at), found[0].reason, nil
}
