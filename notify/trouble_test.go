package notify_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"daymark/notify"
)

// TestTroubleOfAChannel: people hear once of a channel that fails for two
// minutes and once of its end, whatever telling takes; a short failure is
// nobody's business.
func TestTroubleOfAChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var works, refuses atomic.Bool
		var mu sync.Mutex
		var told []notify.ChannelTrouble
		heard := func() []notify.ChannelTrouble {
			mu.Lock()
			defer mu.Unlock()
			return told
		}
		works.Store(true)
		failing := fakeChannel{"email", func(context.Context, notify.Message) notify.Sent {
			if works.Load() {
				return notify.Sent{Class: notify.Taken}
			}
			return notify.Sent{Class: notify.NotNow, Remote: true, Reason: "connection refused"}
		}}
		other := fakeChannel{"sms", answer(notify.Sent{Class: notify.Taken})}
		b := newBench(t, func(o *notify.SenderOptions) {
			o.Trouble = func(ctx context.Context, trouble notify.ChannelTrouble) error {
				if refuses.Load() {
					return errors.New("disk full")
				}
				select {
				case <-time.After(20 * time.Second): // it takes long, and delays no message
				case <-ctx.Done():
				}
				mu.Lock()
				defer mu.Unlock()
				told = append(told, trouble)
				return nil
			}
		}, failing, other)
		defer b.start()()
		fail := func() {
			works.Store(false)
			for i := range 10 {
				b.put("email", time.Now().Format("150405")+string(rune('A'+i)))
			}
		}
		fail()
		after(time.Minute)
		works.Store(true)
		after(5 * time.Minute)
		if got := heard(); len(got) != 0 {
			t.Fatalf("a minute was told: %+v", got)
		}
		began := time.Now()
		refuses.Store(true)
		fail()
		after(3 * time.Minute)
		b.put("sms", "meanwhile")
		after(2 * time.Second)
		b.want("meanwhile", notify.Accepted, 1)
		refuses.Store(false)
		after(time.Hour)
		got := heard()
		if len(got) != 1 || got[0].Channel != "email" || got[0].Over || got[0].Reason != "connection refused" || got[0].Since.Sub(began) > 2*time.Second {
			t.Fatalf("told %+v", got)
		}
		works.Store(true)
		after(10 * time.Minute)
		if got = heard(); len(got) != 2 || !got[1].Over || !got[1].Since.Equal(got[0].Since) {
			t.Fatalf("told %+v", got)
		}
		after(time.Hour)
		if got = heard(); len(got) != 2 {
			t.Errorf("told %+v", got)
		}
	})
}

// TestTroubleOutlastsARestart: what an earlier process told is not told again
// while it goes on, and its end is told once the channel works.
func TestTroubleOutlastsARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var works atomic.Bool
		var mu sync.Mutex
		var told []notify.ChannelTrouble
		since := time.Now().Add(-time.Hour)
		failing := fakeChannel{"email", func(context.Context, notify.Message) notify.Sent {
			if works.Load() {
				return notify.Sent{Class: notify.Taken}
			}
			return notify.Sent{Class: notify.NotNow, Remote: true, Reason: "connection refused"}
		}}
		other := fakeChannel{"sms", answer(notify.Sent{Class: notify.Taken})}
		b := newBench(t, func(o *notify.SenderOptions) {
			o.Troubled = []notify.ChannelTrouble{{Channel: "email", Since: since, Reason: "no route"}}
			o.Trouble = func(_ context.Context, trouble notify.ChannelTrouble) error {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, trouble)
				return nil
			}
		}, failing, other)
		defer b.start()()
		heard := func() []notify.ChannelTrouble {
			mu.Lock()
			defer mu.Unlock()
			return told
		}
		after(10 * time.Minute) // nothing was sent: nobody knows
		b.put("email", "a")
		b.put("sms", "b")
		after(10 * time.Minute)
		if got := heard(); len(got) != 0 {
			t.Fatalf("told while it goes on: %+v", got)
		}
		works.Store(true)
		after(10 * time.Minute)
		if got := heard(); len(got) != 1 || !got[0].Over || got[0].Channel != "email" || !got[0].Since.Equal(since) {
			t.Errorf("told %+v", got)
		}
	})
}

// TestTroubleBeside: what is to say of a channel does not go by it, while
// there is another.
func TestTroubleBeside(t *testing.T) {
	none := func(o *notify.StaffOptions) { o.Channels = nil }
	for name, tc := range map[string]struct {
		channel string
		adjust  func(*notify.StaffOptions)
		want    string
	}{
		"email":                 {"email", func(*notify.StaffOptions) {}, "x-ops slack ops\nx-pager pagerduty pager\nx-all webhook all"},
		"one of staff's":        {"slack", func(*notify.StaffOptions) {}, "x-pager pagerduty pager\nx-all webhook all"},
		"the only one":          {"slack", func(o *notify.StaffOptions) { o.Channels = o.Channels[:1] }, "x-ana email person:ana"},
		"email and no other":    {"email", none, "x-ana sms person:ana"},
		"text messages":         {"sms", none, "x-ana email person:ana"},
		"no way but that alone": {"email", func(o *notify.StaffOptions) { o.Channels, o.Ways = nil, []string{"email"} }, "x-ana email person:ana"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := shownAs(staffing(t, tc.adjust).TroubleBeside(notify.RunbookChannel, tc.channel, "x", notify.Notice{Title: "It fails"}, staffNow)); got != tc.want {
				t.Errorf("told\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
	trouble := notify.ChannelTrouble{Channel: "email", Since: staffNow.Add(-5 * time.Minute), Reason: "connection refused"}
	begin := staffing(t).ChannelFails(trouble, staffNow)
	trouble.Over = true
	end := staffing(t).ChannelFails(trouble, staffNow)
	if begin[0].ID == end[0].ID || begin[0].Notice.Key != end[0].Notice.Key || !end[0].Notice.Over || !strings.Contains(end[0].Notice.Title, "after 5 minutes") {
		t.Errorf("%+v\n%+v", begin[0].Notice, end[0].Notice)
	}
}
