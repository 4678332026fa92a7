package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/notify"
	"daymark/notify/notifytest"
	"daymark/store"
)

// TestAStormEndsInOneMessage: what was held back comes to each reader as one
// email and one text message, in their language, and the end of each incident
// reaches them. The ledger tells of it.
func TestAStormEndsInOneMessage(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, "  storm: {per_minute: 2}\n")
	o.control()
	err := o.app.engine.Do(t.Context(), incident.Act{Actor: "test", Action: "subscribed"}, func(ctx context.Context, tx incident.Tx, now time.Time) error {
		for channel, address := range map[string]string{"email": "sam@mail.example", "sms": "+447700900123"} {
			s := notify.Subscription{Subscriber: notify.Subscriber{Channel: channel, Address: address, Language: "de", Confirmed: now}}
			if err := tx.(*store.Tx).KeepSubscription(ctx, &s, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	texts := func() (all []string) {
		for _, m := range o.twilio.Messages() {
			if m.To == "+447700900123" {
				all = append(all, m.Body)
			}
		}
		return all
	}
	o.publishes("a", 5, 1, incident.Opened, "email", "sms")
	o.wait("what is let through", func() bool { return len(o.mailTo("sam@mail.example")) == 2 && len(texts()) == 2 })
	if code, out := o.command("notify", "storm", "release"); code != exitOK || !strings.Contains(out, "6 messages were released") {
		t.Fatalf("%d: %s", code, out)
	}
	o.wait("one message about the rest", func() bool { return len(o.mailTo("sam@mail.example")) == 3 && len(texts()) == 3 })
	o.settled()
	mail, text := o.mailTo("sam@mail.example")[2], texts()[2]
	for i := 2; i < 5; i++ {
		link := fmt.Sprintf("/incidents/a%d", i)
		if !strings.Contains(mail, link) || !strings.Contains(text, link+"?u=1") {
			t.Errorf("%s is in neither\n%s\nor\n%s", link, mail, text)
		}
	}
	if !strings.Contains(text, "3 Störungen auf einmal.") {
		t.Errorf("the text message says %q", text)
	}
	if code, out := o.command("notify", "ledger", "a4", "--channel", "sms"); code != exitOK || !strings.Contains(out, "in the message of ua2-") {
		t.Errorf("the ledger: %d %s", code, out)
	}
	o.publishes("a", 5, 2, incident.Ended, "email", "sms")
	o.wait("the end of each", func() bool { return len(o.mailTo("sam@mail.example")) == 8 && len(texts()) == 8 })
	if len(o.mailTo("sam@mail.example")) != 8 || len(texts()) != 8 {
		t.Errorf("%d emails and %d text messages arrived", len(o.mailTo("sam@mail.example")), len(texts()))
	}
}

// publishes saves an automatic update of as many incidents.
func (o *onCall) publishes(name string, incidents, number int, kind incident.UpdateKind, channels ...string) {
	o.t.Helper()
	now := o.now()
	var d incident.Decision
	for i := range incidents {
		id := fmt.Sprint(name, i)
		d.Incidents = append(d.Incidents, incident.Incident{ID: id, Name: id, Phase: incident.Investigating, Severity: incident.P1, Worst: incident.P1, Since: now, Opened: now, Updated: now})
		update := "u" + id
		if number > 1 {
			update += fmt.Sprint("-", number)
		}
		d.Updates = append(d.Updates, incident.Update{
			ID: update, Incident: id, Number: number, Kind: kind, Phase: incident.Investigating, Severity: incident.P1,
			At: now, Auto: true, Text: "It is down.", Channels: channels,
		})
	}
	err := o.app.store.Write(o.t.Context(), func(ctx context.Context, tx incident.Tx) error {
		_, err := tx.Save(ctx, now, &d)
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	o.app.sender.Wake()
}
