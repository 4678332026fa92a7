package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"daymark/notify"
	"daymark/store"
)

// subscriber adds one who is confirmed and gives the id.
func (f *fixture) subscriber(s notify.Subscriber) string {
	f.t.Helper()
	kept := notify.Subscription{Subscriber: s, Source: notify.BySelf}
	if kept.Confirmed.IsZero() {
		kept.Confirmed = f.time()
	}
	f.consent(func(ctx context.Context, tx notify.SubscriptionTx) error {
		return tx.KeepSubscription(ctx, &kept, f.time())
	})
	return kept.ID
}

func (f *fixture) consent(fn func(ctx context.Context, tx notify.SubscriptionTx) error) {
	f.t.Helper()
	if err := f.store.Consent(context.Background(), fn); err != nil {
		f.t.Fatal(err)
	}
}

// TestEndSubscription: what waits is taken back, the first reason stays, and
// no import brings the address back, whoever ended it.
func TestEndSubscription(t *testing.T) {
	for _, suppress := range []bool{false, true} {
		f := newFixture(t)
		id := f.subscriber(notify.Subscriber{Channel: "email", Address: "Sam@Mail.Example", Name: "Sam"})
		d := notify.Delivery{ID: "n1", Channel: "email", Audience: notify.Public, Subscriber: notify.Subscriber{ID: id}, Expires: f.time().Add(time.Hour), Notice: &notify.Notice{Kind: notify.ConsentNotice}}
		if err := f.store.QueueNotice(t.Context(), &d, f.time()); err != nil {
			t.Fatal(err)
		}
		f.consent(func(ctx context.Context, tx notify.SubscriptionTx) error {
			return errors.Join(tx.EndSubscription(ctx, id, notify.EndedByBounce, suppress, f.time()), tx.EndSubscription(ctx, id, notify.EndedByReader, false, f.time()))
		})
		if n := f.count("SELECT count(*) FROM subscribers WHERE ended IS NOT NULL AND reason = 'bounced'"); n != 1 {
			t.Errorf("%d ended for the bounce", n)
		}
		if n := f.count("SELECT count(*) FROM deliveries WHERE state = 'suppressed'"); n != 1 {
			t.Errorf("%d taken back", n)
		}
		hard := 0
		if suppress {
			hard = 1
		}
		if n := f.count("SELECT count(*) FROM suppressions WHERE hard = 1"); n != hard {
			t.Errorf("%d hard suppressions; want %d", n, hard)
		}
		f.consent(func(ctx context.Context, tx notify.SubscriptionTx) error {
			outcome, _, err := newConsent(t, f).Add(ctx, tx, notify.Subscriber{Channel: "email", Address: "SAM@mail.example", Confirmed: f.time()}, notify.ByImport)
			if outcome != notify.Left {
				t.Errorf("an import %s it", outcome)
			}
			return err
		})
	}
}

func TestEndSubscriptionOfNobody(t *testing.T) {
	f := newFixture(t)
	err := f.store.Consent(t.Context(), func(ctx context.Context, tx notify.SubscriptionTx) error {
		return tx.EndSubscription(ctx, "nobody", notify.EndedByStaff, false, f.time())
	})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("ended nobody: %v", err)
	}
}

// TestOptOut: who tells the provider to stop is ended by the delivery that the
// provider refused.
func TestOptOut(t *testing.T) {
	f := newFixture(t)
	id := f.subscriber(notify.Subscriber{Channel: "sms", Address: "+447700900123"})
	d := notify.Delivery{ID: "n1", Channel: "sms", Audience: notify.Public, Subscriber: notify.Subscriber{ID: id}, Expires: f.time().Add(time.Hour), Notice: &notify.Notice{Kind: notify.ConsentNotice}}
	if err := f.store.QueueNotice(t.Context(), &d, f.time()); err != nil {
		t.Fatal(err)
	}
	if _, err := f.store.Claim(t.Context(), "sms", 1, f.time()); err != nil {
		t.Fatal(err)
	}
	if err := f.store.Settle(t.Context(), []notify.Outcome{{ID: "n1", To: notify.Dead, Called: true, OptedOut: true}}, f.time()); err != nil {
		t.Fatal(err)
	}
	if n := f.count("SELECT count(*) FROM subscribers s JOIN suppressions p ON p.reason = s.reason AND p.hard = 1 WHERE s.ended IS NOT NULL AND s.reason = 'stop'"); n != 1 {
		t.Errorf("%d ended and suppressed", n)
	}
}

