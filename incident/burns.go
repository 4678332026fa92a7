package incident

// Burns tells an incident that an objective opened what became of the alert:
// the budget is spent so fast that people are called, or not too fast any more.
// It is nothing to an incident that is over, or that somebody else opened.
type Burns struct {
	Incident string   `json:"incident"`
	Severity Severity `json:"severity"` // of what burns; 0 when it is over
}

func (c Burns) act() (action, object string) {
	if c.Severity == 0 {
		return "incident left to its checks", c.Incident
	}
	return "severity raised to " + c.Severity.String(), c.Incident
}

func (c Burns) apply(d *decider, by By) (string, error) {
	inc := d.state.Incidents[c.Incident]
	if inc == nil || !inc.Open() || inc.Care.OpenedBy != by.String() {
		return c.Incident, nil
	}
	if c.Severity == 0 {
		inc.Care.OpenedBy = "" // so it ends as others do: when its components have worked for long enough
		d.note(inc, Entry{Kind: Event, By: by.Person, Text: "The error budget is not spent too fast any more. It ends when its components work."})
		return inc.ID, nil
	}
	if r := inc.Care.Revision; !c.Severity.Worse(inc.Severity) || r == nil || r.By != by.String() {
		return inc.ID, nil // as bad already, or a person has judged since
	}
	return Revise{Incident: inc.ID, Severity: c.Severity, Reason: "the error budget is spent so fast that people are called"}.apply(d, by)
}
