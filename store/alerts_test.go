package store_test

import (
	"context"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/notify"
	"daymark/store"
	"daymark/support"
)

// manned is a fixture whose store tells staff.
func manned(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	f.staffed()
	mail := func(id string) support.Person {
		return support.Person{ID: id, Name: id, Email: id + "@harbour.example", Phone: "+447700900001"}
	}
	staff, err := notify.NewStaffing(notify.StaffOptions{
		Page:   notify.PageInfo{Name: "Harbour Bank", URL: "https://status.harbour.example", Zone: time.UTC},
		People: []support.Person{mail("ana"), mail("ben"), mail("chi")}, Ways: []string{"email", "sms", "voice"},
		Channels: []notify.StaffChannel{{ID: "ops", Slack: "https://hooks.slack.example/x", Mirror: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	if f.store, err = store.Open(context.Background(), store.Options{Path: f.path, Staff: staff}); err != nil {
		t.Fatal(err)
	}
	if f.engine, err = incident.NewEngine(incident.EngineOptions{Store: f.store, Policy: f.policy, Now: f.time}); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestAlertsAreQueued: what a decision tells staff is queued with it, once, by
// each way; calls that have not gone out are taken back when they are answered.
func TestAlertsAreQueued(t *testing.T) {
	f := manned(t)
	f.rounds(2, checker.OK)
	f.rounds(3, checker.Failed)
	ids := func(where string) int {
		return f.count("SELECT count(*) FROM deliveries WHERE audience = 'staff' AND " + where)
	}
	if ids("channel = 'email' AND address IN ('person:ana', 'person:ben')") != 2 || ids("channel = 'slack' AND id LIKE 'told-%'") != 1 {
		t.Fatal("the first step was not queued with the decision")
	}
	f.pass(6 * time.Minute)
	f.rounds(1, checker.Failed)
	if ids("address = 'person:chi' AND channel IN ('sms', 'voice')") != 2 {
		t.Error("the second step was not queued")
	}
	before := ids("1")
	if err := f.engine.Tick(t.Context()); err != nil || ids("1") != before {
		t.Errorf("%d are queued after nothing happened, %d before; %v", ids("1"), before, err)
	}
	id := f.openIncidents()[0].ID
	command := func(by string, c incident.Command) {
		t.Helper()
		if _, err := f.engine.Command(t.Context(), incident.By{Person: by}, "", c); err != nil {
			t.Fatal(err)
		}
	}
	claimed, err := f.store.Claim(t.Context(), "email", 1, f.time())
	if err != nil || len(claimed) != 1 {
		t.Fatal(claimed, err)
	}
	command("ana", incident.Acknowledge{Incident: id, Role: support.Lead})
	if ids("channel = 'slack' AND id LIKE 'entry-%'") != 1 {
		t.Error("the entry was not mirrored")
	}
	if n := ids("state = 'suppressed' AND reason = 'somebody took the role'"); n > 1 {
		t.Errorf("%d were taken back though the Engineer is still wanted", n)
	}
	command("ben", incident.Acknowledge{Incident: id, Role: support.Engineer})
	if n := ids("id LIKE 'alert-%' AND state = 'pending' AND json_extract(notice, '$.role') IS NOT NULL"); n != 0 {
		t.Errorf("%d calls still go out", n)
	}
	if ids("state = 'sending'") != 1 {
		t.Error("what is on its way was taken back")
	}
	if ids("address = 'person:chi' AND state = 'suppressed'") != 2 {
		t.Error("help is still called")
	}
	alerts, err := f.store.Alerts(t.Context(), start, f.time().Add(time.Hour))
	if err != nil || len(alerts) != 3 {
		t.Errorf("the alerts are %+v, %v", alerts, err)
	}
}

// TestCallsEndWithTheIncident: nobody is called for what is over.
func TestCallsEndWithTheIncident(t *testing.T) {
	f := manned(t)
	f.rounds(2, checker.OK)
	f.rounds(3, checker.Failed)
	f.rounds(8, checker.OK)
	if n := f.count("SELECT count(*) FROM delivery_events WHERE delivery LIKE 'alert-%' AND state = 'suppressed' AND reason = 'it was over before it could be sent'"); n != 2 {
		t.Errorf("%d tell that it was over, want 2", n)
	}
	if n := f.count("SELECT count(*) FROM deliveries WHERE id LIKE 'alert-%' AND state = 'suppressed' AND reason = 'it was over before it could be sent'"); n != 2 {
		t.Errorf("%d calls were taken back; want 2", n)
	}
	if n := f.count("SELECT count(*) FROM deliveries WHERE id LIKE 'told-%' AND json_extract(notice, '$.over')"); n != 1 {
		t.Errorf("the end was told %d times", n)
	}
}
