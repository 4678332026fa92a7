package statuspage

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"daymark/incident"
)

// BuildView says a snapshot in words, as it is at now. It is pure: the same
// arguments give the same view.
func BuildView(layout *Layout, snapshot *Snapshot, now time.Time) View {
	layout = layout.speaking()
	b := &builder{Layout: layout, snapshot: snapshot, now: now}
	v := View{
		Name:    layout.Options.Name,
		Zone:    b.timesAre(layout.Zone, now),
		Contact: contact(layout.Options.Contact),
	}
	v.Say = b.say()
	v.Status = v.Say.Status
	v.Title = strings.TrimSuffix(v.Say.Sentence, ".")
	v.Facts = b.facts()
	v.Sections = b.sectionViews()
	v.Planned = b.planned()
	v.Past = b.past()
	return v
}

// builder holds what the parts of a view are built from.
type builder struct {
	*Layout
	snapshot *Snapshot
	now      time.Time
}

// status is how a component is; one that was never measured is unknown.
func (b *builder) status(id string) incident.Status {
	if state, found := b.snapshot.Components[id]; found && state.Status != "" {
		return state.Status
	}
	return incident.Unmeasured
}

// names of the components that are in a status, in the page's order.
func (b *builder) names(status incident.Status) []string {
	var names []string
	for _, s := range b.sections() {
		for _, c := range s.components {
			if b.status(c.ID) == status {
				names = append(names, b.name(c.ID))
			}
		}
	}
	return names
}

// open gives the open incidents, worst first, then newest first.
func (b *builder) open() []incident.Incident {
	open := slices.Clone(b.snapshot.Open)
	slices.SortStableFunc(open, func(x, y incident.Incident) int { return cmp.Compare(rank(x.Severity), rank(y.Severity)) })
	return open
}

// rank puts an incident without a severity last.
func rank(s incident.Severity) int {
	if s == 0 {
		return int(incident.P4) + 1
	}
	return int(s)
}

// say finds the sentence. What is open counts before what is measured, and
// what is measured before what is not.
func (b *builder) say() Say {
	s := Say{Status: b.worst(b.Components), Checked: plain(b.sentence("no-check-yet"))}
	if !b.snapshot.Checked.IsZero() {
		s.Checked = b.place("last-checked", b.clock(b.snapshot.Checked, b.now, b.Zone))
	}
	open := b.open()
	unmeasured := b.names(incident.Unmeasured)
	switch {
	case len(open) > 0:
		b.sayOpen(&s, open)
	case s.Status.Badness() > 0:
		var things []string
		for _, status := range []incident.Status{incident.Down, incident.PartlyDown, incident.Slow} {
			for _, name := range b.names(status) {
				things = append(things, b.componentIs(name, status))
			}
		}
		s.Sentence = b.troubles(things)
		s.Follow = b.place("since-only", b.clockToday(b.troubleSince(), b.now, b.Zone))
	case len(b.Components) == 0:
		s.Status, s.Sentence = incident.Unmeasured, b.sentence("nothing-to-show")
	case len(unmeasured) == len(b.Components):
		s.Status = incident.Unmeasured
		b.sayNothing(&s)
	case len(unmeasured) > 0:
		s.Status, s.Sentence = incident.Unmeasured, b.few("partly-measured", unmeasured)
	case s.Status == incident.Maintenance:
		s.Sentence = b.few("maintained", b.names(incident.Maintenance))
		if end := b.plannedEnd(); !end.IsZero() {
			s.Follow = b.place("maintained-until", b.clockToday(end, b.now, b.Zone))
		}
	default:
		s.Sentence = b.sentence("everything-works")
	}
	return s
}

