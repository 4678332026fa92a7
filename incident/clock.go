package incident

import (
	"fmt"
	"slices"
	"time"
)

// reach notes when an incident reached its severity, and those that are milder.
func (d *decider) reach(inc *Incident) {
	for i := int(inc.Severity) - 1; i >= 0 && i < len(inc.Care.Reached); i++ {
		if inc.Care.Reached[i].IsZero() {
			inc.Care.Reached[i] = d.now
		}
	}
}

// clocks sets what an incident owes besides words: an acknowledgement, and
// that all works again. They count from when it reached its severity, or a
// worse one, by the strictest SLA; one that has a due time keeps it unless
// another is earlier, or it is at a milder severity now.
func (d *decider) clocks(inc *Incident) {
	if inc.Severity == 0 || !inc.Open() {
		return
	}
	d.reach(inc)
	from := inc.Care.Reached[inc.Severity-1]
	var acknowledge, resolve time.Time
	for _, a := range inc.Affected {
		promises, calendar := d.policy.sla(a.Component, inc.Severity)
		if promises == nil {
			continue
		}
		acknowledge = soonest(acknowledge, calendar, from, promises.Acknowledge)
		resolve = soonest(resolve, calendar, from, promises.Resolve)
	}
	if inc.Care.Acknowledged.IsZero() {
		d.setClock(inc, Acknowledged, acknowledge)
	}
	d.setClock(inc, Restored, resolve)
}

// setClock lets a clock run to a due time; zero: nothing is promised. One
// that has lapsed stays as it is, because it is broken, and none is set to a
// time that is over. What joins an incident makes nothing due later.
func (d *decider) setClock(inc *Incident, kind PromiseKind, due time.Time) {
	i := slices.IndexFunc(inc.Clocks, func(p Promise) bool { return p.Kind == kind })
	if i >= 0 {
		running := inc.Clocks[i].Due
		if running.Equal(due) || !running.After(d.now) || !due.IsZero() && !due.After(d.now) {
			return
		}
		if d.joined[inc.ID] && (due.IsZero() || due.After(running)) {
			return
		}
		d.endClock(inc, kind, Replaced)
	}
	if !due.After(d.now) {
		return
	}
	clock := Promise{Incident: inc.ID, Kind: kind, Made: d.now, Due: due}
	inc.Clocks = append(inc.Clocks, clock)
	d.Promises = append(d.Promises, clock)
}

func (d *decider) endClock(inc *Incident, kind PromiseKind, how Ending) {
	inc.Clocks = slices.DeleteFunc(inc.Clocks, func(p Promise) bool {
		if p.Kind != kind {
			return false
		}
		p.Ended, p.How = d.now, how
		d.Promises = append(d.Promises, p)
		return true
	})
	if len(inc.Clocks) == 0 {
		inc.Clocks = nil
	}
}

// endClocks ends the clocks of an incident that is over; how says who or what
// restored it.
func (d *decider) endClocks(inc *Incident, how Ending) {
	d.endClock(inc, Acknowledged, Over)
	d.endClock(inc, Restored, how)
}

// nudgeAt is when the Lead is reminded: at three quarters of the time.
func (p *Promise) nudgeAt() time.Time { return p.Due.Add(-p.Due.Sub(p.Made) / 4) }

// nudge reminds the Lead, once, of each promise that is due soon.
func (d *decider) nudge(inc *Incident) {
	if lead := d.policy.leadOf(inc, d.now); lead != "" {
		if inc.Promise != nil && inc.Public() {
			d.nudgeOf(inc, inc.Promise, lead)
		}
		for i := range inc.Clocks {
			d.nudgeOf(inc, &inc.Clocks[i], lead)
		}
	}
}

func (d *decider) nudgeOf(inc *Incident, p *Promise, lead string) {
	if !p.Nudged.IsZero() || d.now.Before(p.nudgeAt()) || !d.now.Before(p.Due) {
		return
	}
	p.Nudged = d.now
	d.Promises = append(d.Promises, *p)
	d.alert(inc, Alert{Kind: NudgeAlert, Person: lead, Text: fmt.Sprintf("%s is due by %s.", p.Kind.Title(), d.policy.clock(p.Due, d.now))})
}

// Title names what is promised, for people.
func (k PromiseKind) Title() string {
	switch k {
	case FirstWord:
		return "The first word"
	case Acknowledged:
		return "An acknowledgement"
	case Restored:
		return "The resolution"
	}
	return "The next update"
}

// nudgeDue gives when the next reminder is due; zero: none is.
func (p *Policy) nudgeDue(inc *Incident, now time.Time) time.Time {
	var next time.Time
	consider := func(clock *Promise) {
		if at := clock.nudgeAt(); clock.Nudged.IsZero() && now.Before(clock.Due) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	if inc.Promise != nil && inc.Public() {
		consider(inc.Promise)
	}
	for i := range inc.Clocks {
		consider(&inc.Clocks[i])
	}
	if next.IsZero() || p.leadOf(inc, now) == "" {
		return time.Time{}
	}
	return next
}
