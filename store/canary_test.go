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

// TestLongestDueLooksAtFew, however many wait: it goes by the index, lane by
// lane, and no further than its bound.
func TestLongestDueLooksAtFew(t *testing.T) {
	f := newFixture(t)
	f.put(`INSERT INTO deliveries (id, audience, number, channel, address, name, state, lane, due, expires, attempts, provider, reason, created, changed)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
		SELECT 'd' || i, 'staff', 0, 'email', 'x', '', 'retry', i % 5, 100000 + i, 9000000, 1, '', '', 200000 - i, 0 FROM n`)
	got, err := f.store.LongestDue(t.Context(), []string{"sms", "email"})
	if err != nil || got.UnixMilli() != 197000 {
		t.Errorf("due since %d, %v", got.UnixMilli(), err)
	}
	f.put(`UPDATE deliveries SET lane = 3`)
	if got, err := f.store.LongestDue(t.Context(), []string{"sms", "email"}); err != nil || got.UnixMilli() != 199000 {
		t.Errorf("due since %d, %v; want the oldest of the first thousand", got.UnixMilli(), err)
	}
}
