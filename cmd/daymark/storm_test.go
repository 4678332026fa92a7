package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/notify"
	"daymark/store"
)

// storms publishes automatic updates of as many incidents, as an outage of
// everything does.
func (o *onCall) storms(name string, incidents int) {
	o.t.Helper()
	o.publishes(name, incidents, 1, incident.Opened, "email")
}

// TestStormCommands: staff are asked, and decide from the command line.
func TestStormCommands(t *testing.T) {
	o := newOnCall(t, nil, "  storm: {per_minute: 2}\n")
	o.control()
	err := o.app.engine.Do(t.Context(), incident.Act{Actor: "test", Action: "subscribed"}, func(ctx context.Context, tx incident.Tx, now time.Time) error {
		return tx.(*store.Tx).KeepSubscription(ctx, &notify.Subscription{Subscriber: notify.Subscriber{Channel: "email", Address: "sam@mail.example", Confirmed: now}}, now)
	})
	if err != nil {
		t.Fatal(err)
	}
	says := func(code int, want string, args ...string) {
		t.Helper()
		if got, out := o.command(args...); got != code || !strings.Contains(out, want) {
			t.Errorf("%v: %d %s", args, got, out)
		}
	}
	says(exitOK, "nothing is held back", "notify", "storm")
	says(exitUsage, "the storm guard holds nothing back", "notify", "storm", "release")
	o.storms("a", 5)
	o.wait("word to the lead", func() bool { return len(o.mailTo("ana@harbour.example")) == 1 })
	o.wait("what is let through", func() bool { return len(o.mailTo("sam@mail.example")) == 2 })
	if raw := o.mailTo("ana@harbour.example")[0]; !strings.Contains(raw, "daymark notify storm release") {
		t.Errorf("staff read\n%s", raw)
	}
	says(exitOK, "3 messages are held back since", "notify", "storm")
	says(exitUsage, `there is no person "zoe"`, "notify", "storm", "release", "--as", "zoe")
	says(exitOK, "3 messages were released", "notify", "storm", "release", "--as", "ana")
	o.wait("one message about what was held", func() bool { return len(o.mailTo("sam@mail.example")) == 3 })
	o.settled()
	o.mu.Lock()
	o.at = o.at.Add(time.Hour)
	o.mu.Unlock()
	o.storms("b", 4)
	o.wait("what is let through", func() bool { return len(o.mailTo("sam@mail.example")) == 5 })
	says(exitOK, "2 messages were dropped", "notify", "storm", "drop", "--as", "ana")
	says(exitOK, "nothing is held back", "notify", "storm", "show")
}
