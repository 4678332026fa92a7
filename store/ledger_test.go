package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"daymark/incident"
	"daymark/notify"
	"daymark/store"
)

// TestTheLedger: pages of every size hold each delivery once, staff first, and
// counts and filters agree with them.
func TestTheLedger(t *testing.T) {
	f := newFixture(t)
	for i := range 3 {
		f.subscribe(notify.Subscriber{Channel: "email", Address: fmt.Sprintf("r%d@mail.example", i), Confirmed: start})
	}
	p := &publishing{t, f.store, start}
	p.save(p.update("i", 1, incident.Opened, incident.P1, "email"))
	for _, id := range []string{"call-a", "call-b"} {
		d := notify.Delivery{
			ID: id, Channel: "slack", Audience: notify.Staff, Incident: incident.Incident{ID: "i"}, Expires: start.Add(time.Hour),
			Subscriber: notify.Subscriber{Address: "ops"}, Notice: &notify.Notice{Kind: notify.AlertNotice, Title: "Sign in is down"},
		}
		if err := f.store.QueueNotice(t.Context(), &d, start); err != nil {
			t.Fatal(err)
		}
	}
	p.save(p.update("i", 2, incident.Progress, incident.P1, "email"))
	read := func(q notify.LedgerQuery) (all []notify.LedgerRow) {
		t.Helper()
		for q.Incident = "i"; ; {
			rows, err := f.store.Ledger(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, rows...)
			if len(rows) < q.Most {
				return all
			}
			q.After = rows[len(rows)-1].At()
		}
	}
	whole := read(notify.LedgerQuery{Most: 100})
	var order []string
	for i := range whole {
		order = append(order, fmt.Sprintf("%s %d %s", whole[i].Audience, whole[i].Update, whole[i].State))
	}
	want := "staff 0 pending, staff 0 pending" + strings.Repeat(", public 1 superseded, public 2 pending", 3)
	if got := strings.Join(order, ", "); got != want {
		t.Fatalf("the ledger is %s\nwant          %s", got, want)
	}
	if whole[0].Title != "Sign in is down" || whole[0].Address != "ops" || whole[0].Subscriber != "" || !strings.HasPrefix(whole[2].Address, "r") {
		t.Errorf("told are %+v and %+v", whole[0], whole[2])
	}
	for most := 1; most <= 9; most++ {
		if got := read(notify.LedgerQuery{Most: most}); fmt.Sprint(got) != fmt.Sprint(whole) {
			t.Errorf("by %d: %+v", most, got)
		}
	}
	if got := read(notify.LedgerQuery{Most: 2, Channel: "email", State: notify.Pending}); len(got) != 3 {
		t.Errorf("%d emails wait, want 3", len(got))
	}
	counts, err := f.store.LedgerCounts(t.Context(), "i")
	if err != nil || fmt.Sprint(counts) != "[{email pending 3} {email superseded 3} {slack pending 2}]" {
		t.Errorf("counts: %v, %v", counts, err)
	}
}

