package sms_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/notifytest"
	"daymark/notify/sms"
	"daymark/store"
	"daymark/support"
)

// configured is what a configuration says of numbers.
type configured struct{ ana, from, service string }

// TestDoubtOutlivesTheConfiguration: while it is not known whether Twilio took
// a message or a call, the server is started again with another configuration:
// the person has another number, and so have we. Twilio is asked about what was
// sent, and nobody's phone rings a second time.
func TestDoubtOutlivesTheConfiguration(t *testing.T) {
	before := configured{"+447700900001", callFrom, serviceSID}
	for name, after := range map[string]configured{
		"the person's number": {"+447700900002", callFrom, serviceSID},
		"our number":          {"+447700900001", "+15005550007", "MG00000000000000000000000000000002"},
		"both":                {"+447700900002", "+15005550007", "MG00000000000000000000000000000002"},
	} {
		for _, way := range []string{"sms", "voice"} {
			t.Run(way+", "+name, func(t *testing.T) {
				testkit.NoLeaks(t)
				lost := func(string, string) notifytest.SMSAction { return notifytest.SMSAction{Drop: notifytest.DropAfter} }
				tw := standIn(t, notifytest.TwilioOptions{Hook: lost, CallHook: lost, StepDelay: time.Hour, Numbers: []string{before.from, after.from}})
				path := filepath.Join(t.TempDir(), "daymark.db")
				begin(t, path, tw.URL(), way, before, func(kept *store.Store) {
					now := time.Now()
					d := notify.Delivery{
						ID: "alert-1", Channel: way, Audience: notify.Staff, Expires: now.Add(time.Hour), Subscriber: notify.Subscriber{Address: "person:ana", Name: "Ana Reyes"},
						Notice: &notify.Notice{Kind: notify.AlertNotice, Title: "Sign in is down", Text: "Sign in is down."},
					}
					if err := kept.QueueNotice(t.Context(), &d, now); err != nil {
						t.Fatal(err)
					}
				}, notify.Unknown)
				begin(t, path, tw.URL(), way, after, nil, notify.Accepted)
				if texts, calls := tw.Messages(), tw.Calls(); len(texts)+len(calls) != 1 {
					t.Errorf("sent were %+v, called were %+v", texts, calls)
				}
			})
		}
	}
}

// begin runs a server of a configuration until the one delivery has a state.
func begin(t *testing.T, path, twilio, way string, c configured, with func(*store.Store), until notify.State) {
	t.Helper()
	info := notify.PageInfo{Name: "Harbour Bank", URL: page, Zone: time.UTC, Contact: "help@harbour.example"}
	staff, err := notify.NewStaffing(notify.StaffOptions{
		Page: info, Ways: []string{"sms", "voice"}, People: []support.Person{{ID: "ana", Name: "Ana Reyes", Phone: c.ana}},
	})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := store.Open(t.Context(), store.Options{Path: path, Staff: staff})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	}()
	renderer, err := notify.NewRenderer(notify.RendererOptions{Page: info})
	if err != nil {
		t.Fatal(err)
	}
	opts := options(twilio)
	opts.SMS.Twilio.MessagingServiceSID, opts.SMS.Twilio.VoiceFrom = c.service, c.from
	var channel notify.Channel
	if way == "sms" {
		made, err := sms.New(opts)
		if err != nil {
			t.Fatal(err)
		}
		defer made.Close()
		channel = made
	} else {
		made, err := sms.NewVoice(opts)
		if err != nil {
			t.Fatal(err)
		}
		defer made.Close()
		channel = made
	}
	sender, err := notify.NewSender(notify.SenderOptions{
		Outbox: kept, Lanes: []notify.Lane{{Channel: channel}}, Render: staff.Rendering(renderer.Render),
		Poll: 5 * time.Millisecond, AskFor: 30 * time.Second, AskEvery: 200 * time.Millisecond, RetryFirst: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if with != nil {
		with(kept)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { sender.Run(ctx) })
	defer running.Wait()
	defer cancel()
	waiting := limited(t)
	for {
		f, err := kept.Flight(waiting, "alert-1")
		if err != nil {
			t.Fatal(err)
		}
		if f.State == until {
			return
		}
		select {
		case <-waiting.Done():
			t.Fatalf("it is %s (%s), want %s", f.State, f.Reason, until)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
