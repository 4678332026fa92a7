package notifytest

import (
	"cmp"
	"slices"
	"time"

	"daymark/incident"
	"daymark/notify"
)

func (w *world) claim() { w.claimOf(modelChannels[w.draw("claimed channel", 2)], 1+w.draw("limit", 4)) }

func (w *world) claimOf(channel string, limit int) int {
	w.Helper()
	before := w.box.Rows()
	claimed, err := w.box.Claim(w.Context(), channel, limit, w.now)
	w.check(err)
	if len(claimed) > limit {
		w.Fatalf("%d are claimed, at most %d were asked for", len(claimed), limit)
	}
	for i := range claimed {
		d := &claimed[i]
		p := w.person(d.Subscriber.ID)
		if p.Confirmed.IsZero() || p.ended != d.Ended || p.ended && d.State != notify.Unknown {
			w.Fatalf("invariant 6: %s, %s, is given for %+v", d.ID, d.State, p)
		}
		if d.Channel != channel || slices.ContainsFunc(w.held, func(h held) bool { return h.ID == d.ID }) {
			w.Fatalf("%s is given twice, or to %s", d.ID, channel)
		}
		w.so(d, before)
		w.gathered(d, before)
		w.held = append(w.held, held{Delivery: *d})
	}
	return len(claimed)
}

// parts gives each update that a delivery tells.
func parts(d *notify.Delivery) []notify.Beside {
	return append([]notify.Beside{{ID: d.ID, Incident: d.Incident, Update: d.Update}}, d.With...)
}

// so fails where what a delivery tells is not so any more, and it was never
// sent before.
func (w *world) so(d *notify.Delivery, before []Row) {
	w.Helper()
	for _, part := range parts(d) {
		r := rowOf(before, part.ID)
		t := w.story[part.Incident.ID]
		if w.hand[part.ID] || !r.replaceable() {
			continue
		}
		if r.Update.Kind == incident.Ended && !waits(before, part.Incident.ID, d.Subscriber.ID) {
			w.Fatalf("invariant 5: %s tells an end to who does not wait for it", part.ID)
		}
		if r.Update.Number == t.number {
			continue
		}
		if ends := r.Update.Kind == incident.Ended; ends != t.over && (ends || t.over) {
			w.Fatalf("invariant 4: %s, %s, goes out after update %d; over: %t", part.ID, r.Update.Kind, t.number, t.over)
		}
	}
}

// gathered fails where what the storm guard held for one reader is not one
// message, or what may have been taken as one is not that message again.
func (w *world) gathered(d *notify.Delivery, before []Row) {
	w.Helper()
	var with []string
	incidents := map[string]bool{}
	for _, part := range parts(d) {
		with = append(with, part.ID)
		r := rowOf(before, part.ID)
		if incidents[part.Incident.ID] || r.Subscriber.ID != d.Subscriber.ID || r.Channel != d.Channel {
			w.Fatalf("%s goes in the message of %s, %v", part.ID, d.ID, with)
		}
		incidents[part.Incident.ID] = true
	}
	first := rowOf(before, d.ID)
	for i := range before {
		r := &before[i]
		if r.Subscriber.ID != d.Subscriber.ID || slices.Contains(with, r.ID) {
			continue
		}
		if !first.replaceable() {
			if first.Carrier != "" && r.Carrier == first.Carrier {
				w.Fatalf("invariant 3: %s may have been taken in the message of %s, which goes once more with %v", r.ID, d.ID, with)
			}
			continue
		}
		if first.Held && r.Held && r.replaceable() && !r.Due.After(w.now) && r.Expires.After(w.now) && !behind(before, r) {
			w.Fatalf("%s was held as %s was, and goes out apart from it", r.ID, d.ID)
		}
	}
}

// behind says whether a delivery has to wait for an older one.
func behind(all []Row, r *Row) bool {
	return slices.ContainsFunc(all, func(o Row) bool {
		return o.Incident.ID == r.Incident.ID && o.Subscriber.ID == r.Subscriber.ID && o.Update.Number < r.Update.Number &&
			(o.State == notify.Sending || o.State == notify.Unknown || o.State == notify.Retry && !o.replaceable())
	})
}

