package incident

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// apply gives a command and wants a refusal of that kind; "": none.
func (w *world) apply(command Command, kind RefusalKind) string {
	w.t.Helper()
	made, d, err := Apply(w.state, command, By{Person: "eve"}, w.policy, w.now)
	w.all.Answers = append(w.all.Answers, d.Answers...)
	refusal, is := errors.AsType[*Refusal](err)
	switch {
	case is && refusal.Kind != kind, !is && (err != nil || kind != ""):
		w.t.Errorf("%+v: %v; want %q", command, err, kind)
	case is && !d.Empty():
		w.t.Errorf("%+v is refused and changes something", command)
	}
	return made
}

func TestHowLongAReportMayBe(t *testing.T) {
	w := newWorld(t, nil)
	w.apply(FileReport{Component: "api", Text: strings.Repeat("ü", MaxText), Contact: strings.Repeat("a", 300)}, "")
	w.apply(FileReport{Component: "api", Text: strings.Repeat("ü", MaxText+1)}, Invalid)
	w.apply(FileReport{Component: "api", Text: "broken\xff"}, Invalid)
	w.apply(FileReport{Component: "api", Text: " \n"}, Invalid)
	w.apply(FileReport{Component: "api", Text: "broken", Contact: strings.Repeat("a", 301)}, Invalid)
	w.apply(FileReport{Component: "api", Text: "broken", Contact: "a@example\nb@example"}, Invalid)
}

func TestHowManyReportsWait(t *testing.T) {
	w := newWorld(t, nil)
	for n := range MaxReports - 1 {
		id := fmt.Sprint(n)
		w.state.Reports[id] = &Report{ID: id, Component: "api", At: w.now, State: Triaged}
	}
	w.apply(FileReport{Component: "api", Text: "the last that is taken"}, "")
	w.apply(FileReport{Component: "api", Text: "one more"}, Conflict)
	w.state.Reports["0"].State = Closed
	w.apply(FileReport{Component: "api", Text: "in the place of one that is closed"}, "")
}

func TestTriage(t *testing.T) {
	for name, test := range map[string]struct {
		triage  TriageReport
		refused RefusalKind
		want    Report // its outcome, priority, incident and state
	}{
		"nothing is said":           {TriageReport{}, Invalid, Report{State: Received, Incident: "open"}},
		"two things are":            {TriageReport{Priority: P2, NotOurs: true}, Invalid, Report{State: Received, Incident: "open"}},
		"a duplicate with priority": {TriageReport{Priority: P2, DuplicateOf: "other"}, Invalid, Report{State: Received, Incident: "open"}},
		"the least priority":        {TriageReport{Priority: P4}, "", Report{State: Triaged, Outcome: Accepted, Priority: P4, Incident: "open"}},
		"the greatest":              {TriageReport{Priority: P1}, "", Report{State: Triaged, Outcome: Accepted, Priority: P1, Incident: "open"}},
		"less than the least":       {TriageReport{Priority: P4 + 1}, Invalid, Report{State: Received, Incident: "open"}},
		"less than none":            {TriageReport{Priority: -1}, Invalid, Report{State: Received, Incident: "open"}},
		"of another incident":       {TriageReport{Priority: P2, Incident: "second"}, "", Report{State: Triaged, Outcome: Accepted, Priority: P2, Incident: "second"}},
		"of none that there is":     {TriageReport{Priority: P2, Incident: "gone"}, NotFound, Report{State: Received, Incident: "open"}},
		"an incident alone":         {TriageReport{Incident: "second"}, Invalid, Report{State: Received, Incident: "open"}},
		"not ours, and an incident": {TriageReport{NotOurs: true, Incident: "second"}, Invalid, Report{State: Received, Incident: "open"}},
		"like another":              {TriageReport{DuplicateOf: "other"}, "", Report{State: Triaged, Outcome: Duplicate, Incident: "second"}},
		"like itself":               {TriageReport{DuplicateOf: "r"}, NotFound, Report{State: Received, Incident: "open"}},
		"like none that there is":   {TriageReport{DuplicateOf: "gone"}, NotFound, Report{State: Received, Incident: "open"}},
		"not ours":                  {TriageReport{NotOurs: true}, "", Report{State: Closed, Outcome: NotOurs}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.now = w.now.Add(time.Hour) // the reports are not of late, so that nothing links them anew
			for _, id := range []string{"open", "second"} {
				w.state.Incidents[id] = &Incident{ID: id, Opened: start, Phase: Investigating, Severity: P2, Worst: P2, Care: Care{OpenedBy: "eve"}}
			}
			w.state.Reports["r"] = &Report{ID: "r", Component: "api", At: start, State: Received, Incident: "open", Nudged: start}
			w.state.Reports["other"] = &Report{ID: "other", Component: "api", At: start, State: Triaged, Incident: "second"}
			test.triage.Report = "r"
			w.apply(test.triage, test.refused)
			if got := w.state.Reports["r"]; got.State != test.want.State || got.Outcome != test.want.Outcome || got.Priority != test.want.Priority || got.Incident != test.want.Incident {
				t.Errorf("it is %s, %s %s, of incident %q; want %s, %s %s, %q", got.State, got.Outcome, got.Priority, got.Incident, test.want.State, test.want.Outcome, test.want.Priority, test.want.Incident)
			}
			if answered := len(w.all.Answers) == 1; answered != (test.refused == "") {
				t.Errorf("%d answers", len(w.all.Answers))
			}
		})
	}
}

// A closed report counts as long as an incident may reopen, to the millisecond.
func TestWhenAClosedReportIsForgotten(t *testing.T) {
	w := newWorld(t, nil)
	for _, state := range []ReportState{Closed, Triaged} {
		w.state.Reports[string(state)] = &Report{ID: string(state), Component: "api", At: start, Changed: start, State: state}
	}
	w.now = start.Add(DefaultReopenWithin - time.Millisecond)
	if w.decide(nil); len(w.state.Reports) != 2 {
		t.Error("it is forgotten too early")
	}
	w.now = start.Add(DefaultReopenWithin)
	if w.decide(nil); len(w.state.Reports) != 1 || w.state.Reports[string(Triaged)] == nil {
		t.Errorf("there are %v", w.state.Reports)
	}
}

// A report of late belongs to the incident of its component, and counts
// among those who report it; an older one does not.
func TestHowLongAReportIsOfLate(t *testing.T) {
	for age, late := range map[time.Duration]bool{0: true, DefaultRaiseWithin - 1: true, DefaultRaiseWithin: false} {
		w := newWorld(t, nil)
		w.state.Incidents["x"] = &Incident{ID: "x", Opened: start, Phase: Investigating, Severity: P2, Worst: P2, Affected: []Affected{{Component: "api", Status: Down, Worst: Down}}}
		w.state.Reports["r"] = &Report{ID: "r", Component: "api", At: start.Add(-age), State: Received, Nudged: start}
		d := newDecider(w.state, w.policy, start)
		if got := w.policy.reporting("api", w.state, start) == 1; got != late {
			t.Errorf("at the age of %s it counts: %v", age, got)
		}
		d.reports()
		if got := w.state.Reports["r"].Incident == "x"; got != late {
			t.Errorf("at the age of %s it belongs to the incident: %v", age, got)
		}
	}
}
