package incident

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// AskLife is how long the link is good by which somebody is asked to agree.
const AskLife = 24 * time.Hour

// Ask is that somebody was asked to agree to a proposal by a link. A later one
// replaces it.
type Ask struct {
	Number   int       `json:"number"` // from 1, of the proposal
	Person   string    `json:"person"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Expires  time.Time `json:"expires"`
	Answered time.Time `json:"answered,omitzero"`
	Agreed   bool      `json:"agreed,omitempty"`
}

// AskState is how the link of an ask stands.
type AskState string

// The states of a link.
const (
	AskWaits    AskState = "waits"
	AskAgreed   AskState = "agreed"
	AskDeclined AskState = "declined"
	AskReplaced AskState = "replaced" // by a later link
	AskExpired  AskState = "expired"
	AskFallen   AskState = "fallen" // no agreement of theirs is wanted any more
	AskUnknown  AskState = "unknown"
)

// Asked says how a link stands, by the number of the proposal and that of the
// ask; the ask is nil where there is none.
func (p *Policy) Asked(inc *Incident, proposal, number int, now time.Time) (*Ask, AskState) {
	proposed := inc.Care.Proposals[proposal]
	if proposed == nil || proposed.Ask == nil || number < 1 || number > proposed.Ask.Number {
		return nil, AskUnknown
	}
	ask := proposed.Ask
	switch {
	case number < ask.Number:
		return ask, AskReplaced
	case ask.Agreed:
		return ask, AskAgreed
	case !ask.Answered.IsZero():
		return ask, AskDeclined
	case p.unasked(inc, proposed) != "" || p.stakeholder(inc) != ask.Person:
		return ask, AskFallen
	case !now.Before(ask.Expires):
		return ask, AskExpired
	}
	return ask, AskWaits
}

// unasked says why nobody is asked by a link to agree to a proposal; "": the
// stakeholder is.
func (p *Policy) unasked(inc *Incident, proposed *Proposal) string {
	person := p.stakeholder(inc)
	switch {
	case !inc.Open():
		return "incident " + inc.ID + " is over"
	case proposed.Done:
		return "its fix is done"
	case !slices.Contains(p.fixNeeds(inc), stakeholder):
		return "it needs no stakeholder's agreement: incidents.fix_needs and teams[].stakeholder say whose it needs"
	case slices.Contains(proposed.Agreed, stakeholder):
		return p.person(person) + " has agreed to it"
	case person == proposed.By:
		return p.person(person) + " proposed it"
	}
	return ""
}

// AskAgreement asks the stakeholder, who may have no role, to agree to a
// proposal by a link. It makes the number of the ask.
type AskAgreement struct {
	Incident string `json:"incident"`
	Of       int    `json:"of"`     // the number of the proposal
	Person   string `json:"person"` // the stakeholder; "" is whoever that is
}

func (c AskAgreement) act() (action, object string) {
	return "agreement to proposal " + strconv.Itoa(c.Of) + " asked for", c.Incident
}

func (c AskAgreement) apply(d *decider, by By) (string, error) {
	inc, err := d.open(c.Incident)
	if err != nil {
		return "", err
	}
	proposed := inc.Care.Proposals[c.Of]
	if proposed == nil {
		return "", refuse(NotFound, "entry %d of incident %s is no proposal", c.Of, inc.ID)
	}
	if why := d.policy.unasked(inc, proposed); why != "" {
		return "", refuse(Conflict, "nobody is asked to agree to proposal %d: %s", c.Of, why)
	}
	person := d.policy.stakeholder(inc)
	if c.Person != "" && c.Person != person {
		return "", refuse(Invalid, "%s is asked to agree to proposal %d, and not %s", d.policy.person(person), c.Of, d.policy.person(c.Person))
	}
	ask := &Ask{Number: 1, Person: person, By: by.Person, At: d.now, Expires: d.now.Add(AskLife)}
	if proposed.Ask != nil {
		ask.Number = proposed.Ask.Number + 1
	}
	proposed.Ask = ask
	d.note(inc, Entry{Kind: Event, By: by.Person, Of: c.Of, Text: "Asked " + d.policy.person(person) + " to agree to proposal " + strconv.Itoa(c.Of) + " by a link."})
	d.alert(inc, Alert{
		Kind: AskAlert, Person: person, By: []string{"email"}, Proposal: c.Of, Ask: ask.Number,
		Text: cmp.Or(d.policy.person(proposed.By), "Somebody") + " proposes a fix that needs your agreement. The link shows it; it is good once, until " + d.policy.clock(ask.Expires, d.now) + ".",
	})
	return strconv.Itoa(ask.Number), nil
}

// AnswerAsk is what somebody answers who was asked by a link. It makes the
// number of the entry that says so.
type AnswerAsk struct {
	Incident string `json:"incident"`
	Of       int    `json:"of"`  // the number of the proposal
	Ask      int    `json:"ask"` // the number of the ask
	Agree    bool   `json:"agree"`
	Reason   string `json:"reason"` // has to be given by who does not agree
}

func (c AnswerAsk) act() (action, object string) {
	if c.Agree {
		return "agreed to proposal " + strconv.Itoa(c.Of), c.Incident
	}
	return "did not agree to proposal " + strconv.Itoa(c.Of), c.Incident
}

func (c AnswerAsk) apply(d *decider, by By) (string, error) {
	inc, err := d.open(c.Incident)
	if err != nil {
		return "", err
	}
	ask, state := d.policy.Asked(inc, c.Of, c.Ask, d.now)
	switch {
	case ask == nil || ask.Person != by.Person:
		return "", refuse(NotFound, "nobody was asked that")
	case state != AskWaits:
		return "", refuse(Conflict, "the link is %s", state)
	}
	reason := cmp.Or(c.Reason, "Agreed.")
	if !c.Agree {
		reason = c.Reason
	}
	text, err := written("the reason", reason)
	if err != nil {
		return "", err
	}
	entry := Entry{Kind: Agreement, By: by.Person, Of: c.Of, Text: text}
	made := ""
	if c.Agree {
		made, err = d.agree(inc, entry)
	} else {
		entry.Kind, entry.Text = Note, "Does not agree: "+text
		made = strconv.Itoa(d.note(inc, entry))
	}
	if err != nil {
		return "", err
	}
	ask.Answered, ask.Agreed = d.now, c.Agree
	return made, nil
}
