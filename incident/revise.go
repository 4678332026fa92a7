package incident

import "cmp"

// Revise gives an incident a severity that a person chose, or, with 0, that
// of the facts again. It stands until it is revised, or until the facts give a
// row worse than they gave when it was.
type Revise struct {
	Incident string   `json:"incident"`
	Severity Severity `json:"severity"`
	Reason   string   `json:"reason"`
}

func (c Revise) act() (action, object string) {
	return "severity revised to " + cmp.Or(c.Severity.String(), "that of the facts"), c.Incident
}

func (c Revise) apply(d *decider, by By) (string, error) {
	inc, err := d.open(c.Incident)
	if err != nil {
		return "", err
	}
	if c.Severity < 0 || c.Severity > P4 {
		return "", refuse(Invalid, "a severity is P1, P2, P3 or P4")
	}
	reason, err := written("the reason", c.Reason)
	if err != nil {
		return "", err
	}
	facts, told := d.policy.grade(inc, d.state, d.now)
	switch {
	case told:
	case inc.Care.Revision != nil:
		facts.Severity = inc.Care.Revision.Facts // as when somebody last told
	default:
		facts.Severity = inc.Severity
	}
	if c.Severity == 0 {
		if inc.Care.Revision == nil {
			return "", refuse(Conflict, "the severity of incident %s is that of the facts already", inc.ID)
		}
		inc.Care.Revision = nil
		facts.By = by.String()
		facts.Reason += " (revision withdrawn: " + reason + ")"
		d.regraded(inc, facts)
	} else {
		inc.Care.Revision = &Revision{Severity: c.Severity, Reason: reason, By: by.String(), At: d.now, Facts: facts.Severity}
		d.regraded(inc, SeverityDecision{
			Incident: inc.ID, At: d.now, Severity: c.Severity, By: by.String(), Facts: facts.Facts,
			Reason: c.Severity.String() + ": " + d.policy.staff.Sentence(inc) + ", as " + d.policy.byName(by) + " judges: " + reason,
		})
	}
	d.note(inc, Entry{Kind: Event, By: by.Person, Text: inc.Reason})
	return inc.ID, nil
}

// revised says whether a person's severity stands against what the facts give
// now. One that does not is over.
func (i *Incident) revised(facts Severity, told bool) bool {
	r := i.Care.Revision
	if r == nil {
		return false
	}
	if i.ByHand() && !i.Public() {
		return true // what staff opened for themselves is made public by them alone
	}
	if told && facts.Worse(r.Facts) {
		i.Care.Revision = nil
		return false
	}
	return true
}

// Lock keeps Daymark from ending an incident, or lets it again.
type Lock struct {
	Incident string `json:"incident"`
	Locked   bool   `json:"locked"`
}

func (c Lock) act() (action, object string) {
	if c.Locked {
		return "incident locked", c.Incident
	}
	return "incident unlocked", c.Incident
}

func (c Lock) apply(d *decider, by By) (string, error) {
	inc, err := d.open(c.Incident)
	if err != nil {
		return "", err
	}
	if inc.Care.Locked == c.Locked {
		return inc.ID, nil
	}
	inc.Care.Locked = c.Locked
	text := "Unlocked: Daymark may resolve it."
	if c.Locked {
		text = "Locked: Daymark does not resolve it."
	}
	d.note(inc, Entry{Kind: Event, By: by.Person, Text: text})
	return inc.ID, nil
}
