package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxReports bounds how many reports wait at once.
const maxReports = 10_000

// FileReport takes a problem that somebody who uses the service tells of. It
// belongs to the open incident of its component, where there is one; enough
// that are alike ask for an incident.
type FileReport struct {
	Component string `json:"component"`
	Text      string `json:"text"`
	Contact   string `json:"contact"` // how to reach the reporter; may be empty
}

func (c FileReport) act() (action, object string) { return "report received", c.Component }

func (c FileReport) apply(d *decider, by By) (string, error) {
	component, err := d.component(c.Component)
	if err != nil {
		return "", err
	}
	text, err := written("the text", c.Text)
	if err != nil {
		return "", err
	}
	contact := strings.TrimSpace(c.Contact)
	if len(contact) > 300 || strings.ContainsAny(contact, "\r\n") {
		return "", refuse(Invalid, "the contact is not an address: it is longer than 300 bytes, or has several lines")
	}
	if len(d.state.openReports()) >= maxReports {
		return "", refuse(Conflict, "%d reports wait, and more are not taken", maxReports)
	}
	r := &Report{
		Component: c.Component, At: d.now, Text: text, Contact: contact, State: Received,
		Due: d.now.Add(cmp.Or(d.policy.reports.AnswerWithin, DefaultAnswerWithin)),
	}
	for n := 0; r.ID == "" || d.state.Reports[r.ID] != nil; n++ {
		r.ID = newID(d.now, fmt.Sprintf("report/%s/%d", c.Component, n))
	}
	before := d.policy.unclaimed(c.Component, d.state, d.now)
	d.state.Reports[r.ID] = r
	if open, _ := d.candidates(c.Component); open != nil && open.Affects(c.Component) {
		r.Incident = open.ID
	}
	d.keepReport(r)
	d.answer(r, By{}, "We have your report, and answer it by "+d.policy.clock(r.Due, d.now)+".")
	d.raise(component, r, before)
	return r.ID, nil
}

// raise asks the Lead on call for an incident when a report makes those that
// belong to none, before it so many, enough; where nobody is on call, it waits.
func (d *decider) raise(c *componentPolicy, r *Report, before int) {
	rule, n := d.policy.raise(), d.policy.unclaimed(c.ID, d.state, d.now)
	if before >= rule.Count || n < rule.Count { // asked for by the one that reaches the count
		return
	}
	r.Asks = !slices.ContainsFunc(d.state.openReports(), func(other *Report) bool { return other.Asks && other.Component == c.ID })
	d.keepReport(r)
	d.askFor(r)
}

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
	case c.Incident != "" && d.state.Incidents[c.Incident] == nil:
		return "", refuse(NotFound, "there is no incident %q that is open, or was until a moment ago", c.Incident)
	}
	text := "We have looked at your report and work on it."
	outcome := Accepted
	switch {
	case c.DuplicateOf != "":
		original := d.state.Reports[c.DuplicateOf]
		if original == nil || original == r {
			return "", refuse(NotFound, "there is no other report %q that is open, or was until a moment ago", c.DuplicateOf)
		}
		outcome, text = Duplicate, "Somebody else reported the same. We work on it, and answer you both."
		c.Incident = original.Incident
	case c.NotOurs:
		outcome, text = NotOurs, "What you report is not a problem of ours."
	}
	to := Triaged
	if c.NotOurs {
		to = Closed
	}
	if err := d.moveReport(r, to); err != nil {
		return "", err
	}
	r.Outcome, r.Priority, r.Of = outcome, c.Priority, c.DuplicateOf
	r.Incident = cmp.Or(c.Incident, r.Incident)
	if outcome == NotOurs {
		r.Incident = ""
	}
	d.keepReport(r)
	d.answer(r, by, cmp.Or(strings.TrimSpace(c.Answer), text))
	return r.ID, nil
}

// AnswerReport tells a reporter something, and may close the report. Who
// reported the same hears the same.
type AnswerReport struct {
	Report string `json:"report"`
	Text   string `json:"text"`
	Close  bool   `json:"close"`
}

func (c AnswerReport) act() (action, object string) { return "report answered", c.Report }

func (c AnswerReport) apply(d *decider, by By) (string, error) {
	r, err := d.report(c.Report)
	if err != nil {
		return "", err
	}
	text, err := written("the text", c.Text)
	if err != nil {
		return "", err
	}
	if c.Close {
		if err := d.moveReport(r, Closed); err != nil {
			return "", err
		}
	}
	for _, one := range d.state.openReports() {
		if one != r && one.Of != r.ID {
			continue
		}
		if one != r && c.Close {
			one.State = Closed
		}
		d.keepReport(one)
		d.answer(one, by, text)
	}
	if r.State == Closed { // it is not among the open ones any more
		d.keepReport(r)
		d.answer(r, by, text)
	}
	return r.ID, nil
}

func (d *decider) report(id string) (*Report, error) {
	if r := d.state.Reports[id]; r != nil {
		return r, nil
	}
	return nil, refuse(NotFound, "there is no report %q that is open, or was until a moment ago", id)
}

func (d *decider) moveReport(r *Report, to ReportState) error {
	if !slices.Contains(reportStates[r.State], to) {
		return refuse(Conflict, "report %s is %s, and does not become %s", r.ID, r.State, to)
	}
	r.State = to
	return nil
}

// closeReports answers those whose incident is over.
func (d *decider) closeReports(inc *Incident) {
	for _, r := range d.state.openReports() {
		if r.Incident != inc.ID || inc.Care.MergedInto != "" {
			continue
		}
		r.State = Closed
		d.keepReport(r)
		d.answer(r, By{}, "It is over since "+d.policy.clock(inc.Resolved, d.now)+". Thank you for your report.")
	}
}

// mergeReports lets reports follow their incident into another.
func (d *decider) mergeReports(from, into string) {
	for _, r := range d.state.openReports() {
		if r.Incident == from {
			r.Incident = into
			d.keepReport(r)
		}
	}
}

// oldReports forgets what is closed and does not count any more, as reading
// the state anew would.
func (d *decider) oldReports() {
	for id, r := range d.state.Reports {
		if r.State == Closed && d.now.Sub(r.Changed) >= reportsKept(d.policy) {
			delete(d.state.Reports, id)
		}
	}
}

// reportsKept is how long a report that is closed stays in the state.
func reportsKept(p *Policy) time.Duration { return max(p.raise().Within, p.rules.ReopenWithin) }
