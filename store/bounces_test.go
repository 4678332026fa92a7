package store_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/notify"
	"daymark/store"
)

// TestBounced: what comes back of a delivery changes it and the subscription,
// at most once.
func TestBounced(t *testing.T) {
	hard := notify.Bounce{Kind: notify.HardBounce, Status: "5.1.1", Diagnostic: "550 5.1.1 no such user"}
	soft := notify.Bounce{Kind: notify.SoftBounce, Status: "5.2.2"}
	delayed := notify.Bounce{Kind: notify.DelayedBounce, Status: "4.4.1"}
	complaint := notify.Bounce{Kind: notify.Complaint, Diagnostic: "the reader's mail provider reports it as abuse"}
	for name, tc := range map[string]struct {
		settled notify.State // empty: the bounce is ahead of our own record
		bounces []notify.Bounce
		state   notify.State
		ended   bool
		reason  string
	}{
		"no such address":              {notify.Accepted, []notify.Bounce{hard}, notify.Undelivered, true, "there is no such address (550 5.1.1 no such user)"},
		"told twice":                   {notify.Accepted, []notify.Bounce{hard, hard}, notify.Undelivered, true, "no such address"},
		"ahead of our record":          {"", []notify.Bounce{hard}, notify.Undelivered, true, "no such address"},
		"mailbox full":                 {notify.Accepted, []notify.Bounce{soft}, notify.Undelivered, false, "was not delivered (5.2.2)"},
		"delayed":                      {notify.Accepted, []notify.Bounce{delayed}, notify.Accepted, false, "still tries"},
		"delayed, then given up":       {notify.Accepted, []notify.Bounce{delayed, delayed, soft}, notify.Undelivered, false, "was not delivered"},
		"given up, then late delay":    {notify.Accepted, []notify.Bounce{soft, delayed}, notify.Undelivered, false, "was not delivered"},
		"marked as spam":               {notify.Accepted, []notify.Bounce{complaint}, notify.Delivered, true, "marked it as spam"},
		"refused at once, and settled": {notify.Dead, []notify.Bounce{hard}, notify.Dead, true, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			now := f.time()
			id, db := queuedEmail(t, f, now)
			if claimed, err := f.store.Claim(t.Context(), "email", 10, now); err != nil || len(claimed) != 1 {
				t.Fatalf("claimed %v, %v", claimed, err)
			}
			settle := func(to notify.State) {
				t.Helper()
				if err := f.store.Settle(t.Context(), []notify.Outcome{{ID: id, To: to, Reason: "refused", Called: true}}, now); err != nil {
					t.Fatal(err)
				}
			}
			if tc.settled != "" {
				settle(tc.settled)
			}
			for _, b := range tc.bounces {
				b.At = now.Add(time.Minute)
				if err := f.store.Bounced(t.Context(), id, b); err != nil {
					t.Fatal(err)
				}
			}
			if tc.settled == "" {
				settle(notify.Accepted) // what came back first stands
			}
			var state, reason string
			var ended sql.NullInt64
			if err := db.QueryRow("SELECT d.state, d.reason, s.ended FROM deliveries d JOIN subscribers s ON s.id = d.subscriber").Scan(&state, &reason, &ended); err != nil {
				t.Fatal(err)
			}
			if state != string(tc.state) || !strings.Contains(reason, tc.reason) || ended.Valid != tc.ended {
				t.Errorf("it is %s because %q, the subscription ended: %v", state, reason, ended.Valid)
			}
			if ended.Valid && ended.Int64 != now.Add(time.Minute).UnixMilli() {
				t.Errorf("it ended at %d", ended.Int64)
			}
		})
	}
}

// TestBouncedOfNobody: a delivery that is gone, and one to staff, who cannot
// unsubscribe, are no error.
func TestBouncedOfNobody(t *testing.T) {
	f := newFixture(t)
	now := f.time()
	bounce := notify.Bounce{Kind: notify.HardBounce, At: now}
	if err := f.store.Bounced(t.Context(), "gone", bounce); err != nil {
		t.Error(err)
	}
	d := notify.Delivery{
		ID: "call-1-ana-email", Channel: "email", Audience: notify.Staff, Expires: now.Add(time.Hour),
		Subscriber: notify.Subscriber{Address: "ana@harbour.example"}, Notice: &notify.Notice{Kind: notify.AlertNotice, Title: "Sign in is down"},
	}
	if err := f.store.QueueNotice(t.Context(), &d, now); err != nil {
		t.Fatal(err)
	}
	if _, err := f.store.Claim(t.Context(), "email", 10, now); err != nil {
		t.Fatal(err)
	}
	if err := f.store.Bounced(t.Context(), d.ID, bounce); err != nil {
		t.Error(err)
	}
	if n := f.count("SELECT count(*) FROM deliveries WHERE state = 'undelivered'"); n != 1 {
		t.Errorf("%d undelivered, want 1", n)
	}
}

// TestBouncedByAShortName: what does not fit into a return path is found by what
// it is called there; nothing else is, and no search goes through all.
func TestBouncedByAShortName(t *testing.T) {
	f := newFixture(t)
	now := f.time()
	bounce := notify.Bounce{Kind: notify.SoftBounce, At: now}
	ids := []string{"maintenance-mhwz4k1q0c2f9a7b31-announced-mhwz4k2q0c2f9a7b31", "channel-sms-1796130000000-Ana_Reyes", "told-short"}
	for _, id := range ids {
		d := notify.Delivery{
			ID: id, Channel: "email", Audience: notify.Staff, Expires: now.Add(time.Hour),
			Subscriber: notify.Subscriber{Address: "ana@harbour.example"}, Notice: &notify.Notice{Kind: notify.AlertNotice, Title: "Sign in is down"},
		}
		if err := f.store.QueueNotice(t.Context(), &d, now); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // at a second attempt, it is called the same
		claimed, err := f.store.Claim(t.Context(), "email", 10, now)
		if err != nil || len(claimed) != len(ids) {
			t.Fatalf("claimed %v, %v", claimed, err)
		}
		for _, id := range ids {
			if err := f.store.Settle(t.Context(), []notify.Outcome{{ID: id, To: notify.Retry, Due: now, Called: true}}, now); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.store.Bounced(t.Context(), notify.BounceName("nobody knows a delivery of this name"), bounce); err != nil {
		t.Error(err)
	}
	for i, id := range ids {
		if err := f.store.Bounced(t.Context(), notify.BounceName(id), bounce); err != nil {
			t.Fatal(err)
		}
		if n := f.count("SELECT count(*) FROM deliveries WHERE state = 'undelivered'"); n != i+1 {
			t.Errorf("after the bounce of %s %d are undelivered, want %d", id, n, i+1)
		}
	}
	db := openBeside(t, f.path)
	defer func() { _ = db.Close() }()
	if plan := strings.Join(planOf(t, db, store.BounceQuery), "; "); !strings.Contains(plan, "SEARCH deliveries USING INDEX deliveries_bounce") {
		t.Errorf("it is found by: %s", plan)
	}
}

// queuedEmail puts one email into the outbox.
func queuedEmail(t *testing.T, f *fixture, now time.Time) (string, *sql.DB) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+f.path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return queue(t, db, notify.Delivery{
		ID: "one", Channel: "email", Created: now, Expires: now.Add(time.Hour), Update: incident.Update{Severity: incident.P1},
	}), db
}
