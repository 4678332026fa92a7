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

// queueDeliveries writes, in the update's own transaction, one delivery for
// each subscriber who asked to hear of it, and takes back what it replaces.
func (t *Tx) queueDeliveries(ctx context.Context, u *incident.Update) error {
	for _, channel := range u.Channels {
		subscribers, err := t.subscribersOf(ctx, channel, u.Incident)
		if err != nil {
			return err
		}
		for i := range subscribers {
			if err := t.queueDelivery(ctx, u, &subscribers[i]); err != nil {
				return fmt.Errorf("queue for subscriber %s: %w", subscribers[i].ID, err)
			}
		}
	}
	return nil
}

// supersede: a newer update replaces those of its incident for the same
// subscriber that were never sent, never one that may have been.
func (t *Tx) supersede(ctx context.Context, u *incident.Update, subscriber string) error {
	_, err := t.exec(ctx, `UPDATE deliveries SET state = 'superseded', reason = 'a newer update went instead', changed = ?
		WHERE incident = ? AND subscriber = ? AND state IN ('pending', 'retry')`, u.At.UnixMilli(), u.Incident, subscriber)
	if err != nil {
		return fmt.Errorf("supersede older updates: %w", err)
	}
	return nil
}

func (t *Tx) subscribersOf(ctx context.Context, channel, inc string) ([]notify.Subscriber, error) {
	all, err := collect(ctx, t.query, scanSubscriber, `SELECT id, channel, address, name, components, severity, updates, confirmed
		FROM subscribers WHERE channel = ? AND confirmed IS NOT NULL AND ended IS NULL
		AND (incident IS NULL OR incident = ?) ORDER BY id`, channel, inc)
	if err != nil {
		return nil, fmt.Errorf("read the subscribers: %w", err)
	}
	return all, nil
}

func scanSubscriber(rows *sql.Rows) (s notify.Subscriber, err error) {
	var components, updates string
	var confirmed sql.NullInt64
	if err := rows.Scan(&s.ID, &s.Channel, &s.Address, &s.Name, &components, &s.Severity, &updates, &confirmed); err != nil {
		return s, err
	}
	s.Edges, s.Confirmed = updates == edges, moment(confirmed)
	return s, json.Unmarshal([]byte(components), &s.Components)
}

const edges = "edges"

func (t *Tx) queueDelivery(ctx context.Context, u *incident.Update, s *notify.Subscriber) error {
	told, err := t.told(ctx, u.Incident, s.ID)
	if err != nil {
		return err
	}
	state, reason, wanted := decideDelivery(u, s, told)
	if !wanted {
		return nil
	}
	if err := t.supersede(ctx, u, s.ID); err != nil {
		return err
	}
	if state == notify.Suppressed {
		// The opening that was never sent ends as its resolution does.
		if _, err := t.exec(ctx, "UPDATE deliveries SET state = ?, reason = 'it was over before it could be sent' WHERE incident = ? AND subscriber = ? AND state = ? AND changed = ?",
			notify.Suppressed, u.Incident, s.ID, notify.Superseded, u.At.UnixMilli()); err != nil {
			return err
		}
	}
	_, err = t.exec(ctx, `INSERT INTO deliveries (id, audience, update_id, incident, number, subscriber, channel, address, name, state, lane, due, expires, attempts, provider, reason, created, changed)
		VALUES (?, 'public', ?, ?, ?, ?, ?, '', '', ?, ?, ?, ?, 0, '', ?, ?, ?)`,
		deliveryID(u.ID, s.ID), u.ID, u.Incident, u.Number, s.ID, s.Channel, state, u.Severity, u.At.UnixMilli(), u.At.Add(usefulLife).UnixMilli(),
		reason, u.At.UnixMilli(), u.At.UnixMilli())
	return err
}

// usefulLife is how long a message is worth sending.
const usefulLife = 4 * time.Hour

// told says whether the last thing that a subscriber got of an incident, or
// may have got, leaves them waiting for its end.
func (t *Tx) told(ctx context.Context, inc, subscriber string) (bool, error) {
	kinds, err := collect(ctx, t.query, func(rows *sql.Rows) (kind incident.UpdateKind, err error) { return kind, rows.Scan(&kind) },
		`SELECT u.kind FROM deliveries d JOIN updates u ON u.id = d.update_id WHERE d.incident = ? AND d.subscriber = ?
		AND d.state IN ('sending', 'unknown', 'accepted', 'delivered') ORDER BY d.number DESC LIMIT 1`, inc, subscriber)
	if err != nil {
		return false, fmt.Errorf("read whether subscriber %s was told: %w", subscriber, err)
	}
	return len(kinds) > 0 && kinds[0] != incident.Ended, nil
}

// decideDelivery says whether a subscriber hears of an update. A resolution
// for somebody who was never told is kept as suppressed, so that it can be
// shown why nothing went out.
func decideDelivery(u *incident.Update, s *notify.Subscriber, told bool) (state notify.State, reason string, wanted bool) {
	if u.Kind == incident.Ended {
		if !told {
			return notify.Suppressed, "was never told of the incident", concerns(u, s)
		}
		return notify.Pending, "", true
	}
	if !concerns(u, s) || s.Severity != 0 && u.Severity > s.Severity {
		return "", "", false
	}
	if s.Edges && u.Kind == incident.Progress && told {
		return "", "", false
	}
	return notify.Pending, "", true
}

func concerns(u *incident.Update, s *notify.Subscriber) bool {
	return len(s.Components) == 0 || slices.ContainsFunc(u.Changes, func(c incident.AffectedChange) bool {
		return slices.Contains(s.Components, c.Component)
	})
}

// deliveryID is fixed by update and subscriber: queueing twice is one row.
func deliveryID(update, subscriber string) string { return update + "-" + subscriber }
