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

// ModelOutbox is an outbox with all that fills it, for RunModel.
type ModelOutbox interface {
	notify.Outbox
	// Subscribe adds a subscriber, or changes the one with the same ID.
	Subscribe(s notify.Subscriber)
	// Unsubscribe ends a subscription.
	Unsubscribe(id string)
	// Publish queues an update for those who are to hear of it, in one
	// transaction with the update.
	Publish(u *incident.Update)
	// Fail does all that Publish does, and fails before its commit.
	Fail(u *incident.Update)
	// EndStorm lets go what the storm guard holds of what machines published, or
	// drops it.
	EndStorm(drop bool, now time.Time)
	// Resend queues a delivery once more by hand.
	Resend(id string, second bool, now time.Time) (string, error)
	// Rows gives all deliveries.
	Rows() []Row
}

// Draw gives a number from 0 up to n, which is not among them.
type Draw func(what string, n int) int

// world is a server with its outbox, its remotes and its readers, as a model:
// what each remote took, what each reader may have got, what the server knows
// and forgets when it is killed.
type world struct {
	TB
	draw Draw
	box  ModelOutbox
	now  time.Time

	people []person
	story  map[string]*tale // by incident

	held    []held           // claimed, and not settled
	results []notify.Outcome // what became of them, not recorded yet

	took  map[string]int  // by the remote, by delivery
	risky map[string]int  // times that a delivery may have been taken without our knowing
	heard map[string]int  // by subscriber and incident: the newest update that may have arrived
	may   map[string]bool // by subscriber and incident: they may have been told of it
	hand  map[string]bool // deliveries by hand
}

type person struct {
	notify.Subscriber
	ended bool
}

type tale struct {
	number int
	over   bool
}

type held struct {
	notify.Delivery
	begun bool
}

// RunModel takes an empty outbox through a random life and fails where one of
// the invariants of deliveries does not hold:
//
//  1. an update and its deliveries are queued together or not at all, a row a
//     recipient;
//  2. what was queued comes to an end, whatever kills the server on the way,
//     and what ended as taken was taken;
//  3. a message goes out twice only where the server was killed, or the answer
//     was lost, between the remote's acceptance and our commit; a text message
//     not even then;
//  4. a newer update replaces older ones that were never sent, and none that
//     may have been; nobody hears an older one after a newer one;
//     And nobody hears, after the end, of what was so before, nor the end
//     when it has begun again, unless it may have been sent before;
//  5. nobody hears the end of what they were never told, and it is not kept
//     from who was told, also where they were told of several in one message;
//  6. nobody gets anything before confirming or after unsubscribing;
//  9. one channel goes on while the other stands still.
//
// That no answer tells who is subscribed (7) and that a promise has one clock
// (8) are not the outbox's.
func RunModel(tb TB, draw Draw, box ModelOutbox) {
	w := &world{
		TB: tb, draw: draw, box: box, now: suiteStart, story: map[string]*tale{},
		took: map[string]int{}, risky: map[string]int{}, heard: map[string]int{}, may: map[string]bool{}, hand: map[string]bool{},
	}
	steps := []func(){
		w.publish, w.publish, w.publish, w.claim, w.claim, w.claim, w.send, w.send, w.send, w.send, w.settle, w.settle,
		w.crash, w.callback, w.unsubscribe, w.subscribe, w.pass, w.resend, w.endStorm,
	}
	for range 4 {
		w.subscribe()
	}
	for range 5 + draw("steps", 60) {
		steps[draw("step", len(steps))]()
	}
	w.drain()
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("the outbox failed: %v", err)
	}
}

var modelChannels = []string{"email", "sms"}

func (w *world) subscribe() {
	if len(w.people) > 8 {
		return
	}
	p := person{Subscriber: notify.Subscriber{
		ID: fmt.Sprintf("s%d", len(w.people)), Channel: modelChannels[w.draw("channel", 2)], Severity: incident.Severity(w.draw("least", 5)), Edges: w.draw("edges", 2) == 1,
	}}
	p.Address = p.ID
	if w.draw("to one component", 3) == 0 {
		p.Components = []string{"api"}
	}
	if w.draw("unconfirmed", 4) > 0 {
		p.Confirmed = w.now
	}
	w.people = append(w.people, p)
	w.box.Subscribe(p.Subscriber)
}

