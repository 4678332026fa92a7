package lang

import (
	"strconv"
	"time"
)

// Clock writes a time of day in a zone, with the day unless that is today:
// "14:30", "14:30 on 2 December".
func (l *Language) Clock(at, now time.Time, zone *time.Location) string {
	at, now = at.In(zone), now.In(zone)
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04")
	}
	return l.Text("time.clock-on", Values{"time": at.Format("15:04"), "day": l.Day(at)})
}

// Day writes a day without its year: "2 December". It is that of at's own
// zone.
func (l *Language) Day(at time.Time) string {
	return l.Text("time.day", Values{"day": strconv.Itoa(at.Day()), "month": l.locale.MonthWide(at.Month())})
}

// Zone names a zone as people say it: "London time", "UTC".
func (l *Language) Zone(zone *time.Location, at time.Time) string {
	if city := City(zone); city != "" {
		return l.Text("time.zone", Values{"city": city})
	}
	return at.In(zone).Format("MST")
}

// units are those of Duration and Every, largest first.
var units = []struct {
	name string
	is   time.Duration
}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}}

// Duration writes how long something took, in two units at most, never rounded
// up: "45 s", "12 min", "1 h 14 min", "2 d 3 h".
func (l *Language) Duration(d time.Duration) string {
	if d < time.Second {
		return l.Text("time.instant", nil)
	}
	for i, unit := range units {
		n := int(d / unit.is)
		if n == 0 {
			continue
		}
		text := l.Count("time."+unit.name, n, nil)
		if i+1 < len(units) {
			if rest := int(d % unit.is / units[i+1].is); rest > 0 {
				text += " " + l.Count("time."+units[i+1].name, rest, nil)
			}
		}
		return text
	}
	return ""
}

// Every writes an interval, as it follows "every": "30 minutes", "day".
func (l *Language) Every(d time.Duration) string { return l.whole("time.every-", d) }

// Within writes a limit: "4 hours", "1 day".
func (l *Language) Within(d time.Duration) string { return l.whole("time.within-", d) }

func (l *Language) whole(kind string, d time.Duration) string {
	for _, unit := range units[:len(units)-1] {
		if d >= unit.is && d%unit.is == 0 {
			return l.Count(kind+unit.name, int(d/unit.is), nil)
		}
	}
	return l.Duration(d)
}

// Lasting is Duration for readers who need no seconds beside minutes: "45 s",
// "12 min".
func (l *Language) Lasting(d time.Duration) string {
	if d >= time.Minute {
		d = d.Truncate(time.Minute)
	}
	return l.Duration(d)
}

// ShortDay is Day with the month cut: "1 Dec".
func (l *Language) ShortDay(at time.Time) string {
	return l.Text("time.day-short", Values{"day": strconv.Itoa(at.Day()), "month": l.locale.MonthAbbreviated(at.Month())})
}

// ShortMonth is "Dec".
func (l *Language) ShortMonth(at time.Time) string { return l.locale.MonthAbbreviated(at.Month()) }

// Months are their names, as they stand in a day, and cut.
func (l *Language) Months() (long, short []string) {
	return l.locale.MonthsWide(), l.locale.MonthsAbbreviated()
}

// Weekdays are their names, Sunday first, and cut.
func (l *Language) Weekdays() (long, short []string) {
	return l.locale.WeekdaysWide(), l.locale.WeekdaysAbbreviated()
}

// WeekdayDay is "Tue 1 Dec".
func (l *Language) WeekdayDay(at time.Time) string {
	return l.Text("time.weekday-day", Values{"weekday": l.locale.WeekdayAbbreviated(at.Weekday()), "day": l.ShortDay(at)})
}

// LongClock is a time with its whole day: "14:56 on Tuesday 1 December 2026".
func (l *Language) LongClock(at time.Time) string {
	return l.Text("time.clock-long", Values{
		"time": at.Format("15:04"), "weekday": l.locale.WeekdayWide(at.Weekday()), "day": l.Day(at), "year": at.Format("2006"),
	})
}

// Month is "December 2026".
func (l *Language) Month(at time.Time) string {
	return l.Text("time.month-year", Values{"month": l.locale.MonthWide(at.Month()), "year": at.Format("2006")})
}

// Latency writes how long an answer took: "212 ms", "2.4 s", "38 s".
func (l *Language) Latency(d time.Duration) string {
	switch {
	case d < 999500*time.Microsecond:
		return l.Text("time.ms", Values{"n": l.Number(int(d.Round(time.Millisecond) / time.Millisecond))})
	case d < 9950*time.Millisecond && d.Round(100*time.Millisecond)%time.Second != 0:
		return l.Text("time.s", Values{"n": l.locale.FmtNumber(d.Seconds(), 1)})
	}
	return l.Count("time.s", int(d.Round(time.Second)/time.Second), nil)
}
