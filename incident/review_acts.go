package incident

import (
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

// FinishAction says that an action of a review is done.
type FinishAction struct {
	Incident string `json:"incident"`
	Number   int    `json:"number"`
}

func (c FinishAction) act() (action, object string) {
	return "review action " + strconv.Itoa(c.Number) + " done", c.Incident
}

func (c FinishAction) apply(d *decider, _ By) (string, error) {
	r, err := d.anyReview(c.Incident)
	if err != nil {
		return "", err
	}
	if c.Number < 1 || c.Number > len(r.Actions) {
		return "", refuse(NotFound, "the review of incident %s has no action %d", c.Incident, c.Number)
	}
	a := &r.Actions[c.Number-1]
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

// ofReview is a command about a review, which may be over and forgotten.
type ofReview interface{ review() string }

func (c WriteReview) review() string   { return c.Incident }
func (c AddAction) review() string     { return c.Incident }
func (c FinishAction) review() string  { return c.Incident }
func (c SignReview) review() string    { return c.Incident }
func (c PublishReview) review() string { return c.Incident }

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
