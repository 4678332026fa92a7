package incident

import (
	"cmp"
	"slices"
	"strconv"

	"daymark/support"
)

// maxEntries bounds the timeline of one incident.
const maxEntries = 2000

// Write adds an entry to an incident's timeline. A proposal is the
// Engineer's; an agreement names the proposal that it is about; an action
// that is marked as done, and names a proposal, needs everybody's agreement
// that incidents.fix_needs asks for.
type Write struct {
	Incident string    `json:"incident"`
	Kind     EntryKind `json:"kind"`
	Text     string    `json:"text"`
	Of       int       `json:"of"`   // the number of a proposal
	Done     bool      `json:"done"` // for an action: the fix is done
}

func (c Write) act() (action, object string) { return string(c.Kind) + " written", c.Incident }

// writable lists what people write.
var writable = []EntryKind{Hypothesis, Test, Action, Propose, Agreement, DecisionOf, Note}

func (c Write) apply(d *decider, by By) (string, error) {
	inc := d.incident(c.Incident)
	switch {
	case inc == nil && c.over() == "":
		return "", refuse(NotFound, "there is no incident %q that is open, or was until a moment ago", c.Incident)
	case inc == nil:
		return "", refuse(NotFound, "there is no incident %q", c.Incident)
	}
	if !slices.Contains(writable, c.Kind) {
		return "", refuse(Invalid, "there is no kind of entry %q: it is hypothesis, test, action, proposal, agreement, decision or note", c.Kind)
	}
	text, err := written("the text", c.Text)
	if err != nil {
		return "", err
	}
	if inc.Care.Entries >= maxEntries {
		return "", refuse(Conflict, "incident %s has %d entries, and more are not taken", inc.ID, maxEntries)
	}
	entry := Entry{Kind: c.Kind, By: by.Person, Of: c.Of, Done: c.Done, Text: text}
	switch {
	case c.Done && (c.Kind != Action || c.Of == 0):
		return "", refuse(Invalid, "only an action that names a proposal is marked as done")
	case c.Kind == Propose:
		return d.propose(inc, entry)
	case c.Kind == Agreement:
		return d.agree(inc, entry)
	case c.Done:
		return d.fixed(inc, entry)
	}
	if c.Of != 0 && inc.Care.Proposals[c.Of] == nil {
		return "", refuse(NotFound, "entry %d of incident %s is no proposal", c.Of, inc.ID)
	}
	return strconv.Itoa(d.note(inc, entry)), nil
}

func (d *decider) propose(inc *Incident, e Entry) (string, error) {
	holders := inc.Care.Holders
	if e.By == "" || e.By != holders.Engineer {
		return "", refuse(Forbidden, "a fix is proposed by the Support Engineer of the incident, who is %s", cmp.Or(d.policy.person(holders.Engineer), "nobody yet"))
	}
	number := d.note(inc, e)
	if inc.Care.Proposals == nil {
		inc.Care.Proposals = map[int]*Proposal{}
	}
	inc.Care.Proposals[number] = &Proposal{By: e.By}
	for _, word := range d.policy.fixNeeds(inc) {
		if person := d.policy.agreesAs(inc, word); person != "" {
			d.alert(inc, Alert{Kind: ProposalAlert, Person: person, Text: e.Text})
		}
	}
	return strconv.Itoa(number), nil
}

func (d *decider) agree(inc *Incident, e Entry) (string, error) {
	proposal := inc.Care.Proposals[e.Of]
	if proposal == nil {
		return "", refuse(NotFound, "entry %d of incident %s is no proposal: an agreement names the proposal that it is about", e.Of, inc.ID)
	}
	var as []string
	for _, word := range d.policy.fixNeeds(inc) {
		if e.By != "" && e.By == d.policy.agreesAs(inc, word) && e.By != proposal.By {
			as = append(as, word)
		}
	}
	if len(as) == 0 {
		return "", refuse(Forbidden, "%s cannot agree to proposal %d: %s", cmp.Or(d.policy.person(e.By), "who is not named"), e.Of, d.wanted(inc, d.policy.fixNeeds(inc)))
	}
	for _, word := range as {
		if !slices.Contains(proposal.Agreed, word) {
			proposal.Agreed = append(proposal.Agreed, word)
		}
	}
	return strconv.Itoa(d.note(inc, e)), nil
}

func (d *decider) fixed(inc *Incident, e Entry) (string, error) {
	proposal := inc.Care.Proposals[e.Of]
	if proposal == nil {
		return "", refuse(NotFound, "entry %d of incident %s is no proposal", e.Of, inc.ID)
	}
	missing := slices.DeleteFunc(d.policy.fixNeeds(inc), func(word string) bool { return slices.Contains(proposal.Agreed, word) })
	if len(missing) > 0 {
		return "", refuse(Conflict, "the fix of proposal %d is not done yet: %s", e.Of, d.wanted(inc, missing))
	}
	proposal.Done = true
	return strconv.Itoa(d.note(inc, e)), nil
}

// fixNeeds lists who agrees to a fix: the Lead where the configuration is
// silent, and a stakeholder only where the team has one.
func (p *Policy) fixNeeds(inc *Incident) []string {
	needs := slices.Clone(p.rules.FixNeeds)
	if p.stakeholder(inc) == "" {
		needs = slices.DeleteFunc(needs, func(word string) bool { return word == stakeholder })
	}
	if len(needs) == 0 {
		needs = []string{string(support.Lead)}
	}
	return needs
}

// stakeholder is the word of fix_needs for the team's stakeholder.
const stakeholder = "stakeholder"

// agreesAs gives who agrees for a word of fix_needs; "" where nobody can yet.
func (p *Policy) agreesAs(inc *Incident, word string) string {
	if word == string(support.Lead) {
		return inc.Care.Holders.Lead
	}
	return p.stakeholder(inc)
}

// wanted says whose agreement is wanted.
func (d *decider) wanted(inc *Incident, words []string) string {
	var names []string
	for _, word := range words {
		title := "the " + stakeholder
		if word == string(support.Lead) {
			title = "the Support Lead"
		}
		who := "who is nobody yet"
		if person := d.policy.agreesAs(inc, word); person != "" {
			who = "who is " + d.policy.person(person)
		}
		names = append(names, title+", "+who)
	}
	return "it needs the agreement of " + list(names)
}
