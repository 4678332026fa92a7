package notifytest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"daymark/incident"
	"daymark/notify"
)

// Row is a delivery as the Outbox keeps it.
type Row struct {
	notify.Delivery
	Due    time.Time
	Reason string
	Again  string // the delivery that it repeats by hand

	Doubted time.Time // since when it may have been taken

	Carrier string // in whose message it goes with others, its own included
	Held    bool   // the storm guard held its update

	place int // when it was queued, among all
}

// told says whether it leaves who got it told.
func (r *Row) told() bool { return r.State.Told(!r.Doubted.IsZero()) }

// replaceable says whether it waits and was surely never taken.
func (r *Row) replaceable() bool {
	return r.State == notify.Pending || r.State == notify.Retry && r.Doubted.IsZero()
}

// waits says whether it is due at a time.
func (r *Row) waits() bool {
	return r.State == notify.Pending || r.State == notify.Retry || r.State == notify.Unknown
}

// Outbox is a notify.Outbox in memory, which can be told to fail as a
// database does. It may be used from several goroutines.
type Outbox struct {
	mu          sync.Mutex
	rows        map[string]*Row
	subscribers map[string]*subscription
	last        map[string]incident.Update // by incident
	begun       []time.Time                // of what machines published
	held        map[string]time.Time       // by update: until when the storm guard holds it
	turns       notify.Turns
	fail        func(call string) error
	changed     chan struct{} // closed and replaced at each change
}

type subscription struct {
	notify.Subscriber
	ended bool
}

var _ notify.Outbox = (*Outbox)(nil)

// NewOutbox returns an Outbox without deliveries.
func NewOutbox() *Outbox {
	return &Outbox{rows: map[string]*Row{}, subscribers: map[string]*subscription{}, last: map[string]incident.Update{}, held: map[string]time.Time{}, changed: make(chan struct{})}
}

// Put queues a delivery, as Pending unless it has a state, due when it was
// created.
func (o *Outbox) Put(d notify.Delivery) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if d.State == "" {
		d.State = notify.Pending
	}
	o.put(&Row{Delivery: d, Due: d.Created})
}

// put keeps a row; o.mu is held.
func (o *Outbox) put(r *Row) {
	r.place = len(o.rows)
	o.rows[r.ID] = r
	o.announce()
}

// Fail makes each call end with what f says of its name (Claim, Settle,
// Report or Recover); nil is success, nil for f all of them. A call that
// fails changes nothing.
func (o *Outbox) Fail(f func(call string) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fail = f
}

// Row gives a delivery as it is now; the zero Row if it is not known.
func (o *Outbox) Row(id string) Row {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r := o.rows[id]; r != nil {
		return *r
	}
	return Row{}
}

// Await returns nil once done, which is asked again after each change, or the
// context's error.
func (o *Outbox) Await(ctx context.Context, done func() bool) error {
	for {
		o.mu.Lock()
		changed := o.changed
		o.mu.Unlock()
		if done() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Claim implements notify.Outbox.
func (o *Outbox) Claim(ctx context.Context, channel string, limit int, now time.Time) ([]notify.Delivery, error) {
	unlock, err := o.begin(ctx, "Claim")
	defer unlock()
	if err != nil {
		return nil, err
	}
	var lanes [notify.Lanes][]*Row
	for _, r := range o.rows {
		if r.Channel == channel && r.State == notify.Sending && !r.Changed.After(now.Add(-notify.LeaseFor)) {
			o.doubt(r, notify.ReasonUnsettled, now)
		}
		if r.Channel != channel || !r.waits() || r.Due.After(now) || o.blocked(r) {
			continue
		}
		s := o.subscribers[r.Subscriber.ID]
		r.Ended = s != nil && (s.ended || s.Confirmed.IsZero() && (r.Notice == nil || r.Notice.Kind != notify.ConsentNotice))
		switch {
		case !r.Expires.IsZero() && !r.Expires.After(now):
			o.end(r, notify.Expired, notify.ReasonExpired, now)
		case r.Ended && r.State != notify.Unknown:
			o.end(r, notify.Suppressed, notify.ReasonEnded, now)
		default:
			lane := notify.LaneOf(&r.Delivery)
			lanes[lane] = append(lanes[lane], r)
		}
	}
	for _, lane := range lanes {
		slices.SortFunc(lane, func(a, b *Row) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.place, b.place)) })
	}
	var claimed []notify.Delivery
	for len(claimed) < limit {
		lane, ok := o.turns.Next(channel, func(lane int) bool { return len(lanes[lane]) > 0 })
		if !ok {
			break
		}
		r := lanes[lane][0]
		lanes[lane] = lanes[lane][1:]
		if r.State == notify.Sending {
			continue // in the message of another one
		}
		r, with := o.gather(r, now)
		given := r.Delivery
		if given.State == notify.Unknown && !r.Doubted.IsZero() {
			given.Changed = r.Doubted
		}
		for _, other := range with {
			given.With = append(given.With, notify.Beside{ID: other.ID, Incident: other.Incident, Update: other.Update})
			o.set(other, notify.Sending, now)
		}
		claimed = append(claimed, given)
		o.set(r, notify.Sending, now)
	}
	return claimed, nil
}

