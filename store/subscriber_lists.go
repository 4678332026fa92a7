package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/notify"
)

// SubscriberQuery narrows a list of subscribers; empty fields do not.
type SubscriberQuery struct {
	Channel string
	State   notify.SubscriptionState
	Source  notify.Source
	After   string // the id of the last of the part before
	Most    int
}

// stateSQL says where a row of subscribers s stands.
const stateSQL = "CASE WHEN s.ended IS NOT NULL THEN 'ended' WHEN s.confirmed IS NULL THEN 'pending' ELSE 'confirmed' END"

// knownSQL leaves out what is left of sign-ups that nobody confirmed.
const knownSQL = "NOT (s.confirmed IS NULL AND s.address = '~' || s.id)"

// Subscriptions lists subscribers, oldest first.
func (s *Store) Subscriptions(ctx context.Context, q SubscriberQuery) ([]notify.Subscription, error) {
	found, err := collect(ctx, s.readers.QueryContext, scanSubscription, subscriptionColumns+"WHERE "+knownSQL+` AND s.id > ? AND (? = '' OR s.channel = ?)
		AND (? = '' OR `+stateSQL+` = ?) AND (? = '' OR s.source = ?) ORDER BY s.id LIMIT ?`,
		q.After, q.Channel, q.Channel, q.State, q.State, q.Source, q.Source, q.Most)
	if err != nil {
		return nil, fmt.Errorf("list the subscribers: %w", explain(err))
	}
	for i := range found {
		if found[i].Address == erasedAddress(found[i].ID) {
			found[i].Address = ""
		}
	}
	return found, nil
}

// SubscriberCount is how many subscribers stand alike.
type SubscriberCount struct {
	Channel string
	State   notify.SubscriptionState
	Count   int
}

// CountSubscriptions counts subscribers by channel and state.
func (s *Store) CountSubscriptions(ctx context.Context) ([]SubscriberCount, error) {
	counts, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (c SubscriberCount, err error) {
		return c, rows.Scan(&c.Channel, &c.State, &c.Count)
	}, "SELECT s.channel, "+stateSQL+" AS state, count(*) FROM subscribers s WHERE "+knownSQL+" GROUP BY 1, 2 ORDER BY 1, 2")
	if err != nil {
		return nil, fmt.Errorf("count the subscribers: %w", explain(err))
	}
	return counts, nil
}

// Suppressions lists addresses that are left alone, newest first: those before
// a moment and a hash, or from the newest on where before is zero.
func (s *Store) Suppressions(ctx context.Context, before time.Time, hash string, most int) ([]notify.Suppression, error) {
	at := int64(1<<62 - 1)
	if !before.IsZero() {
		at = before.UnixMilli()
	}
	found, err := collect(ctx, s.readers.QueryContext, scanSuppression, suppressionColumns+
		"WHERE at < ? OR at = ? AND hash < ? ORDER BY at DESC, hash DESC LIMIT ?", at, at, hash, most)
	if err != nil {
		return nil, fmt.Errorf("list the suppressions: %w", explain(err))
	}
	return found, nil
}

// Reported is what somebody reported under an address.
type Reported struct {
	ID        string    `json:"id"`
	Component string    `json:"component"`
	At        time.Time `json:"at"`
	Text      string    `json:"text"`
}

// ReportsOf gives what was reported under a contact.
func (t *Tx) ReportsOf(ctx context.Context, contact string) ([]Reported, error) {
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (r Reported, err error) {
		var at sql.NullInt64
		err = rows.Scan(&r.ID, &r.Component, &at, &r.Text)
		r.At = moment(at)
		return r, err
	}, "SELECT id, component, at, text FROM reports WHERE lower(contact) = lower(?) ORDER BY id", contact)
	if err != nil {
		return nil, fmt.Errorf("read the reports of somebody: %w", err)
	}
	return found, nil
}

// EraseContact takes a contact out of what was reported under it.
func (t *Tx) EraseContact(ctx context.Context, contact string) error {
	if _, err := t.exec(ctx, "UPDATE reports SET contact = '' WHERE lower(contact) = lower(?)", contact); err != nil {
		return fmt.Errorf("erase a contact: %w", err)
	}
	return nil
}

// HasIncident says whether there is an incident.
func (t *Tx) HasIncident(ctx context.Context, id string) (bool, error) {
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (n int, err error) { return n, rows.Scan(&n) }, "SELECT count(*) FROM incidents WHERE id = ?", id)
	return err == nil && found[0] > 0, err
}
