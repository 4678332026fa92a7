package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"daymark/notify"
)

const ledgerColumns = `SELECT d.id, coalesce(d.incident, ''), d.number, d.notice, d.audience, d.channel, coalesce(d.subscriber, ''), coalesce(s.address, d.address), coalesce(s.name, d.name),
	d.state, d.reason, d.attempts, d.provider, coalesce(d.again, ''), d.created, d.due, d.expires, d.changed, d.doubted, d.rowid, coalesce(d.carrier, ''), coalesce(d.successor, '')
	FROM deliveries d LEFT JOIN subscribers s ON s.id = d.subscriber `

// Ledger gives the deliveries of an incident: staff first, then each
// subscriber's, and of each the oldest first.
func (s *Store) Ledger(ctx context.Context, q notify.LedgerQuery) ([]notify.LedgerRow, error) {
	const which = "AND (? = '' OR d.channel = ?) AND (? = '' OR d.state = ?) "
	filter := []any{q.Channel, q.Channel, q.State, q.State}
	var found []notify.LedgerRow
	if q.After.Subscriber == "" {
		rows, err := collect(ctx, s.readers.QueryContext, scanLedger, ledgerColumns+"WHERE d.incident = ? AND d.subscriber IS NULL AND (d.number, d.rowid) > (?, ?) "+which+"ORDER BY d.number, d.rowid LIMIT ?",
			append(append([]any{q.Incident, q.After.Number, q.After.Place}, filter...), q.Most)...)
		if err != nil {
			return nil, fmt.Errorf("read the deliveries of incident %s: %w", q.Incident, explain(err))
		}
		if found = rows; len(found) == q.Most {
			return found, nil
		}
		q.After = notify.LedgerPlace{}
	}
	rows, err := collect(ctx, s.readers.QueryContext, scanLedger, ledgerColumns+"WHERE d.incident = ? AND d.subscriber >= ? AND (d.subscriber, d.number, d.rowid) > (?, ?, ?) "+which+"ORDER BY d.subscriber, d.number, d.rowid LIMIT ?",
		append(append([]any{q.Incident, q.After.Subscriber, q.After.Subscriber, q.After.Number, q.After.Place}, filter...), q.Most-len(found))...)
	if err != nil {
		return nil, fmt.Errorf("read the deliveries of incident %s: %w", q.Incident, explain(err))
	}
	return append(found, rows...), nil
}

// LedgerCounts gives how many deliveries of an incident stand where.
func (s *Store) LedgerCounts(ctx context.Context, incident string) ([]notify.LedgerCount, error) {
	counts, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (c notify.LedgerCount, err error) {
		return c, rows.Scan(&c.Channel, &c.State, &c.Count)
	}, "SELECT channel, state, count(*) FROM deliveries WHERE incident = ? GROUP BY 1, 2 ORDER BY 1, 2", incident)
	if err != nil {
		return nil, fmt.Errorf("count the deliveries of incident %s: %w", incident, explain(err))
	}
	return counts, nil
}

// DeliveryStory gives all that is known of a delivery; ErrNotFound where there
// is none.
func (s *Store) DeliveryStory(ctx context.Context, id string) (*notify.DeliveryStory, error) {
	query := s.readers.QueryContext
	found, err := collect(ctx, query, scanLedger, ledgerColumns+"WHERE d.id = ?", id)
	if err != nil {
		return nil, fmt.Errorf("read delivery %s: %w", id, explain(err))
	}
	if len(found) == 0 {
		return nil, ErrNotFound
	}
	story := &notify.DeliveryStory{LedgerRow: found[0]}
	story.Events, err = collect(ctx, query, func(rows *sql.Rows) (e notify.DeliveryEvent, err error) {
		var at sql.NullInt64
		err = rows.Scan(&at, &e.State, &e.Reason, &e.Provider)
		e.At = moment(at)
		return e, err
	}, "SELECT at, state, reason, provider FROM delivery_events WHERE delivery = ? ORDER BY number", id)
	if err != nil {
		return nil, fmt.Errorf("read the story of delivery %s: %w", id, explain(err))
	}
	// What many rows became at once, such as superseded, is in them alone.
	if r := &story.LedgerRow; r.State != notify.Pending && (len(story.Events) == 0 || story.Events[len(story.Events)-1].State != r.State) {
		story.Events = append(story.Events, notify.DeliveryEvent{At: r.Changed, State: r.State, Reason: r.Reason})
	}
	if n := len(story.Events); n > 0 && story.State == notify.Superseded {
		story.Events[n-1].Successor = story.Successor
	}
	if story.Carrier != "" {
		story.Together, err = collect(ctx, query, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) },
			"SELECT id FROM deliveries WHERE carrier = ? AND id <> ? ORDER BY rowid", story.Carrier, id)
		if err != nil {
			return nil, fmt.Errorf("read what went with delivery %s: %w", id, explain(err))
		}
	}
	story.Copies, err = collect(ctx, query, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) },
		"SELECT id FROM deliveries WHERE again = ? ORDER BY rowid", id)
	if err != nil {
		return nil, fmt.Errorf("read the copies of delivery %s: %w", id, explain(err))
	}
	return story, nil
}

