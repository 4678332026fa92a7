package incident

import (
	"maps"
	"slices"
	"time"
)

// nudgeAt is when the Lead is reminded of a review.
func (r *Review) nudgeAt() time.Time { return r.Due.Add(-r.Due.Sub(r.Asked) / 4) }

// reviews reminds people of reviews that are due soon, and of actions that are
// overdue, each once. What is open again is reviewed when it is over: what was
// signed is not, any more.
func (d *decider) reviews() {
	for _, id := range slices.Sorted(maps.Keys(d.state.Reviews)) {
		r := d.state.Reviews[id]
		inc := d.state.Incidents[id]
		changed := false
		remind := func(person, text string) {
			changed = true
			d.Alerts = append(d.Alerts, Alert{Incident: id, At: d.now, Kind: ReviewAlert, Person: person, Text: text})
		}
		if inc != nil && inc.Open() && !r.Signed.IsZero() {
			d.unsign(r, inc)
			changed = true
		}
		if d.policy.asksForReview(r, d.state) && !d.now.Before(r.nudgeAt()) {
			if lead := d.policy.reviewer(r, d.now); lead != "" {
				r.Nudged = d.now
				remind(lead, "The review of "+r.Name+" is due by "+d.policy.clock(r.Due, d.now)+".")
			}
		}
		for i := range r.Actions {
			a := &r.Actions[i]
			if !a.Done.IsZero() || !a.Nudged.IsZero() || d.now.Before(a.Due) {
				continue
			}
			if person := d.policy.owner(r, a, d.now); person != "" {
				a.Nudged = d.now
				text := "Overdue since " + d.policy.clock(a.Due, d.now) + ": " + a.Text
				if person != a.Owner {
					text += " (its owner, " + a.Owner + ", is not in the configuration any more)"
				}
				remind(person, text)
			}
		}
		if changed {
			d.keepReview(r)
		}
		if r.Over() && inc == nil {
			delete(d.state.Reviews, id)
		}
	}
}

// unsign takes the signature of a review back, and what visitors read of it,
// on the record.
func (d *decider) unsign(r *Review, inc *Incident) {
	text := "The review was signed off by " + d.policy.person(r.SignedBy) + " at " + d.policy.clock(r.Signed, d.now) + ", before the incident came back: it is to be signed again."
	if r.Public != "" {
		text += " Visitors do not read it any more: " + r.Public
		r.Public, r.Published, r.Withdrawn = "", time.Time{}, d.now
	}
	r.SignedBy, r.Signed = "", time.Time{}
	d.note(inc, Entry{Kind: Event, Text: text})
}

// asksForReview says whether somebody is still to be reminded of a review: not
// while its incident goes on.
func (p *Policy) asksForReview(r *Review, state *State) bool {
	inc := state.Incidents[r.Incident]
	return r.Signed.IsZero() && r.Nudged.IsZero() && (inc == nil || !inc.Open())
}

// reviewer gives who is reminded of a review: the last Lead who is still there,
// or who is on call.
func (p *Policy) reviewer(r *Review, now time.Time) string {
	for _, person := range slices.Backward(r.Leads) {
		if _, known := p.people[person]; known {
			return person
		}
	}
	return p.leadFor(r.Component, now)
}

// owner gives who is reminded of an action: its owner, or, where they are not
// in the configuration any more, who would be of the review.
func (p *Policy) owner(r *Review, a *ReviewAction, now time.Time) string {
	if _, known := p.people[a.Owner]; known {
		return a.Owner
	}
	return p.reviewer(r, now)
}

// reviewDue gives when a review next asks for something; zero: none does.
func (p *Policy) reviewDue(state *State) time.Time {
	var next time.Time
	consider := func(at time.Time) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	for _, r := range state.Reviews {
		if p.asksForReview(r, state) && p.reviewer(r, state.Decided) != "" {
			consider(r.nudgeAt())
		}
		for i := range r.Actions {
			if a := &r.Actions[i]; a.Done.IsZero() && a.Nudged.IsZero() && p.owner(r, a, state.Decided) != "" {
				consider(a.Due)
			}
		}
	}
	return next
}
