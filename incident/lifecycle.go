package incident

import (
	"maps"
	"slices"
	"time"
)

// place finds the incident that a failing component belongs to: one that has
// it already, one for the same cause, one that ended a moment ago, or a new one.
func (d *decider) place(failing ComponentStatus) {
	d.goHome(failing.Component)
	affected := Affected{Component: failing.Component, Status: failing.Status, Worst: failing.Status, From: failing.Since}
	open, ended := d.candidates(failing.Component)
	switch {
	case open != nil && open.Affects(failing.Component):
	case open != nil:
		open.Affected = append(open.Affected, affected)
		d.joined[open.ID] = true // named and promised once, however many join
	case ended != nil && d.reopens(ended, affected):
		d.reopen(ended, affected)
	default:
		inc := &Incident{
			ID:       newID(d.now, failing.Component),
			Phase:    Investigating,
			Since:    failing.Since,
			Opened:   d.now,
			Affected: []Affected{affected},
		}
		inc.Name = d.policy.public.tell(inc, false)
		d.turn(inc)
		d.state.Incidents[inc.ID] = inc
	}
}

// candidates gives the open incident that a component joins, if any, and the
// newest ended one of that component that may reopen.
func (d *decider) candidates(component string) (open, ended *Incident) {
	if home := d.policy.home(component, d.state); home != nil {
		return home, nil
	}
	for _, id := range slices.Sorted(maps.Keys(d.state.Incidents)) {
		inc := d.state.Incidents[id]
		switch {
		case inc.Warns() || inc.Care.MergedInto != "": // is not about what fails
		case inc.Open() && inc.ByHand() && !inc.Public(): // and what staff wrote for themselves stays with them
		case inc.Open() && inc.Affects(component):
			return inc, nil
		case inc.Open() && open == nil && d.joins(component, inc):
			open = inc
		case !inc.Open() && inc.Affects(component) && !inc.ByHand():
			ended = inc // ids sort by time
		}
	}
	return open, ended
}

// joins says whether a component that fails now fails for the incident's
// cause: what it depends on is out, or it failed soon after a relative.
func (d *decider) joins(component string, inc *Incident) bool {
	soon := d.now.Sub(inc.Opened) <= d.policy.rules.GroupWithin
	for _, a := range inc.Affected {
		if d.policy.dependsOn(component, a.Component) && a.Status.Badness() > 0 {
			return true
		}
		if soon && d.policy.related(component, a.Component) {
			return true
		}
	}
	return false
}

// reopens says whether a failure is as public as the incident that it would
// reopen: what only staff hear of does not bring back what visitors read.
func (d *decider) reopens(ended *Incident, affected Affected) bool {
	again := ended.Clone()
	again.Affected = []Affected{affected}
	decision, _ := d.policy.grade(&again, d.state, d.now)
	return decision.Severity != P4 || !ended.Public()
}

func (d *decider) reopen(inc *Incident, affected Affected) {
	if !inc.to(Investigating) {
		return
	}
	inc.Care = inc.Care.again(inc.Resolved)
	inc.Resolved, inc.Monitoring, inc.CleanSince, inc.EaseSince = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	inc.Severity = 0
	d.turn(inc)
	inc.Since = affected.From
	inc.Affected = slices.DeleteFunc(inc.Affected, func(a Affected) bool { return a.Component == affected.Component })
	inc.Affected = append(inc.Affected, affected)
	inc.Name = d.policy.public.tell(inc, false)
}

// advance takes an open incident as far as the state and the time allow.
func (d *decider) advance(inc *Incident) {
	d.vacate(inc)
	bad, clean := d.refresh(inc)
	if bad {
		d.regrade(inc)
	}
	if d.joined[inc.ID] {
		d.clocks(inc)
	}
	switch {
	case clean && len(inc.Affected) > 0:
		d.recover(inc)
	case bad:
		if !inc.CleanSince.IsZero() {
			d.turn(inc)
		}
		inc.CleanSince, inc.Care.Proposed = time.Time{}, time.Time{}
		if inc.Phase == Monitoring && d.failing(inc) != "" {
			inc.to(Investigating)
		}
	default: // nobody can tell: neither worse nor better
		inc.CleanSince, inc.Care.Proposed = time.Time{}, time.Time{}
	}
	if !bad {
		inc.EaseSince = time.Time{} // a better severity has to hold while something fails
	}
	if inc.Open() {
		d.keepPromise(inc)
		d.nudge(inc)
		d.escalate(inc)
	}
}

