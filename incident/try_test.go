package incident_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"daymark/checker"
	"daymark/incident"
)

// What is tried is what is done afterwards, and until then nothing is different.
func TestWhatIsTriedChangesNothing(t *testing.T) {
	s := serve(t, "", nil)
	try := func(command incident.Command) (incident.Decision, error) {
		return s.engine.Try(context.Background(), incident.By{Person: "ana"}, command)
	}
	var refusal *incident.Refusal
	if _, err := try(incident.Publish{Incident: "none", What: "It is down."}); !errors.As(err, &refusal) {
		t.Errorf("of no incident: %v", err) // and the state was not loaded before it
	}
	for range 4 {
		if err := s.round(checker.Failed); err != nil {
			t.Fatal(err)
		}
	}
	id, err := s.command("", incident.Open{Name: "Odd", Severity: incident.P1, What: "It is odd."})
	if err != nil {
		t.Fatal(err)
	}
	before := len(s.events)
	publish := incident.Publish{Incident: id, What: "We know why.", Phase: incident.Identified}
	first, err := try(publish)
	if err != nil || len(first.Updates) == 0 {
		t.Fatalf("tried: %+v, %v", first, err)
	}
	for _, command := range []incident.Command{
		incident.Resolve{Incident: id},
		incident.Acknowledge{Incident: id, Role: "lead"},
		incident.Revise{Incident: id, Severity: incident.P3, Reason: "r"},
		incident.SetStatus{Component: "api", Status: incident.Slow, Reason: "r"},
		incident.FileReport{Component: "api", Text: "t"},
	} {
		if _, err := try(command); err != nil && !errors.As(err, &refusal) {
			t.Errorf("%T: %v", command, err)
		}
	}
	again, err := try(publish)
	if err != nil || !reflect.DeepEqual(first, again) {
		t.Errorf("tried again it is\n%+v, %v; it was\n%+v", again, err, first)
	}
	if len(s.events) != before {
		t.Errorf("trying made %d events", len(s.events)-before)
	}
	s.store.failAt("load")
	if _, err := try(publish); err != nil {
		t.Errorf("it reads from the store what is in memory: %v", err)
	}
}
