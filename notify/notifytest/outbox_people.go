package notifytest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"daymark/incident"
	"daymark/notify"
)

// usefulLife is how long a message is worth sending.
const usefulLife = 4 * time.Hour

// Subscribe adds a subscriber, or changes the one with the same ID.
func (o *Outbox) Subscribe(s notify.Subscriber) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.subscribers[s.ID] = &subscription{Subscriber: s}
}

// Unsubscribe ends a subscription.
func (o *Outbox) Unsubscribe(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.subscribers[id].ended = true
}

// Publish queues an update for each subscriber who is to hear of it, and takes
// back what it replaces.
func (o *Outbox) Publish(u *incident.Update) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var channels []string
	for _, word := range u.Channels {
		channels = append(channels, notify.ChannelsOf(word)...)
	}
	var all []*subscription
	for _, s := range o.subscribers {
		own := slices.Contains(channels, s.Channel) || u.Kind == incident.Ended && o.waits(u.Incident, s.ID)
		if !s.Confirmed.IsZero() && !s.ended && own {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b *subscription) int { return cmp.Compare(a.ID, b.ID) })
	hears := map[string]bool{}
	for _, s := range all {
		told := o.told(u.Incident, s.ID)
		if u.Kind == incident.Ended {
			told = o.waits(u.Incident, s.ID)
		}
		state, reason, wanted := notify.Decide(u, &s.Subscriber, told)
		if !wanted {
			continue
		}
		hears[s.ID] = true
		for _, r := range o.rows {
			switch {
			case r.Incident.ID != u.Incident || r.Subscriber.ID != s.ID || r.Notice != nil || !r.replaceable():
			case state == notify.Suppressed:
				o.end(r, notify.Suppressed, notify.ReasonOver, u.At)
			default:
				o.end(r, notify.Superseded, notify.ReasonSuperseded, u.At)
			}
		}
		o.put(&Row{Due: u.At, Reason: reason, Delivery: notify.Delivery{
			ID: u.ID + "-" + s.ID, Channel: s.Channel, Audience: notify.Public, State: state, Created: u.At, Changed: u.At, Expires: u.At.Add(usefulLife),
			Subscriber: s.Subscriber, Incident: incident.Incident{ID: u.Incident}, Update: *u,
		}})
	}
	o.guard(u)
	o.last[u.Incident] = *u
	for _, r := range o.rows { // of before, after the end; and the end, when it has begun again
		switch {
		case r.Incident.ID != u.Incident || r.Notice != nil || !r.replaceable() || r.Update.Number == u.Number:
		case u.Kind == incident.Ended && !hears[r.Subscriber.ID]:
			o.end(r, notify.Suppressed, notify.ReasonOver, u.At)
		case u.Kind == incident.Reopened && r.Update.Kind == incident.Ended:
			o.end(r, notify.Suppressed, notify.ReasonAgain, u.At)
		}
	}
}

// Resend queues a delivery once more by hand, under an id of its own, as
// notify.MayResend allows it.
func (o *Outbox) Resend(id string, second bool, now time.Time) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	r := o.rows[id]
	if r == nil {
		return "", fmt.Errorf("there is no delivery %s", id)
	}
	if err := notify.MayResend(resending(o.all(), r, o.over(r.Incident.ID))); err != nil && (!errors.Is(err, notify.ErrSecond) || !second) {
		return "", err
	}
	if s := o.subscribers[r.Subscriber.ID]; s != nil {
		if err := notify.MayResendTo(!s.Confirmed.IsZero(), s.ended); err != nil {
			return "", err
		}
	}
	again := &Row{Due: now, Again: id, Delivery: r.Delivery}
	again.ID, again.State, again.Attempts, again.Provider = fmt.Sprintf("%s-again-%d", id, len(o.rows)), notify.Pending, 0, ""
	again.Created, again.Changed, again.Expires = now, now, now.Add(usefulLife)
	o.put(again)
	return again.ID, nil
}

// Rows gives all deliveries in the order in which they were queued.
func (o *Outbox) Rows() []Row {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all()
}

// all gives all rows; o.mu is held.
func (o *Outbox) all() []Row {
	var all []Row
	for _, r := range o.rows {
		row := *r
		row.Held = o.isHeld(r)
		all = append(all, row)
	}
	slices.SortFunc(all, func(a, b Row) int { return cmp.Compare(a.place, b.place) })
	return all
}

// resending gives what decides about a resend; over: the number of the end of
// its incident, if nothing came after it.
func resending(all []Row, r *Row, over int) notify.Resending {
	is := notify.Resending{State: r.State, Doubted: !r.Doubted.IsZero(), Over: r.Notice == nil && over > r.Update.Number}
	first := firstOf(all, r)
	for i := range all {
		other := &all[i]
		if other.ID != r.ID && firstOf(all, other) == first {
			is.Waits = is.Waits || other.State == notify.Pending || other.State == notify.Retry || other.State == notify.Sending
			is.Taken = is.Taken || other.told()
		}
		if r.Notice == nil && other.Notice == nil && other.Incident.ID == r.Incident.ID && other.Subscriber.ID == r.Subscriber.ID {
			is.Newer = is.Newer || other.Update.Number > r.Update.Number && other.State != notify.Suppressed
		}
	}
	return is
}

