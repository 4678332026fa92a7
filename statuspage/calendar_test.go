package statuspage_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"daymark/incident"
	"daymark/statuspage"
)

// events reads a calendar by their UIDs without the host.
func events(t *testing.T, s *source, p statuspage.Params) map[string]*ics.VEvent {
	t.Helper()
	p.Source = s
	_, body := get(t, handler(newPage(t, p)), "/calendar.ics")
	calendar, err := ics.ParseCalendar(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*ics.VEvent{}
	for _, event := range calendar.Events() {
		id, host, _ := strings.Cut(event.Id(), "@")
		if all[id] != nil || host != "status.harbour.example" {
			t.Errorf("the id %q", event.Id())
		}
		all[id] = event
	}
	return all
}

func property(event *ics.VEvent, name ics.ComponentProperty) string {
	if event == nil || event.GetProperty(name) == nil {
		return ""
	}
	return event.GetProperty(name).Value
}

func TestTheCalendarFollowsTheWork(t *testing.T) {
	s, p := busy(t)
	all := events(t, s, p)
	for id, want := range map[string]string{
		"work00000001": "CONFIRMED", "work00000002": "CONFIRMED", "work00000003": "CONFIRMED", "work00000004": "CONFIRMED", "work00000005": "CANCELLED",
	} {
		if got := property(all[id], ics.ComponentPropertyStatus); got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
	// What was over early ends when it did.
	if got := property(all["work00000001"], ics.ComponentPropertyDtEnd); got != "20261201T095000Z" {
		t.Errorf("it ends at %s", got)
	}
	// Three more times follow from the public rule and none from the other.
	ahead := 0
	for _, event := range all {
		if property(event, ics.ComponentPropertyStatus) == "TENTATIVE" {
			ahead++
			if property(event, ics.ComponentPropertySummary) != "Statements move" {
				t.Error("a rule is told before any of its times was announced")
			}
		}
	}
	if ahead != 3 {
		t.Errorf("%d times are to come, want 3", ahead)
	}

	before := all["work00000004"]
	sequence := func(event *ics.VEvent) int {
		n, err := strconv.Atoi(property(event, ics.ComponentPropertySequence))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	s.change(func(snap *statuspage.Snapshot) {
		snap.Maintenances[3].Ends = snap.Maintenances[3].Ends.Add(time.Hour)
		snap.Maintenances[3].Updated = noon
	})
	after := events(t, s, p)["work00000004"]
	if after == nil || sequence(after) <= sequence(before) || property(after, ics.ComponentPropertyDtEnd) != "20261204T020000Z" || property(after, ics.ComponentPropertyDtstamp) != "20261201T141818Z" {
		t.Errorf("moved, it has the sequence %d after %d and ends at %s", sequence(after), sequence(before), property(after, ics.ComponentPropertyDtEnd))
	}
	s.change(func(snap *statuspage.Snapshot) {
		snap.Maintenances[3].Stage, snap.Maintenances[3].Done, snap.Maintenances[3].Updated = incident.Cancelled, noon.Add(time.Minute), noon.Add(time.Minute)
	})
	cancelled := events(t, s, p)["work00000004"]
	if property(cancelled, ics.ComponentPropertyStatus) != "CANCELLED" || sequence(cancelled) <= sequence(after) {
		t.Error("a cancelled maintenance is not called so")
	}
}

// The time that is planned later has the id that the calendar gave it before.
func TestAComingTimeKeepsItsID(t *testing.T) {
	s, p := busy(t)
	before := events(t, s, p)
	rule, err := incident.NewRecurrence(p.Recurring[0], london(t))
	if err != nil {
		t.Fatal(err)
	}
	starts, _ := rule.Next(noon.Add(24*time.Hour), 1)
	id := rule.OccurrenceID(starts[0])
	if property(before[id], ics.ComponentPropertyStatus) != "TENTATIVE" {
		t.Fatalf("there is no %s among %d", id, len(before))
	}
	s.change(func(snap *statuspage.Snapshot) {
		snap.Maintenances = append(snap.Maintenances, incident.PlannedMaintenance{
			ID: id, Rule: "statements-move", Title: "Statements move", Components: []string{"batch"}, Stage: incident.Scheduled,
			Starts: starts[0], Ends: starts[0].Add(2 * time.Hour), Made: noon, Announced: noon, Updated: noon,
		})
	})
	after := events(t, s, p)
	if property(after[id], ics.ComponentPropertyStatus) != "CONFIRMED" || len(after) != len(before) {
		t.Errorf("it is %q among %d, before %d", property(after[id], ics.ComponentPropertyStatus), len(after), len(before))
	}
}
