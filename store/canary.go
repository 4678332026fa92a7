package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"daymark/notify"
)

// Canaries keeps the flights of canaries; it is a notify.CanaryBook.
type Canaries struct{ Store *Store }

// Flight implements notify.CanaryBook.
func (c Canaries) Flight(ctx context.Context, channel string) (notify.Flight, error) {
	found, err := collect(ctx, c.Store.readers.QueryContext, func(rows *sql.Rows) (f notify.Flight, err error) {
		var sent, arrived, silent sql.NullInt64
		err = rows.Scan(&f.Delivery, &sent, &arrived, &silent)
		f.Sent, f.Arrived, f.Silent = moment(sent), moment(arrived), moment(silent)
		return f, err
	}, "SELECT flight, sent, arrived, silent FROM canaries WHERE channel = ?", channel)
	if err != nil || len(found) == 0 {
		return notify.Flight{}, explain(err)
	}
	return found[0], nil
}

// Arrived implements notify.CanaryBook.
func (c Canaries) Arrived(ctx context.Context, delivery string, states []notify.State) (time.Time, error) {
	f, err := c.Store.Flight(ctx, delivery)
	switch {
	case errors.Is(err, ErrNotFound):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, err
	case slices.Contains(states, f.State):
		return f.Changed, nil
	}
	return time.Time{}, nil
}

// KeepFlight implements notify.CanaryBook.
func (c Canaries) KeepFlight(ctx context.Context, channel string, f notify.Flight, deliveries []notify.Delivery, now time.Time) error {
	return c.Store.transact(ctx, func(ctx context.Context, t *Tx) error {
		_, err := t.exec(ctx, `INSERT INTO canaries (channel, flight, sent, arrived, silent) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (channel) DO UPDATE SET flight = excluded.flight, sent = excluded.sent, arrived = excluded.arrived, silent = excluded.silent`,
			channel, f.Delivery, f.Sent.UnixMilli(), millis(f.Arrived), millis(f.Silent))
		if err != nil {
			return fmt.Errorf("keep the canary of %s: %w", channel, err)
		}
		return t.queueAll(ctx, now, deliveries)
	})
}

// lookedThrough bounds how many waiting deliveries of a lane are looked at: they
// may be as many as there are subscribers.
const lookedThrough = 1000

// firstSQL is the first of those that wait in a lane of a channel.
const firstSQL = `(SELECT due, created, state, attempts FROM deliveries WHERE channel = named.value AND lane = lanes.lane
	AND state IN ('pending', 'retry', 'unknown') ORDER BY due LIMIT ?3)`

// longestDueSQL finds since when something waits that should not.
const longestDueSQL = `WITH RECURSIVE lanes (lane) AS (SELECT 0 UNION ALL SELECT lane + 1 FROM lanes WHERE lane + 1 < ?2),
	looked AS MATERIALIZED (SELECT named.value AS channel,
		(SELECT min(due) FROM ` + firstSQL + ` WHERE state = 'pending') AS due,
		(SELECT min(created) FROM ` + firstSQL + ` WHERE state = 'retry' AND attempts > 0) AS tried
		FROM json_each(?1) AS named CROSS JOIN lanes)
	SELECT min(since) FROM (
		SELECT min(due) AS since FROM looked
		UNION ALL
		SELECT tried.since FROM (SELECT channel, min(tried) AS since FROM looked WHERE channel <> 'webhook' GROUP BY channel) AS tried
		WHERE tried.since IS NOT NULL AND NOT EXISTS (SELECT 1 FROM deliveries AS brought WHERE brought.rowid > (SELECT max(rowid) FROM deliveries) - 100000
			AND brought.channel = tried.channel AND brought.state IN ('accepted', 'delivered') AND brought.changed >= tried.since))`

// LongestDue gives since when a delivery of these channels has been due that
// nobody has begun to send, or has been tried in vain while its channel brought
// nothing else either; zero where there is none. What a webhook does not take
// says nothing of us: it is somebody's own server.
func (s *Store) LongestDue(ctx context.Context, channels []string) (time.Time, error) {
	list, err := encode(channels)
	if err != nil {
		return time.Time{}, err
	}
	found, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (due sql.NullInt64, err error) { return due, rows.Scan(&due) },
		longestDueSQL, list, notify.Lanes, lookedThrough)
	if err != nil || len(found) == 0 {
		return time.Time{}, explain(err)
	}
	return moment(found[0]), nil
}