// firstOf gives the id of the delivery that another one repeats by hand, at any
// remove.
func firstOf(all []Row, r *Row) string {
	for r.Again != "" {
		at := slices.IndexFunc(all, func(other Row) bool { return other.ID == r.Again })
		if at < 0 {
			return r.Again
		}
		r = &all[at]
	}
	return r.ID
}

// told says whether the last thing that a subscriber got of an incident, or
// may have got, leaves them waiting for its end.
func (o *Outbox) told(inc, subscriber string) bool {
	var last *Row
	for _, r := range o.rows {
		if r.Incident.ID == inc && r.Subscriber.ID == subscriber && r.Notice == nil && r.told() && (last == nil || last.Update.Number < r.Update.Number) {
			last = r
		}
	}
	return last != nil && last.Update.Kind != incident.Ended
}

// blocked says whether an older update of the same incident may be under way
// to the same subscriber, or goes out once more after it may have been taken.
func (o *Outbox) blocked(r *Row) bool {
	if r.Incident.ID == "" {
		return false
	}
	for _, other := range o.rows {
		if o.sameStory(other, r) && other.Update.Number < r.Update.Number && (other.State == notify.Sending || other.waits() && !other.replaceable()) {
			return true
		}
	}
	return false
}

func (o *Outbox) sameStory(a, b *Row) bool {
	return a.Notice == nil && b.Notice == nil && b.Incident.ID != "" && a.Incident.ID == b.Incident.ID && a.Subscriber.ID == b.Subscriber.ID
}

// waits says whether a subscriber may wait for the end: the last that they were
// told, but for ends that may not have arrived, is no end.
func (o *Outbox) waits(inc, subscriber string) bool {
	return waits(o.all(), inc, subscriber)
}

func waits(all []Row, inc, subscriber string) bool {
	told, heard := 0, 0
	for i := range all {
		r := &all[i]
		switch {
		case r.Incident.ID != inc || r.Subscriber.ID != subscriber || r.Notice != nil:
		case r.Update.Kind != incident.Ended && r.told():
			told = max(told, r.Update.Number)
		case r.Update.Kind == incident.Ended && r.State.Certain():
			heard = max(heard, r.Update.Number)
		}
	}
	return told > heard
}

// over gives the number of the end of an incident, if nothing came after it.
func (o *Outbox) over(inc string) int {
	if last := o.last[inc]; last.Kind == incident.Ended {
		return last.Number
	}
	return 0
}

// reconcile looks at what else waits for the subscriber of a delivery whose
// fate is known.
func (o *Outbox) reconcile(r *Row, now time.Time) {
	if r.State != notify.Retry && r.State != notify.Dead && r.State != notify.Undelivered && !r.State.Certain() || r.Incident.ID == "" || r.Notice != nil {
		return
	}
	if !o.waits(r.Incident.ID, r.Subscriber.ID) {
		for _, other := range o.rows {
			switch {
			case !o.sameStory(other, r) || other.Update.Kind != incident.Ended || !other.replaceable():
			case !r.State.Certain():
				o.end(other, notify.Suppressed, notify.ReasonNeverTold, now)
			case r.Update.Kind == incident.Ended && other.Update.Number > r.Update.Number:
				o.end(other, notify.Suppressed, notify.ReasonHeard, now)
			}
		}
	}
	if r.State != notify.Retry || !r.replaceable() {
		return
	}
	last := o.last[r.Incident.ID]
	for _, other := range o.rows {
		if o.sameStory(other, r) && other.Update.Number > r.Update.Number && other.State != notify.Suppressed {
			o.end(r, notify.Superseded, notify.ReasonSuperseded, now)
			if until, held := o.held[other.Update.ID]; held && other.State == notify.Pending && other.Due.Equal(until) {
				other.Due = now
			}
			return
		}
	}
	switch ends := r.Update.Kind == incident.Ended; {
	case last.Number <= r.Update.Number:
	case !ends && last.Kind == incident.Ended:
		o.end(r, notify.Suppressed, notify.ReasonOver, now)
	case ends && last.Kind != incident.Ended:
		o.end(r, notify.Suppressed, notify.ReasonAgain, now)
	}
}

func (o *Outbox) end(r *Row, to notify.State, reason string, now time.Time) {
	r.Reason = reason
	o.set(r, to, now)
}

// doubt makes Unknown of what was under way.
func (o *Outbox) doubt(r *Row, reason string, now time.Time) {
	if r.Doubted.IsZero() {
		r.Doubted = r.Changed
	}
	r.Due, r.Reason = now, reason
	o.set(r, notify.Unknown, now)
}
