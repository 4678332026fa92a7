package checker

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
)

// LongestGap gives the longest time between two runs of a schedule, looking
// at its next twenty; errors are cron's.
func LongestGap(schedule string) (time.Duration, error) {
	parsed, err := cron.ParseStandard(schedule)
	if err != nil {
		return 0, fmt.Errorf("schedule %q: %w", schedule, err)
	}
	// Any fixed day does: gaps follow from the schedule, not from today.
	at := parsed.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	var longest time.Duration
	for range 20 {
		next := parsed.Next(at)
		if next.IsZero() {
			break
		}
		longest = max(longest, next.Sub(at))
		at = next
	}
	if longest == 0 {
		return 0, fmt.Errorf("schedule %q never runs twice", schedule)
	}
	return longest, nil
}
