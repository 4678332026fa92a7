package slo

import (
	"strconv"
	"strings"
	"time"

	"daymark/internal/civil"
)

// Counts are the runs of a time.
type Counts struct {
	Good, Bad int // events
	Unknown   int // could not tell
	Excused   int // ran in a maintenance
}

// Events gives how many runs count.
func (c Counts) Events() int { return c.Good + c.Bad }

// Plus adds up.
func (c Counts) Plus(other Counts) Counts {
	return Counts{c.Good + other.Good, c.Bad + other.Bad, c.Unknown + other.Unknown, c.Excused + other.Excused}
}

// Bucket is what is known of a span of time, an hour or a day.
type Bucket struct {
	From, Until time.Time
	Counts
}

// Exact is the longest rolling window that begins at its very moment: results
// are counted one by one in its first hour. Longer ones, of which an hour is
// little, go by whole hours.
const Exact = 24 * time.Hour

// Span gives the time that a window covers at a moment: a rolling time up to
// now, of its whole hours where it is longer than a day, or the calendar month
// in a zone, up to its end.
func (w Window) Span(now time.Time, zone *time.Location) (from, until time.Time) {
	if w.Month {
		y, m, _ := now.In(zone).Date()
		return civil.Date(y, m, 1, zone), civil.Date(y, m+1, 1, zone)
	}
	from = now.Add(-w.Rolling)
	if whole := from.Truncate(time.Hour); w.Rolling > Exact && whole.Before(from) {
		from = whole.Add(time.Hour)
	}
	return from, now
}

// BeginByDays gives hours of a time that begins between two of them, of which
// the days are known: the first one has what the days have and the other hours
// have not.
func BeginByDays(hours, days []Bucket, from time.Time) []Bucket {
	var rest Counts
	for _, b := range days {
		rest = rest.Plus(b.Counts)
	}
	for _, b := range hours {
		if !b.From.Before(from) {
			rest = Counts{rest.Good - b.Good, rest.Bad - b.Bad, rest.Unknown - b.Unknown, rest.Excused - b.Excused}
		}
	}
	// A result may have come between reading the one and the other.
	return Begin(hours, Counts{max(rest.Good, 0), max(rest.Bad, 0), max(rest.Unknown, 0), max(rest.Excused, 0)}, from)
}

// Begin gives hours of a time that begins between two of them: first is what
// the rest of the one came to that it begins in.
func Begin(hours []Bucket, first Counts, from time.Time) []Bucket {
	var begun []Bucket
	if first != (Counts{}) {
		begun = append(begun, Bucket{From: from, Until: from.Truncate(time.Hour).Add(time.Hour), Counts: first})
	}
	for _, b := range hours {
		if !b.From.Before(from) {
			begun = append(begun, b)
		}
	}
	return begun
}

// String writes a window as the configuration has it.
func (w Window) String() string {
	const day = 24 * time.Hour
	switch {
	case w.Month:
		return "month"
	case w.Rolling%day == 0:
		return strconv.FormatInt(int64(w.Rolling/day), 10) + "d"
	}
	text := w.Rolling.String() // 1h is no 1h0m0s
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
