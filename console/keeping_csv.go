package console

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"daymark/access"
)

// serveKeepingCSV gives the same numbers for a spreadsheet, a figure a line.
func (s *Site) serveKeepingCSV(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	_, row, err := s.keeping(r)
	if err != nil {
		s.unfound(w, r, err, "There is no such month.")
		return
	}
	lines := [][]string{{"from", "until", "about", "of", "figure", "value"}}
	add := func(about, of, figure, value string) {
		lines = append(lines, []string{row.From.UTC().Format(time.RFC3339), row.Until.UTC().Format(time.RFC3339), about, cell(of), figure, value}) // which nobody typed
	}
	for i := range row.Availability {
		availabilityLines(row.Availability[i].Component, &row.Availability[i], add)
	}
	for _, v := range row.Incidents {
		add("incidents", v.Severity, "incidents", decimal(int64(v.Incidents)))
		add("incidents", v.Severity, "open", decimal(int64(v.Open)))
		for step, t := range map[string][2]float64{"see": {v.Median.See, v.Latest.See}, "acknowledge": {v.Median.Acknowledge, v.Latest.Acknowledge}, "tell": {v.Median.Tell, v.Latest.Tell}, "restore": {v.Median.Restore, v.Latest.Restore}} {
			if t[1] > 0 { // somebody came to it
				add("incidents", v.Severity, step+"_median_seconds", plainFloat(t[0]))
				add("incidents", v.Severity, step+"_nine_of_ten_seconds", plainFloat(t[1]))
			}
		}
	}
	promiseLines(row.Promises, row.Exceptions, add)
	objectives, err := s.API.listObjectives(r.Context(), Call{}, nothing{})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for i := range objectives.Items {
		o := &objectives.Items[i]
		add("objective", o.ID, "objective_percent", plainFloat(o.Objective))
		if o.Percent != nil {
			add("objective", o.ID, "percent", plainFloat(*o.Percent))
			add("objective", o.ID, "budget_left_percent", plainFloat(*o.Left))
		}
	}
	slices.SortStableFunc(lines[1:], slices.Compare[[]string])
	serveCSV(w, "promises.csv", lines)
}

// addLine adds a figure to a file.
type addLine func(about, of, figure, value string)

// availabilityLines tells how available a component was.
func availabilityLines(of string, v *availabilityRow, add addLine) {
	if v.Percent != nil {
		add("availability", of, "percent", plainFloat(*v.Percent))
	}
	add("availability", of, "good", decimal(int64(v.Good)))
	add("availability", of, "bad", decimal(int64(v.Bad)))
	add("availability", of, "unknown", decimal(int64(v.Unknown)))
	add("availability", of, "excused", decimal(int64(v.Excused)))
	add("availability", of, "coverage_percent", plainFloat(v.Coverage))
}

// promiseLines tells what became of promises, and which were not kept.
func promiseLines(counts []countRow, exceptions []exceptionRow, add addLine) {
	for _, v := range counts {
		about, of := "promises "+v.Kind, v.SLA+" "+v.Severity
		add(about, of, "kept_by_person", decimal(int64(v.ByPerson)))
		add(about, of, "kept_by_facts", decimal(int64(v.ByFacts)))
		add(about, of, "broken", decimal(int64(v.Broken)))
		add(about, of, "late", decimal(int64(v.Late)))
		add(about, of, "running", decimal(int64(v.Running)))
		add(about, of, "called_off", decimal(int64(v.CalledOff)))
	}
	for i := range exceptions {
		e := &exceptions[i]
		of := fmt.Sprintf("%d %s %s %s ", i+1, e.SLA, e.Severity, e.Kind)
		add("not kept", e.Incident, of+"state", e.State)
		add("not kept", e.Incident, of+"due", e.Due.UTC().Format(time.RFC3339))
		if !e.Ended.IsZero() {
			add("not kept", e.Incident, of+"ended", e.Ended.UTC().Format(time.RFC3339))
		}
	}
}
