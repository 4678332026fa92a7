package store_test

import (
	"context"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/notify"
)

// planned has one subscriber to maintenance, and one that is announced, whose
// message is under way.
func planned(t *testing.T) (*fixture, incident.PlannedMaintenance, notify.Delivery) {
	t.Helper()
	f := newFixture(t)
	f.round(checker.OK)
	s := notify.Subscription{Source: notify.BySelf, Subscriber: notify.Subscriber{
		Channel: "email", Name: "ann", Address: "ann@mail.example", Confirmed: f.time(), Maintenance: true,
	}}
	f.consent(func(ctx context.Context, tx notify.SubscriptionTx) error {
		return tx.KeepSubscription(ctx, &s, f.time())
	})
	m := f.maintain(incident.PlanMaintenance{Title: "Disks", Components: []string{"sign-in"}, Starts: f.time().Add(time.Minute), Lasts: 5 * time.Minute})
	sending := f.claim("email")
	if len(sending) != 1 {
		t.Fatalf("%d announcements are under way", len(sending))
	}
	return f, m, sending[0]
}

// TestMaintenanceTriedAgain tells what is so by then: what was under way when a
// newer step came, and was not taken, gives way to that one.
func TestMaintenanceTriedAgain(t *testing.T) {
	t.Run("after its beginning", func(t *testing.T) {
		f, m, sending := planned(t)
		for f.time().Before(m.Starts) {
			f.round(checker.OK)
		}
		f.settle(sending.ID, notify.Retry)
		if got := f.carryAll("email"); len(got) != 1 || got[0] != "ann: It has begun: Disks" {
			t.Errorf("told %q", got)
		}
	})
	t.Run("after it was cancelled", func(t *testing.T) {
		f, m, sending := planned(t)
		f.maintain(incident.CancelMaintenance{ID: m.ID, Why: "not needed"})
		f.settle(sending.ID, notify.Retry)
		if got := f.carryAll("email"); len(got) != 0 {
			t.Errorf("told %q, who never heard of it", got)
		}
	})
	t.Run("after it was cancelled, and refused for good", func(t *testing.T) {
		f, m, sending := planned(t)
		f.maintain(incident.CancelMaintenance{ID: m.ID, Why: "not needed"})
		f.settle(sending.ID, notify.Dead)
		if got := f.carryAll("email"); len(got) != 0 {
			t.Errorf("told %q, who never heard of it", got)
		}
	})
	t.Run("after a new time", func(t *testing.T) {
		f, m, sending := planned(t)
		f.settle(sending.ID, notify.Accepted)
		for f.time().Before(m.Starts) {
			f.round(checker.OK)
		}
		begun := f.claim("email")
		f.maintain(incident.ExtendMaintenance{ID: m.ID, By: time.Hour})
		f.settle(begun[0].ID, notify.Retry)
		if got := f.carryAll("email"); len(got) != 1 || got[0] != "ann: New time: Disks" {
			t.Errorf("told %q", got)
		}
	})
}

// TestMaintenanceEndsForWhoMayHaveHeard, too.
func TestMaintenanceEndsForWhoMayHaveHeard(t *testing.T) {
	f, m, sending := planned(t)
	f.settle(sending.ID, notify.Unknown)
	f.settle(f.claim("email")[0].ID, notify.Retry)
	f.maintain(incident.CancelMaintenance{ID: m.ID, Why: "not needed"})
	if got := f.carryAll("email"); len(got) != 1 || got[0] != "ann: Cancelled: Disks" {
		t.Errorf("told %q", got)
	}
}
