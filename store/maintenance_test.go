package store_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/store"
)

func (f *fixture) maintain(command incident.Command) incident.PlannedMaintenance {
	f.t.Helper()
	id, err := f.engine.Command(context.Background(), incident.By{Via: "somebody"}, "", command)
	if err != nil {
		f.t.Fatal(err)
	}
	m, err := f.store.Maintenance(context.Background(), id)
	if err != nil || m == nil {
		f.t.Fatal(m, err)
	}
	return *m
}

// A maintenance is kept as it is, over restarts, with its audit entries, and
// the page shows it with the runs that it excuses.
func TestMaintenanceIsKept(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	f.round(checker.OK)
	m := f.maintain(incident.PlanMaintenance{
		Title: "New disks", Text: "We move.", Components: []string{"sign-in"}, Starts: f.time().Add(time.Minute), Lasts: 5 * time.Minute,
	})
	cancelled := f.maintain(incident.PlanMaintenance{Title: "Never", Components: []string{"sign-in"}, Starts: f.time().Add(time.Hour), Lasts: time.Hour})
	f.maintain(incident.CancelMaintenance{ID: cancelled.ID, Why: "not needed"})
	later := f.maintain(incident.PlanMaintenance{
		Title: "Later", Components: []string{"sign-in"}, Starts: f.time().AddDate(0, 0, 10), Lasts: time.Hour,
	})
	f.reopen()
	for range 6 {
		f.round(checker.OK)
	}
	for range 10 {
		f.round(checker.Failed)
	}
	f.reopen()
	f.maintain(incident.ExtendMaintenance{ID: m.ID, By: time.Minute})
	moved := []incident.Move{{At: f.time(), From: m.Ends, To: m.Ends.Add(time.Minute)}}
	snapshot, err := f.page.Snapshot(ctx, f.time())
	if err != nil {
		t.Fatal(err)
	}
	if got := snapshot.Components["sign-in"].Status; got != incident.Maintenance || len(snapshot.Open) > 0 {
		t.Errorf("it is %s with %d incidents", got, len(snapshot.Open))
	}
	if len(snapshot.Maintenances) != 1 || snapshot.Maintenances[0].ID != m.ID || snapshot.Maintenances[0].Stage != incident.InProgress {
		t.Errorf("visitors see %+v", snapshot.Maintenances)
	}
	announced, err := f.page.Announced(ctx, 1)
	if err != nil || len(announced) != 1 || announced[0].ID != m.ID {
		t.Errorf("announced were %+v, %v", announced, err)
	}
	if more, err := f.page.Announced(ctx, 2); err != nil || len(more) > 0 {
		t.Errorf("a second page has %+v, %v", more, err)
	}
	f.maintain(incident.EndMaintenance{ID: m.ID, Why: "sooner"})
	f.round(checker.OK)
	f.round(checker.OK)
	f.reopen()
	all, err := f.store.Maintenances(ctx, time.Time{})
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	done := all[0]
	if done.ID != m.ID || done.Stage != incident.Completed || !done.Began.Equal(m.Starts) || !done.Ends.Equal(m.Ends.Add(time.Minute)) ||
		done.Over.Before(done.Began) || done.Why != "sooner" || done.Text != "We move." || !reflect.DeepEqual(done.Moves, moved) {
		t.Errorf("kept was %+v", done)
	}
	if all[1].Stage != incident.Cancelled || all[1].Why != "not needed" || all[2].ID != later.ID || all[2].Public() {
		t.Errorf("kept were %+v", all[1:])
	}
	if snapshot, err = f.page.Snapshot(ctx, f.time()); err != nil {
		t.Fatal(err)
	}
	if len(snapshot.Maintenances) != 1 || snapshot.Maintenances[0].Stage != incident.Completed {
		t.Errorf("visitors see %+v", snapshot.Maintenances)
	}
	days := snapshot.Components["sign-in"].Days
	today := days[len(days)-1]
	// Of 7 rounds before it one begins it; 10 fail in it; two regions each.
	want := map[string]int{"checks": 38, "failed": 20, "excused": 22, "excused failures": 20}
	got := map[string]int{"checks": today.Checks, "failed": today.Failed, "excused": today.Excused.Checks, "excused failures": today.Excused.Failed}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("counted were %v; want %v", got, want)
	}
	if lasted := done.Over.Sub(done.Began); today.Maintenance != lasted || today.Down != 0 {
		t.Errorf("maintenance for %v, down for %v; want %v and nothing", today.Maintenance, today.Down, lasted)
	}
	var acts []string
	if err := store.ReadAudit(ctx, f.path, func(e store.AuditEntry) error {
		if e.Actor != "somebody" || e.Object == "" {
			t.Errorf("%+v", e)
		}
		acts = append(acts, strings.Split(e.Action, " by")[0])
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(acts, ", "); got != "maintenance planned, maintenance planned, maintenance cancelled, maintenance planned, maintenance extended, maintenance ended" {
		t.Errorf("audited were %s", got)
	}
}

// What is refused leaves nothing behind, in memory or on disk.
func TestARefusedMaintenanceLeavesNothing(t *testing.T) {
	f := newFixture(t)
	f.round(checker.OK)
	m := f.maintain(incident.PlanMaintenance{Title: "New disks", Components: []string{"sign-in"}, Starts: f.time().Add(time.Minute), Lasts: time.Minute})
	if _, err := f.engine.Command(context.Background(), incident.By{Via: "somebody"}, "", incident.EndMaintenance{ID: m.ID}); err == nil {
		t.Error("it was ended before it began")
	}
	entries := 0
	if err := store.ReadAudit(context.Background(), f.path, func(store.AuditEntry) error { entries++; return nil }); err != nil || entries != 1 {
		t.Errorf("%d audit entries, %v", entries, err)
	}
	f.pass(time.Minute)
	f.tick()
	all, err := f.store.Maintenances(context.Background(), time.Time{})
	if err != nil || len(all) != 1 || all[0].Stage != incident.InProgress {
		t.Errorf("%+v, %v", all, err)
	}
}

// What was cancelled long ahead is known until its planned time is over.
func TestACancelledMaintenanceIsKnownUntilItsTime(t *testing.T) {
	f := newFixture(t)
	m := f.maintain(incident.PlanMaintenance{Title: "New disks", Components: []string{"sign-in"}, Starts: f.time().AddDate(0, 0, 40), Lasts: time.Hour})
	f.maintain(incident.CancelMaintenance{ID: m.ID})
	for days, want := range map[int]bool{35: true, 41: false} {
		f.now = m.Made.AddDate(0, 0, days)
		if got := f.state(f.store).Maintenances[m.ID] != nil; got != want {
			t.Errorf("after %d days it is known: %v", days, got)
		}
	}
}
