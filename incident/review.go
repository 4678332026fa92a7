package incident

import (
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
	Withdrawn time.Time `json:"withdrawn,omitzero"` // when a text was last taken off the page

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
// has its review already, which is due anew.
func (d *decider) askReview(inc *Incident) {
	if inc.Care.MergedInto != "" {
		return
	}
	due, component := d.reviewWanted(inc)
	r := d.state.Reviews[inc.ID]
	switch {
	case r == nil && due.IsZero():
		return
	case r == nil:
		r = &Review{Incident: inc.ID, Component: component, Asked: d.now, Due: due}
	case r.Signed.IsZero() && !due.IsZero():
		r.Asked, r.Due, r.Nudged = d.now, due, time.Time{}
	}
	r.Leads, r.Severity, r.Name = leads(r.Leads, inc), inc.Worst, inc.Name
	d.keepReview(r)
}

// reviewWanted gives when an incident that is over is reviewed at the latest,
// and by whose SLA; zero: none wants it.
func (d *decider) reviewWanted(inc *Incident) (due time.Time, component string) {
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
	return due, component
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

// WriteReview writes parts of a review: a part that is nil stays as it was, one
// that is empty is emptied.
type WriteReview struct {
	Incident string  `json:"incident"`
	Summary  *string `json:"summary"`
	Causes   *string `json:"causes"`
	Well     *string `json:"well"`
	Badly    *string `json:"badly"`
	Luck     *string `json:"luck"`
	Users    int     `json:"users"`    // who were affected
	NoUsers  bool    `json:"no_users"` // the number is taken back
	// After is the State that its writer has seen: what would overwrite
	// something that was written since is refused. "": it is not asked.
	After string `json:"after"`
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
	if c.Users > 0 && c.NoUsers {
		return "", refuse(Invalid, "a number of users is given or taken back, not both")
	}
	if names := c.differs(r); c.After != "" && c.After != r.State() && len(names) > 0 {
		return "", refuse(Conflict, "somebody else has written this review since it was read: what differs is %s", strings.Join(names, ", "))
	}
	wrote := false
	given := c.parts()
	for i, part := range r.parts() {
		switch {
		case given[i] == nil:
			continue
		case strings.TrimSpace(*given[i]) == "":
			*part = ""
		default:
			if *part, err = written(partNames[i], *given[i]); err != nil {
				return "", err
			}
		}
		wrote = true
	}
	if c.Users > 0 || c.NoUsers {
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
