package incident

import (
	"maps"
	"slices"
	"strings"
	"time"

	"daymark/support"
)

// Review is what is learned from an incident that is over. It is due by the
// SLA, written by people from a draft, and signed off by somebody who was not
// Lead; its actions are followed to their end.
type Review struct {
	Incident  string    `json:"incident"`
	Name      string    `json:"name"` // of the incident
	Severity  Severity  `json:"severity"`
	Component string    `json:"component"` // whose team it is with; "": none
	Leads     []string  `json:"leads,omitempty"`
	Asked     time.Time `json:"asked"`
	Due       time.Time `json:"due"`
	Nudged    time.Time `json:"nudged,omitzero"`

	Summary string `json:"summary,omitempty"`
	Causes  string `json:"causes,omitempty"`
	Well    string `json:"well,omitempty"`
	Badly   string `json:"badly,omitempty"`
	Luck    string `json:"luck,omitempty"`
	Users   int    `json:"users,omitempty"` // who were affected, as a person says; 0: not said

	SignedBy string    `json:"signed_by,omitempty"`
	Signed   time.Time `json:"signed,omitzero"`

	Public    string    `json:"public,omitempty"`   // what visitors read of it; "": nothing
	Published time.Time `json:"published,omitzero"` // when they first could, or its text was last changed

	Actions []ReviewAction `json:"actions,omitempty"`
}

// ReviewAction is something to be done because of a review.
type ReviewAction struct {
	Number int        `json:"number"` // from 1
	Kind   ActionKind `json:"kind"`
	Text   string     `json:"text"`
	Owner  string     `json:"owner"` // a person
	Due    time.Time  `json:"due"`
	Nudged time.Time  `json:"nudged,omitzero"`
	Done   time.Time  `json:"done,omitzero"`
}

// ActionKind says what an action is good for.
type ActionKind string

// The kinds of action.
const (
	Prevent  ActionKind = "prevent"
	Detect   ActionKind = "detect"
	Mitigate ActionKind = "mitigate"
	Process  ActionKind = "process"
)

var actionKinds = []ActionKind{Prevent, Detect, Mitigate, Process}

// Over says whether nothing of a review is left to do.
func (r *Review) Over() bool {
	return !r.Signed.IsZero() && !slices.ContainsFunc(r.Actions, func(a ReviewAction) bool { return a.Done.IsZero() })
}

// Clone copies a review.
func (r *Review) Clone() Review {
	c := *r
	c.Leads, c.Actions = slices.Clone(r.Leads), slices.Clone(r.Actions)
	return c
}

// within gives how long after its end an incident of that severity is
// reviewed; 0: it is not.
func (w *ReviewWithin) within(severity Severity) time.Duration {
	switch severity {
	case P1:
		return w.P1
	case P2:
		return w.P2
	case P3:
		return w.P3
	case P4:
		return w.P4
	}
	return 0
}

// askReview asks for a review of an incident that is over, where an SLA of
// its components wants one: by the strictest of them. One that was reopened
// has its review already.
func (d *decider) askReview(inc *Incident) {
	if inc.Care.MergedInto != "" {
		return
	}
	if r := d.state.Reviews[inc.ID]; r != nil {
		r.Leads, r.Severity, r.Name = leads(r.Leads, inc), inc.Worst, inc.Name
		d.keepReview(r)
		return
	}
	var due time.Time
	component := ""
	for _, a := range d.policy.ordered(inc.Affected) {
		c := d.policy.components[a.Component]
		if c == nil || d.policy.slas[c.SLA] == nil {
			continue
		}
		sla := d.policy.slas[c.SLA]
		within := sla.Review.within(inc.Worst)
		if within == 0 {
			continue
		}
		// A day is a service day, as in the promises.
		at := sla.calendar.Due(inc.Resolved, support.Span{Days: int(within / (24 * time.Hour)), Rest: within % (24 * time.Hour)})
		if !at.IsZero() && (due.IsZero() || at.Before(due)) {
			due, component = at, a.Component
		}
	}
	if due.IsZero() {
		return
	}
	d.keepReview(&Review{
		Incident: inc.ID, Name: inc.Name, Severity: inc.Worst, Component: component, Leads: leads(nil, inc), Asked: d.now, Due: due,
	})
}

// leads adds those who were Lead of an incident, the last of them last.
func leads(known []string, inc *Incident) []string {
	all := slices.DeleteFunc(slices.Clone(known), func(p string) bool { return slices.Contains(inc.Care.Leads, p) })
	return append(all, inc.Care.Leads...)
}

