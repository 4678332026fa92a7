package store_test

import (
	"testing"
	"time"

	"daymark/incident"
	"daymark/notify"
	"daymark/store"
)

// TestSweepGoesPastWhatWaits: deliveries that have not ended keep none of the
// others, however many they are.
func TestSweepGoesPastWhatWaits(t *testing.T) {
	f := newFixture(t)
	db := openBeside(t, f.path)
	defer func() { _ = db.Close() }()
	put := func(n int, state notify.State, channel, prefix string) {
		t.Helper()
		if _, err := db.Exec(`WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < ?)
			INSERT INTO deliveries (id, audience, number, channel, address, name, notice, state, lane, due, expires, attempts, provider, reason, created, changed)
			SELECT ? || x, 'public', 0, ?, '', '', '{}', ?, 4, 0, ?, 0, '', '', 0, 0 FROM c`, n, prefix, channel, state, f.time().Add(time.Hour).UnixMilli()); err != nil {
			t.Fatal(err)
		}
	}
	for _, waiting := range []int{1, 2000} {
		put(waiting, notify.Pending, "slack", "waits")
		put(5000, notify.Accepted, "email", "ended")
		gone, err := f.store.Sweep(t.Context(), store.Retention{Deliveries: time.Hour}, f.time())
		if left := f.count("SELECT count(*) FROM deliveries"); err != nil || gone != 5000 || left != waiting {
			t.Errorf("behind %d that wait %d are deleted and %d left, %v", waiting, gone, left, err)
		}
		if _, err := db.Exec("DELETE FROM deliveries"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSweepExpires: what no channel carries ends too, with its story, and goes
// when its time is over.
func TestSweepExpires(t *testing.T) {
	f := newFixture(t)
	f.subscriber(notify.Subscriber{Channel: "webhook", Address: "https://hooks.example/x"})
	p := &publishing{tb: t, store: f.store, now: f.time()}
	p.save(p.update("i1", 1, incident.Opened, incident.P1, "webhook"))
	sweep := func(after time.Duration) {
		t.Helper()
		if _, err := f.store.Sweep(t.Context(), store.Retention{Deliveries: 24 * time.Hour}, f.time().Add(after)); err != nil {
			t.Fatal(err)
		}
	}
	sweep(time.Hour)
	if n := f.count("SELECT count(*) FROM deliveries WHERE state = 'pending'"); n != 1 {
		t.Errorf("%d wait within their useful life, want 1", n)
	}
	sweep(5 * time.Hour)
	if n := f.count("SELECT count(*) FROM deliveries d JOIN delivery_events e ON e.delivery = d.id AND e.state = d.state WHERE d.state = 'expired'"); n != 1 {
		t.Errorf("%d are expired with their story, want 1", n)
	}
	sweep(48 * time.Hour)
	if n := f.count("SELECT count(*) FROM deliveries"); n != 0 {
		t.Errorf("%d are left", n)
	}
}
