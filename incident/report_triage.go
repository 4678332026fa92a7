package incident

import (
	"cmp"
	"slices"
	"strings"
)

// TriageReport says what a report is, and tells its reporter. Exactly one of
// Priority, DuplicateOf and NotOurs is set; Incident links an accepted one.
type TriageReport struct {
	Report      string   `json:"report"`
	Priority    Severity `json:"priority"`
	DuplicateOf string   `json:"duplicate_of"`
	NotOurs     bool     `json:"not_ours"`
	Incident    string   `json:"incident"`
	Answer      string   `json:"answer"` // what the reporter is told; "": what follows from the rest
}

func (c TriageReport) act() (action, object string) { return "report triaged", c.Report }

func (c TriageReport) apply(d *decider, by By) (string, error) {
	r, err := d.report(c.Report)
	if err != nil {
		return "", err
	}
	said := 0
	for _, is := range []bool{c.Priority != 0, c.DuplicateOf != "", c.NotOurs} {
		if is {
			said++
		}
	}
	switch {
	case said != 1:
		return "", refuse(Invalid, "a report has a priority, is a duplicate, or is not ours: say exactly one of them")
	case c.Priority < 0 || c.Priority > P4:
		return "", refuse(Invalid, "a priority is P1, P2, P3 or P4")
	case c.Incident != "" && c.Priority == 0:
		return "", refuse(Invalid, "only a report with a priority is linked to an incident")
	}
	step, err := c.step(d, r)
	if err != nil {
		return "", err
	}
	if err := d.moveReport(r, step.state); err != nil {
		return "", err
	}
	alike := d.alike(r)
	r.Outcome, r.Priority, r.Of = step.outcome, c.Priority, step.of
	r.Incident = cmp.Or(step.incident, r.Incident)
	if inc := d.state.Incidents[r.Incident]; step.outcome == NotOurs || step.state == Triaged && (inc == nil || !inc.Open()) {
		r.Incident = "" // what is over does not answer it any more
	}
	text := cmp.Or(strings.TrimSpace(c.Answer), step.text)
	d.keepReport(r)
	d.answer(r, by, text)
	// Who reported the same goes the same way, and hears of its end.
	for _, one := range alike {
		one.Of, one.Incident = cmp.Or(r.Of, r.ID), r.Incident
		if step.outcome == NotOurs {
			one.Outcome = NotOurs
		}
		one.State = step.state
		d.keepReport(one)
		if step.state == Closed {
			d.answer(one, by, text)
		}
	}
	return r.ID, nil
}

// triage is what becomes of a report.
type triage struct {
	outcome      ReportOutcome
	state        ReportState
	of, incident string
	text         string // what its reporter is told
}

// step works out what becomes of a report.
func (c TriageReport) step(d *decider, r *Report) (triage, error) {
	switch {
	case c.NotOurs:
		return triage{outcome: NotOurs, state: Closed, text: NotOursAnswer}, nil
	case c.DuplicateOf != "":
		same := d.state.Reports[c.DuplicateOf]
		if same == nil || same == r {
			return triage{}, refuse(NotFound, "there is no other report %q that is open, or was until a moment ago", c.DuplicateOf)
		}
		first := d.original(same)
		switch {
		case first == r:
			return triage{}, refuse(Conflict, "report %s is a duplicate of this one already", same.ID)
		case first.State == Closed:
			return triage{}, refuse(Conflict, "report %s is closed, and nobody is answered by it any more: answer this one, or take that one up again", first.ID)
		}
		return triage{
			outcome: Duplicate, state: Triaged, of: first.ID, incident: first.Incident,
			text: SameAnswer,
		}, nil
	case c.Incident == "":
		return triage{outcome: Accepted, state: Triaged, text: WorkingAnswer}, nil
	}
	inc := d.state.Incidents[c.Incident]
	for inc != nil && inc.Care.MergedInto != "" {
		inc = d.state.Incidents[inc.Care.MergedInto]
	}
	switch {
	case inc == nil:
		return triage{}, refuse(NotFound, "there is no incident %q that is open, or was until a moment ago", c.Incident)
	case inc.Warns():
		return triage{}, refuse(Conflict, "incident %s is a warning of check %s, which users do not see", inc.ID, inc.Check)
	case !inc.Open():
		return triage{outcome: Accepted, state: Closed, incident: inc.ID, text: d.over(inc)}, nil
	}
	return triage{outcome: Accepted, state: Triaged, incident: inc.ID, text: WorkingAnswer}, nil
}

// original follows what a report is a duplicate of to the first of them.
func (d *decider) original(r *Report) *Report {
	for range d.state.Reports { // as often as there are reports: none is its own duplicate
		of := d.state.Reports[r.Of]
		if of == nil {
			break
		}
		r = of
	}
	return r
}

// alike lists the other reports that are open and say what this one says, by
// way of others too.
func (d *decider) alike(r *Report) []*Report {
	return slices.DeleteFunc(d.state.openReports(), func(one *Report) bool {
		for range d.state.Reports {
			if one.Of == r.ID {
				return false
			}
			if one = d.state.Reports[one.Of]; one == nil {
				break
			}
		}
		return true
	})
}

// over tells a reporter that what they reported is over.
func (d *decider) over(inc *Incident) string {
	return overBegin + d.policy.clock(inc.Resolved, d.now) + overEnd
}

// What stands around the time of an end, and before that of an answer.
const (
	receivedBegin = "We have your report, and answer it by "
	overBegin     = "It is over since "
	overEnd       = ". Thank you for your report."
)
