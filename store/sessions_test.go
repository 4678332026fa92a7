package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"daymark/access"
	"daymark/store"
)

// begin begins a session of an hour with the password of now.
func (f *fixture) begin(hash, id, person string) {
	f.t.Helper()
	x := &access.Session{
		ID: id, Person: person, Stage: access.SignedIn, Began: f.time(), Seen: f.time(), Expires: f.time().Add(time.Hour),
		Address: "192.0.2.1", Browser: "Firefox", Changed: f.account(person).Changed,
	}
	if err := f.store.KeepSession(f.t.Context(), hash, x, []byte("data"), true); err != nil {
		f.t.Fatal(err)
	}
}

// holds says whether a session opens something now.
func (f *fixture) holds(hash string) bool {
	f.t.Helper()
	_, _, err := f.store.SessionData(f.t.Context(), hash, f.time())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		f.t.Fatal(err)
	}
	return err == nil
}

func TestSessions(t *testing.T) {
	f := newFixture(t)
	f.addAccount("ana")
	f.begin("one", "1", "ana")
	f.pass(time.Minute)
	f.begin("two", "2", "ana")
	data, seen, err := f.store.SessionData(t.Context(), "one", f.time())
	if err != nil || string(data) != "data" || !seen.Equal(start) {
		t.Errorf("%q, %v, %v", data, seen, err)
	}
	if f.holds("") || f.holds("on") || f.holds("ONE") || f.holds("1") {
		t.Error("something else opens it too")
	}
	// The one used last stands first; being used lets it last longer.
	f.pass(time.Minute)
	if err := f.store.SeeSession(t.Context(), "one", f.time(), f.time().Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	found, err := f.store.Sessions(t.Context(), "ana", f.time())
	if err != nil || len(found) != 2 || found[0].ID != "1" || !found[0].Seen.Equal(f.time()) || !found[0].Expires.Equal(f.time().Add(2*time.Hour)) ||
		found[1].ID != "2" || found[1].Address != "192.0.2.1" || found[1].Browser != "Firefox" || found[1].Stage != access.SignedIn {
		t.Errorf("%+v, %v", found, err)
	}
	f.pass(time.Hour)
	if !f.holds("one") || f.holds("two") {
		t.Error("a session ends by when it was used last")
	}
	if err := f.store.SweepSessions(t.Context(), f.time()); err != nil {
		t.Fatal(err)
	}
	if found, err := f.store.Sessions(t.Context(), "ana", start); err != nil || len(found) != 1 {
		t.Errorf("after the sweep: %+v, %v", found, err)
	}
}

func TestWhatIsOverIsSwept(t *testing.T) {
	f := newFixture(t)
	f.addAccount("ana")
	f.invite("old", "ana")
	f.pass(time.Hour)
	f.invite("new", "ben")
	if err := f.store.SweepSessions(t.Context(), f.time()); err != nil {
		t.Fatal(err)
	}
	_, old := f.store.Invitation(t.Context(), "old", start)
	_, fresh := f.store.Invitation(t.Context(), "new", f.time())
	if !errors.Is(old, store.ErrNotFound) || fresh != nil {
		t.Errorf("the old one: %v; the new one: %v", old, fresh)
	}
}

// TestAnEndedSessionIsNotMadeAgain: whatever a request still writes that had
// begun before.
func TestAnEndedSessionIsNotMadeAgain(t *testing.T) {
	f := newFixture(t)
	f.addAccount("ana")
	f.begin("one", "1", "ana")
	f.begin("two", "2", "ana")
	f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
		return tx.EndSessions(ctx, now, "ana", "", "2")
	})
	late := &access.Session{ID: "1", Person: "ana", Stage: access.SignedIn, Seen: f.time(), Expires: f.time().Add(time.Hour), Changed: start}
	if err := f.store.KeepSession(t.Context(), "one", late, []byte("late"), false); err != nil {
		t.Fatal(err)
	}
	if err := f.store.SeeSession(t.Context(), "one", f.time().Add(time.Minute), f.time().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if f.holds("one") || !f.holds("two") {
		t.Error("the ended one is back, or the other has gone")
	}
	for id, want := range map[string]error{"1": store.ErrNotFound, "2": nil, "": store.ErrNotFound} {
		f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
			if err := tx.SessionLasts(ctx, "ana", id, now); !errors.Is(err, want) {
				t.Errorf("session %q lasts: %v", id, err)
			}
			if err := tx.SessionLasts(ctx, "ben", id, now); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("session %q is of another: %v", id, err)
			}
			return nil
		})
	}
}

// TestAnOldPasswordBeginsNoSession: who gave it in the moment in which it was
// changed is not let in.
func TestAnOldPasswordBeginsNoSession(t *testing.T) {
	f := newFixture(t)
	f.addAccount("ana")
	old := f.account("ana").Changed
	f.pass(time.Second)
	f.addAccount("ana")
	for hash, changed := range map[string]time.Time{"old": old, "new": f.time()} {
		x := &access.Session{ID: hash, Person: "ana", Stage: access.SignedIn, Began: f.time(), Seen: f.time(), Expires: f.time().Add(time.Hour), Changed: changed}
		if err := f.store.KeepSession(t.Context(), hash, x, []byte("data"), true); err != nil {
			t.Fatal(err)
		}
	}
	if f.holds("old") || !f.holds("new") {
		t.Error("the old password began a session, or the new one did not")
	}
}

func TestOneSessionOrAllOthersEnd(t *testing.T) {
	f := newFixture(t)
	f.addAccount("ana")
	f.addAccount("ben")
	for _, id := range []string{"1", "2", "3"} {
		f.begin("h"+id, id, "ana")
	}
	f.begin("h4", "4", "ben")
	end := func(person, id, kept string) {
		f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
			return tx.EndSessions(ctx, now, person, id, kept)
		})
	}
	end("ben", "1", "4") // not theirs
	end("ana", "2", "1")
	if !f.holds("h1") || f.holds("h2") || !f.holds("h3") || !f.holds("h4") {
		t.Error("one was to end")
	}
	end("ana", "", "1")
	if !f.holds("h1") || f.holds("h3") || !f.holds("h4") {
		t.Error("all but one were to end")
	}
	if err := f.store.DropSession(t.Context(), "h1", f.time()); err != nil || f.holds("h1") {
		t.Errorf("it is not ended: %v", err)
	}
}
