package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/notify"
	"daymark/store"
)

// oneReader is a store with one subscriber by email, and one incident.
type oneReader struct {
	*fixture
	subscriber string
}

func newOneReader(t *testing.T, components ...string) *oneReader {
	t.Helper()
	f := newFixture(t)
	return &oneReader{f, f.subscriber(notify.Subscriber{Channel: "email", Address: "a@mail.example", Components: components})}
}

// tell publishes an update that changes some components.
func (o *oneReader) tell(number int, kind incident.UpdateKind, components ...string) {
	o.t.Helper()
	p := &publishing{tb: o.t, store: o.store, now: o.time()}
	d := p.update("i1", number, kind, incident.P1, "email")
	d.Updates[0].Changes = nil
	for _, component := range components {
		d.Updates[0].Changes = append(d.Updates[0].Changes, incident.AffectedChange{Component: component})
	}
	p.save(d)
}

func (o *oneReader) delivery(number int) string { return fmt.Sprintf("i1-%d-%s", number, o.subscriber) }

// carry settles all that is due as an outcome, and says which updates it was.
func (o *oneReader) carry(out notify.Outcome) (numbers []int) {
	o.t.Helper()
	for _, d := range o.claim("email") {
		numbers = append(numbers, d.Update.Number)
		out.ID, out.Due, out.Called = d.ID, o.time(), true
		if err := o.store.Settle(context.Background(), []notify.Outcome{out}, o.time()); err != nil {
			o.t.Fatal(err)
		}
	}
	return numbers
}

// is gives how a delivery stands.
func (o *oneReader) is(id string) (state notify.State, reason string) {
	o.t.Helper()
	story, err := o.store.DeliveryStory(context.Background(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return story.State, story.Reason
}

// TestADoubtIsKept: who may have been told of an incident hears its end,
// whatever a later attempt was answered; only the provider's word that it has
// nothing ends the doubt.
func TestADoubtIsKept(t *testing.T) {
	unclear := notify.Outcome{To: notify.Unknown, Reason: "the connection was lost after the dot"}
	later := notify.Outcome{To: notify.Retry, Reason: "451 greylisted"}
	for _, c := range []struct {
		name  string
		fates []notify.Outcome // of the opening, before the end is published
		after notify.Outcome   // of what is due then
		sent  []int            // what goes out from the end on
		first notify.State     // how the opening ends
	}{
		{"tried again later", []notify.Outcome{unclear, later}, notify.Outcome{To: notify.Accepted}, []int{1, 2}, notify.Accepted},
		{"put back without a call", []notify.Outcome{unclear, later, later}, notify.Outcome{To: notify.Accepted}, []int{1, 2}, notify.Accepted},
		{"refused at last", []notify.Outcome{unclear, later, {To: notify.Dead, Reason: "550"}}, notify.Outcome{To: notify.Accepted}, []int{2}, notify.Dead},
		{"unclear twice", []notify.Outcome{unclear, unclear}, notify.Outcome{To: notify.Accepted}, []int{1, 2}, notify.Accepted},
		{"the provider does not have it", []notify.Outcome{unclear, {To: notify.Retry, Absent: true}}, notify.Outcome{To: notify.Accepted}, nil, notify.Suppressed},
		{"never in doubt", []notify.Outcome{later}, notify.Outcome{To: notify.Accepted}, nil, notify.Suppressed},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOneReader(t)
			o.tell(1, incident.Opened, "api")
			for _, fate := range c.fates {
				if sent := o.carry(fate); !slices.Equal(sent, []int{1}) {
					t.Fatalf("%v goes out", sent)
				}
			}
			o.pass(time.Minute)
			o.tell(2, incident.Ended, "api")
			var sent []int
			for range 3 {
				sent = append(sent, o.carry(c.after)...)
			}
			if !slices.Equal(sent, c.sent) {
				t.Errorf("%v goes out, want %v", sent, c.sent)
			}
			if state, reason := o.is(o.delivery(1)); state != c.first {
				t.Errorf("the opening ends as %s (%s), want %s", state, reason, c.first)
			}
		})
	}
}

// TestADoubtOutlastsTheEnd: the opening is under way when the end is published,
// may have been taken, and is put off: neither it nor the end is taken back.
func TestADoubtOutlastsTheEnd(t *testing.T) {
	o := newOneReader(t)
	o.tell(1, incident.Opened, "api")
	o.carry(notify.Outcome{To: notify.Unknown})
	o.tell(2, incident.Ended, "api")
	o.carry(notify.Outcome{To: notify.Retry})
	for _, want := range []int{1, 2} {
		if sent := o.carry(notify.Outcome{To: notify.Accepted}); !slices.Equal(sent, []int{want}) {
			t.Fatalf("%v goes out, want %d", sent, want)
		}
	}
}

// TestNothingGoesOutAfterTheEnd: what waits for a reader whom the end is not
// about any more ends with the incident.
func TestNothingGoesOutAfterTheEnd(t *testing.T) {
	o := newOneReader(t, "sign-in")
	o.tell(1, incident.Opened, "sign-in")
	o.tell(2, incident.Ended, "other")
	if sent := o.carry(notify.Outcome{To: notify.Accepted}); len(sent) > 0 {
		t.Errorf("update %v goes out after the end", sent)
	}
	if state, reason := o.is(o.delivery(1)); state != notify.Suppressed || reason != notify.ReasonOver {
		t.Errorf("the opening ends as %s: %s", state, reason)
	}
}

// TestAResendLooksAround: at the copies that were sent by hand, at what is
// newer, and at whether the incident is over.
func TestAResendLooksAround(t *testing.T) {
	resend := func(o *oneReader, id string, second bool) (made string, err error) {
		err = o.store.Write(t.Context(), func(ctx context.Context, tx incident.Tx) error {
			made, err = tx.(*store.Tx).Resend(ctx, o.time(), id, second)
			return err
		})
		return made, err
	}
	dead, taken := notify.Outcome{To: notify.Dead}, notify.Outcome{To: notify.Accepted}
	refused := func(what string, err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	o := newOneReader(t)
	o.tell(1, incident.Opened, "api")
	o.carry(dead)
	made, err := resend(o, o.delivery(1), false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = resend(o, o.delivery(1), true)
	refused("while a copy waits", err, "a copy of it is on its way")
	o.carry(taken)
	for _, id := range []string{o.delivery(1), made} {
		_, err = resend(o, id, false)
		refused("after a copy was taken", err, "second copy")
	}
	if _, err := resend(o, o.delivery(1), true); err != nil {
		t.Errorf("knowingly: %v", err)
	}
	o.carry(taken)
	o.tell(2, incident.Progress, "api")
	_, err = resend(o, o.delivery(1), true)
	refused("after something newer", err, "resend that one")

	o = newOneReader(t)
	o.tell(1, incident.Opened, "api")
	o.carry(dead)
	o.tell(2, incident.Ended, "api")
	_, err = resend(o, o.delivery(1), true)
	refused("after the end", err, "after its end")
}
