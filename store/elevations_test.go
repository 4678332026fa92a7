package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/store"
)

// rise lets a session rise for an hour.
func (f *fixture) rise(id, session string) {
	f.t.Helper()
	f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
		return tx.AddElevation(ctx, &access.Elevation{
			ID: id, Person: "ana", Session: session, Own: access.Reader, Role: access.Responder, Reason: "nobody else is here", Began: now, Until: now.Add(time.Hour),
		})
	})
}

// elevation reads one.
func (f *fixture) elevation(id string) *access.Elevation {
	f.t.Helper()
	e, err := f.store.Elevation(f.t.Context(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	return e
}

func TestAnElevationIsKept(t *testing.T) {
	f := newFixture(t)
	f.addAccount("ana")
	f.begin("h1", "1", "ana")
	f.rise("e1", "1")
	e, err := f.store.ElevationIn(t.Context(), "1")
	if err != nil || e.ID != "e1" || e.Own != access.Reader || e.Role != access.Responder || e.Reason != "nobody else is here" || !e.Began.Equal(f.time()) || !e.Until.Equal(f.time().Add(time.Hour)) {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := f.store.ElevationIn(t.Context(), "2"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of another session: %v", err)
	}
	f.pass(time.Minute)
	end := func(how string) {
		f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
			return tx.EndElevation(ctx, now, "e1", how)
		})
	}
	end("by ben")
	f.pass(time.Minute)
	end("by chi") // it is over
	if e := f.elevation("e1"); e.How != "by ben" || !e.Ended.Equal(start.Add(time.Minute)) {
		t.Errorf("%+v", e)
	}
	if _, err := f.store.ElevationIn(t.Context(), "1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it is over: %v", err)
	}
	f.rise("e2", "1")
	var ids []string
	for before := ""; ; {
		part, err := f.store.Elevations(t.Context(), before, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(part) == 0 {
			break
		}
		before = part[0].ID
		ids = append(ids, before)
	}
	if fmt.Sprint(ids) != "[e2 e1]" {
		t.Error(ids)
	}
}

// TestAnElevationEndsWithItsSession: however that ends, and with no other.
func TestAnElevationEndsWithItsSession(t *testing.T) {
	for name, end := range map[string]func(f *fixture){
		"signed out": func(f *fixture) {
			if err := f.store.DropSession(f.t.Context(), "h1", f.time()); err != nil {
				f.t.Fatal(err)
			}
		},
		"ended": func(f *fixture) {
			f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
				return tx.EndSessions(ctx, now, "ana", "1", "")
			})
		},
		"swept": func(f *fixture) {
			if err := f.store.SeeSession(f.t.Context(), "h2", f.time(), f.time().Add(9*time.Hour)); err != nil {
				f.t.Fatal(err)
			}
			if err := f.store.SweepSessions(f.t.Context(), f.time().Add(59*time.Minute)); err != nil {
				f.t.Fatal(err)
			}
		},
	} {
		f := newFixture(t)
		f.addAccount("ana")
		f.begin("h1", "1", "ana")
		f.pass(2 * time.Minute)
		f.begin("h2", "2", "ana")
		f.rise("e1", "1")
		f.rise("e2", "2")
		end(f)
		if e := f.elevation("e1"); e.Ended.IsZero() || e.How != access.EndedWithSession {
			t.Errorf("%s: %+v", name, e)
		}
		if e := f.elevation("e2"); !e.Ended.IsZero() {
			t.Errorf("%s: that of another session: %+v", name, e)
		}
	}
	f := newFixture(t)
	f.addAccount("ana")
	f.begin("h1", "1", "ana")
	f.rise("e1", "1")
	f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error { return tx.DropAccount(ctx, now, "ana") })
	if e := f.elevation("e1"); e.How != access.EndedWithSession {
		t.Errorf("with the account: %+v", e)
	}
}

func TestWhatWasDoneInAnElevation(t *testing.T) {
	f := newFixture(t)
	for i, actor := range []string{"ana in the console, elevation e1", "ana in the console", "ana in the console, elevation e10", "ana in the console, elevation e1"} {
		if err := f.engine.Do(t.Context(), incident.Act{Actor: actor, Action: "act", Object: fmt.Sprint(i)}, func(context.Context, incident.Tx, time.Time) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	done, err := f.store.DoneIn(t.Context(), "e1", 9)
	if err != nil || len(done) != 2 || done[0].Object != "0" || done[1].Object != "3" {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestTheAuditTrailIsNarrowed(t *testing.T) {
	f := newFixture(t)
	for _, act := range []incident.Act{
		{Actor: "ana in the console", Action: "signed in", Object: "from 192.0.2.1"},
		{Actor: "ana-b by API token t1", Action: "API token revoked", Object: "t2"},
		{Actor: "command line", Action: "API token created", Object: "t2 of ana"},
		{Actor: "ana", Action: "account made", Object: "ana"},
	} {
		f.pass(time.Minute)
		if err := f.engine.Do(t.Context(), act, func(context.Context, incident.Tx, time.Time) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		q    store.AuditQuery
		want []string
	}{
		"all":               {store.AuditQuery{}, []string{"account made", "API token created", "API token revoked", "signed in"}},
		"of a person":       {store.AuditQuery{Person: "ana"}, []string{"account made", "signed in"}},
		"of another":        {store.AuditQuery{Person: "ana-b"}, []string{"API token revoked"}},
		"of nobody":         {store.AuditQuery{Person: "an_"}, nil},
		"by what":           {store.AuditQuery{Action: "api TOKEN"}, []string{"API token created", "API token revoked"}},
		"by a pattern":      {store.AuditQuery{Action: "%"}, nil},
		"on what":           {store.AuditQuery{Object: "T2"}, []string{"API token created", "API token revoked"}},
		"since":             {store.AuditQuery{Since: start.Add(3 * time.Minute)}, []string{"account made", "API token created"}},
		"until":             {store.AuditQuery{Until: start.Add(3 * time.Minute)}, []string{"API token revoked", "signed in"}},
		"all of it at once": {store.AuditQuery{Person: "ana", Action: "in", Object: "192", Since: start, Until: start.Add(time.Hour)}, []string{"signed in"}},
	} {
		test.q.Most = 9
		found, err := f.store.Audit(t.Context(), test.q)
		var got []string
		for _, e := range found {
			got = append(got, e.Action)
		}
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
