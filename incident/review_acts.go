package incident

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"
)

// maxActions bounds the actions of one review.
const maxActions = 100

// AskReview asks for a review that no SLA asks for.
type AskReview struct {
	Incident string    `json:"incident"`
	Due      time.Time `json:"due"`
}

func (c AskReview) act() (action, object string) { return "review asked for", c.Incident }

func (c AskReview) apply(d *decider, _ By) (string, error) {
	inc := d.incident(c.Incident)
	switch {
	case inc == nil:
		return "", refuse(NotFound, "there is no incident %q", c.Incident)
	case inc.Open():
		return "", refuse(Conflict, "incident %s is not over", inc.ID)
	case d.state.Reviews[inc.ID] != nil:
		return "", refuse(Conflict, "incident %s has a review already", inc.ID)
	case !c.Due.After(d.now):
		return "", refuse(Invalid, "a review cannot be due at %s, which is over", d.policy.clock(c.Due, d.now))
	}
	component := ""
	if len(inc.Affected) > 0 {
		component = inc.Affected[0].Component
	}
	d.keepReview(&Review{Incident: inc.ID, Name: inc.Name, Severity: inc.Worst, Component: component, Leads: leads(nil, inc), Asked: d.now, Due: c.Due})
	return inc.ID, nil
}

// AddAction adds an action to a review.
type AddAction struct {
	Incident string     `json:"incident"`
	Kind     ActionKind `json:"kind"`
	Text     string     `json:"text"`
	Owner    string     `json:"owner"` // a person
	Due      time.Time  `json:"due"`
}

func (c AddAction) act() (action, object string) { return "review action added", c.Incident }

func (c AddAction) apply(d *decider, _ By) (string, error) {
	r, err := d.review(c.Incident)
	if err != nil {
		return "", err
	}
	text, err := written("the text", c.Text)
	switch _, known := d.policy.people[c.Owner]; {
	case err != nil:
		return "", err
	case !slices.Contains(actionKinds, c.Kind):
		return "", refuse(Invalid, "there is no kind of action %q: it is prevent, detect, mitigate or process", c.Kind)
	case !known:
		return "", refuse(NotFound, "there is no person %q in the configuration to own it", c.Owner)
	case !c.Due.After(d.now):
		return "", refuse(Invalid, "an action cannot be due at %s, which is over", d.policy.clock(c.Due, d.now))
	case len(r.Actions) >= maxActions:
		return "", refuse(Conflict, "the review has %d actions, and more are not taken", maxActions)
	}
	number := len(r.Actions) + 1
	r.Actions = append(r.Actions, ReviewAction{Number: number, Kind: c.Kind, Text: text, Owner: c.Owner, Due: c.Due})
	d.keepReview(r)
	return strconv.Itoa(number), nil
}

// ChangeAction gives an action of a review another owner, another date, or
// both. The review may be signed.
type ChangeAction struct {
	Incident string    `json:"incident"`
	Number   int       `json:"number"`
	Owner    string    `json:"owner"`        // a person; "": as before
	Due      time.Time `json:"due,omitzero"` // zero: as before
}

func (c ChangeAction) act() (action, object string) {
	return "review action " + strconv.Itoa(c.Number) + " changed", c.Incident
}

func (c ChangeAction) apply(d *decider, _ By) (string, error) {
	r, a, err := d.action(c.Incident, c.Number)
	if err != nil {
		return "", err
	}
	switch _, known := d.policy.people[c.Owner]; {
	case c.Owner == "" && c.Due.IsZero():
		return "", refuse(Invalid, "nothing is changed: give an owner or a date")
	case c.Owner != "" && !known:
		return "", refuse(NotFound, "there is no person %q in the configuration to own it", c.Owner)
	case !c.Due.IsZero() && !c.Due.After(d.now):
		return "", refuse(Invalid, "an action cannot be due at %s, which is over", d.policy.clock(c.Due, d.now))
	case !a.Done.IsZero():
		return "", refuse(Conflict, "action %d of the review of incident %s is done since %s", c.Number, c.Incident, d.policy.clock(a.Done, d.now))
	}
	a.Owner, a.Nudged = cmp.Or(c.Owner, a.Owner), time.Time{}
	if !c.Due.IsZero() {
		a.Due = c.Due
	}
	d.keepReview(r)
	return strconv.Itoa(c.Number), nil
}

// action gives a copy of a review with one of its actions.
func (d *decider) action(id string, number int) (*Review, *ReviewAction, error) {
	r, err := d.anyReview(id)
	if err != nil {
		return nil, nil, err
	}
	if number < 1 || number > len(r.Actions) {
		return nil, nil, refuse(NotFound, "the review of incident %s has no action %d", id, number)
	}
	return r, &r.Actions[number-1], nil
}

