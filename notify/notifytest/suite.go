package notifytest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"daymark/notify"
)

// TB is what a behaviour needs of *testing.T.
type TB interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// OutboxCase is one behaviour that every notify.Outbox has. Run is given an
// empty one, and put, which queues a delivery as Pending, due when it was
// created, under the id that it answers; it uses ID, Channel, Created, Expires
// and Update.Severity.
type OutboxCase struct {
	Name string
	Run  func(tb TB, o notify.Outbox, put func(notify.Delivery) string)
}

var suiteStart = time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)

// outboxTrial drives one case.
type outboxTrial struct {
	TB
	box notify.Outbox
	put func(notify.Delivery) string
}

// sample is a delivery of a P1 that is due at suiteStart plus after.
func sample(id string, after time.Duration) notify.Delivery {
	at := suiteStart.Add(after)
	d := notify.Delivery{ID: id, Channel: "sms", Created: at, Expires: at.Add(time.Hour)}
	d.Update.Severity = 1
	return d
}

// claim takes at most limit and wants these ids with these states.
func (t outboxTrial) claim(limit int, now time.Time, want ...string) {
	t.Helper()
	claimed, err := t.box.Claim(t.Context(), "sms", limit, now)
	if err != nil {
		t.Fatalf("claim: %v", err)
	}
	var got []string
	for _, d := range claimed {
		got = append(got, d.ID+" "+string(d.State))
	}
	if len(got) != len(want) {
		t.Fatalf("claimed %q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("claimed %q, want %q", got, want)
		}
	}
}

func (t outboxTrial) settle(now time.Time, outcomes ...notify.Outcome) {
	t.Helper()
	if err := t.box.Settle(t.Context(), outcomes, now); err != nil {
		t.Fatalf("settle: %v", err)
	}
}

func (t outboxTrial) report(id string, to notify.State, want bool) {
	t.Helper()
	changed, err := t.box.Report(t.Context(), id, to, "SM1", "", suiteStart)
	if err != nil || changed != want {
		t.Errorf("report %s: %v, %v; want %v", to, changed, err, want)
	}
}

// OutboxCases returns the behaviours of a notify.Outbox; each implementation
// runs all of them in its tests.
func OutboxCases() []OutboxCase {
	cases := map[string]func(outboxTrial){
		"claims the worst first, then the earliest": func(t outboxTrial) {
			late := t.put(sample("late", time.Minute))
			lesser := sample("minor", -time.Hour/2)
			lesser.Update.Severity = 3
			minor := t.put(lesser)
			early := t.put(sample("early", 0))
			t.claim(2, suiteStart.Add(time.Minute), early+" pending", late+" pending")
			t.claim(2, suiteStart.Add(time.Minute), minor+" pending")
			t.claim(2, suiteStart.Add(time.Minute))
		},
		"gives the least a turn in sixteen": func(t outboxTrial) {
			least := sample("least", 0)
			least.Update.Severity = 4
			id := t.put(least)
			var want []string
			for i := range 20 {
				want = append(want, t.put(sample(fmt.Sprintf("worst%02d", i), time.Duration(i)*time.Second))+" pending")
			}
			want = slices.Insert(want, 15, id+" pending")
			t.claim(7, suiteStart.Add(time.Minute), want[:7]...)
			t.claim(14, suiteStart.Add(time.Minute), want[7:]...)
		},
		"claims nothing early and nothing of another channel": func(t outboxTrial) {
			t.put(sample("later", time.Second))
			mail := sample("mail", 0)
			mail.Channel = "email"
			t.put(mail)
			t.claim(9, suiteStart)
		},
		"expires what nobody wants any more": func(t outboxTrial) {
			id := t.put(sample("old", 0))
			t.claim(9, suiteStart.Add(time.Hour))
			t.report(id, notify.Delivered, false)
		},
		"gives a retry again when it is due": func(t outboxTrial) {
			id := t.put(sample("one", 0))
			t.claim(9, suiteStart, id+" pending")
			t.settle(suiteStart, notify.Outcome{ID: id, To: notify.Retry, Due: suiteStart.Add(time.Minute), Called: true})
			t.claim(9, suiteStart.Add(time.Minute-time.Millisecond))
			t.claim(9, suiteStart.Add(time.Minute), id+" retry")
		},
		"counts calls of the remote": func(t outboxTrial) {
			id := t.put(sample("one", 0))
			t.claim(9, suiteStart, id+" pending")
			t.settle(suiteStart, notify.Outcome{ID: id, To: notify.Unknown, Due: suiteStart, Called: true})
			t.claim(9, suiteStart, id+" unknown")
			t.settle(suiteStart, notify.Outcome{ID: id, To: notify.Retry, Due: suiteStart})
			claimed, err := t.box.Claim(t.Context(), "sms", 9, suiteStart)
			if err != nil || len(claimed) != 1 || claimed[0].Attempts != 1 {
				t.Errorf("claimed %+v, %v; want one with one attempt", claimed, err)
			}
		},
		"recovers what was under way as unknown": func(t outboxTrial) {
			id := t.put(sample("one", 0))
			t.put(sample("waits", time.Hour))
			t.claim(9, suiteStart, id+" pending")
			for i, want := range []int{1, 0} {
				if n, err := t.box.Recover(t.Context(), suiteStart); err != nil || n != want {
					t.Errorf("recover %d: %d, %v; want %d", i, n, err, want)
				}
			}
			t.claim(9, suiteStart, id+" unknown")
		},
		"takes a report before the outcome, which then changes nothing": func(t outboxTrial) {
			id := t.put(sample("one", 0))
			t.claim(9, suiteStart, id+" pending")
			t.report(id, notify.Delivered, true)
			t.settle(suiteStart, notify.Outcome{ID: id, To: notify.Unknown, Due: suiteStart, Called: true})
			t.claim(9, suiteStart)
			t.report(id, notify.Undelivered, false)
		},
		"takes reports in order once each": func(t outboxTrial) {
			id := t.put(sample("one", 0))
			t.report(id, notify.Delivered, false) // never sent
			t.claim(9, suiteStart, id+" pending")
			t.settle(suiteStart, notify.Outcome{ID: id, To: notify.Accepted, Provider: "SM1", Called: true})
			t.report(id, notify.Delivered, true)
			t.report(id, notify.Delivered, false)
			t.report(id, notify.Accepted, false)
			t.report("nobody", notify.Delivered, false)
		},
		"takes the provider's word for what was thought not taken": func(t outboxTrial) {
			id := t.put(sample("one", 0))
			t.claim(9, suiteStart, id+" pending")
			t.settle(suiteStart, notify.Outcome{ID: id, To: notify.Retry, Due: suiteStart.Add(time.Minute), Called: true})
			t.report(id, notify.Delivered, true)
			t.claim(9, suiteStart.Add(time.Minute))
		},
		"ends what was refused": func(t outboxTrial) {
			id := t.put(sample("one", 0))
			t.claim(9, suiteStart, id+" pending")
			t.settle(suiteStart, notify.Outcome{ID: id, To: notify.Dead, Reason: "no such number", Called: true})
			t.claim(9, suiteStart.Add(time.Minute))
			t.report(id, notify.Delivered, false)
		},
	}
	var all []OutboxCase
	for name, run := range cases {
		all = append(all, OutboxCase{name, func(tb TB, o notify.Outbox, put func(notify.Delivery) string) {
			run(outboxTrial{tb, o, put})
		}})
	}
	return all
}