func rowOf(all []Row, id string) Row {
	return all[slices.IndexFunc(all, func(r Row) bool { return r.ID == id })]
}

// endStorm decides about what is held.
func (w *world) endStorm() { w.box.EndStorm(w.draw("drop", 3) == 0, w.now) }

func (w *world) person(id string) *person {
	at := slices.IndexFunc(w.people, func(p person) bool { return p.ID == id })
	return &w.people[at]
}

// send carries one that is held to its remote, which does as it likes.
func (w *world) send() {
	if at := slices.IndexFunc(w.held, func(h held) bool { return !h.begun }); at >= 0 {
		w.carry(&w.held[at], w.draw("answer", 6))
	}
}

// carry does what the Sender does of one delivery; answer says what the remote
// does.
func (w *world) carry(h *held, answer int) {
	w.Helper()
	h.begun = true
	out := notify.Outcome{ID: h.ID, Due: w.now, Called: true}
	if h.State == notify.Unknown && h.Channel == "sms" {
		out.To, out.Called, out.Absent = notify.Retry, false, true // asked, and long enough after
		if w.took[h.ID] > 0 {
			out.To, out.Absent = notify.Accepted, false
		}
		w.results = append(w.results, out)
		return
	}
	if h.Ended {
		w.results = append(w.results, notify.Outcome{ID: h.ID, To: notify.Suppressed})
		return
	}
	for _, part := range parts(&h.Delivery) {
		key := h.Subscriber.ID + " " + part.Incident.ID
		if part.Update.Kind == incident.Ended && !w.may[key] && !w.hand[part.ID] {
			w.Fatalf("invariant 5: %s goes to who was never told", part.ID)
		}
		if part.Update.Number < w.heard[key] && !w.hand[part.ID] {
			w.Fatalf("invariant 4: %s goes out after update %d", part.ID, w.heard[key])
		}
	}
	takes := func() {
		for _, part := range parts(&h.Delivery) {
			if w.took[part.ID]++; w.took[part.ID] > 1 && (h.Channel == "sms" || w.took[part.ID] > 1+w.risky[part.ID]) {
				w.Fatalf("invariant 3: %s goes out %d times; its fate was lost %d times", part.ID, w.took[part.ID], w.risky[part.ID])
			}
		}
		w.arrives(h)
	}
	switch answer {
	case 0:
		out.To = notify.Retry
		out.Due = w.now.Add(time.Duration(w.draw("wait", 120)) * time.Second)
	case 1:
		out.To = notify.Dead
	case 2: // taken, and the answer is lost
		takes()
		w.lost(h)
		out.To = notify.Unknown
	case 3: // not taken, and the answer is lost
		w.arrives(h)
		out.To = notify.Unknown
	default:
		takes()
		out.To = notify.Accepted
	}
	w.results = append(w.results, out)
}

// lost notes that it is not known what became of a delivery that was taken.
func (w *world) lost(h *held) {
	for _, part := range parts(&h.Delivery) {
		w.risky[part.ID]++
	}
}

// arrives notes that a delivery may have come to its reader.
func (w *world) arrives(h *held) {
	for _, part := range parts(&h.Delivery) {
		key := h.Subscriber.ID + " " + part.Incident.ID
		w.may[key] = true
		w.heard[key] = max(w.heard[key], part.Update.Number)
	}
}

// settle records some of what became of what was sent, or all.
func (w *world) settle() {
	w.Helper()
	n := len(w.results)
	if n > 0 && w.draw("part", 3) == 0 {
		n = 1 + w.draw("of them", n)
	}
	w.record(w.results[:n])
	w.results = slices.Clone(w.results[n:])
}

