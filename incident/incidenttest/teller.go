package incidenttest

import (
	"fmt"
	"strings"
	"time"

	"daymark/incident"
)

// teller turns decisions into lines that people read. Incidents are numbered
// in the order in which they opened.
type teller struct{ *told }

type told struct {
	zone  *time.Location
	lines []string
	names map[string]string
	known map[string]incident.Incident

	works map[string]incident.PlannedMaintenance // maintenance by id
	calls []string                               // its ids in the order of m1, m2, …
}

func newTeller(zone *time.Location) teller {
	return teller{&told{zone: zone, names: map[string]string{}, known: map[string]incident.Incident{}, works: map[string]incident.PlannedMaintenance{}}}
}

func (t *told) take() []string {
	lines := t.lines
	t.lines = nil
	return lines
}

func (t *told) tell(now time.Time, text string) {
	t.lines = append(t.lines, now.In(t.zone).Format("15:04:05")+" "+text)
}

// clock writes a time, with its date unless it is today's.
func (t *told) clock(at, now time.Time) string {
	at, now = at.In(t.zone), now.In(t.zone)
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04:05")
	}
	return at.Format("15:04:05 on Mon 2 Jan")
}

// saw tells one decision.
func (t *told) saw(now time.Time, d *incident.Decision) {
	for i := range d.Maintenances {
		t.maintenance(now, &d.Maintenances[i])
	}
	for _, c := range d.Components {
		text := fmt.Sprintf("%s is %s", c.Component, c.Status)
		if !c.Since.Equal(now) {
			text += " since " + t.clock(c.Since, now)
		}
		if c.Reason != "" && c.Status != incident.Operational {
			text += ": " + c.Reason
		}
		t.tell(now, text)
	}
	for i := range d.Incidents {
		t.incident(now, &d.Incidents[i])
	}
	for _, s := range d.Severities {
		t.tell(now, fmt.Sprintf("%s %s [%s]", t.names[s.Incident], s.Reason, s.Clause))
	}
	for i := range d.Updates {
		t.update(now, &d.Updates[i])
	}
	for _, p := range d.Promises {
		switch name := t.names[p.Incident]; {
		case p.Ended.IsZero():
			t.tell(now, fmt.Sprintf("%s owes the %s word by %s", name, p.Kind, t.clock(p.Due, now)))
		case !p.Kept():
			t.tell(now, fmt.Sprintf("%s broke its promise of %s", name, t.clock(p.Due, now)))
		}
	}
}

func (t *told) incident(now time.Time, inc *incident.Incident) {
	before, known := t.known[inc.ID]
	t.known[inc.ID] = inc.Clone()
	name := t.names[inc.ID]
	if !known {
		name = fmt.Sprintf("#%d", len(t.names)+1)
		t.names[inc.ID] = name
		t.tell(now, fmt.Sprintf("%s opens: %s, since %s", name, inc.Name, t.clock(inc.Since, now)))
		return
	}
	if before.Phase != inc.Phase {
		t.tell(now, fmt.Sprintf("%s is %s", name, inc.Phase))
	}
	if before.Name != inc.Name {
		t.tell(now, fmt.Sprintf("%s is now: %s", name, inc.Name))
	}
}

func (t *told) update(now time.Time, u *incident.Update) {
	text := fmt.Sprintf("%s tells (%s, %s", t.names[u.Incident], u.Kind, u.Severity)
	if len(u.Channels) > 0 {
		text += ", by " + strings.Join(u.Channels, " ")
	}
	if !u.NextBy.IsZero() {
		text += ", next by " + t.clock(u.NextBy, now)
	}
	t.tell(now, text+"): "+u.Text)
}
