package email_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/email"
	"daymark/store"
)

// flown is the canary of an email address of our own, which goes out through a
// Postfix. Its clock can be put forward.
type flown struct {
	t        *testing.T
	kept     *store.Store
	post     *mta
	canaries *notify.Canaries
	reporter *reporter
	alarms   chan string // what a chat of staff was told

	mu     sync.Mutex
	offset time.Duration
	domain string // that it flies to
}

// chat is a channel of staff that is not email.
type chat struct{ alarms chan string }

func (chat) Name() string { return "slack" }

func (c chat) Send(_ context.Context, m notify.Message) notify.Sent {
	c.alarms <- m.Subject
	return notify.Sent{Class: notify.Taken}
}

func (f *flown) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Now().Add(f.offset)
}

// arrivals are the addresses that it flies to: those of harbour.example come to
// our listener, those of sink.example the server takes and drops.
func (f *flown) arrivals(delivery string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	to, err := email.Arrivals("bounce@"+f.domain, bounceKey)
	if err != nil {
		f.t.Error(err)
		return ""
	}
	return to(delivery)
}

// after goes on, by the clock, and looks once.
func (f *flown) after(d time.Duration, domain string) notify.Flight {
	f.t.Helper()
	f.mu.Lock()
	f.offset += d
	f.domain = domain
	f.mu.Unlock()
	return f.look()
}

