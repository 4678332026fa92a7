package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/incident"
	"daymark/notify"
)

// reconcile looks at what else waits for the subscriber of a delivery whose
// fate is known. One that did not arrive is not tried again after something
// newer, nor once it tells what is not so any more, unless it may have been
// taken. Nobody hears the end of what they were never told, or have heard the
// end of. An end that may have been taken stays.
func (t *Tx) reconcile(ctx context.Context, id string, state notify.State, now time.Time) error {
	if state.Certain() {
		return t.heardEnd(ctx, id, now)
	}
	if state != notify.Retry && state != notify.Dead && state != notify.Undelivered {
		return nil
	}
	if err := t.staffLost(ctx, id, state, now); err != nil {
		return err
	}
	found, err := collect(ctx, t.query, scanSettled, `SELECT d.rowid, d.incident, d.subscriber, d.number, d.state = 'retry' AND d.doubted IS NULL, u.kind = 'ended'
		FROM deliveries d JOIN updates u ON u.id = d.update_id WHERE d.id = ? AND d.subscriber IS NOT NULL`, id)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return t.reconcileMaintenance(ctx, id, now)
	}
	d := found[0]
	waits, err := t.waits(ctx, d.inc, d.subscriber)
	if err != nil {
		return err
	}
	if !waits {
		if err := t.takeBackEnds(ctx, d, 0, notify.ReasonNeverTold, now); err != nil {
			return err
		}
	}
	if !d.again || d.ends && !waits {
		return nil
	}
	return t.outdated(ctx, d, now)
}

// settled is a delivery of an update whose fate is known.
type settled struct {
	row             int64
	inc, subscriber string
	number          int
	again           bool // it was surely not taken, and would be tried again
	ends            bool // it tells the end
}

func scanSettled(rows *sql.Rows) (s settled, err error) {
	return s, rows.Scan(&s.row, &s.inc, &s.subscriber, &s.number, &s.again, &s.ends)
}

// outdated ends a delivery that would be tried again, where something newer is
// there to be told, or what it tells is not so any more.
func (t *Tx) outdated(ctx context.Context, d settled, now time.Time) error {
	newer, err := collect(ctx, t.query, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) },
		"SELECT id FROM deliveries WHERE incident = ? AND subscriber = ? AND number > ? AND state <> 'suppressed' ORDER BY number DESC LIMIT 1", d.inc, d.subscriber, d.number)
	if err != nil {
		return err
	}
	if len(newer) > 0 {
		if _, err := t.exec(ctx, "UPDATE deliveries SET successor = ? WHERE rowid = ?", newer[0], d.row); err != nil {
			return err
		}
		// It goes as soon as this one would have, though the storm guard held it.
		if _, err := t.exec(ctx, "UPDATE deliveries SET due = ?, reason = '' WHERE id = ? AND state = 'pending' AND due > ?", now.UnixMilli(), newer[0], now.UnixMilli()); err != nil {
			return err
		}
		return t.move(ctx, d.row, notify.Superseded, notify.ReasonSuperseded, now)
	}
	last, err := collect(ctx, t.query, func(rows *sql.Rows) (kind incident.UpdateKind, err error) { return kind, rows.Scan(&kind) },
		"SELECT kind FROM updates WHERE incident = ? AND number > ? ORDER BY number DESC LIMIT 1", d.inc, d.number)
	switch {
	case err != nil || len(last) == 0:
		return err
	case !d.ends && last[0] == incident.Ended:
		return t.move(ctx, d.row, notify.Suppressed, notify.ReasonOver, now)
	case d.ends && last[0] != incident.Ended:
		return t.move(ctx, d.row, notify.Suppressed, notify.ReasonAgain, now)
	}
	return nil
}

// heardEnd takes back a later end where a delivery that was taken told one:
// while it was under way, nobody knew whether the later one was wanted.
func (t *Tx) heardEnd(ctx context.Context, id string, now time.Time) error {
	found, err := collect(ctx, t.query, scanSettled, `SELECT d.rowid, d.incident, d.subscriber, d.number, 0, 1
		FROM deliveries d JOIN updates u ON u.id = d.update_id AND u.kind = 'ended'
		WHERE d.id = ? AND EXISTS (SELECT 1 FROM deliveries n WHERE n.incident = d.incident AND n.subscriber = d.subscriber AND n.number > d.number AND n.state IN ('pending', 'retry'))`, id)
	if err != nil || len(found) == 0 {
		return err
	}
	if waits, err := t.waits(ctx, found[0].inc, found[0].subscriber); err != nil || waits {
		return err
	}
	return t.takeBackEnds(ctx, found[0], found[0].number, notify.ReasonHeard, now)
}

// takeBackEnds takes back the ends after an update that wait for the subscriber
// of a delivery and were surely not taken.
func (t *Tx) takeBackEnds(ctx context.Context, d settled, after int, reason string, now time.Time) error {
	ends, err := collect(ctx, t.query, func(rows *sql.Rows) (row int64, err error) { return row, rows.Scan(&row) },
		`SELECT rowid FROM deliveries WHERE incident = ? AND subscriber = ? AND number > ? AND state IN ('pending', 'retry') AND doubted IS NULL
		AND (SELECT kind FROM updates WHERE id = update_id) = ?`, d.inc, d.subscriber, after, incident.Ended)
	if err != nil {
		return err
	}
	for _, row := range ends {
		if err := t.move(ctx, row, notify.Suppressed, reason, now); err != nil {
			return err
		}
	}
	return nil
}

var oneWaitsSQL = "SELECT " + waitsSQL("?1", "?2")

// waits says whether a subscriber may wait for the end of an incident.
func (t *Tx) waits(ctx context.Context, inc, subscriber string) (bool, error) {
	n, err := t.number(ctx, oneWaitsSQL, inc, subscriber)
	if err != nil {
		return false, fmt.Errorf("read whether subscriber %s was told: %w", subscriber, err)
	}
	return n.Int64 != 0, nil
}
