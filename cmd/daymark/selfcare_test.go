package main

import (
	"net/smtp"
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
	o.control()
	says := func(wants ...string) {
		t.Helper()
		code, out := o.command("notify", "canary")
		for _, want := range wants {
			if code != exitOK || !strings.Contains(out, want) {
				t.Errorf("%q is missing; it ends with %d and says\n%s", want, code, out)
			}
		}
	}
	says("email to canary@harbour.example: none was sent yet", "sms to "+ours+": none was sent yet")
	tick(0)
	o.wait("arrival of both", func() bool {
		tick(0)
		return !flight("email").Arrived.IsZero() && !flight("sms").Arrived.IsZero()
	})
	if len(o.mailTo("canary@harbour.example")) != 1 || o.twilio.Messages()[0].To != ours {
		t.Errorf("sent were %v and %+v", o.mailTo("canary@harbour.example"), o.twilio.Messages())
	}
	says("; the mail server took it after ", "Only that the mail server takes it is timed: nobody sees it arrive there", "; it arrived after ")
	o.twilio.OptOut(ours)
	o.settled()
	tick(time.Hour)
	o.wait("refusal", func() bool {
		f, err := o.app.store.Flight(t.Context(), flight("sms").Delivery)
		return err == nil && f.State == notify.Dead
	})
	o.settled()
	tick(5 * time.Minute)
	tick(time.Minute)
	o.wait("alarm", func() bool { return len(o.mailTo("ana@harbour.example")) == 1 })
	says("None arrives in time since ")
	o.twilio.OptIn(ours)
	o.settled() // the end waits for what becomes of the beginning
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

// TestCanaryComesHome: an email to the address of bounces has arrived when our
// listener has it, and not before.
func TestCanaryComesHome(t *testing.T) {
	o := newOnCall(t, nil, "")
	o.control()
	o.app.doc.Notify.Canary = notify.Canary{Every: time.Hour, Within: 5 * time.Minute, Email: "bounce@harbour.example"}
	o.app.doc.Notify.Email.Bounces = notify.Bounces{Address: "bounce@harbour.example", Listen: "127.0.0.1:0"}
	if _, err := o.app.buildEmail(); err != nil { // with its listener, which the configuration of other tests has not
		t.Fatal(err)
	}
	if err := o.app.startBounces(t.Context()); err != nil {
		t.Fatal(err)
	}
	canaries, err := o.app.newCanaries(o.app.doc.Notify.Canary)
	if err != nil {
		t.Fatal(err)
	}
	tick := func() notify.Flight {
		t.Helper()
		if err := canaries.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		f, err := store.Canaries{Store: o.app.store}.Flight(t.Context(), "email")
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	flight := tick()
	o.wait("acceptance", func() bool {
		f, err := o.app.store.Flight(t.Context(), flight.Delivery)
		return err == nil && f.State == notify.Accepted
	})
	mail := o.box.Messages()[0]
	if to := mail.To[0]; !strings.HasPrefix(to, "bounce+"+flight.Delivery+"=") || !strings.HasSuffix(to, "@harbour.example") {
		t.Errorf("it went to %s", to)
	}
	if flight = tick(); !flight.Arrived.IsZero() {
		t.Error("that it was accepted counts as its arrival")
	}
	if err := smtp.SendMail(o.app.bounces.Addr(), nil, mail.From, mail.To, mail.Raw); err != nil {
		t.Fatal(err)
	}
	if flight = tick(); flight.Arrived.IsZero() {
		t.Error("it came home, and has not arrived")
	}
	if code, out := o.command("notify", "canary", "--json"); code != exitOK || !strings.Contains(out, `"timed": "arrival"`) || strings.Contains(out, `"arrived": null`) {
		t.Errorf("it ends with %d and says\n%s", code, out)
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
