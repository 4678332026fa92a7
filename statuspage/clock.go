package statuspage

import (
	"time"

	"daymark/internal/lang"
)

// Moment is a time as a page shows it: what machines read and what people do.
type Moment struct {
	ISO  string // RFC 3339 in UTC, seconds; a date alone where the day is meant
	Text string
}

func iso(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// clock shows a time in the page's zone, with its day where that is not the
// day of now: "14:30", "14:30 on 2 Dec".
func (s speech) clock(at, now time.Time, zone *time.Location) Moment {
	local := at.In(zone)
	text := local.Format("15:04")
	if sinceDays(now.In(zone), local) != 0 {
		values := lang.Values{"time": text, "day": s.ShortDay(local), "year": local.Format("2006")}
		text = s.Text("time.clock-on", values)
		if local.Year() != now.In(zone).Year() {
			text = s.Text("time.clock-year", values)
		}
	}
	return Moment{ISO: iso(at), Text: text}
}

// clockToday is clock with "today" said, for a sentence that begins with it.
func (s speech) clockToday(at, now time.Time, zone *time.Location) Moment {
	m := s.clock(at, now, zone)
	if sinceDays(now.In(zone), at.In(zone)) == 0 {
		m.Text = s.Text("time.today", lang.Values{"time": m.Text})
	}
	return m
}

// clockLong is a time with its whole day: "14:56 on Tuesday 1 December 2026".
func (s speech) clockLong(at time.Time, zone *time.Location) Moment {
	return Moment{ISO: iso(at), Text: s.LongClock(at.In(zone))}
}

// dateOf is a day: "Tue 1 Dec".
func (s speech) dateOf(at time.Time, zone *time.Location) Moment {
	local := at.In(zone)
	return Moment{ISO: local.Format(time.DateOnly), Text: s.WeekdayDay(local)}
}

// sinceDays counts the calendar days from one local time to another; both
// must be in one zone. Days of 23 or 25 hours count as one.
func sinceDays(from, to time.Time) int {
	day := func(t time.Time) int64 {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	return int(day(to) - day(from))
}
