package console

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"daymark/incident"
)

// factsView is what is known of an incident without anybody's opinion.
type factsView struct {
	Reason, Clause string
	Revised        bool
	Gave           string // what the facts gave when a person chose
	Numbers        []numberView
	Severities     []gradeView // newest first
	Components     []componentView
}

type numberView struct{ Name, Value string }

type gradeView struct {
	At               instant
	Severity, Reason string
	By, Clause       string
}

// componentView is one affected component.
type componentView struct {
	statusView
	ID, Name    string
	From, Until instant
	Worst       string
	Reason      string
	Runbook     string
	ByHand      bool // its status was set by a person
	Bound       bool // with the incident, and ends with it
	Checks      []checkView
	Calm        string // what is said where no check of it fails
}

// mostToldChecks is how many checks are set out whole. Of the rest their
// verdict is said.
const mostToldChecks = 10

// checkView is one check that does not go well.
type checkView struct {
	ID, Name string
	Verdict  string
	Reason   string
	Fails    []expectationView
	At       instant // of the newest run
	Regions  []regionRun
	Rows     []phaseRow
	Well     bool // some region has an earlier run that went well
	Seen     []*seenView
	Chart    *chartView
}

type expectationView struct{ Effect, Expect, Got string }

// regionRun is the newest run in one region.
type regionRun struct {
	Region, Outcome, Since, Whole string
	Bad                           bool
	WellAt, WellTook              string
	Reason                        string
}

// phaseRow is one phase in each region.
type phaseRow struct {
	Name  string
	Cells []string
}

// verdictWords is how people read verdicts.
var verdictWords = map[incident.VerdictWord]string{incident.Up: "up", incident.Impaired: "not clean", incident.CheckDown: "down", incident.CannotSay: "nobody can tell"}

func (v *roomView) facts(ctx context.Context) (factsView, error) {
	i := &v.story.Incident
	view := factsView{Reason: i.Reason}
	for k, d := range slices.Backward(v.story.Severities) {
		by := v.site.byName(d.By)
		if k == len(v.story.Severities)-1 {
			view.Clause, view.Numbers = d.Clause, numbersOf(&d.Facts)
		}
		view.Severities = append(view.Severities, gradeView{At: v.at(d.At), Severity: d.Severity.String(), Reason: d.Reason, By: by, Clause: d.Clause})
	}
	if r := i.Care.Revision; r != nil {
		view.Revised, view.Gave = true, r.Facts.String()
	}
	statuses, err := v.site.API.Measured.Statuses(ctx)
	if err != nil {
		return view, err
	}
	verdicts, err := v.site.API.Measured.Verdicts(ctx)
	if err != nil {
		return view, err
	}
	affected := slices.Clone(i.Affected)
	slices.SortStableFunc(affected, func(a, b incident.Affected) int { return b.Status.Badness() - a.Status.Badness() })
	for _, a := range affected {
		c, err := v.component(ctx, &a, statuses[a.Component], verdicts)
		if err != nil {
			return view, err
		}
		view.Components = append(view.Components, c)
	}
	return view, nil
}

func numbersOf(f *incident.SeverityFacts) []numberView {
	numbers := []numberView{
		{"availability", f.Availability},
		{"criticality", f.Criticality},
		{"available", percent(f.Available)},
		{"regions_failing", decimal(int64(f.RegionsFailing))},
		{"error_rate", percent(f.ErrorRate)},
		{"latency_p95", took(f.LatencyP95)},
		{"latency_ratio", fmt.Sprintf("%.1f", f.LatencyRatio)},
		{"users_reporting", decimal(int64(f.UsersReporting))},
	}
	return numbers
}

func percent(share float64) string { return fmt.Sprintf("%.4g %%", 100*share) }

// component says how an affected component is, and which of its checks do not
// go well.
func (v *roomView) component(ctx context.Context, a *incident.Affected, now incident.ComponentStatus, verdicts map[string]incident.Verdict) (componentView, error) {
	view := componentView{
		statusView: viewStatus(a.Status), ID: a.Component, Name: v.site.API.componentName(a.Component), From: v.at(a.From), Until: v.at(a.Until),
		Worst: viewStatus(a.Worst).Word,
	}
	if !v.story.Open() {
		view.Calm = "The incident is over: its checks stand on their own pages."
	} else {
		view.statusView = viewStatus(cmp.Or(now.Status, incident.Unmeasured))
		if now.Reason != "" {
			view.Reason = sentence(now.Reason)
		}
		view.ByHand = strings.HasPrefix(now.Reason, "set by hand: ")
		view.Bound = view.ByHand && v.story.ByHand() && now.Since.Equal(v.story.Opened)
	}
	c := v.site.API.component(a.Component)
	if c == nil {
		view.Calm = "It is not in the configuration any more."
		return view, nil
	}
	view.Runbook = c.Runbook
	if view.Calm != "" {
		return view, nil
	}
	for k := range c.Checks {
		verdict := verdicts[c.Checks[k].ID]
		warns := v.story.Check == c.Checks[k].ID
		if verdict.Word == incident.Up && !warns || verdict.Word == "" {
			continue
		}
		if v.told++; v.told > mostToldChecks {
			view.Checks = append(view.Checks, briefly(&c.Checks[k], &verdict))
			continue
		}
		check, err := v.check(ctx, &c.Checks[k], &verdict)
		if err != nil {
			return view, err
		}
		view.Checks = append(view.Checks, check)
	}
	switch {
	case len(view.Checks) > 0:
	case len(c.Checks) == 0:
		view.Calm = "It has no check of its own."
	default:
		view.Calm = "None of its checks fails now."
	}
	return view, nil
}

// Runbook is that of the first component that has one.
func (p *roomPage) Runbook() string {
	for i := range p.Facts.Components {
		if book := p.Facts.Components[i].Runbook; book != "" {
			return book
		}
	}
	return ""
}