// sayOpen speaks of open incidents.
func (b *builder) sayOpen(s *Say, open []incident.Incident) {
	// What an incident is about may be hidden from the status: a component
	// that left the configuration, or one that cannot be measured now.
	var things []string
	better := true
	for _, i := range open {
		things = append(things, b.called(&i))
		for _, a := range i.Affected {
			if a.Status != incident.Operational {
				better = false
			}
			if a.Status.Badness() > s.Status.Badness() {
				s.Status = a.Status
			}
		}
		if len(i.Affected) == 0 {
			better = false
		}
	}
	first := slices.MinFunc(open, func(x, y incident.Incident) int { return x.Since.Compare(y.Since) })
	at := b.clockToday(first.Since, b.now, b.Zone)
	if better {
		s.Sentence = b.worksAgain(b.affectedNames(open))
		if over := workedFrom(open...); !over.IsZero() {
			at = b.clockToday(over, b.now, b.Zone)
		}
		s.Follow = b.place("works-since", at)
	} else {
		s.Sentence = b.troubles(things)
		s.Follow = b.since(&open[0], at)
	}
	s.Promise = b.promise(open)
}

// workedFrom is when the last component of incidents worked again.
func workedFrom(incidents ...incident.Incident) time.Time {
	var last time.Time
	for _, i := range incidents {
		for _, a := range i.Affected {
			if a.Until.After(last) {
				last = a.Until
			}
		}
	}
	return last
}

// overAt is when the last component of an incident that is over worked again,
// which is before Daymark trusts it and says so.
func overAt(i *incident.Incident) time.Time {
	if at := workedFrom(*i); !at.IsZero() {
		return at
	}
	return i.Resolved
}

