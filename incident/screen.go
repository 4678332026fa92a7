package incident

import (
	"fmt"
	"slices"
	"time"

	"daymark/checker"
)

// The times that a result may have, against the server's clock.
const (
	MaxAhead = time.Minute
	maxAge   = 30 * 24 * time.Hour
)

// screen parts results that can be taken from those that never can.
func (e *Engine) screen(region string, results []checker.Result) (valid []checker.Result, rejected []checker.Rejection) {
	now := e.time()
	for _, result := range results {
		if reason := e.refuse(region, &result, now); reason != "" {
			rejected = append(rejected, checker.Rejection{Check: result.Check, At: result.At, Reason: reason})
			continue
		}
		result.At = result.At.UTC().Truncate(time.Millisecond)
		valid = append(valid, result)
	}
	return valid, rejected
}

var outcomeWords = []checker.Outcome{checker.OK, checker.Degraded, checker.Failed, checker.Unknown}

func (e *Engine) refuse(region string, r *checker.Result, now time.Time) string {
	switch {
	case r.Region != region:
		return fmt.Sprintf("the result is of region %q, but this agent is of region %q", r.Region, region)
	case e.policy.checks[r.Check] == nil:
		return fmt.Sprintf("there is no check %q in the configuration", r.Check)
	case !e.policy.Knows(r.Check, region):
		return fmt.Sprintf("check %q does not run in region %q", r.Check, region)
	case !slices.Contains(outcomeWords, r.Outcome):
		return fmt.Sprintf("%q is no outcome", r.Outcome)
	case r.At.After(now.Add(MaxAhead)):
		return "the scheduled time lies in the future: is the agent's clock right?"
	case r.At.Before(now.Add(-e.maxAge)):
		return "the result is older than results are kept"
	}
	return ""
}

func observe(r *checker.Result) Observation { return Observation{Series{r.Check, r.Region}, RunOf(r)} }

// RunOf gives what Decide needs of a result.
func RunOf(r *checker.Result) Run {
	return Run{At: r.At.UnixMilli(), Outcome: r.Outcome, Latency: r.Latency, Warning: WarningOf(r)}
}
