package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// book keeps flights in memory; arrivals are what a test says.
type book struct {
	flights map[string]Flight
	arrived map[string]time.Time
	back    map[string]time.Time // came back
	queued  []Delivery
	err     error
}

func (b *book) Flight(_ context.Context, channel string) (Flight, error) {
	return b.flights[channel], b.err
}

func (b *book) Arrived(_ context.Context, delivery string, states []State) (time.Time, error) {
	if states[0] == Undelivered {
		return b.back[delivery], nil
	}
	if !b.back[delivery].IsZero() {
		return time.Time{}, nil
	}
	return b.arrived[delivery], nil
}

func (b *book) KeepFlight(_ context.Context, channel string, f Flight, deliveries []Delivery, _ time.Time) error {
	b.flights[channel], b.queued = f, append(b.queued, deliveries...)
	return nil
}

// aviary is canaries with their book, by a clock that the test moves.
type aviary struct {
	*book
	*Canaries
	now time.Time
}

func newAviary(t interface{ Fatal(args ...any) }) *aviary {
	a := &aviary{book: &book{flights: map[string]Flight{}, arrived: map[string]time.Time{}, back: map[string]time.Time{}}, now: time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)}
	staff, err := NewStaffing(StaffOptions{
		Page:     PageInfo{Name: "Harbour Bank", URL: "https://status.harbour.example", Zone: time.UTC},
		Channels: []StaffChannel{{ID: "ops", Slack: "https://hooks.slack.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	a.restart(t, staff)
	return a
}

func (a *aviary) restart(t interface{ Fatal(args ...any) }, staff *Staffing) {
	var err error
	a.Canaries, err = NewCanaries(CanariesOptions{
		Canary: Canary{Every: time.Hour, Within: 5 * time.Minute, Email: "canary@harbour.example", Alarm: "ops"}, Book: a.book, Staff: staff,
		Notice: func(time.Time) *Notice { return &Notice{Kind: TrialNotice, Title: "Canary"} }, Watched: a.now, Now: func() time.Time { return a.now },
	})
	if err != nil {
		t.Fatal(err)
	}
}

// alarms lists what staff were told.
func (a *aviary) alarms() []string {
	var all []string
	for _, d := range a.queued {
		if d.Notice.Kind == TroubleNotice {
			all = append(all, fmt.Sprintf("%s %s over=%v", d.Subscriber.Address, d.Notice.Key, d.Notice.Over))
		}
	}
	return all
}

// TestCanary: what arrives in time is no news; silence is told once, and once
// when it is over, whatever restarts.
func TestCanary(t *testing.T) {
	a := newAviary(t)
	after := func(d time.Duration, wants ...string) {
		t.Helper()
		a.now = a.now.Add(d)
		if err := a.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := a.alarms(); strings.Join(got, "; ") != strings.Join(wants, "; ") {
			t.Fatalf("at %s staff were told %v, want %v", a.now.Format("15:04"), got, wants)
		}
	}
	arrive := func(late time.Duration) {
		f := a.flights["email"]
		a.arrived[f.Delivery] = f.Sent.Add(late)
	}
	const silent, again = "ops canary-email over=false", "ops canary-email over=true"
	after(0)
	if len(a.queued) != 1 || a.queued[0].Subscriber.Address != "canary@harbour.example" || a.queued[0].Notice.Kind != TrialNotice {
		t.Fatalf("sent were %+v", a.queued)
	}
	arrive(4 * time.Minute)
	after(10 * time.Minute)
	after(50 * time.Minute) // the second
	after(4 * time.Minute)
	after(time.Minute, silent)
	after(30*time.Minute, silent)
	arrive(40 * time.Minute) // late: the channel is not as it should be
	after(10*time.Minute, silent)
	a.restart(t, a.opts.Staff)
	after(15*time.Minute, silent) // the third
	arrive(time.Minute)
	after(2*time.Minute, silent, again)
	after(time.Minute, silent, again)
	after(57*time.Minute, silent, again) // the fourth
	after(3*time.Minute, silent, again)
	a.restart(t, a.opts.Staff) // nobody could see it arrive
	after(4*time.Minute, silent, again)
	after(time.Minute, silent, again, silent)
	after(time.Hour, silent, again, silent)
	arrive(time.Minute)
	after(2*time.Minute, silent, again, silent, again)
	a.back[a.flights["email"].Delivery] = a.now // the mail server has thought better of it
	after(time.Minute, silent, again, silent, again)
	after(2*time.Minute, silent, again, silent, again, silent)
	a.err = errors.New("disk full")
	a.now = a.now.Add(time.Hour)
	if err := a.Tick(t.Context()); err == nil {
		t.Error("a book that cannot be read is no trouble")
	}
}

// TestCanaryAlarmsAlternate: whatever arrives when, an alarm and its end take
// turns, and none is sent more often than the interval says.
func TestCanaryAlarmsAlternate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := newAviary(t)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			a.now = a.now.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "minutes")) * time.Minute)
			if rapid.Bool().Draw(t, "arrives") {
				if f := a.flights["email"]; !f.Sent.IsZero() && a.arrived[f.Delivery].IsZero() {
					a.arrived[f.Delivery] = a.now
				}
			}
			if rapid.IntRange(0, 9).Draw(t, "restarts") == 0 {
				a.restart(t, a.opts.Staff)
			}
			if err := a.Tick(context.Background()); err != nil {
				t.Fatal(err)
			}
			var last time.Time
			over := true
			ids := map[string]bool{}
			for _, d := range a.queued {
				switch {
				case ids[d.ID]:
					t.Fatalf("%s was queued twice", d.ID)
				case d.Notice.Kind == TroubleNotice && d.Notice.Over == over:
					t.Fatalf("told were %v", a.alarms())
				case d.Notice.Kind == TroubleNotice:
					over = d.Notice.Over
				case !last.IsZero() && d.Created.Sub(last) < time.Hour:
					t.Fatalf("two within %s", d.Created.Sub(last))
				default:
					last = d.Created
				}
				ids[d.ID] = true
			}
		}
	})
}
