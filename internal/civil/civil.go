// Package civil steps from day to day as the calendar of a zone has them. A day
// begins with its first moment, which is not always midnight: where clocks go
// forward at midnight it is one o'clock, and time.Date gives an hour of the day
// before. Days have 23, 24 or 25 hours.
//
// It promises that days follow one another without a gap, that each begins
// after the one before, and that a moment lies in the day that Day gives.
package civil

import "time"

// Day gives the first moment of the day that a moment is in, in its own zone.
func Day(at time.Time) time.Time { return Plus(at, 0) }

// Plus gives the first moment of the day so many days after the one that a
// moment is in, in its own zone.
func Plus(at time.Time, days int) time.Time {
	y, m, d := at.Date()
	return Date(y, m, d+days, at.Location())
}

// Date gives the first moment of a day; month and day may lie outside of their
// ranges, as with time.Date. A day that a zone leaves out begins with the next.
func Date(year int, month time.Month, day int, zone *time.Location) time.Time {
	shown := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	// No zone changes its clocks twice in two days, so the offsets of the days
	// around are the two that may hold.
	early, late := shown.Add(-offset(shown.Add(-24*time.Hour), zone)).In(zone), shown.Add(-offset(shown.Add(24*time.Hour), zone)).In(zone)
	if late.Before(early) {
		early, late = late, early
	}
	for _, at := range []time.Time{early, late} {
		if offset(at, zone) == shown.Sub(at) {
			return at
		}
	}
	change, _ := late.ZoneBounds() // midnight is left out
	return change.In(zone)
}

func offset(at time.Time, zone *time.Location) time.Duration {
	_, seconds := at.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}
