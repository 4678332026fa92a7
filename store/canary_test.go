package store_test

import (
	"testing"
	"time"

	"daymark/notify"
)

// TestLongestDue: what is tried in vain counts as what nobody begins, unless
// its channel brings other messages, or it is a stranger's webhook.
func TestLongestDue(t *testing.T) {
	f := newFixture(t)
	now := f.time()
	put := func(id, channel string, to notify.State, at time.Time) {
		t.Helper()
		d := notify.Delivery{
			ID: id, Channel: channel, Audience: notify.Staff, Expires: now.Add(4 * time.Hour),
			Subscriber: notify.Subscriber{Address: "person:ana"}, Notice: &notify.Notice{Kind: notify.AlertNotice, Title: "x"},
		}
		if err := f.store.QueueNotice(t.Context(), &d, at); err != nil {
			t.Fatal(err)
		}
		if _, err := f.store.Claim(t.Context(), channel, 1, at); err != nil {
			t.Fatal(err)
		}
		if err := f.store.Settle(t.Context(), []notify.Outcome{{ID: id, To: to, Due: now.Add(time.Hour), Called: true}}, at); err != nil {
			t.Fatal(err)
		}
	}
	want := func(since time.Time) {
		t.Helper()
		got, err := f.store.LongestDue(t.Context(), []string{"email", "sms", "webhook"})
		if err != nil || !got.Equal(since) {
			t.Errorf("due since %s, %v; want %s", got, err, since)
		}
	}
	put("a", "email", notify.Accepted, now)
	put("w", "webhook", notify.Retry, now)
	want(time.Time{})
	put("b", "email", notify.Retry, now.Add(time.Minute))
	put("c", "sms", notify.Accepted, now.Add(2*time.Minute))
	want(now.Add(time.Minute))
	put("d", "email", notify.Accepted, now.Add(3*time.Minute))
	want(time.Time{})
}