// TestEraseSubscription: nothing of the person stays, nor in what a remote
// said of the address; what was sent can still be counted.
func TestEraseSubscription(t *testing.T) {
	f := newFixture(t)
	id := f.subscriber(notify.Subscriber{Channel: "email", Address: "sam@mail.example", Name: "Sam", Components: []string{"sign-in"}})
	d := notify.Delivery{ID: "n1", Channel: "email", Audience: notify.Public, Subscriber: notify.Subscriber{ID: id}, Expires: f.time().Add(time.Hour), Notice: &notify.Notice{Kind: notify.ConsentNotice}}
	if err := f.store.QueueNotice(t.Context(), &d, f.time()); err != nil {
		t.Fatal(err)
	}
	if _, err := f.store.Claim(t.Context(), "email", 1, f.time()); err != nil {
		t.Fatal(err)
	}
	if err := f.store.Settle(t.Context(), []notify.Outcome{{ID: "n1", To: notify.Dead, Called: true, Reason: "550 <sam@mail.example>: no such user"}}, f.time()); err != nil {
		t.Fatal(err)
	}
	f.consent(func(ctx context.Context, tx notify.SubscriptionTx) error {
		return tx.EraseSubscription(ctx, id, f.time())
	})
	for what, query := range map[string]string{
		"addresses": "SELECT count(*) FROM subscribers WHERE address LIKE '%sam%' OR name <> '' OR components <> '[]'",
		"reasons":   "SELECT count(*) FROM deliveries WHERE reason LIKE '%sam@%' OR address <> '' OR name <> ''",
		"hashes":    "SELECT count(*) FROM suppressions",
	} {
		if n := f.count(query); n != 0 {
			t.Errorf("%d %s are left", n, what)
		}
	}
	if n := f.count("SELECT count(*) FROM deliveries WHERE state = 'dead'"); n != 1 {
		t.Errorf("%d deliveries", n)
	}
	// The address may come again, as somebody new.
	if again := f.subscriber(notify.Subscriber{Channel: "email", Address: "sam@mail.example"}); again == id {
		t.Error("the erased row came back")
	}
}

// TestSweepSubscriptions: what was never confirmed goes soon, the address of
// an ended subscription after a month, and both without a trace but the hash.
func TestSweepSubscriptions(t *testing.T) {
	f := newFixture(t)
	now := f.time()
	waiting := notify.Subscription{Subscriber: notify.Subscriber{Channel: "email", Address: "a@mail.example"}, Source: notify.BySelf, Asked: now, Round: 1}
	staff := notify.Subscription{Subscriber: notify.Subscriber{Channel: "email", Address: "b@mail.example"}, Source: notify.ByImport, Asked: now, Round: 1}
	f.consent(func(ctx context.Context, tx notify.SubscriptionTx) error {
		return errors.Join(tx.KeepSubscription(ctx, &waiting, now), tx.KeepSubscription(ctx, &staff, now))
	})
	kept := f.subscriber(notify.Subscriber{Channel: "email", Address: "c@mail.example"})
	left := f.subscriber(notify.Subscriber{Channel: "email", Address: "d@mail.example"})
	f.consent(func(ctx context.Context, tx notify.SubscriptionTx) error {
		return tx.EndSubscription(ctx, left, notify.EndedByReader, false, now)
	})
	for _, step := range []struct {
		after time.Duration
		gone  int
		rows  int

		listed int
	}{{47 * time.Hour, 0, 4, 4}, {49 * time.Hour, 1, 3, 3}, {29 * 24 * time.Hour, 0, 3, 3}, {31 * 24 * time.Hour, 2, 1, 2}, {60 * 24 * time.Hour, 0, 1, 2}} {
		gone, err := f.store.SweepSubscriptions(t.Context(), now.Add(step.after))
		if err != nil || gone != step.gone {
			t.Errorf("after %s %d went, %v; want %d", step.after, gone, err, step.gone)
		}
		if n := f.count("SELECT count(*) FROM subscribers WHERE address LIKE '%@%'"); n != step.rows {
			t.Errorf("after %s there are %d addresses; want %d", step.after, n, step.rows)
		}
		if listed, err := f.store.Subscriptions(t.Context(), store.SubscriberQuery{Most: 10}); err != nil || len(listed) != step.listed {
			t.Errorf("after %s %d are listed, %v; want %d", step.after, len(listed), err, step.listed)
		}
	}
	if n := f.count("SELECT count(*) FROM subscribers WHERE id = '" + kept + "' AND ended IS NULL AND address = 'c@mail.example'"); n != 1 {
		t.Error("who is subscribed went")
	}
	if n := f.count("SELECT count(*) FROM subscribers WHERE address LIKE 'd@%'"); n != 0 {
		t.Error("the address of who left is kept")
	}
	if n := f.count("SELECT count(*) FROM suppressions WHERE hard = 0"); n != 1 {
		t.Errorf("%d soft suppressions", n)
	}
}

// TestNothingOfBeforeGoesToASignUp: what was under way when the reader left
// does not go out to an address that somebody has signed up anew, and that is
// not confirmed; what asks to confirm does.
func TestNothingOfBeforeGoesToASignUp(t *testing.T) {
	c := newConsenting(t)
	id := c.subscriber(notify.Subscriber{Channel: "email", Address: "a@mail.example", Generation: 1})
	p := &publishing{tb: t, store: c.store, now: c.time()}
	p.save(p.update("i1", 1, "opened", 1, "email"))
	if claimed := c.claim("email"); len(claimed) != 1 {
		t.Fatalf("claimed %+v", claimed)
	}
	c.consent(func(ctx context.Context, tx notify.SubscriptionTx) error {
		return tx.EndSubscription(ctx, id, notify.EndedByReader, false, c.time())
	})
	c.signUp("a@mail.example", "1.2.3.4:1", notify.Wishes{})
	c.settle("i1-1-"+id, notify.Retry)
	claimed := c.claim("email")
	if len(claimed) != 1 || claimed[0].Notice == nil || claimed[0].Ended {
		t.Errorf("claimed %+v, want what asks to confirm alone", claimed)
	}
	if n := c.count("SELECT count(*) FROM deliveries WHERE id = ? AND state = 'suppressed'", "i1-1-"+id); n != 1 {
		t.Error("the delivery of before is not suppressed")
	}
}