// FinishAction says that an action of a review is done.
type FinishAction struct {
	Incident string `json:"incident"`
	Number   int    `json:"number"`
}

func (c FinishAction) act() (action, object string) {
	return "review action " + strconv.Itoa(c.Number) + " done", c.Incident
}

func (c FinishAction) apply(d *decider, _ By) (string, error) {
	r, a, err := d.action(c.Incident, c.Number)
	if err != nil {
		return "", err
	}
	if a.Done.IsZero() {
		a.Done = d.now
		d.keepReview(r)
	}
	return r.Incident, nil
}

// SignReview signs a review off. Whoever was Lead of the incident does not.
type SignReview struct {
	Incident string `json:"incident"`
}

func (c SignReview) act() (action, object string) { return "review signed off", c.Incident }

func (c SignReview) apply(d *decider, by By) (string, error) {
	r, err := d.review(c.Incident)
	if err == nil {
		err = d.reviewable(r)
	}
	if err != nil {
		return "", err
	}
	switch _, known := d.policy.people[by.Person]; {
	case !known:
		return "", refuse(Invalid, "a review is signed off by a person: say who")
	case slices.Contains(r.Leads, by.Person):
		return "", refuse(Forbidden, "%s was Support Lead of the incident: somebody else signs its review off", d.policy.person(by.Person))
	case r.Summary == "" || r.Causes == "":
		return "", refuse(Conflict, "the review has no summary or no causes yet: write them before it is signed off")
	}
	r.SignedBy, r.Signed = by.Person, d.now
	d.keepReview(r)
	return r.Incident, nil
}

// PublishReview puts a text on the page of the incident, for visitors: what
// was learned. Given again, it replaces the text.
type PublishReview struct {
	Incident string `json:"incident"`
	Text     string `json:"text"`
}

func (c PublishReview) act() (action, object string) { return "review published", c.Incident }

func (c PublishReview) apply(d *decider, _ By) (string, error) {
	r, err := d.anyReview(c.Incident)
	if err != nil {
		return "", err
	}
	if err := d.reviewable(r); err != nil {
		return "", err
	}
	if r.Signed.IsZero() {
		return "", refuse(Conflict, "the review of incident %s is not signed off yet: visitors read what is agreed", c.Incident)
	}
	if r.Severity == P4 {
		return "", refuse(Conflict, "incident %s was for staff alone: it has no page to publish its review on", c.Incident)
	}
	if r.Public, err = written("the text", c.Text); err != nil {
		return "", err
	}
	r.Published = d.now
	d.keepReview(r)
	return r.Incident, nil
}

// reviewable refuses to agree on what an incident taught that goes on.
func (d *decider) reviewable(r *Review) error {
	if inc := d.state.Incidents[r.Incident]; inc != nil && inc.Open() {
		return refuse(Conflict, "incident %s is open again: its review is signed off and published when it is over", r.Incident)
	}
	return nil
}

// WithdrawReview takes what visitors read of a review off the page.
type WithdrawReview struct {
	Incident string `json:"incident"`
}

func (c WithdrawReview) act() (action, object string) { return "review withdrawn", c.Incident }

func (c WithdrawReview) apply(d *decider, _ By) (string, error) {
	r, err := d.anyReview(c.Incident)
	if err != nil {
		return "", err
	}
	if r.Public == "" {
		return "", refuse(Conflict, "the review of incident %s is not published", c.Incident)
	}
	r.Public, r.Published, r.Withdrawn = "", time.Time{}, d.now
	d.keepReview(r)
	return r.Incident, nil
}

// ofReview is a command about a review, which may be over and forgotten.
type ofReview interface{ review() string }

func (c WriteReview) review() string    { return c.Incident }
func (c AddAction) review() string      { return c.Incident }
func (c ChangeAction) review() string   { return c.Incident }
func (c FinishAction) review() string   { return c.Incident }
func (c SignReview) review() string     { return c.Incident }
func (c PublishReview) review() string  { return c.Incident }
func (c WithdrawReview) review() string { return c.Incident }

// remember brings back the review that a command is about.
func remember(ctx context.Context, tx Tx, state *State, command Command) error {
	about, is := command.(ofReview)
	if !is || state.Reviews[about.review()] != nil {
		return nil
	}
	r, err := tx.Review(ctx, about.review())
	if err == nil && r != nil {
		state.Reviews[r.Incident] = r
	}
	return err
}
