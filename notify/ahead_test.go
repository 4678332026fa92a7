package notify_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"daymark/incident"
	"daymark/notify"
)

// under counts what is under way on a channel.
func (b *bench) under(channel string) int {
	n := 0
	for _, r := range b.box.Rows() {
		if r.Channel == channel && r.State == notify.Sending {
			n++
		}
	}
	return n
}

// A fast channel is claimed for ahead, one that became slow gives back what it
// cannot send soon, and one whose provider can be asked is never.
func TestSenderClaimsAheadOfAFastChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var takes atomic.Int64
		takes.Store(int64(5 * time.Millisecond))
		send := func(context.Context, notify.Message) notify.Sent {
			<-time.After(time.Duration(takes.Load()))
			return notify.Sent{Class: notify.Taken}
		}
		b := newBench(t, nil, fakeChannel{"email", send}, fakeAsker{fakeChannel{"sms", send}, nil})
		for i := range 1000 {
			b.put("email", fmt.Sprint("mail", i))
			b.put("sms", fmt.Sprint("text", i))
		}
		stop := b.start()
		after(time.Second)
		if n := b.under("email"); n < 20 || n > 110 {
			t.Errorf("%d emails are claimed; two workers send 100 in a quarter of a second", n)
		}
		if n := b.under("sms"); n > 2 {
			t.Errorf("%d texts are claimed, of two workers", n)
		}
		takes.Store(int64(10 * time.Second))
		after(2 * time.Second)
		if n := b.under("email"); n > 4 {
			t.Errorf("%d emails are claimed by two workers that take ten seconds", n)
		}
		b.put("email", "worse")
		stop()
	})
}

// What waits in the lesser lanes moves on while the worst has enough to do, and
// the worst goes first all the same.
func TestSenderServesEachLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var order []incident.Severity
		b := newBench(t, func(o *notify.SenderOptions) {
			o.Render = func(d notify.Delivery) (notify.Message, error) {
				return notify.Message{ID: d.ID, Update: int(d.Update.Severity)}, nil
			}
		}, fakeAsker{fakeChannel{"sms", func(_ context.Context, m notify.Message) notify.Sent {
			mu.Lock()
			order = append(order, incident.Severity(m.Update))
			mu.Unlock()
			<-time.After(time.Second)
			return notify.Sent{Class: notify.Taken}
		}}, nil})
		for i := range 100 {
			for severity := incident.P1; severity <= incident.P4; severity++ {
				b.box.Put(notify.Delivery{
					ID: fmt.Sprint(severity, i), Channel: "sms", Created: time.Now(), Expires: time.Now().Add(time.Hour), Update: incident.Update{Severity: severity},
				})
			}
		}
		stop := b.start()
		after(31500 * time.Millisecond)
		stop()
		sent := map[incident.Severity]int{}
		for _, severity := range order {
			sent[severity]++
		}
		if len(order) != 64 || sent[incident.P1] != 48 || sent[incident.P2] != 8 || sent[incident.P3] != 4 || sent[incident.P4] != 4 {
			t.Errorf("of %d went %v", len(order), sent)
		}
		if order[0] != incident.P1 || order[1] != incident.P1 {
			t.Errorf("the first were %v", order[:2])
		}
	})
}

// What may have been taken is not sent a second time to somebody who has ended
// the subscription meanwhile.
func TestSenderSendsNoSecondAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		b := newBench(t, nil, fakeChannel{"email", func(context.Context, notify.Message) notify.Sent {
			calls.Add(1)
			return notify.Sent{Class: notify.Unclear}
		}})
		b.box.Subscribe(notify.Subscriber{ID: "sam", Channel: "email", Confirmed: time.Now()})
		b.box.Publish(&incident.Update{ID: "u", Incident: "i", Number: 1, Kind: incident.Opened, Severity: incident.P1, At: time.Now(), Channels: []string{"email"}})
		stop := b.start()
		after(time.Second)
		b.box.Unsubscribe("sam")
		after(time.Minute)
		b.want("u-sam", notify.Suppressed, 1)
		if calls.Load() != 1 {
			t.Errorf("%d calls", calls.Load())
		}
		stop()
	})
}
