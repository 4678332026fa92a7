package store_test

import (
	"database/sql"
	"testing"

	"daymark/notify"
	"daymark/notify/notifytest"
)

// TestOutboxBehaviour runs what every outbox has to do.
func TestOutboxBehaviour(t *testing.T) {
	inMemory(t)
	for _, c := range notifytest.OutboxCases() {
		t.Run(c.Name, func(t *testing.T) {
			f := newFixture(t)
			db, err := sql.Open("sqlite", "file:"+f.path+"?_pragma=busy_timeout(10000)")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			c.Run(t, f.store, func(d notify.Delivery) string { return queue(t, db, d) })
		})
	}
}

// queue writes a pending delivery with all that it refers to.
func queue(t *testing.T, db *sql.DB, d notify.Delivery) string {
	t.Helper()
	at := d.Created.UnixMilli()
	for _, row := range []struct {
		query string
		args  []any
	}{
		{`INSERT INTO incidents (id, name, phase, severity, worst, reason, since, opened, updated) VALUES (?, 'x', 'investigating', 1, 1, '', ?, ?, ?)`, []any{"i" + d.ID, at, at, at}},
		{`INSERT INTO updates (id, incident, number, kind, phase, severity, at, text, auto, changes, channels) VALUES (?, ?, 1, 'opened', 'investigating', ?, ?, 'x', 1, '[]', '[]')`, []any{"u" + d.ID, "i" + d.ID, d.Update.Severity, at}},
		{`INSERT INTO subscribers (id, channel, address, name, components, severity, updates, confirmed, created) VALUES (?, ?, ?, '', '[]', 0, 'all', ?, ?)`, []any{"s" + d.ID, d.Channel, d.ID, at, at}},
		{
			`INSERT INTO deliveries (id, audience, update_id, incident, number, subscriber, channel, address, name, state, lane, due, expires, attempts, provider, reason, created, changed) VALUES (?, 'public', ?, ?, 1, ?, ?, '', '', 'pending', ?, ?, ?, 0, '', '', ?, ?)`,
			[]any{d.ID, "u" + d.ID, "i" + d.ID, "s" + d.ID, d.Channel, d.Update.Severity, at, d.Expires.UnixMilli(), at, at},
		},
	} {
		if _, err := db.Exec(row.query, row.args...); err != nil {
			t.Fatal(err)
		}
	}
	return d.ID
}
