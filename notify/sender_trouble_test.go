package notify_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/notifytest"
)

func TestSenderPausesAChannelWhoseRemoteFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var works atomic.Bool
		var calls atomic.Int32
		c := fakeChannel{"email", func(context.Context, notify.Message) notify.Sent {
			calls.Add(1)
			if works.Load() {
				return notify.Sent{Class: notify.Taken}
			}
			return notify.Sent{Class: notify.NotNow, Remote: true, Reason: "connection refused"}
		}}
		b := newBench(t, nil, c)
		for i := range 50 {
			b.put("email", string(rune('A'+i)))
		}
		stop := b.start()
		after(9 * time.Second)
		if n := calls.Load(); n < 5 || n > 6 {
			t.Errorf("%d calls before the pause, want 5 or 6 with two workers", n)
		}
		after(51 * time.Second) // one try every 10 s and a poll
		if n := calls.Load(); n < 9 || n > 12 {
			t.Errorf("%d calls in a minute", n)
		}
		works.Store(true)
		after(15 * time.Second)
		b.want("Z", notify.Accepted, b.box.Row("Z").Attempts)
		if b.log.count("is paused") != 1 || b.log.count("works again") != 1 {
			t.Errorf("want one line for the pause and one for its end:\n%s", b.log.b.String())
		}
		stop()
	})
}

func TestSenderAsksBeforeItSendsAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		asked notify.Asked
		after time.Duration
		state notify.State
		sends int32
	}{
		"found":                       {notify.Asked{State: notify.Accepted, Provider: "SM7"}, time.Second, notify.Accepted, 0},
		"found delivered":             {notify.Asked{State: notify.Delivered, Provider: "SM7"}, time.Second, notify.Delivered, 0},
		"found undelivered":           {notify.Asked{State: notify.Undelivered, Provider: "SM7"}, time.Second, notify.Undelivered, 0},
		"not found, too early to say": {notify.Asked{State: notify.Retry}, 2*time.Minute - time.Second, notify.Unknown, 0},
		"not found for two minutes":   {notify.Asked{State: notify.Retry}, 2*time.Minute + 12*time.Second, notify.Accepted, 1},
		"cannot be asked":             {notify.Asked{State: notify.Unknown, Remote: true}, time.Hour, notify.Unknown, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sends atomic.Int32
				c := fakeAsker{fakeChannel{"sms", func(context.Context, notify.Message) notify.Sent {
					sends.Add(1)
					return notify.Sent{Class: notify.Taken}
				}}, func(context.Context, notify.Message) notify.Asked { return tc.asked }}
				b := newBench(t, nil, c)
				b.put("sms", "one")
				if _, err := b.box.Claim(t.Context(), "sms", 1, time.Now()); err != nil { // the process that died
					t.Fatal(err)
				}
				stop := b.start()
				after(tc.after)
				b.want("one", tc.state, int(tc.sends))
				if sends.Load() != tc.sends {
					t.Errorf("sent %d times, want %d", sends.Load(), tc.sends)
				}
				if r := b.box.Row("one"); tc.sends > 0 && !r.Doubted.IsZero() {
					t.Error("the provider's word did not end the doubt")
				}
				stop()
			})
		})
	}
}

func TestSenderLetsSendsFinish(t *testing.T) {
	for name, tc := range map[string]struct {
		takes time.Duration
		state notify.State
		lasts time.Duration
	}{
		"within the grace": {3 * time.Second, notify.Accepted, 3 * time.Second},
		"cut off":          {time.Hour, notify.Unknown, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := fakeChannel{"email", func(ctx context.Context, _ notify.Message) notify.Sent {
					select {
					case <-time.After(tc.takes):
						return notify.Sent{Class: notify.Taken}
					case <-ctx.Done():
						return notify.Sent{Class: notify.Unclear, Reason: "cut off"}
					}
				}}
				b := newBench(t, nil, c)
				b.put("email", "one")
				stop := b.start()
				synctest.Wait()
				began := time.Now()
				stop()
				if lasted := time.Since(began); lasted != tc.lasts {
					t.Errorf("ending lasted %s, want %s", lasted, tc.lasts)
				}
				b.want("one", tc.state, 1)
			})
		})
	}
}

