package console

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"daymark/access"
	"daymark/slo"
)

// serveObjectivesCSV gives the numbers of the objectives for a spreadsheet, an
// objective a line. What was not measured is empty.
func (s *Site) serveObjectivesCSV(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	all, _, err := s.API.Objectives.Objectives(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	lines := [][]string{{"id", "component", "indicator", "objective_percent", "from", "until", "good", "bad", "unknown", "excused", "percent", "budget_left_percent", "budget_left_seconds", "coverage_percent", "burns_too_fast_since", "budget_events", "spent_on"}}
	for _, window := range slo.BurnWindows() {
		lines[0] = append(lines[0], "rate_"+slo.Window{Rolling: window}.String())
	}
	for i := range all {
		o := &all[i]
		line := []string{
			cell(o.ID), cell(o.Component), o.Indicator, plainFloat(o.Objective.Objective), o.From.UTC().Format(time.RFC3339), o.Until.UTC().Format(time.RFC3339),
			decimal(int64(o.Good)), decimal(int64(o.Bad)), decimal(int64(o.Unknown)), decimal(int64(o.Excused)), "", "", "", plainFloat(floored(100*o.Coverage, 2)), "",
		}
		if o.Known() {
			line[10], line[11], line[12] = plainFloat(floored(100*o.Ratio(), 4)), plainFloat(floored(100*o.Left, 1)), plainFloat(floored(o.LeftTime.Seconds(), 0))
		}
		if o.Alert != nil {
			line[14] = o.Alert.Since.UTC().Format(time.RFC3339)
		}
		line = append(line, plainFloat(rounded(o.Allowed, 2)), spentOn(o.Spent))
		rates := map[time.Duration]float64{}
		for _, b := range o.Pairs {
			rates[b.Long], rates[b.Short] = b.LongRate, b.ShortRate
		}
		for _, window := range slo.BurnWindows() {
			line = append(line, plainFloat(rounded(rates[window], 2)))
		}
		lines = append(lines, line)
	}
	serveCSV(w, "objectives.csv", lines)
}

// spentOn writes the bad events by incident: "mhwz4k1q0001=15 none=5".
func spentOn(all []slo.Spending) string {
	var parts []string
	for _, one := range all {
		parts = append(parts, cmp.Or(one.Incident, "none")+"="+decimal(int64(one.Bad)))
	}
	return strings.Join(parts, " ")
}
