package store

import (
	"context"
	"database/sql"
	"time"

	"daymark/notify"
)

// sweepDeliveries ends the deliveries that nobody wants any more, on whatever
// channel, also where nothing is sent at all, and deletes old ones that have
// ended; keep 0 deletes none. It says how many it deleted.
func (s *Store) sweepDeliveries(ctx context.Context, keep time.Duration, now time.Time) (int64, error) {
	if err := s.expireAll(ctx, now); err != nil || keep == 0 {
		return 0, err
	}
	before := now.Add(-keep).UnixMilli()
	var total int64
	// The oldest were written first, so that no index is needed to find them.
	// What has not ended stays, and is gone past.
	for after := int64(0); ctx.Err() == nil; {
		window, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (to sql.NullInt64, err error) { return to, rows.Scan(&to) },
			"SELECT max(rowid) FROM (SELECT rowid, created FROM deliveries WHERE rowid > ? ORDER BY rowid LIMIT ?) WHERE created < ?", after, sweepRows, before)
		if err != nil || len(window) == 0 || !window[0].Valid {
			return total, explain(err)
		}
		gone, err := s.dropAll(ctx, "DELETE FROM deliveries WHERE rowid = ? AND state NOT IN ('pending', 'retry', 'sending', 'unknown')", 1,
			`SELECT rowid FROM deliveries WHERE rowid > ? AND rowid <= ? AND created < ?
				AND state NOT IN ('pending', 'retry', 'sending', 'unknown')`, after, window[0].Int64, before)
		total += gone
		if err != nil {
			return total, err
		}
		after = window[0].Int64
	}
	return total, ctx.Err()
}

// expiringSQL finds what waits past its useful life. It looks only at what
// waits: the index has nothing else.
const expiringSQL = `SELECT rowid FROM deliveries INDEXED BY deliveries_due
	WHERE state IN ('pending', 'retry', 'unknown') AND expires <= ? LIMIT ?`

// expireFew bounds one transaction of what expires.
const expireFew = 200

// expireAll ends what waits past its useful life. A channel does so by itself
// with what it claims; nobody claims what no channel carries.
func (s *Store) expireAll(ctx context.Context, now time.Time) error {
	for ctx.Err() == nil {
		more := false
		err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
			rows, err := collect(ctx, t.query, func(rows *sql.Rows) (row int64, err error) { return row, rows.Scan(&row) }, expiringSQL, now.UnixMilli(), expireFew)
			if err != nil {
				return err
			}
			more = len(rows) == expireFew
			began := time.Now()
			for _, row := range rows {
				if time.Since(began) > sweepHold {
					more = true
					break
				}
				if err := t.move(ctx, row, notify.Expired, notify.ReasonExpired, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || !more {
			return err
		}
	}
	return ctx.Err()
}
