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
	zone            *time.Location
	lines           []string
	names           map[string]string // of incidents and reports, by id
	opened, reports int
	known           map[string]incident.Incident

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
			what := string(p.Kind)
			if p.Kind.Words() {
				what = "the " + what + " word"
			}
			if p.Nudged.IsZero() {
				t.tell(now, fmt.Sprintf("%s owes %s by %s", name, what, t.clock(p.Due, now)))
			}
		case p.Kind.Words() && !p.Kept():
			t.tell(now, fmt.Sprintf("%s broke its promise of %s", name, t.clock(p.Due, now)))
		case !p.Kind.Words():
			t.tell(now, fmt.Sprintf("%s %s the clock of %s (%s)", name, ended(&p), p.Kind, p.How))
		}
	}
	t.staff(now, d)
}

// staff tells what is for staff alone.
func (t *told) staff(now time.Time, d *incident.Decision) {
	for _, e := range d.Entries {
		t.tell(now, fmt.Sprintf("%s entry %d, %s: %s", t.names[e.Incident], e.Number, e.Kind, t.named(e.Text)))
	}
	for _, a := range d.Alerts {
		about := t.names[a.Incident]
		if a.Incident == "" {
			about = a.Component
		}
		text := fmt.Sprintf("%s alerts %s%s (%s", about, a.Person, a.Channel, a.Kind)
		if a.Role != "" {
			text += " as " + string(a.Role)
		}
		if len(a.By) > 0 {
			text += ", by " + strings.Join(a.By, " ")
		}
		t.tell(now, text+"): "+t.named(a.Text))
	}
	for i := range d.Reviews {
		t.tell(now, t.review(now, &d.Reviews[i]))
	}
	for i := range d.Reports {
		r := &d.Reports[i]
		if t.names[r.ID] == "" {
			t.reports++
			t.names[r.ID] = fmt.Sprintf("#r%d", t.reports)
		}
		text := fmt.Sprintf("report %s on %s is %s", t.names[r.ID], r.Component, r.State)
		if r.Outcome != "" {
			text += fmt.Sprintf(", %s %s%s", r.Outcome, r.Priority, t.names[r.Of])
		}
		if r.Incident != "" {
			text += ", of " + t.names[r.Incident]
		}
		t.tell(now, text)
	}
	for _, a := range d.Answers {
		t.tell(now, fmt.Sprintf("reporter of %s hears: %s", t.names[a.Report], a.Text))
	}
	for _, o := range d.Overrides {
		text := o.Component + " is left to its checks"
		if !o.Ended {
			text = fmt.Sprintf("%s is set to %s by hand: %s", o.Component, o.Status, o.Reason)
		}
		t.tell(now, text)
	}
	for _, e := range d.Edits {
		t.tell(now, fmt.Sprintf("an update reads now: %s; it read: %s", e.Text, e.Before))
	}
	for _, l := range d.Left {
		t.tell(now, fmt.Sprintf("%s is not about %s any more", t.names[l.Incident], l.Component))
	}
}

func (t *told) review(now time.Time, r *incident.Review) string {
	text := fmt.Sprintf("review of %s is due by %s", t.names[r.Incident], t.clock(r.Due, now))
	if !r.Signed.IsZero() {
		text = fmt.Sprintf("review of %s is signed off by %s", t.names[r.Incident], r.SignedBy)
	}
	if r.Users != 0 {
		text += fmt.Sprintf(", of %d users", r.Users)
	}
	if r.Public != "" {
		text += ", and published: " + r.Public
	}
	for _, a := range r.Actions {
		state := "open"
		if !a.Done.IsZero() {
			state = "done"
		}
		text += fmt.Sprintf("; %d %s by %s until %s, %s", a.Number, a.Kind, a.Owner, t.clock(a.Due, now), state)
	}
	return text
}

func ended(p *incident.Promise) string {
	switch p.State(p.Ended) {
	case incident.PromiseBroken:
		return "has broken"
	case incident.PromiseCalledOff:
		return "ends"
	default:
		return "keeps"
	}
}

// named puts the numbers of incidents in place of their ids.
func (t *told) named(text string) string {
	for id, name := range t.names {
		text = strings.ReplaceAll(text, id, name)
	}
	return text
}

// id gives the id of the incident with a number, such as #1.
func (t *told) id(name string) string {
	for id, own := range t.names {
		if own == name {
			return id
		}
	}
	return name
}

func (t *told) incident(now time.Time, inc *incident.Incident) {
	before, known := t.known[inc.ID]
	t.known[inc.ID] = inc.Clone()
	name := t.names[inc.ID]
	if !known {
		t.opened++
		name = fmt.Sprintf("#%d", t.opened)
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
