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
	"daymark/support"
)

// saveAlerts keeps the messages that are due out to staff, and queues them, in
// the transaction of the decision that they follow from.
func (t *Tx) saveAlerts(ctx context.Context, now time.Time, d *incident.Decision) error {
	for i := range d.Incidents {
		if err := t.standDown(ctx, now, &d.Incidents[i]); err != nil {
			return fmt.Errorf("call off the calls of incident %s: %w", d.Incidents[i].ID, err)
		}
	}
	for i := range d.Alerts {
		a := &d.Alerts[i]
		ways, err := encode(a.By)
		if err != nil {
			return err
		}
		done, err := t.exec(ctx, "INSERT INTO alerts (incident, component, at, kind, rota, person, channel, role, ways, text) VALUES (nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			a.Incident, a.Component, a.At.UnixMilli(), a.Kind, a.Rota, a.Person, a.Channel, a.Role, ways, a.Text)
		if err != nil {
			return fmt.Errorf("save an alert of incident %s: %w", a.Incident, err)
		}
		number, err := done.LastInsertId()
		if err != nil {
			return err
		}
		if t.store.staff == nil {
			continue
		}
		var about *incident.Incident
		if at := slices.IndexFunc(d.Incidents, func(inc incident.Incident) bool { return inc.ID == a.Incident }); at >= 0 {
			about = &d.Incidents[at]
		}
		if err := t.queueAll(ctx, now, t.store.staff.Alert(number, a, about, now)); err != nil {
			return err
		}
	}
	if t.store.staff == nil {
		return nil
	}
	return t.queueAll(ctx, now, t.store.staff.Told(d, now))
}

func (t *Tx) queueAll(ctx context.Context, now time.Time, deliveries []notify.Delivery) error {
	for i := range deliveries {
		if err := t.QueueNotice(ctx, &deliveries[i], now); err != nil {
			return err
		}
	}
	return nil
}

// QueueNotices queues several notices, in a transaction of their own.
func (s *Store) QueueNotices(ctx context.Context, deliveries []notify.Delivery, now time.Time) error {
	return s.transact(ctx, func(ctx context.Context, t *Tx) error { return t.queueAll(ctx, now, deliveries) })
}

// standDown takes back calls that have not gone out yet, once somebody holds
// the role that they ask to take, or the incident is over.
func (t *Tx) standDown(ctx context.Context, now time.Time, inc *incident.Incident) error {
	holders, reason, roles := inc.Care.Holders, "somebody took the role", []string{}
	for _, role := range support.Roles() {
		if holders.Of(role) != "" {
			roles = append(roles, string(role))
		}
	}
	switch {
	case !inc.Open():
		roles, reason = []string{string(support.Lead), string(support.Engineer), ""}, "it was over before it could be sent"
	case len(roles) == 2:
		roles = append(roles, "") // help in general is not wanted any more
	case len(roles) == 0:
		return nil
	}
	list, err := encode(roles)
	if err != nil {
		return err
	}
	const calls = `id IN (SELECT 'alert-' || a.id || '-' || way.value FROM alerts a, json_each('["email","sms","voice"]') way
		WHERE a.incident = ? AND a.kind = ? AND a.person <> '' AND a.role IN (SELECT value FROM json_each(?)))`
	done, err := t.exec(ctx, "UPDATE deliveries SET state = ?, reason = ?, changed = ? WHERE state IN ('pending', 'retry') AND "+calls,
		notify.Suppressed, reason, now.UnixMilli(), inc.ID, incident.CallAlert, list)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return t.tell(ctx, suppressedNowSQL+" AND d."+calls, now.UnixMilli(), inc.ID, incident.CallAlert, list)
}

// Alerts gives the messages to staff of a time, oldest first.
func (s *Store) Alerts(ctx context.Context, from, to time.Time) ([]incident.Alert, error) {
	all, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (a incident.Alert, err error) {
		var at sql.NullInt64
		var role, ways string
		if err := rows.Scan(&a.Incident, &a.Component, &at, &a.Kind, &a.Rota, &a.Person, &a.Channel, &role, &ways, &a.Text); err != nil {
			return a, err
		}
		a.At, a.Role = moment(at), support.Role(role)
		return a, json.Unmarshal([]byte(ways), &a.By)
	}, "SELECT coalesce(incident, ''), component, at, kind, rota, person, channel, role, ways, text FROM alerts WHERE at >= ? AND at < ? ORDER BY at, id", from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read the alerts: %w", explain(err))
	}
	return all, nil
}

// Called is a call to a person of staff, as it was queued.
type Called struct {
	Person   string
	Incident string
	Role     support.Role // that it asks to take; "" for any
	State    notify.State
}

// Called gives a call by its delivery; ErrNotFound where there is none.
func (s *Store) Called(ctx context.Context, delivery string) (*Called, error) {
	found, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (c Called, err error) {
		var address, role string
		err = rows.Scan(&address, &c.Incident, &role, &c.State)
		c.Person, _ = notify.PersonOf(address)
		c.Role = support.Role(role)
		return c, err
	}, `SELECT address, incident, coalesce(json_extract(notice, '$.role'), ''), state FROM deliveries
		WHERE id = ? AND channel = 'voice' AND audience = ? AND incident IS NOT NULL AND notice IS NOT NULL`, delivery, notify.Staff)
	if err != nil {
		return nil, fmt.Errorf("read call %s: %w", delivery, explain(err))
	}
	if len(found) == 0 || found[0].Person == "" {
		return nil, fmt.Errorf("call %s: %w", delivery, ErrNotFound)
	}
	return &found[0], nil
}

// Flight is where a delivery stands.
type Flight struct {
	State    notify.State
	Reason   string
	Provider string
	Attempts int
	Changed  time.Time
}

// Flight gives where a delivery stands; ErrNotFound where there is none.
func (s *Store) Flight(ctx context.Context, delivery string) (*Flight, error) {
	found, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (f Flight, err error) {
		var changed sql.NullInt64
		err = rows.Scan(&f.State, &f.Reason, &f.Provider, &f.Attempts, &changed)
		f.Changed = moment(changed)
		return f, err
	}, "SELECT state, reason, provider, attempts, changed FROM deliveries WHERE id = ?", delivery)
	if err != nil {
		return nil, fmt.Errorf("read delivery %s: %w", delivery, explain(err))
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("delivery %s: %w", delivery, ErrNotFound)
	}
	return &found[0], nil
}