// refresh brings the affected components up to date. bad: one fails; clean:
// all are known to work, or nobody will ever know.
func (d *decider) refresh(inc *Incident) (bad, clean bool) {
	clean = true
	for i := range inc.Affected {
		a := &inc.Affected[i]
		if !a.Until.IsZero() && d.policy.elsewhere(inc, a.Component, d.state) {
			a.Status = Operational // what failed here works again
			continue
		}
		status := d.state.Components[a.Component]
		c := d.policy.components[a.Component]
		gone := c == nil || !inc.ByHand() && d.policy.awaitsNothing(c, d.state)
		if gone {
			status = ComponentStatus{Status: Unmeasured, Since: d.now} // nothing to wait for
		}
		a.Status = status.Status
		switch {
		case status.Status.Badness() > 0:
			bad, clean = true, false
			if !a.Until.IsZero() { // it worked in between
				a.From, a.Until = status.Since, time.Time{}
				inc.Care.keepEased(a.Component, Eased{})
			}
			was := a.Worst
			if status.Status.Badness() > a.Worst.Badness() {
				a.Worst = status.Status
			}
			inc.Care.ease(a, was, status)
		case status.Status == Unmeasured && !gone:
			clean = false
		case a.Until.IsZero():
			a.Until = later(status.Since, a.From)
			inc.Care.ease(a, a.Worst, status)
		}
	}
	if bad {
		inc.Name = d.policy.public.Sentence(inc) // true of what fails now
	}
	return bad, clean
}

// recover watches an incident whose components all work, and ends it when
// they have worked long enough.
func (d *decider) recover(inc *Incident) {
	if inc.CleanSince.IsZero() {
		inc.CleanSince = d.now
		d.turn(inc)
	}
	if inc.Phase != Monitoring && !inc.ByHand() {
		d.move(inc, Monitoring)
	}
	// What was not watched, because nobody ran, does not count.
	if inc.Care.Proposed.IsZero() && d.now.Sub(later(inc.CleanSince, d.state.Loaded)) < d.policy.calm(inc) {
		return
	}
	if inc.keeps() {
		d.proposeEnd(inc)
		return
	}
	d.end(inc)
	if inc.Public() {
		d.publishFacts(inc, Ended)
	} else {
		d.endPromise(inc, Over)
	}
	d.endClocks(inc, ByFacts)
	d.closeReports(inc)
	d.askReview(inc)
}

// regrade applies the severity that the facts give: a worse one at once, a
// better one when it has held for ease_after.
func (d *decider) regrade(inc *Incident) {
	decision, ok := d.policy.grade(inc, d.state, d.now)
	if inc.revised(decision.Severity, ok) {
		inc.EaseSince = time.Time{}
		return
	}
	if !ok && inc.Severity != 0 {
		inc.EaseSince = time.Time{}
		return // a window without samples keeps the last severity
	}
	switch {
	case decision.Severity.Worse(inc.Severity):
		inc.EaseSince = time.Time{}
	case decision.Severity == inc.Severity:
		inc.EaseSince = time.Time{}
		return
	case inc.EaseSince.IsZero():
		inc.EaseSince = d.now
		return
	case d.now.Sub(inc.EaseSince) < d.policy.rules.EaseAfter:
		return
	default:
		inc.EaseSince = time.Time{}
	}
	d.regraded(inc, decision)
}

// regraded gives an incident a severity, and lets it owe what that promises.
func (d *decider) regraded(inc *Incident, decision SeverityDecision) {
	before := inc.Severity
	d.grant(inc, decision)
	if inc.Severity.Worse(before) && inc.Public() {
		d.owe(inc)
	}
}

func (d *decider) grant(inc *Incident, decision SeverityDecision) {
	inc.Severity, inc.Reason, inc.EaseSince = decision.Severity, decision.Reason, time.Time{}
	if inc.Severity.Worse(inc.Worst) {
		inc.Worst = inc.Severity
	}
	d.Severities = append(d.Severities, decision)
	d.clocks(inc)
}

// proposeEnd asks the Lead, once, whether an incident is over that Daymark
// does not end.
func (d *decider) proposeEnd(inc *Incident) {
	if !inc.Care.Proposed.IsZero() || len(inc.Affected) == 0 {
		return
	}
	lead := d.policy.leadOf(inc, d.now)
	if lead == "" {
		return // who is on call next is asked
	}
	inc.Care.Proposed = d.now
	what := "Everything works"
	if slices.ContainsFunc(inc.Affected, func(a Affected) bool { return a.Status == Unmeasured }) {
		what = "Nothing is known to fail"
	}
	d.alert(inc, Alert{Kind: EndAlert, Person: lead, Text: what + " since " + d.policy.clock(inc.CleanSince, d.now) + ". Is it over?"})
}

// endDue gives when an incident that works is over, or its end is proposed to
// somebody; zero: nobody is to be asked.
func (p *Policy) endDue(inc *Incident, state *State, now time.Time) time.Time {
	if inc.CleanSince.IsZero() || !inc.Care.Proposed.IsZero() {
		return time.Time{}
	}
	at := later(inc.CleanSince, state.Loaded).Add(p.calm(inc))
	if !inc.keeps() || at.After(now) || p.leadOf(inc, now) != "" {
		return at
	}
	if roster := p.roster(inc); roster != nil {
		if opens := roster.Opening(now); opens.After(now) {
			return opens
		}
	}
	return time.Time{}
}

// to moves the incident where the table of phases allows it.
func (i *Incident) to(phase Phase) bool {
	if !slices.Contains(phases[i.Phase], phase) {
		return false
	}
	i.Phase = phase
	return true
}
