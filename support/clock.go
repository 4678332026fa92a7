package support

import "time"

// date is a day of the calendar, without a time or a zone.
type date struct {
	year  int
	month time.Month
	day   int
}

func dateOf(at time.Time) date {
	y, m, d := at.Date()
	return date{y, m, d}
}

// plus gives the day n days later.
func (d date) plus(n int) date {
	return dateOf(time.Date(d.year, d.month, d.day+n, 0, 0, 0, 0, time.UTC))
}

// number counts the days since 1970-01-01.
func (d date) number() int {
	const day = 24 * 60 * 60
	return int(time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC).Unix() / day)
}

func (d date) weekday() time.Weekday {
	return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC).Weekday()
}

// occurrence says which moment is meant where a clock change makes a time of
// day come twice.
type occurrence bool

const (
	firstOf occurrence = false
	lastOf  occurrence = true
)

// moment gives the moment when clocks in zone show a time of day (since
// midnight, up to 24 hours). A time that a clock change leaves out is the
// moment of that change.
func (d date) moment(clock time.Duration, zone *time.Location, which occurrence) time.Time {
	shown := time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC).Add(clock)
	// No zone changes its clocks twice in two days, so the offsets of the days
	// around are the two that may hold.
	early, late := shown.Add(-offset(shown.Add(-24*time.Hour), zone)), shown.Add(-offset(shown.Add(24*time.Hour), zone))
	if early.After(late) {
		early, late = late, early
	}
	shows := func(at time.Time) bool { return at.Add(offset(at, zone)).Equal(shown) }
	switch {
	case shows(early) && shows(late):
		if which == lastOf {
			return late.In(zone)
		}
		return early.In(zone)
	case shows(early):
		return early.In(zone)
	case shows(late):
		return late.In(zone)
	}
	change, _ := late.In(zone).ZoneBounds()
	return change.In(zone)
}

func offset(at time.Time, zone *time.Location) time.Duration {
	_, seconds := at.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}

// clockOf gives the time of day that clocks in zone show.
func clockOf(at time.Time, zone *time.Location) time.Duration {
	local := at.In(zone)
	h, m, s := local.Clock()
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second + time.Duration(local.Nanosecond())
}

// Shown gives the moment when clocks in zone show what shown has, whatever
// its own zone: the first of two where they show it twice, and the moment of
// the change where a clock change leaves it out.
func Shown(shown time.Time, zone *time.Location) time.Time {
	clock := clockOf(shown, shown.Location())
	return dateOf(shown).moment(clock, zone, firstOf)
}