// affectedNames are the components of incidents, each once.
func (b *builder) affectedNames(open []incident.Incident) []string {
	var names []string
	for _, i := range open {
		for _, a := range i.Affected {
			if name := b.name(a.Component); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// sayNothing is for a page of which nothing is measured.
func (b *builder) sayNothing(s *Say) {
	if len(b.snapshot.Components) > 0 && !b.snapshot.Checked.IsZero() {
		var last time.Time
		for _, c := range b.Components {
			if state, found := b.snapshot.Components[c.ID]; found && state.Since.After(last) {
				last = state.Since
			}
		}
		s.Sentence = b.sentence("cannot-tell")
		s.Follow = b.place("unmeasured-since", b.clockToday(last, b.now, b.Zone))
		return
	}
	s.Sentence = b.sentence("nothing-measured")
	soonest, known := time.Duration(0), false
	for _, c := range b.Components {
		if d, ok := nextCheck(c, b.now); ok && (!known || d < soonest) {
			soonest, known = d, true
		}
	}
	if known {
		s.Follow = plain(b.firstCheck("first-checks", soonest))
	}
}

// troubleSince is when the first component that is unwell now became so.
func (b *builder) troubleSince() time.Time {
	var first time.Time
	for _, c := range b.Components {
		state := b.snapshot.Components[c.ID]
		if state.Status.Badness() > 0 && (first.IsZero() || state.Since.Before(first)) {
			first = state.Since
		}
	}
	return first
}

// facts says what is affected and what is being done; nil with no incident.
func (b *builder) facts() *Facts {
	open := b.open()
	if len(open) == 0 {
		return nil
	}
	f := &Facts{}
	seen := map[string]int{}
	for _, i := range open {
		for _, a := range i.Affected {
			at, twice := seen[a.Component]
			if !twice {
				at = len(f.Affected)
				seen[a.Component] = at
				f.Affected = append(f.Affected, AffectedView{Name: b.name(a.Component), Link: b.linkOf(a.Component), Status: a.Status})
			}
			if a.Status.Badness() > f.Affected[at].Status.Badness() {
				f.Affected[at].Status = a.Status
			}
			f.Affected[at].Word = b.statusWord(f.Affected[at].Status)
		}
		f.Doing = append(f.Doing, b.doing(&i, len(open) > 1))
	}
	slices.SortStableFunc(f.Affected, func(x, y AffectedView) int { return y.Status.Badness() - x.Status.Badness() })
	return f
}

// linkOf is the page of a component; "" where it has none.
func (l *Layout) linkOf(component string) string {
	if _, found := l.component(component); !found {
		return ""
	}
	return componentPath(component)
}

// doing is the latest update of an incident.
func (b *builder) doing(i *incident.Incident, several bool) Doing {
	d := Doing{Text: b.sentence("no-update-yet"), Link: incidentPath(i.ID)}
	if !runs(i.Promise) && !b.owesUpdates(i) {
		d.Text = b.unpromised(worstOf(i))
	}
	d.HTML = b.own(d.Text)
	if several {
		d.Name = b.called(i)
	}
	if len(i.Updates) > 0 {
		u := i.Updates[len(i.Updates)-1]
		d.Text, d.HTML = b.said(&u)
		d.Auto, d.last = u.Auto, u.ID
		d.Note = b.updateLine(u.Number, b.clock(u.At, b.now, b.Zone))
	}
	return d
}

func incidentPath(id string) string { return "/incidents/" + id }

// contact makes an address of what the configuration says.
func contact(text string) Contact {
	switch {
	case text == "":
		return Contact{}
	case strings.Contains(text, "://"):
		_, shown, _ := strings.Cut(text, "://")
		return Contact{Text: strings.TrimSuffix(shown, "/"), To: text}
	}
	return Contact{Text: text, To: "mailto:" + text}
}

// past lists what ended in the last 30 days.
func (b *builder) past() Past {
	p := Past{Rest: b.sentence("nothing-else"), Earlier: true}
	for i := range b.snapshot.Recent {
		one := &b.snapshot.Recent[i]
		if one.Resolved.Before(b.now.Add(-recent)) {
			continue
		}
		p.Incidents = append(p.Incidents, b.pastView(one))
	}
	if len(p.Incidents) == 0 {
		switch {
		case len(b.snapshot.Open) > 0: // nothing but that
		case len(b.snapshot.Components) == 0:
			p.Rest, p.Earlier = b.sentence("no-incidents-so-far"), false
		default:
			p.Rest = b.sentence("no-incidents")
		}
	}
	return p
}

// pastView is one incident in a list.
func (b *builder) pastView(i *incident.Incident) PastView {
	v := PastView{When: b.dateOf(i.Since, b.Zone), Name: b.called(i), Link: incidentPath(i.ID), Kept: b.kept(i)}
	switch {
	case i.Open():
		v.Lasted = b.at("goes-on", b.clock(i.Since, i.Since, b.Zone).Text)
		v.Status, _ = worstOf(i)
		v.Word = b.statusWord(v.Status)
	case i.Care.MergedInto != "":
		v.Into = incidentPath(i.Care.MergedInto) // it was not over then
	case !i.Resolved.IsZero():
		v.Lasted = b.Lasting(overAt(i).Sub(i.Since))
	}
	if len(i.Updates) > 0 {
		_, v.HTML = b.said(&i.Updates[len(i.Updates)-1])
	}
	return v
}

// kept says how an incident's promises were kept, and what is promised next.
func (b *builder) kept(i *incident.Incident) []string {
	promised, onTime := countKept(i)
	if !i.Open() {
		return []string{b.keptInAll(promised, onTime)}
	}
	next := ""
	if runs(i.Promise) {
		id := "next-by"
		if b.now.After(i.Promise.Due) {
			id = "next-was-by"
		}
		next = b.at(id, b.clock(i.Promise.Due, b.now, b.Zone).Text)
	}
	if next == "" && promised == 0 && b.owesUpdates(i) {
		next = b.sentence("nothing-due")
	}
	return b.keptSoFar(promised, onTime, next)
}

// owesUpdates says whether an SLA promises updates on an incident, whether or
// not one is due now.
func (b *builder) owesUpdates(i *incident.Incident) bool {
	return b.owed(i).update > 0
}

// worstOf is the worst status now of what an incident affects, and whether
// anything of it is measured by components at all. Not being able to tell is
// worse than working.
func worstOf(i *incident.Incident) (worst incident.Status, affects bool) {
	worst = incident.Operational
	for _, a := range i.Affected {
		if a.Status.Badness() > worst.Badness() || (a.Status == incident.Unmeasured && worst == incident.Operational) {
			worst = a.Status
		}
	}
	return worst, len(i.Affected) > 0
}

// countKept counts the updates that were promised and those that came on time.
func countKept(i *incident.Incident) (promised, onTime int) {
	for _, u := range i.Updates {
		if u.Promised.IsZero() {
			continue
		}
		promised++
		if !u.At.After(u.Promised) {
			onTime++
		}
	}
	return promised, onTime
}
