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

// dueColumns is what is read of a delivery to send it.
const dueColumns = `SELECT d.rowid, d.id, d.channel, d.state, d.attempts, d.provider, d.created, d.expires, coalesce(d.doubted, d.changed),
	coalesce(d.update_id, ''), coalesce(d.incident, ''), d.audience, d.notice, s.ended IS NOT NULL, coalesce(s.id, ''), d.channel,
	coalesce(s.address, d.address), coalesce(s.name, d.name), coalesce(s.components, '[]'), coalesce(s.severity, 0), coalesce(s.updates, ''), s.confirmed,
	coalesce(s.incident, ''), coalesce(s.maintenance, 0), coalesce(s.language, ''), coalesce(s.generation, 0),
	coalesce(d.carrier, ''), d.doubted IS NOT NULL, d.again IS NULL AND EXISTS (SELECT 1 FROM held_updates h WHERE h.update_id = d.update_id), coalesce(d.called, '') `

// dueSQL finds what a lane of a channel may send now, the earliest first. What
// is older and may still be under way to the same subscriber, or may have been
// taken and is tried again, goes first.
const dueSQL = dueColumns + `FROM deliveries d LEFT JOIN subscribers s ON s.id = d.subscriber
	WHERE d.channel = ? AND d.lane = ? AND d.state IN ('pending', 'retry', 'unknown') AND d.due <= ?
	AND NOT ` + behindSQL + ` ORDER BY d.due, d.rowid LIMIT ?`

// behindSQL says whether a delivery has to wait for an older one.
const behindSQL = `EXISTS (SELECT 1 FROM deliveries o WHERE o.incident = d.incident AND o.subscriber = d.subscriber
	AND o.number < d.number AND (o.state IN ('sending', 'unknown') OR o.state = 'retry' AND o.doubted IS NOT NULL))`

// unsettledSQL finds what a channel claimed before a time and never settled.
const unsettledSQL = "channel = ? AND state = 'sending' AND changed <= ?"

// Claim implements notify.Outbox. It takes its turns among the lanes from
// s.turns, which only the writer's goroutine uses.
func (s *Store) Claim(ctx context.Context, channel string, limit int, now time.Time) ([]notify.Delivery, error) {
	var claimed []notify.Delivery
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		if err := t.takeBack(ctx, channel, now); err != nil {
			return err
		}
		c := &claim{tx: t, channel: channel, limit: limit, now: now}
		taken, err := c.take(ctx, &s.turns)
		if err != nil {
			return err
		}
		claimed = nil
		for i := range taken {
			if err := t.trace(ctx, &taken[i]); err != nil {
				return err
			}
			if err := t.begin(ctx, &taken[i], now); err != nil {
				return err
			}
			claimed = append(claimed, taken[i].Delivery)
		}
		return t.complete(ctx, claimed)
	})
	if err != nil {
		return nil, fmt.Errorf("claim %s deliveries: %w", channel, err)
	}
	return claimed, nil
}

// takeBack doubts what was claimed by somebody who never settled it.
func (t *Tx) takeBack(ctx context.Context, channel string, now time.Time) error {
	_, err := t.doubt(ctx, now, notify.ReasonUnsettled, unsettledSQL, channel, now.Add(-notify.LeaseFor).UnixMilli())
	return err
}

