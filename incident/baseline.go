package incident

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"daymark/checker"
	"daymark/internal/rank"
	"daymark/internal/telemetry"
)

// A baseline is what latencies are measured against: the same hour of the
// day, in the page's zone, over these days before.
const (
	BaselineDays       = 14
	leastBaselineRuns  = 20 // fewer tell nothing of the 95th percentile
	baselinesAtOnce    = 8  // read in one transaction, so that a storm waits for none
	baselinePercentile = 0.95
)

// Baseline is a check's usual latency in one hour of the day.
type Baseline struct {
	Hour time.Time     // the hour it is for
	P95  time.Duration // 0: too few runs are known
}

// BaselineHours gives the beginnings of the hours before now's that a
// baseline is made of, newest first, in a zone. Each lasts an hour.
func BaselineHours(now time.Time, zone *time.Location) []time.Time {
	local := now.In(zone)
	hours := make([]time.Time, 0, BaselineDays)
	for n := 1; n <= BaselineDays; n++ {
		hours = append(hours, time.Date(local.Year(), local.Month(), local.Day()-n, local.Hour(), 0, 0, 0, zone))
	}
	return hours
}

// hourOf gives the beginning of the hour that clocks in zone show.
func hourOf(now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	return now.Add(-time.Duration(local.Minute())*time.Minute - time.Duration(local.Second())*time.Second - time.Duration(local.Nanosecond()))
}

// NewBaseline makes the baseline of an hour from the latencies of runs that
// answered.
func NewBaseline(hour time.Time, latencies []time.Duration) Baseline {
	if len(latencies) < leastBaselineRuns {
		return Baseline{Hour: hour}
	}
	return Baseline{Hour: hour, P95: percentile(latencies)}
}

// percentile gives the 95th, by the nearest rank; it sorts what it is given.
func percentile(latencies []time.Duration) time.Duration {
	slices.Sort(latencies)
	return latencies[rank.Nearest(baselinePercentile, len(latencies))]
}

// missingBaselines lists the checks of open incidents whose baseline for this
// hour was not read yet, if the severity table asks for any.
func (p *Policy) missingBaselines(state *State, now time.Time) []string {
	if !p.comparesLatency {
		return nil
	}
	hour := hourOf(now, p.zone)
	missing := map[string]bool{}
	for _, inc := range state.Incidents {
		if !inc.Open() {
			continue
		}
		for _, affected := range inc.Affected {
			c := p.components[affected.Component]
			if c == nil {
				continue
			}
			checks, _ := p.tellers(c, state)
			for _, id := range checks {
				if p.checks[id].single && !state.Baselines[id].Hour.Equal(hour) {
					missing[id] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(missing))
}

// readBaselines reads some of the baselines that are missing, and says
// whether there were any.
func (e *Engine) readBaselines(ctx context.Context, tx Tx, state *State, now time.Time) (bool, error) {
	missing := e.policy.missingBaselines(state, now)
	for _, id := range missing[:min(len(missing), baselinesAtOnce)] {
		latencies, err := tx.Latencies(ctx, id, BaselineHours(now, e.policy.zone))
		if err != nil {
			return false, fmt.Errorf("read the usual latency of check %s: %w", id, err)
		}
		state.Baselines[id] = NewBaseline(hourOf(now, e.policy.zone), latencies)
	}
	return len(missing) > 0, nil
}

// decide is Decide with the baselines that it asks for, read in the same
// transaction.
func (e *Engine) decide(ctx context.Context, tx Tx, state *State, observations []Observation, now time.Time) (Decision, error) {
	ctx, span := telemetry.Start(ctx, "decide")
	defer span.End()
	span.SetInt("daymark.observations", int64(len(observations)))
	decision := Decide(state, observations, e.policy, now)
	read, err := e.readBaselines(ctx, tx, state, now)
	if err != nil || !read {
		return decision, err
	}
	// A first look at a new incident knew no baseline: look again with it.
	decision.add(Decide(state, nil, e.policy, now))
	return decision, nil
}

// add appends a decision that was made after this one at the same time. Where
// both hold the same incident, the later one is how it ended up.
func (d *Decision) add(after Decision) {
	d.Verdicts = append(d.Verdicts, after.Verdicts...)
	d.Components = append(d.Components, after.Components...)
	d.Incidents = append(d.Incidents, after.Incidents...)
	d.Updates = append(d.Updates, after.Updates...)
	d.Promises = append(d.Promises, after.Promises...)
	d.Severities = append(d.Severities, after.Severities...)
	d.Entries = append(d.Entries, after.Entries...)
	d.Alerts = append(d.Alerts, after.Alerts...)
	d.Overrides = append(d.Overrides, after.Overrides...)
	d.Edits = append(d.Edits, after.Edits...)
	d.Left = append(d.Left, after.Left...)
	d.Reports = append(d.Reports, after.Reports...)
	d.Answers = append(d.Answers, after.Answers...)
	d.Reviews = append(d.Reviews, after.Reviews...)
	d.Swaps = append(d.Swaps, after.Swaps...)
	d.Maintenances = append(d.Maintenances, after.Maintenances...)
	d.Silences = append(d.Silences, after.Silences...)
}

// ratio compares the latencies of a check's window with its baseline: 1 while
// either is unknown.
func ratio(latencies []time.Duration, baseline Baseline, hour time.Time) float64 {
	if len(latencies) == 0 || baseline.P95 == 0 || !baseline.Hour.Equal(hour) {
		return 1
	}
	return float64(percentile(slices.Clone(latencies))) / float64(baseline.P95)
}

// comparesLatency says whether some row of the table reads latency_ratio.
func comparesLatency(rows []severityRow) bool {
	return slices.ContainsFunc(rows, func(row severityRow) bool {
		return slices.Contains(row.program.Facts(), "latency_ratio")
	})
}

// answered says whether a run of that outcome has a latency that counts.
func answered(outcome checker.Outcome) bool {
	return outcome == checker.OK || outcome == checker.Degraded
}