// TestADeliverysStory: each step is told in order, a delivery sent once more is
// named, and all of it goes with the delivery when its time is over.
func TestADeliverysStory(t *testing.T) {
	f := newFixture(t)
	f.subscribe(sam())
	p := &publishing{t, f.store, start}
	p.save(p.update("i", 1, incident.Opened, incident.P1, "email"))
	id := f.claim("email")[0].ID
	f.settle(id, notify.Retry)
	f.claim("email")
	f.settle(id, notify.Accepted)
	if _, err := f.store.Report(t.Context(), id, notify.Undelivered, "", "the mailbox is full", start); err != nil {
		t.Fatal(err)
	}
	resend := func(second bool) (made string, err error) {
		err = f.store.Write(t.Context(), func(ctx context.Context, tx incident.Tx) error {
			made, err = tx.(*store.Tx).Resend(ctx, f.time(), id, second)
			return err
		})
		return made, err
	}
	made, err := resend(false)
	if err != nil {
		t.Fatal(err)
	}
	story, err := f.store.DeliveryStory(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, e := range story.Events {
		steps = append(steps, string(e.State))
	}
	if got := strings.Join(steps, " "); got != "sending retry sending accepted undelivered" || story.Events[4].Reason != "the mailbox is full" || story.Attempts != 2 {
		t.Errorf("the story is %s: %+v", got, story)
	}
	if len(story.Copies) != 1 || story.Copies[0] != made {
		t.Errorf("its copies are %v, want %s", story.Copies, made)
	}
	if claimed := f.claim("email"); len(claimed) != 1 || claimed[0].ID != made || claimed[0].Update.ID != "i-1" {
		t.Errorf("claimed is %+v", claimed)
	}
	f.settle(made, notify.Accepted)
	if copied, err := f.store.DeliveryStory(t.Context(), made); err != nil || copied.Again != id {
		t.Errorf("the copy: %+v, %v", copied, err)
	}
	if _, err := f.store.DeliveryStory(t.Context(), "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	if _, err := f.store.Sweep(t.Context(), store.Retention{Deliveries: time.Hour}, f.time().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if n := f.count("SELECT count(*) FROM deliveries"); n != 2 {
		t.Errorf("%d deliveries are left within their time, want 2", n)
	}
	if _, err := f.store.Sweep(t.Context(), store.Retention{Deliveries: time.Hour}, f.time().Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n := f.count("SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM delivery_events)"); n != 0 {
		t.Errorf("%d rows are left after it", n)
	}
}

// A delivery that is tried for hours has a story of a bounded length.
func TestAStoryIsBounded(t *testing.T) {
	f := newFixture(t)
	f.subscribe(sam())
	p := &publishing{t, f.store, start}
	p.save(p.update("i", 1, incident.Opened, incident.P1, "email"))
	id := f.claim("email")[0].ID
	db := openBeside(t, f.path)
	defer func() { _ = db.Close() }()
	if _, err := db.Exec("UPDATE delivery_events SET number = 498"); err != nil { // as if there had been more before
		t.Fatal(err)
	}
	for range 3 {
		f.settle(id, notify.Retry)
		f.claim("email")
	}
	if n := f.count("SELECT max(number) FROM delivery_events"); n != 500 {
		t.Errorf("%d events are kept, want 500", n)
	}
	if n := f.count("SELECT count(*) FROM delivery_events"); n != 3 {
		t.Errorf("%d events are there, want 3", n)
	}
}

// TestDeliveriesOfAnOlderFile: what an older version queued is there after the
// tables were made anew.
func TestDeliveriesOfAnOlderFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	db := openBeside(t, path)
	files, err := fs.Sub(store.Migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), 9); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"INSERT INTO incidents (id, name, phase, severity, worst, reason, since, opened, updated) VALUES ('i', 'x', 'investigating', 1, 1, '', 1, 1, 1)",
		"INSERT INTO updates (id, incident, number, kind, phase, severity, at, text, auto, changes, channels) VALUES ('u', 'i', 1, 'opened', 'investigating', 1, 1, 'x', 1, '[]', '[]')",
		"INSERT INTO subscribers (id, channel, address, name, components, severity, updates, confirmed, created) VALUES ('s', 'email', 'sam@mail.example', '', '[]', 0, 'all', 1, 1)",
		"INSERT INTO deliveries (id, audience, update_id, incident, number, subscriber, channel, address, name, state, lane, due, expires, attempts, provider, reason, created, changed) VALUES ('u-s', 'public', 'u', 'i', 1, 's', 'email', '', '', 'retry', 1, 1, 9e15, 2, '', 'later', 1, 1)",
	} {
		if _, err := db.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	claimed, err := s.Claim(t.Context(), "email", 5, start)
	if err != nil || len(claimed) != 1 || claimed[0].ID != "u-s" || claimed[0].Attempts != 2 || claimed[0].State != notify.Retry {
		t.Errorf("claimed %+v, %v", claimed, err)
	}
}
