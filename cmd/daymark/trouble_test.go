package main

import (
	"strings"
	"testing"
	"time"

	"daymark/notify"
	"daymark/notify/notifytest"
	"daymark/store"
)

// TestChannelFails: that email fails is told by text message where staff have
// no channel of their own, and its end too, each once.
func TestChannelFails(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, "")
	trouble := notify.ChannelTrouble{Channel: "email", Since: o.now().Add(-2 * time.Minute), Reason: "connection refused"}
	for _, over := range []bool{false, false, true, true} {
		trouble.Over = over
		if err := o.app.channelFails(t.Context(), trouble); err != nil {
			t.Fatal(err)
		}
		// A restart knows of it until its end is told.
		kept, err := o.app.troubled()
		if err != nil || !over && (len(kept) != 1 || !kept[0].Since.Equal(trouble.Since) || kept[0].Reason != trouble.Reason) || over && len(kept) != 0 {
			t.Errorf("over: %t; kept are %+v, %v", over, kept, err)
		}
	}
	o.wait("both", func() bool { return len(o.twilio.Messages()) == 2 })
	o.settled()
	said := ""
	for _, m := range o.twilio.Messages() {
		if m.To != "+447700900001" {
			t.Errorf("told was %s", m.To)
		}
		said += m.Body + "\n"
	}
	if strings.Count(said, "Email cannot be sent since 12:58") != 1 || strings.Count(said, "Email can be sent again, after 2 minutes") != 1 || len(o.mailTo("ana@harbour.example")) != 0 {
		t.Errorf("told were\n%s", said)
	}
}

// TestHookGivenUpWithoutChannels: where staff have no channel of their own,
// the Leads hear by email of a webhook that was given up.
func TestHookGivenUpWithoutChannels(t *testing.T) {
	o := newOnCall(t, nil, "")
	told := hookGivenUp(o.app.staff, &store.FailingHook{Subscriber: "s", Channel: "webhook", First: o.now(), Reason: "it answered 500"}, o.now())
	if len(told) != 1 || told[0].Channel != "email" || told[0].Subscriber.Address != "person:ana" || !strings.Contains(told[0].Notice.Text, "it answered 500") {
		t.Errorf("told were %+v", told)
	}
}

// TestRefundOfYesterday: what was counted before midnight and is not sent is
// given back to that day.
func TestRefundOfYesterday(t *testing.T) {
	o := newOnCall(t, nil, "    daily_budget: 5\n")
	b := &smsBudget{app: o.app, most: 5}
	spent := func(day string) int {
		t.Helper()
		n, err := o.app.store.SpentSMS(t.Context(), day)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	yesterday, next := b.day(o.now())
	if _, ok, err := b.Spend(t.Context(), 2, false); !ok || err != nil {
		t.Fatal(ok, err)
	}
	counted := o.now()
	o.mu.Lock()
	o.at = next.Add(time.Second)
	o.mu.Unlock()
	if _, ok, err := b.Spend(t.Context(), 3, false); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := b.Refund(t.Context(), 2, counted); err != nil {
		t.Fatal(err)
	}
	today, _ := b.day(o.now())
	if spent(yesterday) != 0 || spent(today) != 3 {
		t.Errorf("%d are counted yesterday, %d today", spent(yesterday), spent(today))
	}
}
