package remote

import (
	"fmt"
	"time"
	"unicode/utf8"

	"daymark/checker"
)

// How far a run may be from the server's now.
const (
	maxAhead = time.Minute
	maxAge   = 30 * 24 * time.Hour
	maxRun   = 24 * time.Hour // of a duration in a result
)

// sift parts the results that may be stored from those that never will be:
// of another region than the token's, or beyond the limits of a result.
func sift(results []checker.Result, region string, now time.Time) ([]checker.Result, []checker.Rejection) {
	good := make([]checker.Result, 0, len(results))
	var rejected []checker.Rejection
	for _, result := range results {
		if fault := faultOf(&result, region, now); fault != "" {
			rejected = append(rejected, checker.Rejection{Check: shorten(result.Check), At: result.At, Reason: fault})
			continue
		}
		result.At = result.At.UTC()
		good = append(good, result)
	}
	return good, rejected
}

// faultOf says in one sentence what is wrong with a result; empty: nothing.
func faultOf(r *checker.Result, region string, now time.Time) string {
	switch {
	case r.Region != region:
		return fmt.Sprintf("this token is for region %s, and the result says %q", region, shorten(r.Region))
	case r.Check == "" || len(r.Check) > checker.MaxID:
		return fmt.Sprintf("the name of a check has from 1 to %d bytes", checker.MaxID)
	case r.At.Nanosecond()%int(time.Millisecond) != 0:
		return "the scheduled time is not in whole milliseconds"
	case r.At.After(now.Add(maxAhead)) || r.Started.After(now.Add(maxAhead)):
		return "the run lies in the future; is the agent's clock right?"
	case r.At.Before(now.Add(-maxAge)):
		return "the run is older than 30 days"
	case r.Started.Before(r.At.Add(-maxRun)):
		return "the run began more than a day before its scheduled time"
	case r.Outcome != checker.OK && r.Outcome != checker.Degraded && r.Outcome != checker.Failed && r.Outcome != checker.Unknown:
		return fmt.Sprintf("there is no outcome %q", shorten(string(r.Outcome)))
	case r.Duration < 0 || r.Duration > maxRun || r.Latency < 0 || r.Latency > maxRun:
		return "a duration is negative or longer than a day"
	case r.Attempts < 0 || r.Attempts > 1000:
		return "the number of attempts is not possible"
	case utf8.RuneCountInString(r.Reason) > checker.MaxReason+1: // one more, for the sign that something was cut off
		return fmt.Sprintf("the reason is longer than %d characters", checker.MaxReason)
	}
	return faultOfParts(r)
}

func faultOfParts(r *checker.Result) string {
	if max(len(r.Warnings), len(r.Timings), len(r.Expectations), len(r.Evidence)) > checker.MaxParts {
		return fmt.Sprintf("more than %d warnings, timings, expectations or pieces of evidence", checker.MaxParts)
	}
	detail, evidence := 0, 0
	for _, warning := range r.Warnings {
		detail += len(warning)
	}
	for _, timing := range r.Timings {
		if timing.Duration < 0 || timing.Duration > maxRun {
			return "a timing is negative or longer than a day"
		}
		detail += len(timing.Name)
	}
	for _, expectation := range r.Expectations {
		detail += len(expectation.Expression) + len(expectation.Effect) + len(expectation.Actual)
	}
	for _, piece := range r.Evidence {
		if len(piece.Name) > checker.MaxID || len(piece.MediaType) > checker.MaxID {
			return fmt.Sprintf("the name or type of a piece of evidence has more than %d bytes", checker.MaxID)
		}
		evidence += len(piece.Data)
	}
	switch {
	case detail > checker.MaxDetail:
		return fmt.Sprintf("warnings, timings and expectations have more than %d bytes", checker.MaxDetail)
	case evidence > checker.MaxEvidence:
		return fmt.Sprintf("the evidence has more than %d bytes", checker.MaxEvidence)
	}
	return ""
}

// shorten bounds text that is told back.
func shorten(text string) string {
	if len(text) <= checker.MaxID {
		return text
	}
	return text[:checker.MaxID] + "…"
}
