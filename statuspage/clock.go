package statuspage

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Moment is a time as a page shows it: what machines read and what people do.
type Moment struct {
	ISO  string // RFC 3339 in UTC, seconds; a date alone where the day is meant
	Text string
}

// clock shows a time in the page's zone, with its day where that is not the
// day of now: "14:30", "14:30 on 2 Dec".
func clock(at, now time.Time, zone *time.Location) Moment {
	local := at.In(zone)
	text := local.Format("15:04")
	if day := sinceDays(now.In(zone), local); day != 0 {
		text += " on " + shortDay(local)
		if local.Year() != now.In(zone).Year() {
			text += local.Format(" 2006")
		}
	}
	return Moment{ISO: at.UTC().Format(time.RFC3339), Text: text}
}

// clockToday is clock with "today" said, for a sentence that begins with it.
func clockToday(at, now time.Time, zone *time.Location) Moment {
	m := clock(at, now, zone)
	if sinceDays(now.In(zone), at.In(zone)) == 0 {
		m.Text += " today"
	}
	return m
}

// clockLong is a time with its whole day: "14:56 on Tuesday 1 December".
func clockLong(at time.Time, zone *time.Location) Moment {
	return Moment{ISO: at.UTC().Format(time.RFC3339), Text: at.In(zone).Format("15:04 on Monday 2 January 2006")}
}

// dateOf is a day: "Tue 1 Dec".
func dateOf(at time.Time, zone *time.Location) Moment {
	local := at.In(zone)
	return Moment{ISO: local.Format(time.DateOnly), Text: local.Format("Mon ") + shortDay(local)}
}

// shortDay writes "1 Dec", and "15 Sept" as it is written in English.
func shortDay(day time.Time) string {
	return strings.Replace(day.Format("2 Jan"), "Sep", "Sept", 1)
}

// midnight begins the day of a time, in its own zone.
func midnight(at time.Time) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
}

// sinceDays counts the calendar days from one local time to another; both
// must be in one zone. Days of 23 or 25 hours count as one.
func sinceDays(from, to time.Time) int {
	day := func(t time.Time) int64 {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	return int(day(to) - day(from))
}

// lasting writes a duration as people say it, in two units at most, never
// rounded up: "45 s", "12 min", "1 h 14 min", "2 d 3 h".
func lasting(d time.Duration) string {
	pair := func(large int64, unit string, small int64, smaller string) string {
		if small == 0 {
			return fmt.Sprintf("%d %s", large, unit)
		}
		return fmt.Sprintf("%d %s %d %s", large, unit, small, smaller)
	}
	minutes := int64(d / time.Minute)
	switch {
	case d < time.Second:
		return "less than a second"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int64(d/time.Second))
	case minutes < 60:
		return fmt.Sprintf("%d min", minutes)
	case minutes < 24*60:
		return pair(minutes/60, "h", minutes%60, "min")
	}
	return pair(minutes/60/24, "d", minutes/60%24, "h")
}

// every writes an interval: "30 minutes", "4 hours", "day".
func every(d time.Duration) string {
	say := func(n int64, one, many string) string {
		if n == 1 {
			return one
		}
		return fmt.Sprintf("%d %s", n, many)
	}
	switch {
	case d%(24*time.Hour) == 0:
		return say(int64(d/(24*time.Hour)), "day", "days")
	case d%time.Hour == 0:
		return say(int64(d/time.Hour), "hour", "hours")
	case d%time.Minute == 0:
		return say(int64(d/time.Minute), "minute", "minutes")
	}
	return lasting(d)
}

// within writes a limit: "4 hours", "1 day".
func within(d time.Duration) string {
	text := every(d)
	if text != "" && (text[0] < '0' || text[0] > '9') {
		return "1 " + text
	}
	return text
}

// thousands groups digits: 129,341.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
