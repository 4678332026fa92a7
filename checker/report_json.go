package checker

import "time"

// Report is one run as `daymark check --json` prints it. Names stay as they
// are; new ones may come. Durations are milliseconds, with fractions.
type Report struct {
	Check        string              `json:"check"`
	Name         string              `json:"name,omitempty"`
	Component    string              `json:"component,omitempty"`
	Kind         Kind                `json:"kind"`
	Outcome      Outcome             `json:"outcome"`
	Reason       string              `json:"reason"` // empty when it is ok
	At           time.Time           `json:"at"`     // when it began, UTC, whole milliseconds
	Duration     float64             `json:"duration_ms"`
	Latency      float64             `json:"latency_ms"` // 0 where nothing answered
	Attempts     int                 `json:"attempts"`   // that were made
	Warnings     []string            `json:"warnings"`
	Timings      []ReportTiming      `json:"timings"`
	Expectations []ReportExpectation `json:"expectations"`
	Evidence     []ReportEvidence    `json:"evidence"`
}

// ReportTiming is how long one part or step took; parts of a step are named
// step/part.
type ReportTiming struct {
	Name     string  `json:"name"`
	Duration float64 `json:"duration_ms"`
}

// ReportExpectation is an expression and how it came out.
type ReportExpectation struct {
	Expression string `json:"expression"`
	Effect     string `json:"effect"` // expect, degraded or warn
	Met        bool   `json:"met"`    // the target is as it should be
	Actual     string `json:"actual"`
}

// ReportEvidence tells of a piece of evidence, without what is in it.
type ReportEvidence struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Size      int    `json:"size"`           // bytes
	File      string `json:"file,omitempty"` // where it was written
}

// ReportOf tells of one run. Its lists are never nil, so that they are never
// null.
func ReportOf(result Result, check Check) Report {
	kind, err := check.Kind()
	if err != nil {
		kind = "" // the result says what is wrong with the check
	}
	report := Report{
		Check: check.ID, Name: check.Name, Component: check.Component, Kind: kind,
		Outcome: result.Outcome, Reason: result.Reason, At: result.At.UTC().Truncate(time.Millisecond),
		Duration: milliseconds(result.Duration), Latency: milliseconds(result.Latency), Attempts: result.Attempts,
		Warnings: append([]string{}, result.Warnings...), Timings: []ReportTiming{}, Expectations: []ReportExpectation{}, Evidence: []ReportEvidence{},
	}
	for _, timing := range result.Timings {
		report.Timings = append(report.Timings, ReportTiming{timing.Name, milliseconds(timing.Duration)})
	}
	for _, expectation := range result.Expectations {
		report.Expectations = append(report.Expectations, ReportExpectation(expectation))
	}
	for _, piece := range result.Evidence {
		report.Evidence = append(report.Evidence, ReportEvidence{Name: piece.Name, MediaType: piece.MediaType, Size: len(piece.Data)})
	}
	return report
}

// milliseconds keeps microseconds, and no more than can be measured.
func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond).Microseconds()) / 1000
}
