package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/notify"
	"daymark/notify/notifytest"
	"daymark/notify/sms"
	"daymark/store"
)

// TestAPhoneSaysStop: what a phone answers reaches the running server as Twilio
// tells it. After STOP it gets no text message; HELP changes nothing; after
// START it hears again.
func TestAPhoneSaysStop(t *testing.T) {
	const phone = "+447700900123"
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, "")
	err := o.app.engine.Do(t.Context(), incident.Act{Actor: "test", Action: "subscribed"}, func(ctx context.Context, tx incident.Tx, now time.Time) error {
		for _, to := range []string{phone, "+447700900124"} {
			s := notify.Subscription{Subscriber: notify.Subscriber{Channel: "sms", Address: to, Confirmed: now}}
			if err := tx.(*store.Tx).KeepSubscription(ctx, &s, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	texts := func(to string) (all []string) {
		for _, m := range o.twilio.Messages() {
			if m.To == to {
				all = append(all, m.Body)
			}
		}
		return all
	}
	says := func(body, token string, want int) {
		t.Helper()
		form := url.Values{"From": {phone}, "To": {"+441632960000"}, "Body": {body}, "MessageSid": {"SM00000000000000000000000000000001"}}
		address := o.app.doc.Page.URL + sms.InboundPath
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("X-Twilio-Signature", notifytest.Sign(token, address, form))
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s is answered %d, want %d", body, answer.StatusCode, want)
		}
	}
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	round := 0
	// hears publishes an incident, and wants so many messages at the phone once
	// the other one, which never stopped, has its own.
	hears := func(want int) {
		t.Helper()
		round++
		o.publishes(strings.Repeat("x", round), 1, 1, incident.Opened, "sms")
		o.wait("text to the other phone", func() bool { return len(texts("+447700900124")) == round })
		o.wait("text to the phone", func() bool { return len(texts(phone)) >= want })
		o.settled()
		if n := len(texts(phone)); n != want {
			t.Errorf("the phone has %d messages, want %d", n, want)
		}
	}
	hears(1)
	says("HELP", testToken, http.StatusOK)
	says("STOP", "another token of the same lengths", http.StatusForbidden)
	hears(2)
	o.twilio.OptOut(phone) // as Twilio does by itself
	says(" stop", testToken, http.StatusOK)
	hears(2)
	says("help", testToken, http.StatusOK)
	hears(2)
	o.twilio.OptIn(phone)
	says("Start", testToken, http.StatusOK)
	hears(3)
	if refused := o.twilio.Received() - len(o.twilio.Messages()); refused != 0 {
		t.Errorf("Twilio had to refuse %d", refused)
	}
}