func TestSenderKeepsOutcomesWhileTheOutboxFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		b := newBench(t, nil, fakeChannel{"email", func(context.Context, notify.Message) notify.Sent {
			calls.Add(1)
			return notify.Sent{Class: notify.Taken}
		}})
		b.box.Fail(func(call string) error {
			if call == "Settle" {
				return errors.New("disk full")
			}
			return nil
		})
		b.put("email", "one")
		b.put("email", "two")
		b.put("email", "three")
		stop := b.start()
		after(time.Minute)
		b.want("one", notify.Sending, 0)
		b.want("three", notify.Pending, 0) // as many as there are workers
		b.box.Fail(nil)
		after(2 * time.Second)
		for _, id := range []string{"one", "two", "three"} {
			b.want(id, notify.Accepted, 1)
		}
		if calls.Load() != 3 {
			t.Errorf("%d calls, want 3", calls.Load())
		}
		if b.log.count("disk full") != 1 || b.log.count("the outbox works again") != 1 {
			t.Errorf("want one line for the failure and one for its end:\n%s", b.log.b.String())
		}
		stop()
	})
}

func TestSenderClaimsNothingBeforeItHasRecovered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil, fakeChannel{"email", answer(notify.Sent{Class: notify.Taken})})
		b.box.Fail(func(string) error { return errors.New("locked") })
		b.put("email", "one")
		stop := b.start()
		after(time.Minute)
		b.want("one", notify.Pending, 0)
		b.box.Fail(nil)
		after(3 * time.Second)
		b.want("one", notify.Accepted, 1)
		stop()
	})
}

func TestSenderEndsADeliveryThatCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, func(o *notify.SenderOptions) {
			o.Render = func(notify.Delivery) (notify.Message, error) { return notify.Message{}, errors.New("no such template") }
		}, fakeChannel{"email", answer(notify.Sent{Class: notify.Taken})})
		b.put("email", "one")
		stop := b.start()
		synctest.Wait()
		b.want("one", notify.Dead, 0)
		stop()
	})
}

func TestSenderWakesAtOnceAndLeavesNothingRunning(t *testing.T) {
	testkit.NoLeaks(t)
	taken := make(chan string, 1)
	b := newBench(t, func(o *notify.SenderOptions) { o.Poll = time.Hour }, fakeChannel{"email", func(_ context.Context, m notify.Message) notify.Sent {
		taken <- m.ID
		return notify.Sent{Class: notify.Taken}
	}})
	stop := b.start()
	defer stop()
	b.put("email", "one")
	for range 100 {
		b.sender.Wake() // never blocks
	}
	select {
	case id := <-taken:
		if id != "one" {
			t.Errorf("sent %s", id)
		}
	case <-time.After(20 * time.Second):
		t.Error("Wake woke nobody")
	}
}

func TestNewSenderRefuses(t *testing.T) {
	render := func(notify.Delivery) (notify.Message, error) { return notify.Message{}, nil }
	c := fakeChannel{name: "email"}
	for name, opts := range map[string]notify.SenderOptions{
		"no outbox":       {Render: render},
		"no render":       {Outbox: notifytest.NewOutbox()},
		"no channel":      {Outbox: notifytest.NewOutbox(), Render: render, Lanes: []notify.Lane{{}}},
		"a channel twice": {Outbox: notifytest.NewOutbox(), Render: render, Lanes: []notify.Lane{{Channel: c}, {Channel: c}}},
		"waits reversed":  {Outbox: notifytest.NewOutbox(), Render: render, RetryFirst: time.Hour, RetryMost: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := notify.NewSender(opts); err == nil {
				t.Errorf("took %+v", s)
			}
		})
	}
}
