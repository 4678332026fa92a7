package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"daymark/incident"
	"daymark/notify"
)

// Claim implements notify.Outbox.
func (s *Store) Claim(ctx context.Context, channel string, limit int, now time.Time) ([]notify.Delivery, error) {
	var claimed []notify.Delivery
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		if err := t.tidy(ctx, channel, now); err != nil {
			return err
		}
		due, err := collect(ctx, t.query, scanDelivery, `SELECT d.id, d.channel, d.state, d.attempts, d.provider, d.created, d.expires, coalesce(d.doubted, d.changed),
			coalesce(d.update_id, ''), coalesce(d.incident, ''), d.audience, d.notice, s.ended IS NOT NULL, coalesce(s.id, ''), d.channel,
			coalesce(s.address, d.address), coalesce(s.name, d.name), coalesce(s.components, '[]'), coalesce(s.severity, 0), coalesce(s.updates, ''), s.confirmed,
			coalesce(s.incident, ''), coalesce(s.maintenance, 0), coalesce(s.language, ''), coalesce(s.generation, 0)
			FROM deliveries d LEFT JOIN subscribers s ON s.id = d.subscriber
			WHERE d.channel = ? AND d.state IN ('pending', 'retry', 'unknown') AND d.due <= ?
			AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.incident = d.incident AND o.subscriber = d.subscriber
			AND o.number < d.number AND o.state IN ('sending', 'unknown')) ORDER BY d.lane, d.due, d.id LIMIT ?`,
			channel, now.UnixMilli(), limit)
		if err != nil {
			return err
		}
		claimed = nil
		for i := range due {
			state, reason := notify.Sending, ""
			if due[i].ended && due[i].State != notify.Unknown {
				state, reason = notify.Suppressed, "the subscription ended"
			} else {
				claimed = append(claimed, due[i].Delivery)
			}
			if _, err := t.exec(ctx, "UPDATE deliveries SET state = ?, reason = ?, changed = ? WHERE id = ?", state, reason, now.UnixMilli(), due[i].ID); err != nil {
				return err
			}
		}
		return t.complete(ctx, claimed)
	})
	if err != nil {
		return nil, fmt.Errorf("claim %s deliveries: %w", channel, err)
	}
	return claimed, nil
}

// tidy takes out of the way what nobody is to get any more, and what was
// claimed by somebody who never settled it.
func (t *Tx) tidy(ctx context.Context, channel string, now time.Time) error {
	ms := now.UnixMilli()
	if _, err := t.exec(ctx, `UPDATE deliveries SET state = ?, reason = 'its useful life ended', changed = ?
		WHERE channel = ? AND state IN ('pending', 'retry', 'unknown') AND expires <= ?`,
		notify.Expired, ms, channel, ms); err != nil {
		return err
	}
	_, err := t.exec(ctx, `UPDATE deliveries SET state = ?, reason = 'it was claimed and never settled', changed = ?, due = ?, doubted = coalesce(doubted, changed)
		WHERE channel = ? AND state = 'sending' AND changed <= ?`,
		notify.Unknown, ms, ms, channel, now.Add(-notify.LeaseFor).UnixMilli())
	return err
}

// dueDelivery is a delivery that is due; ended: nobody wants it any more.
type dueDelivery struct {
	notify.Delivery
	ended bool
}

func scanDelivery(rows *sql.Rows) (d dueDelivery, err error) {
	var created, expires, changed, confirmed sql.NullInt64
	var components, updates string
	var notice sql.NullString
	s := &d.Subscriber
	if err := rows.Scan(&d.ID, &d.Channel, &d.State, &d.Attempts, &d.Provider, &created, &expires, &changed, &d.Update.ID, &d.Incident.ID, &d.Audience, &notice, &d.ended,
		&s.ID, &s.Channel, &s.Address, &s.Name, &components, &s.Severity, &updates, &confirmed,
		&s.Incident, &s.Maintenance, &s.Language, &s.Generation); err != nil {
		return d, err
	}
	d.Created, d.Expires, d.Changed = moment(created), moment(expires), moment(changed)
	s.Edges, s.Confirmed = updates == edges, moment(confirmed)
	if notice.Valid {
		if err := json.Unmarshal([]byte(notice.String), &d.Notice); err != nil {
			return d, err
		}
	}
	return d, json.Unmarshal([]byte(components), &s.Components)
}

// complete reads the incidents of the updates that are delivered, each once.
func (t *Tx) complete(ctx context.Context, deliveries []notify.Delivery) error {
	known := map[string]incident.Incident{}
	for i := range deliveries {
		d := &deliveries[i]
		if d.Notice != nil {
			continue
		}
		inc, ok := known[d.Incident.ID]
		if !ok {
			found, err := loadIncidents(ctx, t.query, "id = ?", newestOfFew, d.Incident.ID)
			if err != nil {
				return err
			}
			if len(found) != 1 {
				return fmt.Errorf("delivery %s is of incident %s, which is not there", d.ID, d.Incident.ID)
			}
			inc = found[0]
			known[d.Incident.ID] = inc
		}
		d.Incident = inc
		at := slices.IndexFunc(inc.Updates, func(u incident.Update) bool { return u.ID == d.Update.ID })
		if at < 0 {
			return fmt.Errorf("delivery %s is of update %s, which is not there", d.ID, d.Update.ID)
		}
		d.Update = inc.Updates[at]
	}
	return nil
}

