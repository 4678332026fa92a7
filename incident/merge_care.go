package incident

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"daymark/support"
)

// inherit lets an incident go on with all that is promised, decided and done
// in one that becomes part of it: nothing that was promised moves later, and
// nobody has to say again what they said.
// team is the one that had into until now.
func (d *decider) inherit(into, inc *Incident, team string) {
	for i, at := range inc.Care.Reached {
		into.Care.Reached[i] = sooner(into.Care.Reached[i], at)
	}
	if inc.Worst.Worse(into.Worst) {
		into.Worst = inc.Worst
	}
	d.inheritHolders(into, inc)
	into.Care.Acknowledged = sooner(into.Care.Acknowledged, inc.Care.Acknowledged)
	if !into.Care.Acknowledged.IsZero() {
		d.endClock(into, Acknowledged, ByPerson)
	}
	for _, clock := range inc.Clocks {
		if clock.Kind != Acknowledged || into.Care.Acknowledged.IsZero() {
			d.hasten(into, clock)
		}
	}
	// Whose call goes on is not called from the beginning.
	if now := d.policy.team(into); now != team && now == inc.Care.AskedTeam {
		into.Care.Asked, into.Care.AskedTeam, into.Care.Called = inc.Care.Asked, now, slices.Clone(inc.Care.Called)
	}
	d.inheritProposals(into, inc)
}

// sooner gives the earlier of two moments; zero is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// hasten lets an incident keep a clock of another, unless its own is due
// before. One that has lapsed is broken where it ran.
func (d *decider) hasten(inc *Incident, clock Promise) {
	own := slices.IndexFunc(inc.Clocks, func(p Promise) bool { return p.Kind == clock.Kind })
	if !clock.Due.After(d.now) || own >= 0 && !inc.Clocks[own].Due.After(clock.Due) {
		return
	}
	d.endClock(inc, clock.Kind, Replaced)
	clock = Promise{Incident: inc.ID, Kind: clock.Kind, Made: d.now, Due: clock.Due}
	inc.Clocks = append(inc.Clocks, clock)
	d.Promises = append(d.Promises, clock)
}

// inheritHolders lets who held a role hold it on, where it is free, and says
// what becomes of those who do not.
func (d *decider) inheritHolders(into, inc *Incident) {
	for _, role := range support.Roles() {
		person, holder := inc.Care.Holders.Of(role), into.Care.Holders.Of(role)
		if person == "" || person == holder {
			continue
		}
		text := fmt.Sprintf("%s was %s of incident %s", d.policy.person(person), role.Title(), inc.ID)
		switch err := d.policy.mayHold(into, role, person); {
		case holder != "":
			text += "; here " + d.policy.person(holder) + " is."
		case err != nil:
			text += ", and is not here: " + err.Error() + "."
		default:
			d.hold(into, role, person)
			text += ", and keeps the role here."
		}
		d.note(into, Entry{Kind: Event, Text: text})
	}
}

// inheritProposals lets the fixes that are not done be agreed to and done in
// the incident that goes on. Who agreed has agreed, if they are still asked.
func (d *decider) inheritProposals(into, inc *Incident) {
	for _, number := range slices.Sorted(maps.Keys(inc.Care.Proposals)) {
		p := inc.Care.Proposals[number]
		if p.Done {
			continue
		}
		text := fmt.Sprintf("As proposal %d of incident %s.", number, inc.ID)
		var agreed, names []string
		for _, word := range p.Agreed {
			if person := d.policy.agreesAs(inc, word); person != "" && person == d.policy.agreesAs(into, word) {
				agreed, names = append(agreed, word), append(names, d.policy.person(person))
			}
		}
		if len(names) > 0 {
			text += " Agreed to by " + strings.Join(distinct(names), " and ") + "."
		}
		own := d.note(into, Entry{Kind: Propose, By: p.By, Text: text})
		if into.Care.Proposals == nil {
			into.Care.Proposals = map[int]*Proposal{}
		}
		into.Care.Proposals[own] = &Proposal{By: p.By, Agreed: agreed}
		for _, word := range d.policy.fixNeeds(into) {
			if person := d.policy.agreesAs(into, word); person != "" && !slices.Contains(agreed, word) && person != d.policy.agreesAs(inc, word) {
				d.alert(into, Alert{Kind: ProposalAlert, Person: person, Text: text})
			}
		}
	}
}

// inheritRevision lets the worse of what people judged stand. One that is
// milder than what the facts gave the other does not hold that down.
func (d *decider) inheritRevision(into, inc *Incident) {
	own, other := into.Care.Revision, inc.Care.Revision
	d.refresh(into)
	facts, told := d.policy.grade(into, d.state, d.now)
	switch {
	case other != nil && other.Severity.Worse(into.Severity):
		r := *other
		r.Reason = judgedOf(inc, r.Reason)
		if own != nil && own.Facts.Worse(r.Facts) {
			r.Facts = own.Facts
		}
		if told && facts.Severity.Worse(r.Facts) {
			r.Facts = facts.Severity
		}
		d.judged(into, r, facts.Facts)
		d.note(into, Entry{Kind: Event, Text: into.Reason})
	case own != nil && other == nil && told && facts.Severity.Worse(own.Severity) && !inc.Severity.Worse(facts.Severity):
		into.Care.Revision = nil
		d.note(into, Entry{Kind: Event, Text: fmt.Sprintf("Incident %s is %s, which is worse than what was judged here: the severity is that of the facts again.", inc.ID, inc.Severity)})
	}
}

// judged lets a revision that was made of another incident stand.
func (d *decider) judged(inc *Incident, r Revision, facts SeverityFacts) {
	inc.Care.Revision = &r
	d.regraded(inc, SeverityDecision{
		Incident: inc.ID, At: d.now, Severity: r.Severity, By: r.By, Facts: facts,
		Reason: r.Severity.String() + ": " + d.policy.staff.Sentence(inc) + ", " + r.Reason,
	})
}

func judgedOf(inc *Incident, reason string) string {
	if strings.HasPrefix(reason, judgedBefore) {
		return reason // of the first of them
	}
	return judgedBefore + inc.ID + ": " + reason
}

const judgedBefore = "as was judged of incident "
