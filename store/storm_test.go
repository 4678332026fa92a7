package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/store"
)

// sea is a store with a storm guard, and subscribers.
type sea struct {
	*fixture
	updates int
}

const stormCap = 3

func newSea(t testing.TB) *sea {
	t.Helper()
	f := &fixture{t: t, path: filepath.Join(t.TempDir(), "daymark.db"), now: start}
	newDatabase(t, f.path)
	staff, err := notify.NewStaffing(notify.StaffOptions{
		Page:     notify.PageInfo{Name: "Harbour Bank", URL: "https://status.harbour.example", Zone: time.UTC},
		Channels: []notify.StaffChannel{{ID: "ops", Slack: "https://hooks.slack.example/x", From: "P1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if f.store, err = store.Open(context.Background(), store.Options{Path: f.path, Staff: staff, Storm: stormCap}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.store.Close() })
	if f.engine, err = incident.NewEngine(incident.EngineOptions{Store: f.store, Policy: policyOfNothing(t), Now: f.time}); err != nil {
		t.Fatal(err)
	}
	f.subscribe(
		notify.Subscriber{Channel: "email", Address: "a@mail.example", Confirmed: start},
		notify.Subscriber{Channel: "email", Address: "b@mail.example", Confirmed: start},
	)
	return &sea{fixture: f}
}

func policyOfNothing(t testing.TB) *incident.Policy {
	t.Helper()
	p, err := incident.NewPolicy(incident.PolicyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// publish saves an update of an incident, as a decision does.
func (s *sea) publish(name string, kind incident.UpdateKind, auto bool) string {
	s.t.Helper()
	s.updates++
	now := s.time()
	inc := incident.Incident{ID: name, Name: name, Phase: incident.Investigating, Severity: incident.P2, Worst: incident.P2, Since: now, Opened: now, Updated: now}
	u := incident.Update{ID: fmt.Sprintf("u%03d", s.updates), Incident: name, Number: s.updates, Kind: kind, Phase: inc.Phase, Severity: incident.P2, At: now, Auto: auto, Channels: []string{"email"}}
	d := incident.Decision{Incidents: []incident.Incident{inc}, Updates: []incident.Update{u}}
	err := s.store.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error {
		_, err := tx.Save(ctx, now, &d)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return u.ID
}

func (s *sea) end(how string) (int, error) {
	var n int
	err := s.engine.Do(context.Background(), incident.Act{Actor: "ana", Action: "storm"}, func(ctx context.Context, tx incident.Tx, now time.Time) (err error) {
		n, err = tx.(*store.Tx).EndStorm(ctx, now, how, "ana")
		return err
	})
	return n, err
}

// claimed counts what goes out now.
func (s *sea) claimed() int {
	s.t.Helper()
	all, err := s.store.Claim(context.Background(), "email", 100, s.time())
	if err != nil {
		s.t.Fatal(err)
	}
	var outcomes []notify.Outcome
	for i := range all {
		outcomes = append(outcomes, notify.Outcome{ID: all[i].ID, To: notify.Accepted, Called: true})
	}
	if err := s.store.Settle(context.Background(), outcomes, s.time()); err != nil {
		s.t.Fatal(err)
	}
	return len(all)
}

// TestStormGuard: what machines begin beyond the cap waits for a person, or for
// ten minutes; what a person publishes never does.
func TestStormGuard(t *testing.T) {
	const two = 2 // subscribers
	t.Run("released", func(t *testing.T) {
		s := newSea(t)
		for i := range stormCap + 2 {
			s.publish(fmt.Sprint("i", i), incident.Opened, true)
		}
		s.publish("by-hand", incident.Opened, false)
		if n := s.claimed(); n != (stormCap+1)*two {
			t.Errorf("%d go out at once", n)
		}
		if n := s.count("SELECT count(*) FROM deliveries WHERE channel = 'slack' AND id = 'storm-1-ops' AND json_extract(notice, '$.kind') = 'trouble'"); n != 1 {
			t.Errorf("staff were asked %d times", n)
		}
		storm, err := s.store.Storm(t.Context(), s.time())
		if err != nil || storm.Held != 2*two || !storm.Until.Equal(s.time().Add(10*time.Minute)) {
			t.Fatalf("the storm is %+v, %v", storm, err)
		}
		s.pass(time.Second)
		if n, err := s.end(store.Released); n != 2*two || err != nil {
			t.Errorf("%d were released, %v", n, err)
		}
		s.publish("i9", incident.Opened, true) // one more in that minute
		if n := s.claimed(); n != 2*two {
			t.Errorf("%d go out after the release, want one about what was held and one about i9 for each", n)
		}
		if _, err := s.end(store.Released); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("released twice: %v", err)
		}
	})
	t.Run("dropped", func(t *testing.T) {
		s := newSea(t)
		for i := range stormCap + 1 {
			s.publish(fmt.Sprint("i", i), incident.Opened, true)
		}
		if n, err := s.end(store.Dropped); n != two || err != nil {
			t.Errorf("%d were dropped, %v", n, err)
		}
		if n := s.count("SELECT count(*) FROM delivery_events WHERE state = 'suppressed' AND reason LIKE 'dropped by ana%'"); n != two {
			t.Errorf("%d tell that they were dropped", n)
		}
		s.pass(2 * time.Minute)
		s.publish(fmt.Sprint("i", stormCap), incident.Ended, true)
		if n := s.count("SELECT count(*) FROM deliveries WHERE incident = 'i3' AND state = 'suppressed'"); n != 2*two {
			t.Errorf("%d of what was dropped, and of its end, are suppressed", n)
		}
		s.publish("i8", incident.Opened, true)
		if n := s.claimed(); n != (stormCap+1)*two {
			t.Errorf("%d go out", n)
		}
	})
	t.Run("nobody decides", func(t *testing.T) {
		s := newSea(t)
		for range stormCap {
			s.publish("i0", incident.Progress, true)
		}
		s.publish("i1", incident.Opened, true)
		s.pass(30 * time.Second)
		s.publish("i1", incident.Worsened, true) // replaces what is held, and waits as long
		s.claimed()
		s.pass(9 * time.Minute)
		if n := s.claimed(); n != 0 {
			t.Errorf("%d go out too early", n)
		}
		s.pass(time.Minute)
		if n := s.claimed(); n != two {
			t.Errorf("%d go out after ten minutes", n)
		}
		if n := s.count("SELECT count(*) FROM deliveries WHERE incident = 'i1' AND state = 'superseded'"); n != two {
			t.Errorf("%d were replaced", n)
		}
		if _, err := s.store.Storm(t.Context(), s.time()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the storm goes on: %v", err)
		}
	})
}

// TestWhatAStormHeldGoesAsOne: who was held back several incidents gets one
// message, is told of each by it, and hears the end of each.
func TestWhatAStormHeldGoesAsOne(t *testing.T) {
	s := newSea(t)
	for i := range stormCap {
		s.publish(fmt.Sprint("first", i), incident.Opened, true)
	}
	s.claimed()
	for _, name := range []string{"a", "b", "c"} {
		s.publish(name, incident.Opened, true)
	}
	s.publish("b", incident.Worsened, false) // a person's: it takes the place of what is held, and goes at once
	if n := s.claimed(); n != 2 {
		t.Fatalf("%d go out, want what the person published to each", n)
	}
	if _, err := s.end(store.Released); err != nil {
		t.Fatal(err)
	}
	s.pass(time.Second)
	take := func(to notify.State) (all []notify.Delivery) {
		t.Helper()
		all, err := s.store.Claim(t.Context(), "email", 9, s.time())
		if err != nil {
			t.Fatal(err)
		}
		for i := range all {
			if err := s.store.Settle(t.Context(), []notify.Outcome{{ID: all[i].ID, To: to, Due: s.time(), Called: true, Provider: "250"}}, s.time()); err != nil {
				t.Fatal(err)
			}
		}
		return all
	}
	names := func(d *notify.Delivery) (all []string) {
		for _, with := range d.With {
			all = append(all, with.Incident.ID)
		}
		return append([]string{d.Incident.ID}, all...)
	}
	// It may have been taken: it goes once more as it was, whatever comes between.
	first := take(notify.Unknown)
	if len(first) != 2 || fmt.Sprint(names(&first[0])) != "[a c]" {
		t.Fatalf("%d go out, the first about %v", len(first), names(&first[0]))
	}
	s.publish("c", incident.Worsened, true)
	second := take(notify.Accepted)
	if len(second) != 2 || second[0].ID != first[0].ID || fmt.Sprint(names(&second[0])) != "[a c]" || second[0].State != notify.Unknown {
		t.Fatalf("once more go %d, the first about %v, %+v", len(second), names(&second[0]), second[0].State)
	}
	if n := s.claimed(); n != 2 {
		t.Errorf("%d go out about what became worse meanwhile", n)
	}
	story, err := s.store.DeliveryStory(t.Context(), first[0].ID)
	if err != nil || story.State != notify.Accepted || len(story.Together) != 1 || story.Together[0] != first[0].With[0].ID || story.Events[0].Reason != "in one message with another incident" {
		t.Errorf("its story is %+v, %v", story, err)
	}
	if changed, err := s.store.Report(t.Context(), first[0].ID, notify.Delivered, "", "", s.time()); err != nil || !changed {
		t.Errorf("a report: %t, %v", changed, err)
	}
	if n := s.count("SELECT count(*) FROM deliveries WHERE carrier = '" + first[0].ID + "' AND state = 'delivered' AND provider = '250' AND attempts = 2"); n != 2 {
		t.Errorf("%d deliveries stand as their message does, want 2", n)
	}
	for _, name := range []string{"a", "b", "c"} {
		s.publish(name, incident.Ended, true)
	}
	if n := s.claimed(); n != 6 {
		t.Errorf("%d ends go out, want each to each", n)
	}
}

// TestStormGuardHolds: whatever comes when, in no minute do machines begin more
// than the cap without a person's word, nothing waits longer than ten minutes,
// what a person publishes goes out at once, and staff are asked once a storm.
func TestStormGuardHolds(t *testing.T) {
	s := newSea(t)
	for round := range testkit.Count(12, 400) {
		r := rand.New(rand.NewPCG(uint64(round), 1))
		s.pass(time.Hour) // apart from the round before
		type one struct {
			id   string
			at   time.Time
			auto bool
		}
		var all []one
		released := false
		for n := range 1 + r.IntN(12) {
			s.pass(time.Duration(r.IntN(25_000)) * time.Millisecond)
			auto := r.IntN(4) > 0
			id := s.publish(fmt.Sprintf("r%d-%d", round, n), incident.Opened, auto)
			all = append(all, one{id, s.time(), auto})
			if r.IntN(16) == 0 {
				if _, err := s.end(store.Released); err == nil {
					released = true
				} else if !errors.Is(err, store.ErrNotFound) {
					t.Fatal(err)
				}
			}
		}
		var free []time.Time
		for _, u := range all {
			due := time.UnixMilli(int64(s.count("SELECT max(due) FROM deliveries WHERE update_id = '" + u.id + "'"))).UTC()
			switch {
			case !u.auto && !due.Equal(u.at):
				t.Fatalf("%s, of a person, waits until %s", u.id, due)
			case due.Sub(u.at) > 10*time.Minute:
				t.Fatalf("%s waits for %s", u.id, due.Sub(u.at))
			case u.auto && due.Equal(u.at):
				free = append(free, u.at)
			}
		}
		for i := stormCap; i < len(free) && !released; i++ {
			if free[i].Sub(free[i-stormCap]) < time.Minute {
				t.Fatalf("%d went out within %s", stormCap+1, free[i].Sub(free[i-stormCap]))
			}
		}
		if storms, asked := s.count("SELECT count(*) FROM storms"), s.count("SELECT count(*) FROM deliveries WHERE id LIKE 'storm-%'"); storms != asked {
			t.Fatalf("%d storms, and staff were asked %d times", storms, asked)
		}
	}
	if s.count("SELECT count(*) FROM storms") == 0 {
		t.Error("nothing was ever held")
	}
}

// TestAStormHoldsNoEnd: who was told before the storm hears the end, whatever
// a person decides about what is held.
func TestAStormHoldsNoEnd(t *testing.T) {
	for _, how := range []string{"", store.Dropped} {
		s := newSea(t)
		s.publish("told", incident.Opened, true)
		s.claimed()
		for i := range stormCap + 2 {
			s.publish(fmt.Sprint("i", i), incident.Opened, true)
		}
		s.publish("told", incident.Ended, true)
		if how != "" {
			if n, err := s.end(how); err != nil || n != 3*2 {
				t.Errorf("%s: %d, %v", how, n, err)
			}
		}
		s.claimed()
		if n := s.count("SELECT count(*) FROM deliveries d JOIN updates u ON u.id = d.update_id WHERE d.incident = 'told' AND u.kind = 'ended' AND d.state = 'accepted'"); n != 2 {
			t.Errorf("%q: %d hear the end, want 2", how, n)
		}
	}
}
