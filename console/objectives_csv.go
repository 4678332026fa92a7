package console

import (
	"net/http"
	"time"

	"daymark/access"
)

// serveObjectivesCSV gives the numbers of the objectives for a spreadsheet, an
// objective a line. What was not measured is empty.
func (s *Site) serveObjectivesCSV(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	all, _, err := s.API.Objectives.Objectives(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	lines := [][]string{{"id", "component", "indicator", "objective_percent", "from", "until", "good", "bad", "unknown", "excused", "percent", "budget_left_percent", "budget_left_seconds", "coverage_percent", "burns_too_fast_since"}}
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
		lines = append(lines, line)
	}
	serveCSV(w, "objectives.csv", lines)
}