// resendSQL reads what decides about a resend. The family of a delivery is what
// repeats it or the one that it repeats, at any remove.
const resendSQL = `WITH RECURSIVE family (id) AS (SELECT ?1
		UNION SELECT d.again FROM family f JOIN deliveries d ON d.id = f.id WHERE d.again IS NOT NULL
		UNION SELECT d.id FROM family f JOIN deliveries d ON d.again = f.id),
	copies AS (SELECT d.* FROM family f JOIN deliveries d ON d.id = f.id WHERE d.id <> ?1)
	SELECT o.subscriber, s.confirmed IS NOT NULL, s.ended IS NOT NULL, o.state, o.doubted IS NOT NULL,
		EXISTS (SELECT 1 FROM copies WHERE state IN ('pending', 'retry', 'sending')),
		EXISTS (SELECT 1 FROM copies d WHERE ` + toldSQL + `),
		o.update_id IS NOT NULL AND EXISTS (SELECT 1 FROM deliveries n WHERE n.incident = o.incident AND n.subscriber = o.subscriber
			AND n.number > o.number AND n.state <> 'suppressed'),
		o.update_id IS NOT NULL AND coalesce((SELECT u.kind = 'ended' AND u.number > o.number FROM updates u
			WHERE u.incident = o.incident ORDER BY u.number DESC LIMIT 1), 0)
	FROM deliveries o LEFT JOIN subscribers s ON s.id = o.subscriber WHERE o.id = ?1`

// Resend queues a delivery once more by hand, due now, and gives the new one's
// id; second: knowing that it may be the second copy. ErrNotFound where there
// is none; what is not allowed is an *incident.Refusal.
func (t *Tx) Resend(ctx context.Context, now time.Time, id string, second bool) (string, error) {
	type row struct {
		subscriber       sql.NullString
		confirmed, ended bool
		is               notify.Resending
	}
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (r row, err error) {
		return r, rows.Scan(&r.subscriber, &r.confirmed, &r.ended, &r.is.State, &r.is.Doubted, &r.is.Waits, &r.is.Taken, &r.is.Newer, &r.is.Over)
	}, resendSQL, id)
	if err != nil {
		return "", fmt.Errorf("look up delivery %s: %w", id, err)
	}
	if len(found) == 0 {
		return "", ErrNotFound
	}
	d := &found[0]
	if d.subscriber.Valid {
		if err := notify.MayResendTo(d.confirmed, d.ended); err != nil {
			return "", err
		}
	}
	if err := notify.MayResend(d.is); err != nil && (!errors.Is(err, notify.ErrSecond) || !second) {
		return "", err
	}
	made := newID(now)
	if _, err := t.exec(ctx, `INSERT INTO deliveries (id, audience, update_id, incident, number, subscriber, channel, address, name, notice, state, lane, due, expires, attempts, provider, reason, created, changed, again)
		SELECT ?, audience, update_id, incident, number, subscriber, channel, address, name, notice, 'pending', lane, ?, ?, 0, '', '', ?, ?, id FROM deliveries WHERE id = ?`,
		made, now.UnixMilli(), now.Add(usefulLife).UnixMilli(), now.UnixMilli(), now.UnixMilli(), id); err != nil {
		return "", fmt.Errorf("resend delivery %s: %w", id, err)
	}
	return made, nil
}

func scanLedger(rows *sql.Rows) (r notify.LedgerRow, err error) {
	var notice sql.NullString
	var created, due, expires, changed, doubted sql.NullInt64
	if err := rows.Scan(&r.ID, &r.Incident, &r.Update, &notice, &r.Audience, &r.Channel, &r.Subscriber, &r.Address, &r.Name,
		&r.State, &r.Reason, &r.Attempts, &r.Provider, &r.Again, &created, &due, &expires, &changed, &doubted, &r.Place, &r.Carrier, &r.Successor); err != nil {
		return r, err
	}
	r.Created, r.Due, r.Expires, r.Changed, r.Doubted = moment(created), moment(due), moment(expires), moment(changed), moment(doubted)
	if notice.Valid {
		var n notify.Notice
		if err := json.Unmarshal([]byte(notice.String), &n); err != nil {
			return r, fmt.Errorf("read the notice of delivery %s: %w", r.ID, err)
		}
		r.Title = n.Title
	}
	return r, nil
}
