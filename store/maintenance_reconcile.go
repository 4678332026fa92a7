package store

import (
	"context"
	"database/sql"
	"time"

	"daymark/notify"
)

// plannedSQL finds what a subscriber is told of the maintenance that a delivery
// is about, by the index of incidents.
const plannedSQL = `SELECT d.rowid, d.id, d.state, d.doubted IS NOT NULL, ` + toldSQL + `, coalesce(d.notice ->> '$.over', 0), d.id = ?1
	FROM deliveries of CROSS JOIN deliveries d ON d.incident IS NULL AND d.subscriber = of.subscriber
	WHERE of.id = ?1 AND of.subscriber IS NOT NULL AND of.incident IS NULL AND of.notice ->> '$.kind' = ?2
	AND d.notice ->> '$.kind' = ?2 AND d.notice ->> '$.key' = of.notice ->> '$.key' AND d.again IS NULL ORDER BY d.rowid`

// reconcileMaintenance looks at what else waits of a planned maintenance for the
// subscriber of a delivery that did not arrive. It is not tried again after
// something newer, unless it may have been taken; and nobody hears the end of
// what they were never told.
func (t *Tx) reconcileMaintenance(ctx context.Context, id string, now time.Time) error {
	type planned struct {
		row                       int64
		id                        string
		state                     notify.State
		doubted, told, over, this bool
	}
	all, err := collect(ctx, t.query, func(rows *sql.Rows) (p planned, err error) {
		return p, rows.Scan(&p.row, &p.id, &p.state, &p.doubted, &p.told, &p.over, &p.this)
	}, plannedSQL, id, notify.MaintenanceNotice)
	if err != nil {
		return err
	}
	var this, newer *planned
	told := false
	for i := range all {
		p := &all[i]
		told = told || p.told && !p.over
		switch {
		case p.this:
			this = p
		case this != nil && p.state != notify.Suppressed && p.state != notify.Superseded:
			newer = p
		}
	}
	if newer == nil {
		return nil
	}
	reason, to := notify.ReasonSuperseded, notify.Superseded
	if newer.over && !told {
		reason, to = notify.ReasonOver, notify.Suppressed
		if (newer.state == notify.Pending || newer.state == notify.Retry) && !newer.doubted {
			if err := t.move(ctx, newer.row, notify.Suppressed, notify.ReasonNeverTold, now); err != nil {
				return err
			}
		}
	}
	if this.state != notify.Retry || this.doubted {
		return nil
	}
	if to == notify.Superseded {
		if _, err := t.exec(ctx, "UPDATE deliveries SET successor = ? WHERE rowid = ?", newer.id, this.row); err != nil {
			return err
		}
	}
	return t.move(ctx, this.row, to, reason, now)
}
