package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"daymark/incident"
	"daymark/notify"
)

// Consent implements notify.SubscriptionStore.
func (s *Store) Consent(ctx context.Context, fn func(ctx context.Context, tx notify.SubscriptionTx) error) error {
	return s.transact(ctx, func(ctx context.Context, t *Tx) error { return fn(ctx, t) })
}

const subscriptionColumns = `SELECT s.id, s.channel, s.address, s.name, s.components, s.severity, s.updates, s.confirmed, s.ended, s.created,
	coalesce(s.incident, ''), s.language, s.maintenance, s.source, s.reason, s.generation, s.round, s.asked, s.wishes, coalesce(s.handle, ''), s.tries FROM subscribers s `

func scanSubscription(rows *sql.Rows) (s notify.Subscription, err error) {
	var components, updates string
	var wishes sql.NullString
	var confirmed, ended, created, asked sql.NullInt64
	if err := rows.Scan(&s.ID, &s.Channel, &s.Address, &s.Name, &components, &s.Severity, &updates, &confirmed, &ended, &created,
		&s.Incident, &s.Language, &s.Maintenance, &s.Source, &s.Reason, &s.Generation, &s.Round, &asked, &wishes, &s.Handle, &s.Tries); err != nil {
		return s, err
	}
	s.Edges, s.Confirmed, s.Ended, s.Created, s.Asked = updates == edges, moment(confirmed), moment(ended), moment(created), moment(asked)
	if wishes.Valid {
		if err := json.Unmarshal([]byte(wishes.String), &s.Wished); err != nil {
			return s, fmt.Errorf("read the wishes of subscriber %s: %w", s.ID, err)
		}
	}
	if err := json.Unmarshal([]byte(components), &s.Components); err != nil {
		return s, fmt.Errorf("read the components of subscriber %s: %w", s.ID, err)
	}
	return s, nil
}

func oneSubscription(ctx context.Context, query querier, where string, args ...any) (*notify.Subscription, error) {
	found, err := collect(ctx, query, scanSubscription, subscriptionColumns+"WHERE "+where, args...)
	if err != nil || len(found) == 0 {
		return nil, explain(err)
	}
	return &found[0], nil
}

// Subscription implements notify.SubscriptionTx.
func (t *Tx) Subscription(ctx context.Context, id string) (*notify.Subscription, error) {
	return oneSubscription(ctx, t.query, "s.id = ?", id)
}

// Subscription implements notify.SubscriptionStore.
func (s *Store) Subscription(ctx context.Context, id string) (*notify.Subscription, error) {
	return oneSubscription(ctx, s.readers.QueryContext, "s.id = ?", id)
}

// FindSubscription implements notify.SubscriptionTx.
func (t *Tx) FindSubscription(ctx context.Context, channel, address string) (*notify.Subscription, error) {
	return oneSubscription(ctx, t.query, "s.channel = ? AND s.address = ?", channel, notify.NormalAddress(channel, address))
}

// SubscriptionOfHandle implements notify.SubscriptionTx.
func (t *Tx) SubscriptionOfHandle(ctx context.Context, hash string) (*notify.Subscription, error) {
	return oneSubscription(ctx, t.query, "s.handle = ?", hash)
}

// KeepSubscription implements notify.SubscriptionTx.
func (t *Tx) KeepSubscription(ctx context.Context, s *notify.Subscription, now time.Time) error {
	if s.ID == "" {
		s.ID, s.Created = newID(now), now
	}
	components, err := encode(append([]string{}, s.Components...))
	if err != nil {
		return err
	}
	var wishes any
	if s.Wished != nil {
		if wishes, err = encode(s.Wished); err != nil {
			return err
		}
	}
	updates := "all"
	if s.Edges {
		updates = edges
	}
	_, err = t.exec(ctx, `INSERT INTO subscribers (id, channel, address, name, components, severity, updates, confirmed, ended, created,
		incident, language, maintenance, source, reason, generation, round, asked, wishes, handle, tries)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, components = excluded.components, severity = excluded.severity, updates = excluded.updates,
		confirmed = excluded.confirmed, ended = excluded.ended, incident = excluded.incident, language = excluded.language, maintenance = excluded.maintenance,
		source = excluded.source, reason = excluded.reason, generation = excluded.generation, round = excluded.round, asked = excluded.asked,
		wishes = excluded.wishes, handle = excluded.handle, tries = excluded.tries`,
		s.ID, s.Channel, notify.NormalAddress(s.Channel, s.Address), s.Name, components, s.Severity, updates, millis(s.Confirmed), millis(s.Ended), s.Created.UnixMilli(),
		s.Incident, s.Language, s.Maintenance, s.Source, s.Reason, max(s.Generation, 1), s.Round, millis(s.Asked), wishes, s.Handle, s.Tries)
	if err != nil {
		return fmt.Errorf("keep subscription %s: %w", s.ID, err)
	}
	return nil
}