func (d *decider) keepReview(r *Review) {
	kept := r.Clone()
	d.state.Reviews[r.Incident] = &kept
	d.Reviews = slices.DeleteFunc(d.Reviews, func(had Review) bool { return had.Incident == r.Incident })
	d.Reviews = append(d.Reviews, r.Clone())
}

// nudgeAt is when the Lead is reminded of a review.
func (r *Review) nudgeAt() time.Time { return r.Due.Add(-r.Due.Sub(r.Asked) / 4) }

// reviews reminds people of reviews that are due soon, and of actions that are
// overdue, each once.
func (d *decider) reviews() {
	for _, id := range slices.Sorted(maps.Keys(d.state.Reviews)) {
		r := d.state.Reviews[id]
		changed := false
		remind := func(person, text string) {
			changed = true
			d.Alerts = append(d.Alerts, Alert{Incident: id, At: d.now, Kind: ReviewAlert, Person: person, Text: text})
		}
		if r.Signed.IsZero() && r.Nudged.IsZero() && !d.now.Before(r.nudgeAt()) {
			if lead := d.reviewer(r); lead != "" {
				r.Nudged = d.now
				remind(lead, "The review of "+r.Name+" is due by "+d.policy.clock(r.Due, d.now)+".")
			}
		}
		for i := range r.Actions {
			if a := &r.Actions[i]; a.Done.IsZero() && a.Nudged.IsZero() && !d.now.Before(a.Due) {
				a.Nudged = d.now
				remind(a.Owner, "Overdue since "+d.policy.clock(a.Due, d.now)+": "+a.Text)
			}
		}
		if changed {
			d.keepReview(r)
		}
		if r.Over() && d.state.Incidents[id] == nil {
			delete(d.state.Reviews, id)
		}
	}
}

// reviewer gives who is reminded of a review: the last Lead, or who is on call.
func (d *decider) reviewer(r *Review) string {
	if n := len(r.Leads); n > 0 {
		return r.Leads[n-1]
	}
	return d.policy.leadFor(r.Component, d.now)
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
		if r.Signed.IsZero() && r.Nudged.IsZero() && (len(r.Leads) > 0 || p.leadFor(r.Component, state.Decided) != "") {
			consider(r.nudgeAt())
		}
		for _, a := range r.Actions {
			if a.Done.IsZero() && a.Nudged.IsZero() {
				consider(a.Due)
			}
		}
	}
	return next
}

// WriteReview writes parts of a review; a part that is empty stays as it was.
type WriteReview struct {
	Incident string `json:"incident"`
	Summary  string `json:"summary"`
	Causes   string `json:"causes"`
	Well     string `json:"well"`
	Badly    string `json:"badly"`
	Luck     string `json:"luck"`
	Users    int    `json:"users"` // who were affected
}

func (c WriteReview) act() (action, object string) { return "review written", c.Incident }

func (c WriteReview) apply(d *decider, _ By) (string, error) {
	r, err := d.review(c.Incident)
	if err != nil {
		return "", err
	}
	if c.Users < 0 {
		return "", refuse(Invalid, "a number of users is not below 0")
	}
	wrote := false
	for _, part := range []struct {
		field, text string
		into        *string
	}{
		{"summary", c.Summary, &r.Summary}, {"causes", c.Causes, &r.Causes}, {"well", c.Well, &r.Well}, {"badly", c.Badly, &r.Badly}, {"luck", c.Luck, &r.Luck},
	} {
		if strings.TrimSpace(part.text) == "" {
			continue
		}
		if *part.into, err = written(part.field, part.text); err != nil {
			return "", err
		}
		wrote = true
	}
	if c.Users > 0 {
		r.Users, wrote = c.Users, true
	}
	if !wrote {
		return "", refuse(Invalid, "nothing is written: give a summary, causes, what went well or badly, luck, or a number of users")
	}
	d.keepReview(r)
	return r.Incident, nil
}

// review gives a copy of a review that is not signed.
func (d *decider) review(id string) (*Review, error) {
	r, err := d.anyReview(id)
	if err == nil && !r.Signed.IsZero() {
		err = refuse(Conflict, "the review of incident %s is signed off since %s", id, d.policy.clock(r.Signed, d.now))
	}
	return r, err
}

func (d *decider) anyReview(id string) (*Review, error) {
	r := d.state.Reviews[id]
	if r == nil {
		return nil, refuse(NotFound, "no review of incident %q is open", id)
	}
	c := r.Clone()
	return &c, nil
}
