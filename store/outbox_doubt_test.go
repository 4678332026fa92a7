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

// TestEndsAndReopenings: what a reader hears where an end was under way, or was
// never sent, when the incident began again, and where an end is told on fewer
// channels than the rest.
func TestEndsAndReopenings(t *testing.T) {
	taken, later, unclear := notify.Outcome{To: notify.Accepted}, notify.Outcome{To: notify.Retry}, notify.Outcome{To: notify.Unknown}
	absent := notify.Outcome{To: notify.Retry, Absent: true}
	type step func(o *oneReader)
	tells := func(number int, kind incident.UpdateKind, components ...string) step {
		return func(o *oneReader) { o.tell(number, kind, components...) }
	}
	pageOnly := func(number int, kind incident.UpdateKind) step {
		return func(o *oneReader) {
			p := &publishing{tb: o.t, store: o.store, now: o.time()}
			p.save(p.update("i1", number, kind, incident.P1))
		}
	}
	carries := func(out notify.Outcome, want ...int) step {
		return func(o *oneReader) {
			o.t.Helper()
			if sent := o.carry(out); !slices.Equal(sent, want) {
				o.t.Errorf("%v goes out, want %v", sent, want)
			}
		}
	}
	// holds keeps a delivery under way while other things happen.
	holds := func(meanwhile []step, out notify.Outcome) step {
		return func(o *oneReader) {
			o.t.Helper()
			held := o.claim("email")
			if len(held) != 1 {
				o.t.Fatalf("%d are under way, want 1", len(held))
			}
			for _, s := range meanwhile {
				s(o)
			}
			out.ID, out.Due = held[0].ID, o.time()
			if err := o.store.Settle(context.Background(), []notify.Outcome{out}, o.time()); err != nil {
				o.t.Fatal(err)
			}
		}
	}
	opened, ended := tells(1, incident.Opened, "sign-in"), tells(2, incident.Ended, "sign-in")
	elsewhere := tells(3, incident.Reopened, "other") // not about the reader's component
	for _, c := range []struct {
		name  string
		steps []step
		ends  string // how each delivery stands then
	}{
		{
			"an end in doubt is not there, after it began again elsewhere and ended again",
			[]step{opened, carries(taken, 1), ended, carries(unclear, 2), elsewhere, tells(4, incident.Ended, "other"), carries(absent, 2), carries(taken, 4)},
			"1 accepted, 2 superseded, 4 accepted",
		},
		{
			"an end in doubt had arrived, after it began again elsewhere and ended again",
			[]step{opened, carries(taken, 1), ended, carries(unclear, 2), elsewhere, tells(4, incident.Ended, "other"), carries(taken, 2), carries(taken)},
			"1 accepted, 2 accepted, 4 suppressed",
		},
		{
			"an end under way is put off, after it began again elsewhere",
			[]step{opened, carries(taken, 1), ended, holds([]step{elsewhere}, later), carries(taken), tells(4, incident.Ended, "other"), carries(taken, 4)},
			"1 accepted, 2 suppressed, 4 accepted",
		},
		{
			"an end was never sent when it began again elsewhere",
			[]step{opened, carries(taken, 1), ended, elsewhere, carries(taken), tells(4, incident.Ended, "other"), carries(taken, 4)},
			"1 accepted, 2 suppressed, 4 accepted",
		},
		{
			"an end was never sent when it began again on the page alone",
			[]step{opened, carries(taken, 1), ended, pageOnly(3, incident.Reopened), carries(taken), pageOnly(4, incident.Ended), carries(taken, 4)},
			"1 accepted, 2 suppressed, 4 accepted",
		},
		{
			"an end is refused after it ended again",
			[]step{opened, carries(taken, 1), ended, holds([]step{elsewhere, tells(4, incident.Ended, "other")}, notify.Outcome{To: notify.Dead}), carries(taken, 4)},
			"1 accepted, 2 dead, 4 accepted",
		},
		{
			"an update is under way when the end is told on the page alone",
			[]step{opened, carries(taken, 1), tells(2, incident.Progress, "sign-in"), holds([]step{pageOnly(3, incident.Ended)}, taken), carries(taken, 3)},
			"1 accepted, 2 accepted, 3 accepted",
		},
		{
			"an update under way is put off, and the end is told on the page alone",
			[]step{opened, carries(taken, 1), tells(2, incident.Progress, "sign-in"), holds([]step{pageOnly(3, incident.Ended)}, later), carries(taken, 3)},
			"1 accepted, 2 superseded, 3 accepted",
		},
		{
			"the opening under way is put off, and the end is told on the page alone",
			[]step{opened, holds([]step{pageOnly(2, incident.Ended)}, later), carries(taken)},
			"1 suppressed, 2 suppressed",
		},
		{
			"what waits is not told after an end on the page alone",
			[]step{opened, pageOnly(2, incident.Ended), carries(taken)},
			"1 suppressed",
		},
		{
			"it begins again while the opening is under way, which is put off",
			[]step{opened, holds([]step{ended, tells(3, incident.Reopened, "sign-in")}, later), carries(taken, 3)},
			"1 superseded, 2 superseded, 3 accepted",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOneReader(t, "sign-in")
			for _, s := range c.steps {
				s(o)
				o.pass(time.Second)
			}
			rows, err := o.store.Ledger(t.Context(), notify.LedgerQuery{Incident: "i1", Most: 99})
			if err != nil {
				t.Fatal(err)
			}
			var stand []string
			for i := range rows {
				stand = append(stand, fmt.Sprintf("%d %s", rows[i].Update, rows[i].State))
			}
			if got := strings.Join(stand, ", "); got != c.ends {
				t.Errorf("%s, want %s", got, c.ends)
			}
		})
	}
}

// TestAStorySaysWhatTookItsPlace: and when, also where it had never been tried.
func TestAStorySaysWhatTookItsPlace(t *testing.T) {
	o := newOneReader(t)
	o.tell(1, incident.Opened, "api")
	o.pass(time.Minute)
	o.tell(2, incident.Worsened, "api")
	o.carry(notify.Outcome{To: notify.Retry, Reason: "451 later"})
	o.pass(time.Minute)
	at := o.time()
	o.tell(3, incident.Worsened, "api")
	for number, steps := range map[int]int{1: 1, 2: 3} {
		story, err := o.store.DeliveryStory(t.Context(), o.delivery(number))
		if err != nil {
			t.Fatal(err)
		}
		if len(story.Events) != steps {
			t.Fatalf("the story of update %d is %+v", number, story.Events)
		}
		last := story.Events[steps-1]
		if last.State != notify.Superseded || last.Successor != o.delivery(number+1) || last.Reason != notify.ReasonSuperseded {
			t.Errorf("update %d ends as %+v", number, last)
		}
		if number == 2 && !last.At.Equal(at) {
			t.Errorf("at %s, want %s", last.At, at)
		}
	}
	o.carry(notify.Outcome{To: notify.Retry})
	o.tell(4, incident.Ended, "api")
	story, err := o.store.DeliveryStory(t.Context(), o.delivery(4))
	if err != nil || len(story.Events) != 1 || story.Events[0].State != notify.Suppressed || story.Events[0].Reason != notify.ReasonNeverTold {
		t.Errorf("an end that nobody waits for: %+v, %v", story, err)
	}
}
