package checker

import (
	"slices"
	"strings"
)

// More limits of what one result may carry, enforced where results come in.
const (
	MaxID     = 200     // bytes of a check's or a region's name
	MaxParts  = 500     // timings, and as many expectations, warnings and pieces of evidence
	MaxDetail = 128_000 // bytes of all warnings, timings' names and expectations together
)

// Bound cuts down what is larger than a result may be, so that one talkative
// run is not refused as a whole: texts are clipped, and parts and pieces of
// evidence that do not fit are left out, the last first. It says whether it
// left anything out. Text that is no UTF-8 is mended.
func (r *Result) Bound() bool {
	before := len(r.Warnings) + len(r.Timings) + len(r.Expectations) + len(r.Evidence)
	r.Reason = bounded(r.Reason)
	budget := MaxDetail
	r.Warnings = fitting(r.Warnings, &budget, func(warning *string) int {
		*warning = bounded(*warning)
		return len(*warning)
	})
	r.Timings = fitting(r.Timings, &budget, func(timing *Timing) int {
		timing.Name = bounded(timing.Name)
		timing.Duration = max(timing.Duration, 0)
		return len(timing.Name)
	})
	r.Expectations = fitting(r.Expectations, &budget, func(expectation *Expectation) int {
		expectation.Expression = bounded(expectation.Expression)
		expectation.Actual = bounded(expectation.Actual)
		return len(expectation.Expression) + len(expectation.Effect) + len(expectation.Actual)
	})
	budget = MaxEvidence
	r.Evidence = fitting(r.Evidence, &budget, func(evidence *Evidence) int {
		evidence.Name = clip(bounded(evidence.Name), MaxID/4-1)
		evidence.MediaType = clip(bounded(evidence.MediaType), MaxID/4-1)
		return len(evidence.Data)
	})
	return len(r.Warnings)+len(r.Timings)+len(r.Expectations)+len(r.Evidence) < before
}

func bounded(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= MaxReason {
		return text
	}
	return clip(text, MaxReason-1)
}

// fitting gives the parts up to the first that the budget has no room for.
// The given slice stays as it is: the runner may still hold it.
func fitting[T any](parts []T, budget *int, size func(*T) int) []T {
	parts = slices.Clone(parts)
	for i := range parts {
		need := size(&parts[i])
		if need > *budget || i == MaxParts {
			return parts[:i]
		}
		*budget -= need
	}
	return parts
}