func (w *world) unsubscribe() {
	if len(w.people) == 0 || w.draw("really", 2) > 0 {
		return
	}
	p := &w.people[w.draw("who", len(w.people))]
	p.ended = true
	w.box.Unsubscribe(p.ID)
}

func (w *world) publish() {
	inc := fmt.Sprintf("i%d", w.draw("incident", 3))
	t := w.story[inc]
	if t == nil {
		t = &tale{}
		w.story[inc] = t
	}
	u := incident.Update{Incident: inc, Number: t.number + 1, At: w.now, Severity: incident.Severity(1 + w.draw("severity", 4)), Auto: w.draw("by a machine", 2) == 1}
	u.ID = fmt.Sprintf("%s-%d", inc, u.Number)
	switch {
	case t.number == 0:
		u.Kind = incident.Opened
	case t.over:
		u.Kind = incident.Reopened
	default:
		u.Kind = []incident.UpdateKind{incident.Worsened, incident.Progress, incident.Ended, incident.Ended}[w.draw("kind", 4)]
	}
	for _, component := range []string{"api", "shop"} {
		if w.draw(component, 2) == 1 {
			u.Changes = append(u.Changes, incident.AffectedChange{Component: component})
		}
	}
	u.Channels = [][]string{{"email", "sms"}, {"email", "sms"}, {"email"}, {"sms"}}[w.draw("channels", 4)]
	before := w.box.Rows()
	if w.draw("fails", 6) == 0 {
		w.box.Fail(&u)
		if after := w.box.Rows(); !slices.EqualFunc(before, after, sameRow) {
			w.Fatalf("invariant 1: a write that failed left %+v of %+v", after, before)
		}
		return
	}
	w.box.Publish(&u)
	t.number, t.over = u.Number, u.Kind == incident.Ended
	w.queued(&u, before, w.box.Rows())
}

func sameRow(a, b Row) bool { return a.ID == b.ID && a.State == b.State }

// queued holds what an update changed against the rule.
func (w *world) queued(u *incident.Update, before, after []Row) {
	w.Helper()
	was := map[string]Row{}
	for _, r := range before {
		was[r.ID] = r
	}
	wanted := map[string]notify.State{}
	for i := range w.people {
		p := &w.people[i]
		told, last := false, 0
		for _, r := range before {
			if r.Subscriber.ID == p.ID && r.Incident.ID == u.Incident && r.told() && r.Update.Number > last {
				last, told = r.Update.Number, r.Update.Kind != incident.Ended
			}
		}
		if u.Kind == incident.Ended {
			told = waits(before, u.Incident, p.ID)
		}
		if p.Confirmed.IsZero() || p.ended || !slices.Contains(u.Channels, p.Channel) && (u.Kind != incident.Ended || !told) {
			continue
		}
		if state, _, ok := notify.Decide(u, &p.Subscriber, told); ok {
			wanted[p.ID] = state
		}
	}
	queued := 0
	for _, r := range after {
		old, existed := was[r.ID]
		state, hears := wanted[r.Subscriber.ID]
		switch {
		case !existed:
			queued++
			if !hears || r.State != state || r.Update.ID != u.ID {
				w.Fatalf("invariant 1: %s is queued as %s for update %s; wanted are %v", r.ID, r.State, u.ID, wanted)
			}
		case hears && r.Incident.ID == u.Incident && old.replaceable():
			if r.State != notify.Superseded && (state != notify.Suppressed || r.State != notify.Suppressed) {
				w.Fatalf("invariant 4: %s is still %s after update %s", r.ID, r.State, u.ID)
			}
		case r.Incident.ID == u.Incident && old.replaceable() && (u.Kind == incident.Ended || u.Kind == incident.Reopened && old.Update.Kind == incident.Ended):
			if r.State != notify.Suppressed {
				w.Fatalf("invariant 4: %s is still %s after %s, which %s it", r.ID, r.State, u.ID, u.Kind)
			}
		case r.State != old.State:
			w.Fatalf("invariant 4: update %s makes %s of %s, which was %s", u.ID, r.State, r.ID, old.State)
		}
	}
	if queued != len(wanted) {
		w.Fatalf("invariant 1: %d rows are queued for %d recipients", queued, len(wanted))
	}
}

