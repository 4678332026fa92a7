package incident

import (
	"fmt"
	"slices"
	"time"

	"daymark/support"
)

// lead is how long before a due time Daymark publishes what it knows.
const lead = 30 * time.Second

// publishAt gives when the facts go out if nobody has written: half a minute
// before the due time, or at three quarters of a shorter promise.
func (p *Promise) publishAt() time.Time {
	return p.Due.Add(-min(lead, p.Due.Sub(p.Made)/4))
}

// dues is what the SLAs of an incident's components promise at a severity, as
// moments; zero: not promised.
type dues struct {
	first, update time.Time
	channels      []string // all but the page
}

// dues gives the earliest due times among the affected components' SLAs at a
// severity, counted from now in the service hours of each.
func (p *Policy) dues(inc *Incident, severity Severity, now time.Time) dues {
	var all dues
	for _, a := range inc.Affected {
		promises, calendar := p.sla(a.Component, severity)
		if promises == nil {
			continue
		}
		all.first = soonest(all.first, calendar, now, promises.First)
		all.update = soonest(all.update, calendar, now, promises.Update)
		for _, channel := range promises.Channels {
			if channel != "page" && !slices.Contains(all.channels, channel) {
				all.channels = append(all.channels, channel)
			}
		}
	}
	slices.Sort(all.channels)
	return all
}

// soonest gives the earlier of a due time and one that a span leads to.
func soonest(have time.Time, calendar *support.Calendar, now time.Time, span *support.Span) time.Time {
	if span == nil {
		return have
	}
	due := calendar.Due(now, *span)
	if due.IsZero() || !have.IsZero() && have.Before(due) {
		return have
	}
	return due
}

// owe starts or shortens the clock of an incident that became public, was
// reopened or worsened: the next word is owed at the earlier of the running
// promise and now + first.
func (d *decider) owe(inc *Incident) {
	owed := d.policy.dues(inc, inc.Severity, d.now)
	kind, due := FirstWord, owed.first
	if due.IsZero() {
		kind, due = NextUpdate, owed.update
	}
	switch {
	case due.IsZero():
	case !due.After(d.now):
		d.publishFacts(inc, d.opening(inc))
	default:
		d.oweBy(inc, kind, due)
	}
}

// oweBy lets an incident owe a word at a time at the latest.
func (d *decider) oweBy(inc *Incident, kind PromiseKind, due time.Time) {
	if inc.Promise == nil || inc.Promise.Due.After(due) {
		d.endPromise(inc, Replaced)
		d.promise(inc, kind, due)
	}
}

// opening names an update that is due by what was last said.
func (d *decider) opening(inc *Incident) UpdateKind {
	if len(inc.Updates) == 0 {
		return Opened
	}
	last := inc.Updates[len(inc.Updates)-1]
	switch {
	case last.Kind == Ended:
		return Reopened
	case inc.Severity.Worse(last.Severity):
		return Worsened
	}
	return Progress
}

// keepPromise publishes the facts when the promised word is about to be due.
func (d *decider) keepPromise(inc *Incident) {
	if inc.Promise == nil || !inc.Public() || d.now.Before(inc.Promise.publishAt()) {
		return
	}
	d.publishFacts(inc, d.opening(inc))
}

// publishFacts writes an automatic update.
func (d *decider) publishFacts(inc *Incident, kind UpdateKind) {
	findings := d.policy.findings(inc, d.state, d.now)
	if kind == Ended {
		findings = d.policy.endFindings(inc, d.state)
	}
	d.publish(inc, Update{Kind: kind, Text: d.policy.public.say(findings, d.now), Findings: findings, Auto: true})
}

// publish completes and keeps an update, ends the clock that ran and starts
// the next one, unless it was the last word. An update that says when the next
// one comes is held to that.
func (d *decider) publish(inc *Incident, draft Update) {
	update := Update{
		ID:       newID(d.now, fmt.Sprintf("%s/%d", inc.ID, len(inc.Updates)+1)),
		Incident: inc.ID,
		Number:   len(inc.Updates) + 1,
		Kind:     draft.Kind,
		Phase:    inc.Phase,
		Severity: inc.Severity,
		At:       d.now,
		Text:     draft.Text,
		Findings: draft.Findings,
		Auto:     draft.Auto,
		By:       draft.By,
		Changes:  d.changes(inc),
	}
	if inc.Promise != nil {
		update.Promised = inc.Promise.Due
	}
	how := ByPerson
	if draft.Auto {
		how = ByFacts
	}
	d.endPromise(inc, how)
	grade := inc.Severity
	if draft.Kind == Ended {
		grade = inc.Worst // whoever was told of it hears that it is over
	}
	owed := d.policy.dues(inc, grade, d.now)
	update.Channels = owed.channels
	if len(inc.Updates) == 0 { // who heard of it before hears of it on its own
		update.Channels = distinct(slices.Concat(owed.channels, inc.Care.Told))
	}
	next := owed.update
	if !draft.NextBy.IsZero() {
		next = draft.NextBy
	}
	switch {
	case draft.Kind == Ended:
		update.Channels = usedChannels(inc, owed.channels)
	case !next.IsZero():
		update.NextBy = next
		d.promise(inc, NextUpdate, next)
	}
	inc.Updates = append(inc.Updates, update)
	d.Updates = append(d.Updates, update)
}

// usedChannels adds the channels by which people may have been told.
func usedChannels(inc *Incident, channels []string) []string {
	all := slices.Clone(channels)
	for _, u := range inc.Updates {
		all = append(all, u.Channels...)
	}
	return distinct(all)
}

func (d *decider) promise(inc *Incident, kind PromiseKind, due time.Time) {
	inc.Promise = &Promise{Incident: inc.ID, Kind: kind, Made: d.now, Due: due}
	d.Promises = append(d.Promises, *inc.Promise)
}

func (d *decider) endPromise(inc *Incident, how Ending) {
	if inc.Promise == nil {
		return
	}
	ended := *inc.Promise
	ended.Ended, ended.How = d.now, how
	d.Promises = append(d.Promises, ended)
	inc.Promise = nil
}

// changes tells each attached component's status before and after.
func (d *decider) changes(inc *Incident) []AffectedChange {
	var all []AffectedChange
	for _, a := range d.policy.ordered(inc.Affected) {
		if d.policy.elsewhere(inc, a.Component, d.state) {
			continue // another incident tells of it
		}
		old := Operational
		if n := len(inc.Updates); n > 0 {
			for _, c := range inc.Updates[n-1].Changes {
				if c.Component == a.Component {
					old = c.New
				}
			}
		}
		all = append(all, AffectedChange{Component: a.Component, Old: old, New: a.Status})
	}
	return all
}