func (f *flown) look() notify.Flight {
	f.t.Helper()
	if err := f.canaries.Tick(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	flight, err := store.Canaries{Store: f.kept}.Flight(f.t.Context(), "email")
	if err != nil {
		f.t.Fatal(err)
	}
	return flight
}

// arrived waits until it has.
func (f *flown) arrived() (flight notify.Flight) {
	f.t.Helper()
	f.post.await(f.t, "the canary does not arrive", func() bool {
		flight = f.look()
		return !flight.Arrived.IsZero()
	})
	return flight
}

// told waits for the next alarm.
func (f *flown) told(want string) {
	f.t.Helper()
	select {
	case got := <-f.alarms:
		if !strings.Contains(got, want) {
			f.t.Errorf("staff were told %q, want %q", got, want)
		}
	case <-limited(f.t).Done():
		f.t.Fatalf("staff were not told that %q", want)
	}
}

func fly(t *testing.T) *flown {
	t.Helper()
	kept, _ := openStore(t)
	f := &flown{t: t, kept: kept, alarms: make(chan string, 10), reporter: &reporter{next: kept}, domain: "harbour.example"}
	b := listen(t, email.BouncesOptions{Address: bounceAddress, Key: bounceKey, Reporter: kept, Arrivals: arrivalsTo{f.reporter, kept}, Now: f.now})
	f.post = startPostfix(t, b.Addr())
	page := notify.PageInfo{Name: "Harbour Bank", URL: "https://status.harbour.example", Zone: time.UTC, Contact: "help@harbour.example"}
	staff, err := notify.NewStaffing(notify.StaffOptions{Page: page, Channels: []notify.StaffChannel{{ID: "ops", Slack: "https://hooks.slack.example"}}})
	if err != nil {
		t.Fatal(err)
	}
	f.canaries, err = notify.NewCanaries(notify.CanariesOptions{
		Canary: notify.Canary{Every: time.Hour, Within: 5 * time.Minute, Email: bounceAddress, Alarm: "ops"}, Book: store.Canaries{Store: kept}, Staff: staff,
		Notice:  func(time.Time) *notify.Notice { return &notify.Notice{Kind: notify.TrialNotice, Title: "Canary"} },
		Arrival: f.arrivals, Now: f.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := notify.NewRenderer(notify.RendererOptions{Page: page})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := notify.NewSender(notify.SenderOptions{
		Outbox: kept, Lanes: []notify.Lane{{Channel: channel(t, f.post.addr, bouncing)}, {Channel: chat{f.alarms}}},
		Render: renderer.Render, Now: f.now, Poll: 10 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { sender.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
	return f
}

// arrivalsTo records arrivals, while the reporter is not told to fail.
type arrivalsTo struct {
	reporter *reporter
	kept     *store.Store
}

func (a arrivalsTo) Report(ctx context.Context, id string, to notify.State, provider, reason string, now time.Time) (bool, error) {
	a.reporter.mu.Lock()
	fail := a.reporter.fail
	a.reporter.mu.Unlock()
	if fail != nil {
		return false, fail
	}
	return a.kept.Report(ctx, id, to, provider, reason, now)
}

// TestCanaryThroughPostfix: the canary goes through a real server to our own
// listener, and is timed to there. One that the server takes and drops, or
// holds back, is silence, which a chat of staff is told; and once it arrives in
// time again, that too.
func TestCanaryThroughPostfix(t *testing.T) {
	testkit.NoLeaks(t)
	f := fly(t)
	f.after(0, "harbour.example")
	first := f.arrived()
	if took := first.Arrived.Sub(first.Sent); took <= 0 || !f.post.logged("to=<bounce+"+first.Delivery+"=", "status=sent") {
		t.Errorf("it took %s, or did not go through the server", took)
	}
	story, err := f.kept.DeliveryStory(t.Context(), first.Delivery)
	if err != nil || story.State != notify.Delivered || !strings.Contains(story.Reason, "our own listener") {
		t.Errorf("its story is %+v, %v", story, err)
	}

	// Taken, and dropped on the way.
	dropped := f.after(time.Hour, "sink.example")
	f.post.await(t, "it is not taken", func() bool { return f.post.logged("bounce+"+dropped.Delivery+"=", "@sink.example", "status=sent") })
	if state, err := f.kept.Flight(t.Context(), dropped.Delivery); err != nil || state.State != notify.Accepted {
		t.Errorf("it is %+v, %v", state, err)
	}
	if flight := f.after(4*time.Minute, ""); !flight.Arrived.IsZero() || !flight.Silent.IsZero() || len(f.alarms) > 0 {
		t.Errorf("within its time it is %+v", flight)
	}
	f.after(time.Minute, "")
	f.told("No email arrives: the canary has not come in 5 min")
	f.after(55*time.Minute, "harbour.example")
	if again := f.arrived(); !again.Silent.IsZero() {
		t.Errorf("it arrived, and is %+v", again)
	}
	f.told("Each email arrives again")

	// Held back: the listener cannot record it, so the server keeps it.
	f.reporter.failWith(context.DeadlineExceeded)
	held := f.after(time.Hour, "harbour.example")
	f.post.await(t, "it is not held back", func() bool { return f.post.logged("bounce+"+held.Delivery+"=", "status=deferred", "451") })
	f.after(6*time.Minute, "harbour.example")
	f.told("No email arrives")
	f.reporter.failWith(nil)
	f.after(time.Hour, "harbour.example")
	f.arrived()
	f.told("Each email arrives again")
	if len(f.alarms) > 0 {
		t.Errorf("staff were told more: %s", <-f.alarms)
	}
}

// TestArrivalsAreOurs: nobody tells us that a message of ours arrived but by
// its own address, and nobody does where nothing is sent to ourselves.
func TestArrivalsAreOurs(t *testing.T) {
	testkit.NoLeaks(t)
	kept, _ := openStore(t)
	b := listen(t, email.BouncesOptions{Address: bounceAddress, Key: bounceKey, Reporter: kept, Arrivals: kept})
	deaf := listen(t, email.BouncesOptions{Address: bounceAddress, Key: bounceKey, Reporter: kept})
	to, err := email.Arrivals(bounceAddress, bounceKey)
	if err != nil {
		t.Fatal(err)
	}
	d := notify.Delivery{
		ID: "canary-email-1", Channel: "email", Audience: notify.Staff, Expires: time.Now().Add(time.Hour),
		Subscriber: notify.Subscriber{Address: "x@harbour.example"}, Notice: &notify.Notice{Kind: notify.TrialNotice, Title: "x"},
	}
	if err := kept.QueueNotice(t.Context(), &d, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := kept.Claim(t.Context(), "email", 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	state := func() notify.State {
		t.Helper()
		f, err := kept.Flight(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		return f.State
	}
	raw := []byte("Subject: Canary\r\n\r\nIt flies.\r\n")
	address := to(d.ID)
	for name, tc := range map[string]struct {
		b    *email.Bounces
		to   string
		code int
	}{
		"of another":        {b, strings.Replace(address, "email-1", "email-2", 1), 550},
		"with a wrong sign": {b, strings.Replace(address, "=", "=a", 1), 550},
		"by a return path":  {b, strings.Replace(address, "=", ".", 1), 550},
		"where none is":     {deaf, address, 550},
		"bare":              {b, bounceAddress, 550},
	} {
		if code := sendTo(t, tc.b, tc.to, raw); code != tc.code || state() != notify.Sending {
			t.Errorf("%s: answered %d, and it is %s", name, code, state())
		}
	}
	for range 2 { // a server may bring it twice
		if code := sendTo(t, b, strings.ToUpper(address), raw); code != 0 || state() != notify.Delivered {
			t.Errorf("answered %d, and it is %s", code, state())
		}
	}
}
