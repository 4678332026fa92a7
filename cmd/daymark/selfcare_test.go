package main

import (
	"strings"
	"testing"
	"time"

	"daymark/notify"
	"daymark/notify/notifytest"
	"daymark/store"
)

// TestCanariesFly: an email and a text message to ourselves go the whole way;
// one that is not delivered is told by another channel, and its end too.
func TestCanariesFly(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, "")
	const ours = "+447700900009"
	o.app.doc.Notify.Canary = notify.Canary{Every: time.Hour, Within: 5 * time.Minute, Email: "canary@harbour.example", Phone: ours}
	canaries, err := o.app.newCanaries(o.app.doc.Notify.Canary)
	if err != nil {
		t.Fatal(err)
	}
	tick := func(after time.Duration) {
		t.Helper()
		o.mu.Lock()
		o.at = o.at.Add(after)
		o.mu.Unlock()
		if err := canaries.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	flight := func(channel string) notify.Flight {
		t.Helper()
		f, err := store.Canaries{Store: o.app.store}.Flight(t.Context(), channel)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	tick(0)
	o.wait("arrival of both", func() bool {
		tick(0)
		return !flight("email").Arrived.IsZero() && !flight("sms").Arrived.IsZero()
	})
	if len(o.mailTo("canary@harbour.example")) != 1 || o.twilio.Messages()[0].To != ours {
		t.Errorf("sent were %v and %+v", o.mailTo("canary@harbour.example"), o.twilio.Messages())
	}
	o.twilio.OptOut(ours)
	tick(time.Hour)
	o.wait("refusal", func() bool {
		f, err := o.app.store.Flight(t.Context(), flight("sms").Delivery)
		return err == nil && f.State == notify.Dead
	})
	tick(5 * time.Minute)
	tick(time.Minute)
	o.wait("alarm", func() bool { return len(o.mailTo("ana@harbour.example")) == 1 })
	o.twilio.OptIn(ours)
	tick(55 * time.Minute)
	o.wait("end of the alarm", func() bool {
		tick(0)
		return len(o.mailTo("ana@harbour.example")) == 2
	})
	mail := o.mailTo("ana@harbour.example")
	if !strings.Contains(mail[0], "No text message arrives") || !strings.Contains(mail[1], "arrives again") {
		t.Errorf("staff read\n%s\n%s", mail[0], mail[1])
	}
	if !flight("sms").Silent.IsZero() || !flight("email").Silent.IsZero() {
		t.Error("a silence goes on")
	}
}

// TestWell: a message that lies there makes Daymark not well.
func TestWell(t *testing.T) {
	o := newOnCall(t, nil, "")
	o.app.channels = append(o.app.channels, "pigeon") // nobody carries it
	d := notify.Delivery{
		ID: "d", Channel: "pigeon", Audience: notify.Staff, Subscriber: notify.Subscriber{Address: "x"}, Expires: o.now().Add(time.Hour),
		Notice: &notify.Notice{Kind: notify.TrialNotice, Title: "x"},
	}
	if err := o.app.store.QueueNotice(t.Context(), &d, o.now()); err != nil {
		t.Fatal(err)
	}
	due, err := o.app.store.LongestDue(t.Context(), o.app.channels)
	if err != nil || !due.Equal(o.now()) {
		t.Errorf("due since %s, %v", due, err)
	}
	if due, err := o.app.store.LongestDue(t.Context(), []string{"email", "sms"}); err != nil || !due.IsZero() {
		t.Errorf("of other channels due since %s, %v", due, err)
	}
	for after, want := range map[time.Duration]bool{9 * time.Minute: true, 11 * time.Minute: false} {
		if err := o.app.lies(t.Context(), o.now().Add(after)); (err == nil) != want {
			t.Errorf("after %s: %v", after, err)
		}
	}
}