// Settle implements notify.Outbox.
func (s *Store) Settle(ctx context.Context, outcomes []notify.Outcome, now time.Time) error {
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		for _, o := range outcomes {
			if !notify.May(notify.Sending, o.To) && !notify.MayReport(notify.Sending, o.To) {
				return fmt.Errorf("delivery %s cannot become %s", o.ID, o.To)
			}
			called := 0
			if o.Called {
				called = 1
			}
			// A callback may have come first: what it told stands.
			if _, err := t.exec(ctx, `UPDATE deliveries SET state = ?, due = coalesce(?, due), attempts = attempts + ?,
				provider = CASE WHEN ? = '' THEN provider ELSE ? END, reason = ?, changed = ?,
				doubted = CASE ? WHEN 'unknown' THEN coalesce(doubted, ?) WHEN 'retry' THEN NULL ELSE doubted END WHERE id = ? AND state = ?`,
				o.To, millis(o.Due), called, o.Provider, o.Provider, o.Reason, now.UnixMilli(),
				o.To, now.UnixMilli(), o.ID, notify.Sending); err != nil {
				return fmt.Errorf("settle delivery %s: %w", o.ID, err)
			}
			if o.OptedOut {
				if err := t.optOut(ctx, o.ID, now); err != nil {
					return fmt.Errorf("settle delivery %s: %w", o.ID, err)
				}
			}
			if err := t.reconcile(ctx, o.ID, now); err != nil {
				return fmt.Errorf("settle delivery %s: %w", o.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("settle deliveries: %w", err)
	}
	return nil
}

// reconcile looks at what else waits for the subscriber of a delivery that did
// not arrive: it is not tried again after something newer, and nobody hears
// the end of what they were never told.
func (t *Tx) reconcile(ctx context.Context, id string, now time.Time) error {
	type row struct {
		inc, subscriber string
		number          int
		state           notify.State
	}
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (r row, err error) {
		return r, rows.Scan(&r.inc, &r.subscriber, &r.number, &r.state)
	}, "SELECT incident, subscriber, number, state FROM deliveries WHERE id = ? AND update_id IS NOT NULL", id)
	if err != nil || len(found) == 0 {
		return err
	}
	d := found[0]
	switch d.state {
	case notify.Retry, notify.Dead, notify.Undelivered:
	default:
		return nil
	}
	if _, err := t.exec(ctx, `UPDATE deliveries SET state = 'superseded', reason = 'a newer update went instead', changed = ? WHERE id = ? AND state = 'retry'
		AND EXISTS (SELECT 1 FROM deliveries n WHERE n.incident = ? AND n.subscriber = ? AND n.number > ?)`,
		now.UnixMilli(), id, d.inc, d.subscriber, d.number); err != nil {
		return err
	}
	told, err := t.told(ctx, d.inc, d.subscriber)
	if err != nil || told {
		return err
	}
	_, err = t.exec(ctx, `UPDATE deliveries SET state = 'suppressed', reason = 'was never told of the incident', changed = ?
		WHERE incident = ? AND subscriber = ? AND state IN ('pending', 'retry') AND (SELECT kind FROM updates WHERE id = update_id) = ?`,
		now.UnixMilli(), d.inc, d.subscriber, incident.Ended)
	return err
}

// Report implements notify.Outbox.
func (s *Store) Report(ctx context.Context, id string, to notify.State, provider, reason string, now time.Time) (bool, error) {
	changed := false
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		states, err := collect(ctx, t.query, func(rows *sql.Rows) (state notify.State, err error) { return state, rows.Scan(&state) },
			"SELECT state FROM deliveries WHERE id = ?", id)
		if err != nil || len(states) == 0 {
			return err
		}
		from := states[0]
		if !notify.MayReport(from, to) {
			return nil
		}
		changed = true
		_, err = t.exec(ctx, "UPDATE deliveries SET state = ?, provider = CASE WHEN ? = '' THEN provider ELSE ? END, reason = ?, changed = ? WHERE id = ?",
			to, provider, provider, reason, now.UnixMilli(), id)
		if err != nil {
			return err
		}
		return t.reconcile(ctx, id, now)
	})
	if err != nil {
		return false, fmt.Errorf("report on delivery %s: %w", id, err)
	}
	return changed, nil
}

// Recover implements notify.Outbox.
func (s *Store) Recover(ctx context.Context, now time.Time) (int, error) {
	var n int64
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		done, err := t.exec(ctx, "UPDATE deliveries SET state = ?, reason = 'the server ended while it was sent', changed = ?, due = ?, doubted = coalesce(doubted, changed) WHERE state = ?",
			notify.Unknown, now.UnixMilli(), now.UnixMilli(), notify.Sending)
		if err != nil {
			return err
		}
		n, err = done.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("recover deliveries: %w", err)
	}
	return int(n), nil
}
