package store

import (
	"context"
	"database/sql"
	"time"

	"daymark/notify"
)

// companionsSQL finds what else a storm held back for a subscriber and may go
// now: an update's delivery is known by its id, so that this reads no more rows
// than there were updates held.
const companionsSQL = dueColumns + `FROM held_updates h CROSS JOIN deliveries d ON d.id = h.update_id || '-' || ?1 LEFT JOIN subscribers s ON s.id = d.subscriber
	WHERE h.storm >= (SELECT min(id) FROM storms WHERE until > ?2) AND d.rowid <> ?3 AND d.state IN ('pending', 'retry') AND d.doubted IS NULL
	AND d.due <= ?4 AND d.expires > ?4 AND NOT ` + behindSQL + ` ORDER BY d.lane, d.rowid LIMIT ?5`

// carriedSQL finds what may have been taken in the message of a delivery, that
// one first.
const carriedSQL = dueColumns + `FROM deliveries d LEFT JOIN subscribers s ON s.id = d.subscriber
	WHERE d.carrier = ?1 AND d.state IN ('retry', 'unknown') AND d.doubted IS NOT NULL ORDER BY d.id <> ?1, d.lane, d.rowid`

// gather adds to a delivery that is taken what goes in the same message. What
// may have been taken goes once more as it went: with the same ones.
func (c *claim) gather(ctx context.Context, d *dueDelivery) error {
	switch {
	case d.doubted && d.carrier == "":
		return nil
	case d.doubted:
		all, err := collect(ctx, c.tx.query, scanDelivery, carriedSQL, d.carrier)
		if err != nil || len(all) == 0 {
			return err
		}
		*d = all[0]
		d.others = all[1:]
	case d.held && notify.Together(c.channel) > 1:
		others, err := collect(ctx, c.tx.query, scanDelivery, companionsSQL, d.Subscriber.ID, c.now.Add(-usefulLife).UnixMilli(), d.row, c.now.UnixMilli(), notify.Together(c.channel)-1)
		if err != nil {
			return err
		}
		// One that this claim has taken already goes where it was taken to.
		for i := range others {
			if !c.joined[others[i].row] {
				d.others = append(d.others, others[i])
			}
		}
	}
	if c.joined == nil {
		c.joined = map[int64]bool{}
	}
	c.joined[d.row] = true
	for i := range d.others {
		c.joined[d.others[i].row] = true
	}
	return nil
}

// begin commits a delivery, and what goes in its message, as being sent. All of
// it ends at the same time, so that none is left of a message that may have
// been taken.
func (t *Tx) begin(ctx context.Context, d *dueDelivery, now time.Time) error {
	if !d.doubted && (d.held || d.carrier != "") {
		if err := t.bind(ctx, d); err != nil {
			return err
		}
	}
	reason := notify.ReasonTogether(len(d.others))
	if err := t.move(ctx, d.row, notify.Sending, reason, now); err != nil {
		return err
	}
	for i := range d.others {
		o := &d.others[i]
		if err := t.move(ctx, o.row, notify.Sending, reason, now); err != nil {
			return err
		}
		d.With = append(d.With, notify.Beside{ID: o.ID, Incident: o.Incident, Update: o.Update})
	}
	return nil
}

// bind notes what goes in the message of a delivery, and lets go what went in
// an earlier one and does not now.
func (t *Tx) bind(ctx context.Context, d *dueDelivery) error {
	if _, err := t.exec(ctx, "UPDATE deliveries SET carrier = NULL WHERE carrier = ?", d.ID); err != nil {
		return err
	}
	if len(d.others) == 0 {
		_, err := t.exec(ctx, "UPDATE deliveries SET carrier = NULL WHERE rowid = ?", d.row)
		return err
	}
	for i := range d.others {
		if d.others[i].Expires.Before(d.Expires) {
			d.Expires = d.others[i].Expires
		}
	}
	rows := []int64{d.row}
	for i := range d.others {
		rows = append(rows, d.others[i].row)
	}
	for _, row := range rows {
		if _, err := t.exec(ctx, "UPDATE deliveries SET carrier = ?, expires = ? WHERE rowid = ?", d.ID, d.Expires.UnixMilli(), row); err != nil {
			return err
		}
	}
	return nil
}

// inMessage gives a delivery and what went in its message.
func (t *Tx) inMessage(ctx context.Context, id string) ([]string, error) {
	others, err := collect(ctx, t.query, func(rows *sql.Rows) (other string, err error) { return other, rows.Scan(&other) },
		"SELECT id FROM deliveries WHERE carrier = ?1 AND id <> ?1 ORDER BY rowid", id)
	return append([]string{id}, others...), err
}