func (w *world) resend() {
	w.Helper()
	rows := w.box.Rows()
	if len(rows) == 0 {
		return
	}
	r := rows[w.draw("resent", len(rows))]
	p := w.person(r.Subscriber.ID)
	second := w.draw("again", 2) == 1
	over := 0
	if t := w.story[r.Incident.ID]; t.over {
		over = t.number
	}
	made, err := w.box.Resend(r.ID, second, w.now)
	want := cmp.Or(notify.MayResendTo(!p.Confirmed.IsZero(), p.ended), notify.MayResend(resending(rows, &r, over)))
	if second && errors.Is(want, notify.ErrSecond) {
		want = nil
	}
	if (err == nil) != (want == nil) {
		w.Fatalf("to resend %s, which is %s, to %+v: %v; want %v", r.ID, r.State, p, err, want)
	}
	if err == nil {
		w.hand[made] = true
	}
}

// drain lets everything come to its end, the text messages first: the other
// channel stands still meanwhile.
func (w *world) drain() {
	w.Helper()
	w.finish()
	for _, channel := range []string{"sms", "email"} {
		for round := 0; w.claimOf(channel, 100) > 0 || w.waiting(channel) > 0; round++ {
			if round > 100 {
				w.Fatalf("invariant 2: %d deliveries by %s never end", w.waiting(channel), channel)
			}
			w.finish()
			w.now = w.now.Add(time.Minute)
		}
	}
	for _, r := range w.box.Rows() {
		switch r.State {
		case notify.Accepted, notify.Delivered, notify.Undelivered:
			if w.took[r.ID] == 0 {
				w.Fatalf("invariant 2: %s ended as %s, and no remote took it", r.ID, r.State)
			}
		case notify.Superseded:
			if w.took[r.ID] > 0 {
				w.Fatalf("invariant 4: %s was taken, and a newer one went instead", r.ID)
			}
		case notify.Expired, notify.Suppressed, notify.Dead:
			if w.took[r.ID] > w.risky[r.ID] {
				w.Fatalf("invariant 4: %s was taken, and ended as %s (%s)", r.ID, r.State, r.Reason)
			}
		default:
			w.Fatalf("invariant 2: %s is left as %s", r.ID, r.State)
		}
	}
	for i := range w.people {
		for inc, t := range w.story {
			if t.over {
				w.hears(&w.people[i], inc)
			}
		}
	}
}

// hears fails where the end of an incident was kept from a reader who was told
// of it: nothing was even tried to tell them.
func (w *world) hears(p *person, inc string) {
	w.Helper()
	last, tried := 0, 0
	for _, r := range w.box.Rows() {
		switch {
		case r.Subscriber.ID != p.ID || r.Incident.ID != inc:
		case w.hand[r.ID]:
			return // what goes by hand goes out of turn
		case r.Update.Kind != incident.Ended && w.took[r.ID] > 0 && r.State != notify.Undelivered:
			last = max(last, r.Update.Number)
		case r.Update.Kind == incident.Ended && r.State != notify.Suppressed && r.State != notify.Superseded:
			tried = max(tried, r.Update.Number)
		}
	}
	if last > tried && !p.ended {
		w.Fatalf("invariant 5: %s was told of %s by update %d, and its end is kept from them", p.ID, inc, last)
	}
}

func (w *world) waiting(channel string) int {
	n := 0
	for _, r := range w.box.Rows() {
		if r.Channel == channel && (r.waits() || r.State == notify.Sending) {
			n++
		}
	}
	return n
}
