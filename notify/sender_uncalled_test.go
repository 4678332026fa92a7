package notify_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"daymark/notify"
)

// TestSenderTriesNothingThatWasNotCalled: a remote that was left alone neither
// failed nor works again, and the message goes when the channel said, without
// an attempt more.
func TestSenderTriesNothingThatWasNotCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var calls atomic.Int32
		c := fakeChannel{"slack", func(context.Context, notify.Message) notify.Sent {
			n := calls.Add(1)
			switch {
			case time.Since(began) < time.Minute:
				return notify.Sent{Class: notify.Uncalled, RetryAfter: time.Minute, Reason: "others go first"}
			case n < 7:
				return notify.Sent{Class: notify.NotNow, Remote: true, Reason: "500"}
			case n == 7:
				return notify.Sent{Class: notify.Uncalled, RetryAfter: time.Second, Reason: "others go first"}
			}
			return notify.Sent{Class: notify.Taken}
		}}
		b := newBench(t, func(o *notify.SenderOptions) { o.Failures = 5 }, c)
		b.put("slack", "one")
		stop := b.start()
		synctest.Wait()
		b.want("one", notify.Retry, 0)
		after(59 * time.Second)
		b.want("one", notify.Retry, 0)
		if n := calls.Load(); n != 1 {
			t.Errorf("called %d times before it was due", n)
		}
		after(time.Hour)
		b.want("one", notify.Accepted, 6) // five that failed, and the one that was taken
		if b.log.count("is paused") != 1 || b.log.count("works again") != 1 {
			t.Errorf("want one line for the pause and one for its end:\n%s", b.log.b.String())
		}
		stop()
	})
}
