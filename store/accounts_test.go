package store_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/store"
)

// addAccount keeps an account of a person, with the hashes of recovery codes.
func (f *fixture) addAccount(person string, codes ...string) {
	f.t.Helper()
	f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
		return tx.PutAccount(ctx, &access.Account{Person: person, Password: "hash", Codes: codes, Created: now, Changed: now})
	})
}

func (f *fixture) account(person string) *access.Account {
	f.t.Helper()
	a, err := f.store.Account(f.t.Context(), person)
	if err != nil {
		f.t.Fatal(err)
	}
	return a
}

// won says how many of many at once did something; the others get ErrNotFound.
func (f *fixture) won(fn func(ctx context.Context, tx *store.Tx) error) int {
	var all sync.WaitGroup
	var won atomic.Int32
	for range 20 {
		all.Go(func() {
			err := f.store.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error { return fn(ctx, tx.(*store.Tx)) })
			switch {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, store.ErrNotFound):
				f.t.Error(err)
			}
		})
	}
	all.Wait()
	return int(won.Load())
}

func TestAccounts(t *testing.T) {
	f := newFixture(t)
	if _, err := f.store.Account(t.Context(), "ana"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an account of nobody: %v", err)
	}
	f.addAccount("ben")
	f.addAccount("ana", "c1", "c2")
	if a := f.account("ana"); a.Password != "hash" || len(a.Factor) != 0 || a.Step != 0 || !slices.Equal(a.Codes, []string{"c1", "c2"}) || !a.Created.Equal(start) || !a.Changed.Equal(start) {
		t.Errorf("it was kept as %+v", a)
	}
	// The same person again replaces all of it.
	again := &access.Account{Person: "ana", Password: "other", Factor: []byte("sealed"), Step: 7, Created: start.Add(time.Hour), Changed: start.Add(2 * time.Hour)}
	f.do(func(ctx context.Context, tx *store.Tx, _ time.Time) error { return tx.PutAccount(ctx, again) })
	if a := f.account("ana"); a.Password != "other" || string(a.Factor) != "sealed" || a.Step != 7 || len(a.Codes) != 0 || !a.Created.Equal(again.Created) || !a.Changed.Equal(again.Changed) {
		t.Errorf("it was replaced by %+v", a)
	}
	all, err := f.store.Accounts(t.Context())
	if err != nil || len(all) != 2 || all[0].Person != "ana" || all[1].Person != "ben" {
		t.Errorf("all: %+v, %v", all, err)
	}
}

func TestAnAccountLeavesWithAllThatOpens(t *testing.T) {
	f := newFixture(t)
	f.addAccount("ana")
	f.addAccount("ben")
	f.begin("of ana", "1", "ana")
	f.begin("of ben", "2", "ben")
	f.invite("i ana", "ana")
	f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error { return tx.DropAccount(ctx, now, "ana") })
	if _, err := f.store.Account(t.Context(), "ana"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the account: %v", err)
	}
	if f.holds("of ana") || !f.holds("of ben") {
		t.Error("the session of who left lasts, or another does not")
	}
	if _, err := f.store.Invitation(t.Context(), "i ana", start); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the invitation: %v", err)
	}
}

func (f *fixture) invite(hash, person string) {
	f.t.Helper()
	f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
		return tx.AddInvitation(ctx, hash, &access.Invitation{Person: person, Made: now, Expires: now.Add(time.Hour)})
	})
}

func TestInvitations(t *testing.T) {
	f := newFixture(t)
	f.invite("one", "ana")
	f.invite("first", "")
	for _, hash := range []string{"", "on", "ONE"} {
		if _, err := f.store.Invitation(t.Context(), hash, start); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q opens something: %v", hash, err)
		}
	}
	if i, err := f.store.Invitation(t.Context(), "first", start); err != nil || !i.First() {
		t.Errorf("the first: %+v, %v", i, err)
	}
	if _, err := f.store.Invitation(t.Context(), "one", start.Add(time.Hour)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("at its end: %v", err)
	}
	// A new one replaces the one before.
	f.invite("two", "ana")
	if _, err := f.store.Invitation(t.Context(), "one", start); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the one before: %v", err)
	}
	// Of many at once, one takes it.
	if n := f.won(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.TakeInvitation(ctx, "two", start)
		return err
	}); n != 1 {
		t.Errorf("%d took one invitation", n)
	}
	// What fails after it was taken gives it back.
	broken := errors.New("broken")
	err := f.store.Write(t.Context(), func(ctx context.Context, tx incident.Tx) error {
		_, err := tx.(*store.Tx).TakeInvitation(ctx, "first", start)
		return errors.Join(err, broken)
	})
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, err := f.store.Invitation(t.Context(), "first", start); err != nil {
		t.Errorf("it was lost: %v", err)
	}
}

func TestACodeIsGoodOnce(t *testing.T) {
	f := newFixture(t)
	f.addAccount("ana")
	var all sync.WaitGroup
	var used atomic.Int32
	for range 20 {
		all.Go(func() {
			ok, err := f.store.UseCode(context.Background(), "ana", 100)
			if err != nil {
				t.Error(err)
			}
			if ok {
				used.Add(1)
			}
		})
	}
	all.Wait()
	if used.Load() != 1 {
		t.Errorf("one code was used %d times", used.Load())
	}
	for step, want := range map[int64]bool{99: false, 100: false} {
		if ok, err := f.store.UseCode(t.Context(), "ana", step); err != nil || ok != want {
			t.Errorf("step %d after 100: %v, %v", step, ok, err)
		}
	}
	if ok, err := f.store.UseCode(t.Context(), "ana", 101); err != nil || !ok {
		t.Errorf("the next: %v, %v", ok, err)
	}
	if ok, err := f.store.UseCode(t.Context(), "nobody", 101); err != nil || ok {
		t.Errorf("of nobody: %v, %v", ok, err)
	}
}

func TestARecoveryCodeIsGoodOnce(t *testing.T) {
	f := newFixture(t)
	codes, hashes := access.NewRecoveryCodes()
	f.addAccount("ana", hashes...)
	f.addAccount("ben")
	use := func(person, code string) int {
		return f.won(func(ctx context.Context, tx *store.Tx) error { return tx.UseRecoveryCode(ctx, person, code) })
	}
	if n := use("ana", codes[3]); n != 1 {
		t.Errorf("one code was used %d times", n)
	}
	if n := use("ben", codes[4]) + use("nobody", codes[4]) + use("ana", ""); n != 0 {
		t.Errorf("a code of another person, or none, was used %d times", n)
	}
	if left := f.account("ana").Codes; len(left) != 9 || slices.Contains(left, hashes[3]) {
		t.Errorf("left: %q", left)
	}
}
