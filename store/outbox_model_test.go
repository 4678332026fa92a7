package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/notifytest"
	"daymark/store"
)

// storeBox is a store's outbox as notifytest.RunModel wants it.
type storeBox struct {
	*store.Store
	tb rapid.TB
	db *sql.DB // beside the store
}

func (b storeBox) exec(query string, args ...any) {
	if _, err := b.db.Exec(query, args...); err != nil {
		b.tb.Fatalf("%s: %v", query, err)
	}
}

func (b storeBox) Subscribe(s notify.Subscriber) {
	updates, confirmed := "all", any(nil)
	if s.Edges {
		updates = "edges"
	}
	if !s.Confirmed.IsZero() {
		confirmed = s.Confirmed.UnixMilli()
	}
	components, err := json.Marshal(append([]string{}, s.Components...))
	if err != nil {
		b.tb.Fatal(err)
	}
	b.exec("INSERT INTO subscribers (id, channel, address, name, components, severity, updates, confirmed, created) VALUES (?, ?, ?, '', ?, ?, ?, ?, 0)",
		s.ID, s.Channel, s.Address, string(components), s.Severity, updates, confirmed)
}

func (b storeBox) Unsubscribe(id string) { b.exec("UPDATE subscribers SET ended = 1 WHERE id = ?", id) }

func (b storeBox) Publish(u *incident.Update) { b.publish(u, nil) }

func (b storeBox) Fail(u *incident.Update) { b.publish(u, errors.New("the disk is full")) }

func (b storeBox) publish(u *incident.Update, fault error) {
	err := b.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error {
		_, err := tx.Save(ctx, u.At, &incident.Decision{
			Incidents: []incident.Incident{{ID: u.Incident, Name: "x", Phase: incident.Investigating, Severity: u.Severity, Worst: u.Severity, Since: u.At, Opened: u.At, Updated: u.At}},
			Updates:   []incident.Update{*u},
		})
		return errors.Join(err, fault)
	})
	if (err == nil) != (fault == nil) {
		b.tb.Fatalf("publish: %v", err)
	}
}

func (b storeBox) Resend(id string, second bool, now time.Time) (made string, err error) {
	err = b.Write(context.Background(), func(ctx context.Context, tx incident.Tx) (err error) {
		made, err = tx.(*store.Tx).Resend(ctx, now, id, second)
		return err
	})
	return made, err
}

func (b storeBox) EndStorm(drop bool, now time.Time) {
	how := store.Released
	if drop {
		how = store.Dropped
	}
	err := b.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error {
		_, err := tx.(*store.Tx).EndStorm(ctx, now, how, "ana")
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		b.tb.Fatalf("end a storm: %v", err)
	}
}

func (b storeBox) Rows() []notifytest.Row {
	rows, err := b.db.Query(`SELECT d.id, d.channel, d.state, d.reason, d.subscriber, d.incident, d.number, d.update_id, u.kind, coalesce(d.doubted, 0), coalesce(d.again, ''), d.due, d.expires, coalesce(d.carrier, ''),
		d.again IS NULL AND EXISTS (SELECT 1 FROM held_updates h WHERE h.update_id = d.update_id) FROM deliveries d JOIN updates u ON u.id = d.update_id ORDER BY d.rowid`)
	if err != nil {
		b.tb.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []notifytest.Row
	for rows.Next() {
		var r notifytest.Row
		var doubted, due, expires int64
		if err := rows.Scan(&r.ID, &r.Channel, &r.State, &r.Reason, &r.Subscriber.ID, &r.Incident.ID, &r.Update.Number, &r.Update.ID, &r.Update.Kind, &doubted, &r.Again, &due, &expires, &r.Carrier, &r.Held); err != nil {
			b.tb.Fatal(err)
		}
		if doubted != 0 {
			r.Doubted = time.UnixMilli(doubted)
		}
		r.Due, r.Expires = time.UnixMilli(due), time.UnixMilli(expires)
		all = append(all, r)
	}
	return all
}

// TestOutboxKeepsTheInvariants runs the model over the store. Each life has a
// database of its own tables, emptied, in one file.
func TestOutboxKeepsTheInvariants(t *testing.T) {
	inMemory(t)
	path := filepath.Join(t.TempDir(), "model.db")
	s, err := store.Open(t.Context(), store.Options{Path: path, Storm: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	db := openBeside(t, path)
	t.Cleanup(func() { _ = db.Close() })
	for range testkit.Count(1, 100) {
		rapid.Check(t, func(r *rapid.T) {
			box := storeBox{s, r, db}
			for _, table := range []string{"deliveries", "held_updates", "storms", "updates", "incidents", "subscribers"} {
				box.exec("DELETE FROM " + table)
			}
			notifytest.RunModel(r, func(what string, n int) int { return rapid.IntRange(0, n-1).Draw(r, what) }, box)
			if n := left(r, db); n != 0 {
				r.Fatalf("%d stories end otherwise than their delivery", n)
			}
		})
	}
}

// left counts the deliveries whose story does not end as they do.
func left(tb rapid.TB, db *sql.DB) (n int) {
	err := db.QueryRow(`SELECT count(*) FROM deliveries d WHERE d.state IN ('accepted', 'delivered', 'undelivered', 'dead', 'expired')
		AND d.state <> coalesce((SELECT state FROM delivery_events WHERE delivery = d.id ORDER BY number DESC LIMIT 1), '')`).Scan(&n)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// inMemory puts a test's files into memory, where the system has such a folder:
// what is asked is whether something decides right, thousands of times, and not
// whether the disk keeps it.
func inMemory(t *testing.T) {
	t.Helper()
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		t.Setenv("TMPDIR", "/dev/shm")
	}
}
