package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// MaxReports bounds how many reports wait at once.
const MaxReports = 10_000

// FileReport takes a problem that somebody who uses the service tells of. It
// belongs to the open incident of its component, where there is one; enough
// that are alike ask for an incident.
type FileReport struct {
	Component string `json:"component"`
	Text      string `json:"text"`
	Contact   string `json:"contact"` // how to reach the reporter; may be empty
}

func (c FileReport) act() (action, object string) { return "report received", c.Component }

func (c FileReport) apply(d *decider, _ By) (string, error) {
	if _, err := d.component(c.Component); err != nil {
		return "", err
	}
	return c.file(d, Report{})
}

// file takes a report, of which made holds what the command does not say.
func (c FileReport) file(d *decider, made Report) (string, error) {
	var component *componentPolicy
	if c.Component != "" {
		var err error
		if component, err = d.component(c.Component); err != nil {
			return "", err
		}
	}
	text, err := written("the text", c.Text)
	if err != nil {
		return "", err
	}
	contact := strings.TrimSpace(c.Contact)
	if len(contact) > 300 || strings.ContainsAny(contact, "\r\n") {
		return "", refuse(Invalid, "the contact is not an address: it is longer than 300 bytes, or has several lines")
	}
	if len(d.state.openReports()) >= MaxReports {
		return "", refuse(Conflict, "%d reports wait, and more are not taken", MaxReports)
	}
	r := &made
	r.Component, r.At, r.Text, r.Contact, r.State = c.Component, d.now, text, contact, Received
	r.Due = d.now.Add(cmp.Or(d.policy.reports.AnswerWithin, DefaultAnswerWithin))
	for n := 0; r.ID == "" || d.state.Reports[r.ID] != nil; n++ {
		r.ID = newID(d.now, fmt.Sprintf("report/%s/%d", c.Component, n))
	}
	before := d.policy.unclaimed(c.Component, d.state, d.now)
	d.state.Reports[r.ID] = r
	if component != nil {
		if open, _ := d.candidates(c.Component); open != nil && open.Affects(c.Component) {
			r.Incident = open.ID
		}
	}
	d.keepReport(r)
	d.answer(r, By{}, receivedBegin+d.policy.clock(r.Due, d.now)+".")
	if component != nil {
		d.raise(component, r, before)
	}
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
	for _, one := range d.alike(r) {
		if c.Close {
			one.State = Closed
		}
		d.keepReport(one)
		d.answer(one, by, text)
	}
	d.keepReport(r)
	d.answer(r, by, text)
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
		if inc.Care.MergedInto != "" || r.Incident != inc.ID && d.original(r).Incident != inc.ID {
			continue
		}
		r.State = Closed
		d.keepReport(r)
		d.answer(r, By{}, d.over(inc))
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
