package incident

import (
	"fmt"
	"slices"
	"time"

	"daymark/checker"
	"daymark/internal/expression"
)

// severityRow is one row of the severity table.
type severityRow struct {
	severity Severity
	program  *expression.Program
}

func compileSeverities(table SeverityTable) ([]severityRow, error) {
	var rows []severityRow
	for _, row := range []struct {
		severity Severity
		source   string
	}{{P1, table.P1}, {P2, table.P2}, {P3, table.P3}, {P4, table.P4}} {
		if row.source == "" {
			continue
		}
		program, err := expression.Compile(row.source, SeverityFacts{}, expression.Condition)
		if err != nil {
			return nil, fmt.Errorf("severity %s: %w", row.severity, err)
		}
		rows = append(rows, severityRow{row.severity, program})
	}
	return rows, nil
}

// SeverityDecision is one evaluation of the table that changed a severity,
// kept with the facts that made it.
type SeverityDecision struct {
	Incident string
	At       time.Time
	Severity Severity
	By       string // the person who chose it, for staff alone; "": the facts gave it
	Reason   string // worded for people
	Clause   string // the expression of the row that held; "" when none did
	Facts    SeverityFacts
}

// grade works out the severity that the facts give an incident now. ok is
// false where nobody told of it within the window: then the last severity
// stays.
func (p *Policy) grade(inc *Incident, state *State, now time.Time) (decision SeverityDecision, ok bool) {
	facts, told := p.facts(inc, state, now)
	decision = SeverityDecision{Incident: inc.ID, At: now, Severity: P4, Facts: facts}
	for _, row := range p.severities {
		holds, err := row.program.Holds(facts)
		if err == nil && holds {
			decision.Severity = row.severity
			decision.Clause = row.program.String()
			break
		}
	}
	decision.Reason = fmt.Sprintf("%s: %s", decision.Severity, p.words(inc, facts, now))
	return decision, told
}

// facts gathers what the expressions of the table may use, over the affected
// components, and says whether anybody told of them: a run, a user, or the
// person who set a status by hand.
func (p *Policy) facts(inc *Incident, state *State, now time.Time) (SeverityFacts, bool) {
	f := SeverityFacts{Availability: "full", Criticality: "minor", Available: p.available(state), LatencyRatio: 1}
	affecting, allDown, someOut := 0, true, false
	failingRegions := map[string]bool{}
	var told, failed int
	var latencies []time.Duration
	counted, byHand := map[string]bool{}, false
	for _, affected := range inc.Affected {
		c := p.components[affected.Component]
		if c == nil || !affected.Until.IsZero() {
			continue // it works again: what is left is graded
		}
		f.Criticality = worseCriticality(f.Criticality, c.Criticality)
		affecting++
		status := state.Components[c.ID].Status
		allDown = allDown && status == Down
		someOut = someOut || status.Badness() >= PartlyDown.Badness()
		f.UsersReporting += p.reporting(c.ID, state, now)
		checks, set := p.tellers(c, state)
		byHand = byHand || set
		for _, check := range checks {
			if counted[check] {
				continue
			}
			counted[check] = true
			cp := p.checks[check]
			var own []time.Duration
			for _, region := range cp.regions {
				t, n, l := p.samples(cp, state.Runs[Series{check, region}], now)
				told, failed, own = told+t, failed+n, append(own, l...)
			}
			f.LatencyRatio = max(f.LatencyRatio, ratio(own, state.Baselines[check], hourOf(now, p.zone)))
			latencies = append(latencies, own...)
			for _, region := range p.count(cp, state, state.Verdicts[check], now).failing {
				failingRegions[region] = true
			}
		}
	}
	switch {
	case allDown && affecting > 0:
		f.Availability = "none"
	case someOut:
		f.Availability = "partial"
	}
	f.RegionsFailing = len(failingRegions)
	if told > 0 {
		f.ErrorRate = float64(failed) / float64(told)
	}
	if len(latencies) > 0 {
		f.LatencyP95 = percentile(latencies)
	}
	return f, told > 0 || byHand || f.UsersReporting > 0
}

// samples counts one series over the window, or over the check's last
// down_when.runs runs where those reach further back. What is older than its
// horizon counts for nothing, as after a restart, which does not read it.
func (p *Policy) samples(c *checkPolicy, runs *Runs, now time.Time) (told, failed int, latencies []time.Duration) {
	if runs == nil {
		return 0, 0, nil
	}
	from, oldest := now.Add(-p.window).UnixMilli(), now.Add(-c.horizon).UnixMilli()
	for i, run := range slices.Backward(runs.list) {
		if run.At < oldest || run.At < from && len(runs.list)-i > c.downRuns {
			break
		}
		switch {
		case run.Outcome == checker.Unknown:
			continue
		case run.Outcome == checker.Failed:
			failed++
		case c.single && answered(run.Outcome):
			latencies = append(latencies, run.Latency)
		}
		told++
	}
	return told, failed, latencies
}

// available is the weighted share of all components that work; a component
// that is out in part counts half, one that is not measured not at all.
func (p *Policy) available(state *State) float64 {
	var works, all float64
	for _, id := range p.order {
		weight := p.components[id].weight()
		switch state.Components[id].Status {
		case Unmeasured, "":
			continue
		case Down:
		case PartlyDown:
			works += weight / 2
		default:
			works += weight
		}
		all += weight
	}
	if all == 0 {
		return 0
	}
	return works / all
}

func worseCriticality(a, b string) string {
	order := []string{"minor", "major", "critical"}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// words tells the facts as people would: "Sign in is not available: 2 of 2
// regions failing for 4 min".
func (p *Policy) words(inc *Incident, f SeverityFacts, now time.Time) string {
	text := p.staff.Sentence(inc)
	if f.RegionsFailing > 0 {
		regions := "regions"
		if f.RegionsFailing == 1 {
			regions = "region"
		}
		text += fmt.Sprintf(": %d %s failing", f.RegionsFailing, regions)
	} else if f.LatencyP95 > 0 {
		text += fmt.Sprintf(": 95 of 100 answers within %s", expression.FormatDuration(f.LatencyP95))
	}
	if f.UsersReporting > 0 {
		text += fmt.Sprintf(", reported by %d", f.UsersReporting)
	}
	if age := now.Sub(inc.Since); age >= time.Minute {
		text += " for " + expression.FormatDuration(age.Truncate(time.Minute))
	}
	return text
}
