package incident

import (
	"fmt"
	"slices"
	"time"
)

// lead is how long before a due time Daymark publishes what it knows.
const lead = 30 * time.Second

// publishAt gives when the facts go out if nobody has written: half a minute
// before the due time, or at three quarters of a shorter promise.
func (p *Promise) publishAt() time.Time {
	return p.Due.Add(-min(lead, p.Due.Sub(p.Made)/4))
}

// clocks gives the strictest promises among the affected components' SLAs at
// a severity, and all their channels but the page.
func (p *Policy) clocks(inc *Incident, severity Severity) (first, update *time.Duration, channels []string) {
	for _, a := range inc.Affected {
		promises := p.sla(a.Component, severity)
		if promises == nil {
			continue
		}
		first, update = strictest(first, promises.First), strictest(update, promises.Update)
		for _, channel := range promises.Channels {
			if channel != "page" && !slices.Contains(channels, channel) {
				channels = append(channels, channel)
			}
		}
	}
	slices.Sort(channels)
	return first, update, channels
}

func strictest(a, b *time.Duration) *time.Duration {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}

// owe starts or shortens the clock of an incident that became public, was
// reopened or worsened: the next word is owed at the earlier of the running
// promise and now + first.
func (d *decider) owe(inc *Incident) {
	first, update, _ := d.policy.clocks(inc, inc.Severity)
	kind, within := FirstWord, first
	if first == nil {
		kind, within = NextUpdate, update
	}
	if within == nil {
		return
	}
	if *within == 0 {
		d.publish(inc, d.opening(inc))
		return
	}
	due := d.now.Add(*within)
	if inc.Promise != nil && !inc.Promise.Due.After(due) {
		return
	}
	d.endPromise(inc)
	d.promise(inc, kind, due)
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
	d.publish(inc, d.opening(inc))
}

// publish writes an automatic update, ends the clock that ran and starts the
// next one, unless it was the last word.
func (d *decider) publish(inc *Incident, kind UpdateKind) {
	update := Update{
		ID:       newID(d.now, fmt.Sprintf("%s/%d", inc.ID, len(inc.Updates)+1)),
		Incident: inc.ID,
		Number:   len(inc.Updates) + 1,
		Kind:     kind,
		Phase:    inc.Phase,
		Severity: inc.Severity,
		At:       d.now,
		Auto:     true,
		Changes:  d.changes(inc),
	}
	if inc.Promise != nil {
		update.Promised = inc.Promise.Due
	}
	d.endPromise(inc)
	grade := inc.Severity
	if kind == Ended {
		grade = inc.Worst // whoever was told of it hears that it is over
		update.Text = d.policy.endText(inc)
	} else {
		update.Text = d.policy.factsText(inc, d.state, d.now)
	}
	_, every, channels := d.policy.clocks(inc, grade)
	if kind == Ended {
		channels = usedChannels(inc, channels)
	}
	update.Channels = channels
	if kind != Ended && every != nil {
		update.NextBy = d.now.Add(*every)
		d.promise(inc, NextUpdate, update.NextBy)
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

func (d *decider) endPromise(inc *Incident) {
	if inc.Promise == nil {
		return
	}
	ended := *inc.Promise
	ended.Ended = d.now
	d.Promises = append(d.Promises, ended)
	inc.Promise = nil
}

// changes tells each attached component's status before and after.
func (d *decider) changes(inc *Incident) []AffectedChange {
	var all []AffectedChange
	for _, a := range d.policy.ordered(inc.Affected) {
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