// Settle implements notify.Outbox. A delivery that a report has moved on is
// left as it is.
func (o *Outbox) Settle(ctx context.Context, outcomes []notify.Outcome, now time.Time) error {
	unlock, err := o.begin(ctx, "Settle")
	defer unlock()
	if err != nil {
		return err
	}
	for _, out := range outcomes {
		switch out.To {
		case notify.Accepted, notify.Delivered, notify.Undelivered, notify.Retry, notify.Unknown, notify.Suppressed, notify.Dead:
		default:
			return fmt.Errorf("delivery %s cannot become %s", out.ID, out.To)
		}
		for _, r := range o.inMessage(out.ID) {
			o.settle(r, &out, now)
		}
	}
	return nil
}

func (o *Outbox) settle(r *Row, out *notify.Outcome, now time.Time) {
	if r.State != notify.Sending {
		return
	}
	r.Due, r.Reason, r.Provider = out.Due, out.Reason, cmp.Or(out.Provider, r.Provider)
	if out.Called {
		r.Attempts++
	}
	switch {
	case out.Absent:
		r.Doubted = time.Time{}
	case out.To == notify.Unknown && r.Doubted.IsZero():
		r.Doubted = now
	}
	o.set(r, out.To, now)
	o.reconcile(r, now)
}

// Report implements notify.Outbox. What is under way may become anything: the
// provider knows of it before we do.
func (o *Outbox) Report(ctx context.Context, id string, to notify.State, provider, reason string, now time.Time) (bool, error) {
	unlock, err := o.begin(ctx, "Report")
	defer unlock()
	if err != nil {
		return false, err
	}
	changed := false
	for _, r := range o.inMessage(id) {
		if notify.MayReport(r.State, to) {
			r.Reason, r.Provider = reason, cmp.Or(provider, r.Provider)
			o.set(r, to, now)
			o.reconcile(r, now)
			changed = true
		}
	}
	return changed, nil
}

// Recover implements notify.Outbox.
func (o *Outbox) Recover(ctx context.Context, now time.Time) (int, error) {
	unlock, err := o.begin(ctx, "Recover")
	defer unlock()
	if err != nil {
		return 0, err
	}
	n := 0
	for _, r := range o.rows {
		if r.State == notify.Sending {
			o.doubt(r, notify.ReasonCrashed, now)
			n++
		}
	}
	return n, nil
}

// begin locks, and says whether the call may go on.
func (o *Outbox) begin(ctx context.Context, call string) (unlock func(), err error) {
	o.mu.Lock()
	if err = ctx.Err(); err == nil && o.fail != nil {
		err = o.fail(call)
	}
	return o.mu.Unlock, err
}

func (o *Outbox) set(r *Row, to notify.State, now time.Time) {
	r.State, r.Changed = to, now
	o.announce()
}

// announce wakes who waits; o.mu is held.
func (o *Outbox) announce() {
	close(o.changed)
	o.changed = make(chan struct{})
}
