package store_test

import (
	"context"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/notify"
	"daymark/store"
	"daymark/support"
)

// TestStaffLost: that a message to one of staff does not arrive is told to the
// others by another channel, once an hour for each person and channel.
func TestStaffLost(t *testing.T) {
	f := newFixture(t)
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	staff, err := notify.NewStaffing(notify.StaffOptions{
		Page: notify.PageInfo{Name: "Harbour Bank", URL: "https://status.harbour.example", Zone: time.UTC}, Ways: []string{"email", "sms", "voice"},
		People:   []support.Person{{ID: "ana", Name: "Ana", Email: "ana@harbour.example", Phone: "+447700900001", May: []string{"lead"}}},
		Channels: []notify.StaffChannel{{ID: "ops", Slack: "https://hooks.example/x"}},
		Wording:  &incident.Wording{Language: lang.English(), Zone: time.UTC, Component: func(id string) string { return id }, Region: func(id string) string { return id }, Place: func(string) int { return 0 }},
	})
	if err != nil {
		t.Fatal(err)
	}
	if f.store, err = store.Open(context.Background(), store.Options{Path: f.path, Staff: staff}); err != nil {
		t.Fatal(err)
	}
	now := f.time()
	put := func(id, channel, address string, kind notify.NoticeKind) {
		t.Helper()
		d := notify.Delivery{
			ID: id, Channel: channel, Audience: notify.Staff, Expires: now.Add(time.Hour),
			Subscriber: notify.Subscriber{Address: address}, Notice: &notify.Notice{Kind: kind, Title: "Sign in is down"},
		}
		if err := f.store.QueueNotice(t.Context(), &d, now); err != nil {
			t.Fatal(err)
		}
		if _, err := f.store.Claim(t.Context(), channel, 1, now); err != nil {
			t.Fatal(err)
		}
	}
	dead := func(id string, at time.Time) {
		t.Helper()
		if err := f.store.Settle(t.Context(), []notify.Outcome{{ID: id, To: notify.Dead, Called: true, OptedOut: true, Reason: "they wrote STOP (21610)"}}, at); err != nil {
			t.Fatal(err)
		}
	}
	want := func(what string, slack, email int) {
		t.Helper()
		if n := f.count("SELECT count(*) FROM deliveries WHERE id LIKE 'lost-%' AND channel = 'slack'"); n != slack {
			t.Errorf("%s: %d told by Slack, want %d", what, n, slack)
		}
		if n := f.count("SELECT count(*) FROM deliveries WHERE id LIKE 'lost-%' AND channel = 'email' AND address = 'person:ana'"); n != email {
			t.Errorf("%s: %d told by email, want %d", what, n, email)
		}
	}
	put("a", "sms", "person:ana", notify.AlertNotice)
	dead("a", now)
	want("a STOP", 1, 0)
	put("b", "sms", "person:ana", notify.AlertNotice)
	dead("b", now)
	want("a second", 1, 0)
	put("c", "sms", "person:ana", notify.AlertNotice)
	dead("c", now.Add(time.Hour))
	want("an hour later", 2, 0)
	put("d", "email", "person:ana", notify.AlertNotice)
	if err := f.store.Bounced(t.Context(), "d", notify.Bounce{Kind: notify.HardBounce, At: now}); err != nil {
		t.Fatal(err)
	}
	want("a bounce", 3, 0)
	put("e", "voice", "person:ana", notify.AlertNotice)
	if _, err := f.store.Report(t.Context(), "e", notify.Undelivered, "", "nobody picked up", now); err != nil {
		t.Fatal(err)
	}
	put("f", "email", "canary@harbour.example", notify.TrialNotice)
	dead("f", now)
	want("a call that nobody picks up, and a canary", 3, 0)
	put("g", "discord", "ops", notify.AlertNotice)
	dead("g", now)
	want("a channel of staff", 4, 0)
}