// doubt makes Unknown of what was under way, and says how many there were.
func (t *Tx) doubt(ctx context.Context, now time.Time, reason, where string, args ...any) (int, error) {
	rows, err := collect(ctx, t.query, func(rows *sql.Rows) (row int64, err error) { return row, rows.Scan(&row) },
		"SELECT rowid FROM deliveries WHERE "+where, args...)
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		if _, err := t.exec(ctx, "UPDATE deliveries SET due = ?, doubted = coalesce(doubted, changed) WHERE rowid = ?", now.UnixMilli(), row); err != nil {
			return 0, err
		}
		if err := t.move(ctx, row, notify.Unknown, reason, now); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// move changes a delivery's state and tells its story on.
func (t *Tx) move(ctx context.Context, row int64, to notify.State, reason string, now time.Time) error {
	_, err := t.exec(ctx, "UPDATE deliveries SET state = ?, reason = ?, changed = ?, called = CASE WHEN ? IN ('sending', 'unknown') THEN called END WHERE rowid = ?",
		to, reason, now.UnixMilli(), to, row)
	if err != nil {
		return err
	}
	return t.tell(ctx, "rowid = ?", row)
}

// mostEvents bounds the story of one delivery; what comes later is only in its
// row.
const mostEvents = 500

// suppressedNowSQL finds what was taken back at a time and has not told so yet.
const suppressedNowSQL = "state = 'suppressed' AND d.changed = ? AND NOT EXISTS (SELECT 1 FROM delivery_events e WHERE e.delivery = d.id AND e.state = 'suppressed')"

// tell adds how deliveries stand to their stories.
func (t *Tx) tell(ctx context.Context, where string, args ...any) error {
	_, err := t.exec(ctx, `INSERT INTO delivery_events (delivery, number, at, state, reason, provider)
		SELECT id, number, changed, state, reason, provider FROM (SELECT id, changed, state, reason, provider,
			coalesce((SELECT max(e.number) FROM delivery_events e WHERE e.delivery = d.id), 0) + 1 AS number FROM deliveries d WHERE d.`+where+`)
		WHERE number <= ?`, append(args, mostEvents)...)
	return err
}

// claim is the taking of what goes next on a channel.
type claim struct {
	tx      *Tx
	channel string
	limit   int
	now     time.Time
	lanes   [notify.Lanes][]dueDelivery
	looked  [notify.Lanes]bool
	joined  map[int64]bool // rows that go in the message of another one
	err     error
}

// take gives at most limit deliveries, by the lanes' turns.
func (c *claim) take(ctx context.Context, turns *notify.Turns) ([]dueDelivery, error) {
	var taken []dueDelivery
	has := func(lane int) bool {
		c.look(ctx, lane)
		for len(c.lanes[lane]) > 0 && c.joined[c.lanes[lane][0].row] {
			c.lanes[lane] = c.lanes[lane][1:]
		}
		return len(c.lanes[lane]) > 0
	}
	for len(taken) < c.limit {
		lane, ok := turns.Next(c.channel, has)
		if !ok {
			break
		}
		d := c.lanes[lane][0]
		c.lanes[lane] = c.lanes[lane][1:]
		if err := c.gather(ctx, &d); err != nil {
			return nil, err
		}
		taken = append(taken, d)
	}
	return taken, c.err
}

// A lane is looked through by this many at least; what has to be ended before
// something may be sent is ended in one claim up to so many rounds.
const (
	fewest     = 16
	mostRounds = 50
)

// look reads what a lane has, once, and ends what nobody wants any more on the
// way to it: only so much, and by the way, so that a claim is always short.
func (c *claim) look(ctx context.Context, lane int) {
	if c.looked[lane] || c.err != nil {
		return
	}
	c.looked[lane] = true
	for round := 0; len(c.lanes[lane]) == 0 && round < mostRounds; round++ {
		most := max(c.limit, fewest)
		found, err := collect(ctx, c.tx.query, scanDelivery, dueSQL, c.channel, lane, c.now.UnixMilli(), most)
		if err != nil {
			c.err = err
			return
		}
		for i := range found {
			d := &found[i]
			switch {
			case !d.Expires.After(c.now):
				err = c.tx.move(ctx, d.row, notify.Expired, notify.ReasonExpired, c.now)
			case d.Ended && d.State != notify.Unknown:
				err = c.tx.move(ctx, d.row, notify.Suppressed, notify.ReasonEnded, c.now)
			default:
				c.lanes[lane] = append(c.lanes[lane], *d)
			}
			if err != nil {
				c.err = err
				return
			}
		}
		if len(found) < most {
			return
		}
	}
}

// dueDelivery is a delivery that is due, with its row.
type dueDelivery struct {
	notify.Delivery
	row     int64
	carrier string        // in whose message it went last; "": alone
	doubted bool          // it may have been taken
	held    bool          // the storm guard held it
	others  []dueDelivery // what goes in the same message
}

func scanDelivery(rows *sql.Rows) (d dueDelivery, err error) {
	var created, expires, changed, confirmed sql.NullInt64
	var components, updates string
	var notice sql.NullString
	s := &d.Subscriber
	if err := rows.Scan(&d.row, &d.ID, &d.Channel, &d.State, &d.Attempts, &d.Provider, &created, &expires, &changed, &d.Update.ID, &d.Incident.ID, &d.Audience, &notice, &d.Ended,
		&s.ID, &s.Channel, &s.Address, &s.Name, &components, &s.Severity, &updates, &confirmed,
		&s.Incident, &s.Maintenance, &s.Language, &s.Generation, &d.carrier, &d.doubted, &d.held, &d.Called); err != nil {
		return d, err
	}
	d.Created, d.Expires, d.Changed = moment(created), moment(expires), moment(changed)
	s.Edges, s.Confirmed = updates == edges, moment(confirmed)
	if notice.Valid {
		if err := json.Unmarshal([]byte(notice.String), &d.Notice); err != nil {
			return d, err
		}
	}
	// Somebody may have signed the address up again meanwhile: until it is
	// confirmed, nothing of before goes to it.
	d.Ended = d.Ended || s.ID != "" && s.Confirmed.IsZero() && (d.Notice == nil || d.Notice.Kind != notify.ConsentNotice)
	// The reporter deleted the address.
	d.Ended = d.Ended || d.Notice != nil && d.Notice.Kind == notify.ReportNotice && s.Address == ""
	if components == "[]" {
		return d, nil
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
		if err := t.fillUpdate(ctx, known, d.ID, &d.Incident, &d.Update); err != nil {
			return err
		}
		if err := t.fillTrace(ctx, d); err != nil {
			return err
		}
		for j := range d.With {
			with := &d.With[j]
			if err := t.fillUpdate(ctx, known, with.ID, &with.Incident, &with.Update); err != nil {
				return err
			}
		}
	}
	return nil
}

// fillUpdate reads what a delivery tells, of which the ids are there.
func (t *Tx) fillUpdate(ctx context.Context, known map[string]incident.Incident, delivery string, of *incident.Incident, u *incident.Update) error {
	inc, ok := known[of.ID]
	if !ok {
		found, err := loadIncidents(ctx, t.query, "id = ?", newestOfFew, of.ID)
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return fmt.Errorf("delivery %s is of incident %s, which is not there", delivery, of.ID)
		}
		inc = found[0]
		known[of.ID] = inc
	}
	at := slices.IndexFunc(inc.Updates, func(one incident.Update) bool { return one.ID == u.ID })
	if at < 0 {
		return fmt.Errorf("delivery %s is of update %s, which is not there", delivery, u.ID)
	}
	*of, *u = inc, inc.Updates[at]
	return nil
}
