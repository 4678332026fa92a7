package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/notify"
)

// carryAll takes all that is due to its recipients, and says to whom, sorted.
func (f *fixture) carryAll(channel string) (sent []string) {
	f.t.Helper()
	claimed, err := f.store.Claim(context.Background(), channel, 100, f.time())
	if err != nil {
		f.t.Fatal(err)
	}
	var outcomes []notify.Outcome
	for _, d := range claimed {
		what := "update"
		if d.Notice != nil {
			what = d.Notice.Title
		}
		sent = append(sent, d.Subscriber.Name+": "+what)
		outcomes = append(outcomes, notify.Outcome{ID: d.ID, To: notify.Accepted, Called: true})
	}
	if err := f.store.Settle(context.Background(), outcomes, f.time()); err != nil {
		f.t.Fatal(err)
	}
	slices.Sort(sent) // ids of one moment are in no order
	return sent
}

// TestMaintenanceIsTold to those who asked for it, each step once, and its end
// to those who heard of it.
func TestMaintenanceIsTold(t *testing.T) {
	f := newFixture(t)
	f.round(checker.OK)
	add := func(s notify.Subscription) {
		s.Channel, s.Address, s.Source = "email", s.Name+"@mail.example", notify.BySelf
		f.consent(func(ctx context.Context, tx notify.SubscriptionTx) error {
			return tx.KeepSubscription(ctx, &s, f.time())
		})
	}
	yes := notify.Subscriber{Confirmed: f.time(), Maintenance: true}
	named := func(name string, change func(*notify.Subscription)) {
		s := notify.Subscription{Subscriber: yes}
		s.Name = name
		if change != nil {
			change(&s)
		}
		add(s)
	}
	named("ann", nil)
	named("bob", func(s *notify.Subscription) { s.Components = []string{"batch", "sign-in"} })
	named("cyd", func(s *notify.Subscription) { s.Components = []string{"batch"} })
	named("dan", func(s *notify.Subscription) { s.Maintenance = false })
	named("eve", func(s *notify.Subscription) { s.Confirmed = time.Time{} })
	named("fay", func(s *notify.Subscription) { s.Ended = f.time() })
	for want, components := range map[int][]string{1: nil, 2: {"sign-in"}, 3: {"batch", "sign-in"}} {
		if counts, err := f.store.MaintenanceAudience(t.Context(), components); err != nil || counts["email"] != want || len(counts) != 1 {
			t.Errorf("of %v hear %v, %v; want %d", components, counts, err, want)
		}
	}
	told := func(want ...string) {
		t.Helper()
		if got := f.carryAll("email"); strings.Join(got, "; ") != strings.Join(want, "; ") {
			t.Errorf("told %q; want %q", got, want)
		}
	}
	m := f.maintain(incident.PlanMaintenance{Title: "New disks", Components: []string{"sign-in"}, Starts: f.time().Add(time.Minute), Lasts: 5 * time.Minute})
	told("ann: Planned for 1 December, 13:01: New disks", "bob: Planned for 1 December, 13:01: New disks")
	named("gus", nil) // too late for the announcement
	for f.time().Before(m.Starts) {
		f.round(checker.OK)
	}
	told("ann: It has begun: New disks", "bob: It has begun: New disks", "gus: It has begun: New disks")
	// It takes longer, three times before anything is sent: they hear once.
	for range 3 {
		f.pass(time.Second)
		f.maintain(incident.ExtendMaintenance{ID: m.ID, By: time.Minute})
	}
	if n := f.count("SELECT count(*) FROM deliveries WHERE state = 'pending' AND notice LIKE '%until 13:09 on 1 December%'"); n != 3 {
		t.Errorf("%d messages say the last new time", n)
	}
	told("ann: New time: New disks", "bob: New time: New disks", "gus: New time: New disks")
	f.pass(time.Second)
	f.maintain(incident.ExtendMaintenance{ID: m.ID, By: time.Minute})
	told("ann: New time: New disks", "bob: New time: New disks", "gus: New time: New disks")
	told()
	named("hal", nil) // never heard of it
	for range 60 {
		f.round(checker.OK)
	}
	told("ann: Done: New disks", "bob: Done: New disks", "gus: Done: New disks")

	// What could not be sent before it was cancelled is told to nobody.
	never := f.maintain(incident.PlanMaintenance{Title: "Never", Components: []string{"sign-in"}, Starts: f.time().Add(time.Hour), Lasts: time.Hour})
	f.maintain(incident.CancelMaintenance{ID: never.ID, Why: "not needed"})
	told()
	if n := f.count("SELECT count(*) FROM deliveries WHERE state = 'superseded' AND id NOT LIKE '%-moved-%'"); n != 4 {
		t.Errorf("%d superseded", n)
	}

	// What was not sent says the new time itself.
	soon := f.maintain(incident.PlanMaintenance{Title: "Soon", Components: []string{"sign-in"}, Starts: f.time().Add(time.Minute), Lasts: 5 * time.Minute})
	f.carryAll("email")
	for f.time().Before(soon.Starts) {
		f.round(checker.OK)
	}
	f.maintain(incident.ExtendMaintenance{ID: soon.ID, By: time.Hour})
	if got := f.carryAll("email"); len(got) != 4 || got[0] != "ann: It has begun: Soon" {
		t.Errorf("told %q", got)
	}
	if n := f.count("SELECT count(*) FROM deliveries WHERE id LIKE 'maintenance-" + soon.ID + "-begun-%' AND notice NOT LIKE '%" + soon.Ends.Add(time.Hour).Format("15:04") + "%'"); n != 0 {
		t.Errorf("%d were sent with the old time", n)
	}
}