func (w *world) record(outcomes []notify.Outcome) {
	w.Helper()
	if len(outcomes) == 0 {
		return
	}
	before := w.states()
	w.check(w.box.Settle(w.Context(), outcomes, w.now))
	after := w.states()
	for _, out := range outcomes {
		if was, is := before[out.ID], after[out.ID]; was != notify.Sending && is != was {
			w.Fatalf("what the provider told of %s, %s, became %s", out.ID, was, is)
		}
		w.held = slices.DeleteFunc(w.held, func(h held) bool { return h.ID == out.ID })
	}
}

func (w *world) states() map[string]notify.State {
	all := map[string]notify.State{}
	for _, r := range w.box.Rows() {
		all[r.ID] = r.State
	}
	return all
}

// crash kills the server: what it held and had not recorded is gone.
func (w *world) crash() {
	w.Helper()
	if w.draw("kill", 3) > 0 {
		return
	}
	for i := range w.held {
		h := &w.held[i]
		if w.took[h.ID] > 0 && h.begun {
			w.lost(h)
		}
		w.arrives(h) // nobody knows better
	}
	w.held, w.results = nil, nil
	_, err := w.box.Recover(w.Context(), w.now)
	w.check(err)
	if n := slices.IndexFunc(w.box.Rows(), func(r Row) bool { return r.State == notify.Sending }); n >= 0 {
		w.Fatalf("after a kill %s is still sending", w.box.Rows()[n].ID)
	}
}

// callback lets the provider of texts tell of one that it took: once, twice,
// late or early, or lets somebody else tell of one that is not.
func (w *world) callback() {
	w.Helper()
	ctx := w.Context()
	if w.draw("forged", 4) == 0 {
		changed, err := w.box.Report(ctx, "nobody", notify.Delivered, "SM", "", w.now)
		w.check(err)
		if changed {
			w.Fatalf("a report on nothing changed something")
		}
		return
	}
	var taken []string
	for _, r := range w.box.Rows() {
		if r.Channel == "sms" && w.took[r.ID] > 0 {
			taken = append(taken, r.ID)
		}
	}
	if len(taken) == 0 {
		return
	}
	id := taken[w.draw("of which", len(taken))]
	id = cmp.Or(w.row(id).Carrier, id) // the provider knows the message
	to := []notify.State{notify.Delivered, notify.Undelivered, notify.Accepted}[w.draw("told", 3)]
	for range 1 + w.draw("doubled", 2) {
		before := w.inMessage(id)
		changed, err := w.box.Report(ctx, id, to, "SM", "", w.now)
		w.check(err)
		if changed != slices.ContainsFunc(before, func(r Row) bool { return notify.MayReport(r.State, to) }) {
			w.Fatalf("a report of %s on %s, which is %+v: %t", to, id, before, changed)
		}
		for _, r := range w.inMessage(id) {
			if !changed || to != notify.Undelivered {
				break
			}
			w.may[r.Subscriber.ID+" "+r.Incident.ID] = slices.ContainsFunc(w.box.Rows(), func(other Row) bool {
				return other.told() && other.Subscriber.ID == r.Subscriber.ID && other.Incident.ID == r.Incident.ID
			})
		}
	}
}

func (w *world) row(id string) Row { return rowOf(w.box.Rows(), id) }

// inMessage gives a delivery and what went in its message.
func (w *world) inMessage(id string) []Row {
	return slices.DeleteFunc(w.box.Rows(), func(r Row) bool { return r.ID != id && r.Carrier != id })
}

// pass lets time pass; what is held is recorded before its lease ends.
func (w *world) pass() {
	minutes := []int{1, 3, 8, 250}[w.draw("minutes", 4)]
	if minutes > 8 || w.draw("finish", 2) == 0 {
		w.finish()
	}
	w.now = w.now.Add(time.Duration(minutes) * time.Minute)
	if len(w.held) > 0 && minutes > 3 {
		w.finish()
	}
}

// finish sends and records all that is held.
func (w *world) finish() {
	for i := range w.held {
		if !w.held[i].begun {
			w.carry(&w.held[i], 5)
		}
	}
	w.record(w.results)
	w.results = nil
}
