package checker

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// ParseSchedule reads a robfig/cron line: five fields, a descriptor, and
// CRON_TZ= before either. The library panics where a zone has nothing after
// it, so that is said here.
func ParseSchedule(line string) (cron.Schedule, error) {
	line = strings.TrimSpace(line)
	if line == "" {
		return nil, errors.New("it has no schedule")
	}
	if (strings.HasPrefix(line, "TZ=") || strings.HasPrefix(line, "CRON_TZ=")) && !strings.Contains(line, " ") {
		return nil, fmt.Errorf("schedule %q: nothing follows the time zone", line)
	}
	schedule, err := cron.ParseStandard(line)
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %w", line, err)
	}
	return schedule, nil
}

// LongestGap gives the longest time between two runs of a schedule, looking
// at its next twenty; errors are ParseSchedule's.
func LongestGap(schedule string) (time.Duration, error) {
	_, longest, err := gaps(schedule)
	return longest, err
}

// ShortestGap gives the shortest, likewise.
func ShortestGap(schedule string) (time.Duration, error) {
	shortest, _, err := gaps(schedule)
	return shortest, err
}

func gaps(schedule string) (shortest, longest time.Duration, err error) {
	parsed, err := ParseSchedule(schedule)
	if err != nil {
		return 0, 0, err
	}
	// Any fixed day does: gaps follow from the schedule, not from today.
	at := parsed.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	for range 20 {
		next := parsed.Next(at)
		if next.IsZero() {
			break
		}
		gap := next.Sub(at)
		if longest = max(longest, gap); shortest == 0 || gap < shortest {
			shortest = gap
		}
		at = next
	}
	if longest == 0 {
		return 0, 0, fmt.Errorf("schedule %q never runs twice", schedule)
	}
	return shortest, longest, nil
}
