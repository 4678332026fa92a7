package notifytest

import (
	"cmp"
	"slices"
	"time"

	"daymark/incident"
	"daymark/notify"
)

// heldFor is how long the storm guard holds messages, beyond stormCap a minute
// that machines begin.
const (
	heldFor  = 10 * time.Minute
	stormCap = 1
)

// guard holds back an update of a machine that is one too many.
func (o *Outbox) guard(u *incident.Update) {
	if !u.Auto {
		return
	}
	o.begun = append(slices.DeleteFunc(o.begun, func(at time.Time) bool { return !at.After(u.At.Add(-time.Minute)) }), u.At)
	if len(o.begun) <= stormCap || u.Kind == incident.Ended {
		return
	}
	o.held[u.ID] = u.At.Add(heldFor)
	for _, r := range o.rows {
		if r.Update.ID == u.ID && r.State == notify.Pending && !o.inPlace(r) {
			r.Due = o.held[u.ID]
		}
	}
}

// inPlace says whether a row took the place of one that nothing held back.
func (o *Outbox) inPlace(r *Row) bool {
	for _, old := range o.rows {
		if old.State == notify.Superseded && old.Changed.Equal(r.Created) && o.sameStory(old, r) && old.Update.Number < r.Update.Number &&
			!old.Due.Equal(o.held[old.Update.ID]) {
			return true
		}
	}
	return false
}

// EndStorm lets go what the storm guard holds, or drops it.
func (o *Outbox) EndStorm(drop bool, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range o.rows {
		until, held := o.held[r.Update.ID]
		if !held || r.State != notify.Pending || !r.Due.Equal(until) || !until.After(now) {
			continue
		}
		if r.Due = now; drop {
			o.end(r, notify.Suppressed, "dropped", now)
		}
	}
}

// gather gives the row whose message goes out, with the others that go in it.
func (o *Outbox) gather(r *Row, now time.Time) (*Row, []*Row) {
	var with []*Row
	for _, other := range o.rows {
		if other.ID == r.ID || other.Subscriber.ID != r.Subscriber.ID || other.Notice != nil {
			continue
		}
		switch {
		case !r.Doubted.IsZero():
			if r.Carrier != "" && other.Carrier == r.Carrier && other.waits() && !other.Doubted.IsZero() {
				with = append(with, other)
			}
		case o.isHeld(r) && o.isHeld(other) && other.replaceable() && !other.Due.After(now) && other.Expires.After(now) && !o.blocked(other):
			with = append(with, other)
		}
	}
	slices.SortFunc(with, func(a, b *Row) int {
		return cmp.Or(cmp.Compare(notify.LaneOf(&a.Delivery), notify.LaneOf(&b.Delivery)), cmp.Compare(a.place, b.place))
	})
	if !r.Doubted.IsZero() {
		if at := slices.IndexFunc(with, func(other *Row) bool { return other.ID == r.Carrier }); at >= 0 {
			first := with[at]
			with[at] = r
			return first, with
		}
		return r, with
	}
	with = with[:min(len(with), max(notify.Together(r.Channel)-1, 0))]
	o.bind(r, with)
	return r, with
}

// isHeld says whether the storm guard held back the update of a row.
func (o *Outbox) isHeld(r *Row) bool {
	_, held := o.held[r.Update.ID]
	return held && r.Again == ""
}

// bind notes what goes in one message.
func (o *Outbox) bind(r *Row, with []*Row) {
	for _, other := range o.rows {
		if other.Carrier == r.ID {
			other.Carrier = ""
		}
	}
	r.Carrier = ""
	for _, other := range with {
		r.Carrier, other.Carrier = r.ID, r.ID
		if other.Expires.Before(r.Expires) {
			r.Expires = other.Expires
		}
	}
	for _, other := range with {
		other.Expires = r.Expires
	}
}

// inMessage gives a delivery and what went in its message.
func (o *Outbox) inMessage(id string) []*Row {
	var all []*Row
	for _, r := range o.rows {
		if r.ID == id || r.Carrier == id {
			all = append(all, r)
		}
	}
	return all
}
