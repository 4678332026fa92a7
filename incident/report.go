package incident

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Report is a problem that somebody who uses the service told of.
type Report struct {
	ID        string
	Component string
	At        time.Time
	Text      string
	Contact   string // how to reach the reporter; "" where they did not say
	State     ReportState
	Outcome   ReportOutcome // what became of it, once triaged
	Priority  Severity      // of one that was accepted
	Of        string        // the report that it is a duplicate of
	Incident  string        // that it belongs to
	Due       time.Time     // when it is answered at the latest
	Nudged    time.Time     // when the Lead was reminded of it
	Asks      bool          // it made enough to ask for an incident, and nobody was asked yet
	Changed   time.Time
	Answered  bool // a person of staff has told the reporter something; kept as their answers

	// Of what a visitor reported on the page.
	Source   string // SourcePage; "" where staff wrote it down
	Link     string // a hash of the token by which the reporter follows it
	Sender   string // a keyed hash of the network that it came from
	Language string
	Began    string // in the reporter's words
	Added    int    // how often the reporter added something
}

// ReportState is where a report stands.
type ReportState string

// The states of a report.
const (
	Received ReportState = "received"
	Triaged  ReportState = "triaged"
	Closed   ReportState = "closed"
)

// reportStates is the table of allowed transitions.
var reportStates = map[ReportState][]ReportState{
	Received: {Triaged, Closed},
	Triaged:  {Triaged, Closed},
	Closed:   {Triaged}, // taken up again
}

// ReportOutcome is what triage made of a report.
type ReportOutcome string

// The outcomes of triage.
const (
	Accepted  ReportOutcome = "accepted"
	Duplicate ReportOutcome = "duplicate"
	NotOurs   ReportOutcome = "not_ours"
)

// Answer is what a reporter is told at a step.
type Answer struct {
	Report string
	At     time.Time
	By     string // a person; "" where Daymark answered
	State  ReportState
	Text   string

	Reporter bool // the reporter wrote it
}

// Words names the words of the page for an answer that nobody chose words for;
// "" where somebody did.
func (a *Answer) Words() string {
	switch {
	case strings.HasPrefix(a.Text, overBegin) && strings.HasSuffix(a.Text, overEnd):
		return "over"
	case strings.HasPrefix(a.Text, receivedBegin):
		return "received"
	}
	return map[string]string{
		WorkingAnswer: "working", SameAnswer: "duplicate", NotOursAnswer: "not-ours", WorksAgainSaid: "works", AlsoSaid: "same",
	}[a.Text]
}

// raise gives how many reports on a component, within how long, ask for an
// incident.
func (p *Policy) raise() RaiseWhen {
	return RaiseWhen{cmp.Or(p.reports.Raise.Count, DefaultRaiseCount), cmp.Or(p.reports.Raise.Within, DefaultRaiseWithin)}
}

// unclaimed counts as reporting does, but only reports of no incident.
func (p *Policy) unclaimed(component string, state *State, now time.Time) int {
	return p.reporters(component, state, now, func(r *Report) bool { return r.Incident == "" })
}

// reporting counts the people who lately reported a problem with a component:
// each contact once, and each who left none; on the page each network once,
// whatever it gives as contact. What is not ours counts for nothing.
func (p *Policy) reporting(component string, state *State, now time.Time) int {
	return p.reporters(component, state, now, func(*Report) bool { return true })
}

func (p *Policy) reporters(component string, state *State, now time.Time, counts func(*Report) bool) int {
	people := map[string]bool{}
	for _, r := range state.Reports {
		if r.Component == component && r.Outcome != NotOurs && counts(r) && now.Sub(r.At) < p.raise().Within {
			people[cmp.Or(r.Sender, r.Contact, r.ID)] = true
		}
	}
	return len(people)
}

// openReports lists the reports that wait, oldest first.
func (s *State) openReports() []*Report {
	all := slices.SortedFunc(maps.Values(s.Reports), func(a, b *Report) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return slices.DeleteFunc(all, func(r *Report) bool { return r.State == Closed })
}

// reports takes the reports a step further: those of late belong to the open
// incident of their component, and the Lead is reminded of those that nobody
// has answered.
func (d *decider) reports() {
	for _, r := range d.state.openReports() {
		if r.Component != "" && r.Incident == "" && r.Outcome != NotOurs && d.now.Sub(r.At) < d.policy.raise().Within {
			if open, _ := d.candidates(r.Component); open != nil && open.Affects(r.Component) {
				r.Incident = open.ID
				d.keepReport(r)
			}
		}
		d.askFor(r)
		if r.State != Received || r.Answered || !r.Nudged.IsZero() || d.now.Before(r.nudgeAt()) {
			continue
		}
		if lead := d.policy.leadFor(r.Component, d.now); lead != "" {
			r.Nudged = d.now
			d.keepReport(r)
			d.Alerts = append(d.Alerts, Alert{
				At: d.now, Kind: NudgeAlert, Component: r.Component, Person: lead,
				Text: fmt.Sprintf("Report %s waits for an answer, which is due by %s.", r.ID, d.policy.clock(r.Due, d.now)),
			})
		}
	}
}

func (r *Report) nudgeAt() time.Time { return r.Due.Add(-r.Due.Sub(r.At) / 4) }

// reportDue gives when a report next asks for something; zero: none does.
func (p *Policy) reportDue(state *State, now time.Time) time.Time {
	var next time.Time
	for _, r := range state.Reports {
		if r.Asks && r.State != Closed && p.leadFor(r.Component, now) != "" {
			return r.At // as soon as somebody is there
		}
		if r.State == Received && !r.Answered && r.Nudged.IsZero() && p.leadFor(r.Component, now) != "" && (next.IsZero() || r.nudgeAt().Before(next)) {
			next = r.nudgeAt()
		}
	}
	return next
}

// leadFor gives the Lead on call for a component; "" where there is none.
func (p *Policy) leadFor(component string, now time.Time) string {
	return p.leadOf(&Incident{Affected: []Affected{{Component: component}}}, now)
}

func (d *decider) keepReport(r *Report) {
	r.Changed = d.now
	kept := *r
	d.Reports = slices.DeleteFunc(d.Reports, func(had Report) bool { return had.ID == kept.ID })
	d.Reports = append(d.Reports, kept)
}

// answer tells the reporter where their report stands.
func (d *decider) answer(r *Report, by By, text string) {
	r.Answered = r.Answered || by.Person != ""
	for i := range d.Reports { // also as it was kept
		if d.Reports[i].ID == r.ID {
			d.Reports[i].Answered = r.Answered
		}
	}
	d.Answers = append(d.Answers, Answer{Report: r.ID, At: d.now, By: by.Person, State: r.State, Text: text})
}
