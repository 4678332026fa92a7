package notify_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"daymark/notify"
)

func TestSenderRecordsEachClass(t *testing.T) {
	for name, tc := range map[string]struct {
		sent  notify.Sent
		state notify.State
	}{
		"taken":              {notify.Sent{Class: notify.Taken, Provider: "SM1"}, notify.Accepted},
		"not now":            {notify.Sent{Class: notify.NotNow, Reason: "busy"}, notify.Retry},
		"refused":            {notify.Sent{Class: notify.Refused, Reason: "no such number"}, notify.Dead},
		"unclear":            {notify.Sent{Class: notify.Unclear, Reason: "time-out"}, notify.Unknown},
		"a class that is no": {notify.Sent{}, notify.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, nil, fakeChannel{"email", answer(tc.sent)})
				b.put("email", "one")
				stop := b.start()
				synctest.Wait()
				b.want("one", tc.state, 1)
				if r := b.box.Row("one"); r.Reason != tc.sent.Reason || r.Provider != tc.sent.Provider {
					t.Errorf("kept %q and %q of %+v", r.Reason, r.Provider, tc.sent)
				}
				stop()
			})
		})
	}
}

func TestSenderBacksOffUntilTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		start := time.Now()
		c := fakeChannel{"email", func(context.Context, notify.Message) notify.Sent {
			at = append(at, time.Since(start).Truncate(time.Second))
			return notify.Sent{Class: notify.NotNow, Reason: "450 later"}
		}}
		b := newBench(t, func(o *notify.SenderOptions) { o.Random = func() float64 { return 0.999999 } }, c)
		b.put("email", "one")
		stop := b.start()
		after(5 * time.Hour)
		b.want("one", notify.Expired, len(at))
		stop()
		// 5, 10, 20 … seconds, five minutes at most; a poll may add a second.
		for i, want := range []time.Duration{0, 5, 15, 35, 75, 155, 315, 615, 915} {
			if diff := at[i] - want*time.Second; diff < -time.Second || diff > time.Duration(i+1)*time.Second {
				t.Errorf("attempt %d after %s, want about %s", i+1, at[i], want*time.Second)
			}
		}
		if last := at[len(at)-1]; last < 3*time.Hour+54*time.Minute || last > 4*time.Hour {
			t.Errorf("the last attempt was after %s, of 4 hours of useful life", last)
		}
	})
}

func TestSenderWaitsAsTheRemoteAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		c := fakeChannel{"sms", func(context.Context, notify.Message) notify.Sent {
			if calls.Add(1) == 1 {
				return notify.Sent{Class: notify.NotNow, Remote: true, RetryAfter: 90 * time.Second}
			}
			return notify.Sent{Class: notify.Taken}
		}}
		b := newBench(t, nil, c)
		b.put("sms", "one")
		stop := b.start()
		synctest.Wait()
		b.put("sms", "two") // it was our rate: nobody else goes either
		b.sender.Wake()
		after(89 * time.Second)
		b.want("one", notify.Retry, 1)
		b.want("two", notify.Pending, 0)
		after(3 * time.Second)
		b.want("one", notify.Accepted, 2)
		b.want("two", notify.Accepted, 1)
		stop()
	})
}

func TestSenderLaneThatFailsSlowsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := fakeChannel{"email", func(ctx context.Context, _ notify.Message) notify.Sent {
			<-ctx.Done()
			return notify.Sent{Class: notify.Unclear}
		}}
		b := newBench(t, nil, stuck, fakeChannel{"sms", answer(notify.Sent{Class: notify.Taken})})
		for _, id := range []string{"1", "2", "3"} {
			b.put("email", "mail"+id)
			b.put("sms", "text"+id)
		}
		stop := b.start()
		after(2 * time.Second)
		for _, id := range []string{"1", "2", "3"} {
			b.want("text"+id, notify.Accepted, 1)
		}
		b.want("mail1", notify.Sending, 0)
		b.want("mail2", notify.Sending, 0)
		b.want("mail3", notify.Pending, 0) // only what can start is claimed
		stop()
		b.want("mail1", notify.Unknown, 1)
	})
}
