package store_test

import (
	"testing"
	"time"

	"daymark/incident"
	"daymark/notify"
)

// TestQueueNotice: a notice is queued once, goes before what is public, and is
// settled as anything else.
func TestQueueNotice(t *testing.T) {
	f := newFixture(t)
	now := f.time()
	d := notify.Delivery{
		ID: "call-1-ana-email", Channel: "email", Audience: notify.Staff, Expires: now.Add(time.Hour),
		Subscriber: notify.Subscriber{Address: "ana@harbour.example", Name: "Ana Reyes"},
		Notice:     &notify.Notice{Kind: notify.AlertNotice, Title: "Sign in is down", Severity: incident.P1},
	}
	put := func() {
		t.Helper()
		if err := f.store.QueueNotice(t.Context(), &d, now); err != nil {
			t.Fatal(err)
		}
	}
	put()
	put()
	claimed, err := f.store.Claim(t.Context(), "email", 10, now)
	if err != nil || len(claimed) != 1 {
		t.Fatalf("claimed %v, %v", claimed, err)
	}
	got := claimed[0]
	if got.ID != d.ID || got.Audience != notify.Staff || got.Subscriber.Address != d.Subscriber.Address || got.Notice == nil || *got.Notice != *d.Notice {
		t.Errorf("claimed %+v", got)
	}
	if err := f.store.Settle(t.Context(), []notify.Outcome{{ID: d.ID, To: notify.Accepted, Called: true}}, now); err != nil {
		t.Fatal(err)
	}
	put()
	if n := f.count("SELECT count(*) FROM deliveries WHERE state = 'accepted'"); n != 1 {
		t.Errorf("%d accepted, want 1", n)
	}
	if claimed, err = f.store.Claim(t.Context(), "email", 10, now); err != nil || len(claimed) != 0 {
		t.Errorf("claimed %v, %v", claimed, err)
	}
}