// EraseSubscription implements notify.SubscriptionTx. The row stays without
// its person, so that it can still be shown what was sent, though not to whom.
func (t *Tx) EraseSubscription(ctx context.Context, id string, now time.Time) error {
	s, err := t.Subscription(ctx, id)
	if err != nil || s == nil || s.Address == erasedAddress(id) {
		return err
	}
	if err := t.takeBackAll(ctx, id, now); err != nil {
		return fmt.Errorf("erase subscription %s: %w", id, err)
	}
	// What a remote said of an address may name it.
	if _, err := t.exec(ctx, "UPDATE deliveries SET reason = replace(reason, ?, '…') WHERE "+ofSubscriberSQL, s.Address, id, id); err != nil {
		return fmt.Errorf("erase subscription %s: %w", id, err)
	}
	if _, err := t.exec(ctx, "UPDATE delivery_events SET reason = replace(reason, ?, '…') WHERE delivery IN (SELECT id FROM deliveries WHERE "+ofSubscriberSQL+")",
		s.Address, id, id); err != nil {
		return fmt.Errorf("erase subscription %s: %w", id, err)
	}
	if _, err := t.exec(ctx, `UPDATE subscribers SET address = ?, name = '', components = '[]', incident = NULL, language = '', maintenance = 0,
		ended = coalesce(ended, ?), reason = CASE reason WHEN '' THEN ? ELSE reason END, generation = generation + 1,
		asked = NULL, wishes = NULL, handle = NULL WHERE id = ?`,
		erasedAddress(id), now.UnixMilli(), notify.EndedByErasure, id); err != nil {
		return fmt.Errorf("erase subscription %s: %w", id, err)
	}
	return nil
}

// QueueLatest implements notify.SubscriptionTx.
func (t *Tx) QueueLatest(ctx context.Context, s *notify.Subscription, now time.Time) error {
	return t.queueLatest(ctx, s.Incident, "s.id = ?", s.ID, now)
}

// queueLatest queues the last update of an incident for those subscribers who
// are named by a condition, unless it is over or not told on their channel.
func (t *Tx) queueLatest(ctx context.Context, of, where, arg string, now time.Time) error {
	type row struct {
		id       string
		number   int
		kind     incident.UpdateKind
		severity incident.Severity
		channels string
	}
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (r row, err error) {
		return r, rows.Scan(&r.id, &r.number, &r.kind, &r.severity, &r.channels)
	}, "SELECT id, number, kind, severity, channels FROM updates WHERE incident = ? ORDER BY number DESC LIMIT 1", of)
	if err != nil || len(found) == 0 || found[0].kind == incident.Ended {
		return err
	}
	var channels []string
	u := found[0]
	if err := json.Unmarshal([]byte(u.channels), &channels); err != nil {
		return err
	}
	var told []string
	for _, word := range channels {
		told = append(told, notify.ChannelsOf(word)...)
	}
	onChannels, err := encode(append([]string{}, told...))
	if err != nil {
		return err
	}
	ms := now.UnixMilli()
	if _, err := t.exec(ctx, `INSERT INTO deliveries (id, audience, update_id, incident, number, subscriber, channel, address, name, state, lane, due, expires, attempts, provider, reason, created, changed)
		SELECT ? || '-' || s.id, 'public', ?, ?, ?, s.id, s.channel, '', '', ?, ?, ?, ?, 0, '', '', ?, ? FROM subscribers s
		WHERE s.confirmed IS NOT NULL AND s.ended IS NULL AND s.channel IN (SELECT value FROM json_each(?)) AND `+where+` ON CONFLICT DO NOTHING`,
		u.id, u.id, of, u.number, notify.Pending, u.severity, ms, now.Add(usefulLife).UnixMilli(), ms, ms, onChannels, arg); err != nil {
		return fmt.Errorf("queue the last update of incident %s: %w", of, err)
	}
	return nil
}

// mostTold bounds what is shown of what was sent to one person.
const mostTold = 1000

// Story implements notify.SubscriptionTx.
func (t *Tx) Story(ctx context.Context, id string) ([]notify.Told, error) {
	told, err := collect(ctx, t.query, func(rows *sql.Rows) (d notify.Told, err error) {
		var created, changed sql.NullInt64
		var inc string
		var number int
		var notice sql.NullString
		if err := rows.Scan(&d.ID, &inc, &number, &notice, &d.State, &created, &changed); err != nil {
			return d, err
		}
		d.Created, d.Changed = moment(created), moment(changed)
		if !notice.Valid {
			d.What = fmt.Sprintf("update %d of incident %s", number, inc)
			return d, nil
		}
		var n notify.Notice
		err = json.Unmarshal([]byte(notice.String), &n)
		d.What = string(n.Kind) + ": " + n.Title
		return d, err
	}, `SELECT id, coalesce(incident, ''), number, notice, state, created, changed
		FROM deliveries WHERE `+ofSubscriberSQL+` ORDER BY created DESC, id LIMIT ?`, id, id, mostTold)
	if err != nil {
		return nil, fmt.Errorf("read what was sent to subscriber %s: %w", id, err)
	}
	return told, nil
}
