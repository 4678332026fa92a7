package support

import (
	"fmt"
	"time"
)

// horizon bounds, in days, how far a calendar looks for its next opening.
const horizon = 800

// Calendar counts service time: Hours made ready. It does not change and is
// safe for concurrent use. Clock changes make a day shorter or longer, and
// its real minutes count.
type Calendar struct {
	always   bool
	zone     *time.Location
	days     Days
	from, to time.Duration // since midnight, as clocks show it
	holidays map[date]bool
}

// NewCalendar reads the texts of hours; zone is used where they name none.
// Errors say which text is wrong.
func NewCalendar(hours Hours, zone *time.Location) (*Calendar, error) {
	if hours.Timezone != "" {
		own, err := time.LoadLocation(hours.Timezone)
		if err != nil {
			return nil, fmt.Errorf("hours: %w", err)
		}
		zone = own
	}
	c := &Calendar{always: hours.Always, zone: zone, holidays: map[date]bool{}}
	if c.always {
		return c, nil
	}
	var err error
	if c.days, err = ParseDays(hours.Days); err != nil {
		return nil, fmt.Errorf("hours: %w", err)
	}
	if c.from, err = ParseClock(hours.From); err != nil {
		return nil, fmt.Errorf("hours: %w", err)
	}
	if c.to, err = ParseClock(hours.To); err != nil {
		return nil, fmt.Errorf("hours: %w", err)
	}
	if c.to <= c.from {
		return nil, fmt.Errorf("hours: they end at %s, which is not later than %s", hours.To, hours.From)
	}
	for _, text := range hours.Holidays {
		day, err := ParseDate(text, time.UTC)
		if err != nil {
			return nil, fmt.Errorf("hours: %w", err)
		}
		c.holidays[dateOf(day)] = true
	}
	return c, nil
}

// Always says whether service is given at all hours.
func (c *Calendar) Always() bool { return c.always }

// Open says whether service is given at a moment. The closing moment itself
// is outside.
func (c *Calendar) Open(at time.Time) bool {
	if c.always {
		return true
	}
	window, ok := c.windowOn(dateOf(at.In(c.zone)))
	return ok && !at.Before(window.opens) && at.Before(window.closes)
}

// window is the service time of one day.
type window struct {
	day           date
	opens, closes time.Time
}

// windowOn gives the service time of a day, where it has some.
func (c *Calendar) windowOn(day date) (window, bool) {
	if !c.days[day.weekday()] || c.holidays[day] {
		return window{}, false
	}
	w := window{day, day.moment(c.from, c.zone, firstOf), day.moment(c.to, c.zone, lastOf)}
	return w, w.closes.After(w.opens)
}

// next gives the first service time that has not ended at a moment.
func (c *Calendar) next(at time.Time) (window, bool) {
	today := dateOf(at.In(c.zone))
	for n := range horizon {
		if w, ok := c.windowOn(today.plus(n)); ok && w.closes.After(at) {
			return w, true
		}
	}
	return window{}, false
}

// Opening gives the moment itself where service is given then, else the next
// opening; zero where there is none within two years.
func (c *Calendar) Opening(at time.Time) time.Time {
	if c.always {
		return at
	}
	w, ok := c.next(at)
	if !ok {
		return time.Time{}
	}
	return later(at, w.opens)
}

// Add gives the moment at which so many service days and so much service time
// more have passed. A clock that begins outside the hours counts from their
// next opening. A service day leads to the same time of the next one, and
// from an opening to that day's close. At all hours a day is 24 hours. It is
// zero where service ends before the time is over.
func (c *Calendar) Add(from time.Time, days int, rest time.Duration) time.Time {
	if c.always {
		return from.Add(time.Duration(days)*24*time.Hour + rest)
	}
	w, ok := c.next(from)
	if !ok {
		return time.Time{}
	}
	at := later(from, w.opens)
	if days > 0 {
		if at, ok = c.addDays(at, w, days); !ok {
			return time.Time{}
		}
	}
	for rest > 0 {
		if w, ok = c.next(at); !ok {
			return time.Time{}
		}
		at = later(at, w.opens)
		if left := w.closes.Sub(at); left < rest {
			rest -= left
			at = w.closes
			continue
		}
		return at.Add(rest)
	}
	return at
}

// addDays moves on by whole service days from a moment inside a window.
func (c *Calendar) addDays(at time.Time, w window, days int) (time.Time, bool) {
	clock := clockOf(at, c.zone)
	if at.Equal(w.opens) { // all of this day is the first service day
		at, clock = w.closes, c.to
		days--
	}
	for ; days > 0; days-- {
		next, ok := c.next(w.closes)
		if !ok {
			return time.Time{}, false
		}
		w = next
		at = w.day.moment(clock, c.zone, lastOf)
		at = earlier(later(at, w.opens), w.closes)
	}
	return at, true
}

// Between gives the service time from one moment to another; 0 where the
// second is not later.
func (c *Calendar) Between(from, to time.Time) time.Duration {
	if !to.After(from) {
		return 0
	}
	if c.always {
		return to.Sub(from)
	}
	total := time.Duration(0)
	last := dateOf(to.In(c.zone))
	for day := dateOf(from.In(c.zone)); day.number() <= last.number(); day = day.plus(1) {
		if w, ok := c.windowOn(day); ok {
			total += max(0, earlier(to, w.closes).Sub(later(from, w.opens)))
		}
	}
	return total
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
