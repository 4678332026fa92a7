package support

import (
	"fmt"
	"strings"
	"time"
)

// ParseClock reads a time of day such as 08:00, up to 24:00, as the time
// since midnight.
func ParseClock(text string) (time.Duration, error) {
	if text == "24:00" {
		return 24 * time.Hour, nil
	}
	at, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, fmt.Errorf("%q is not a time of day: write hours and minutes, such as 08:00", text)
	}
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, nil
}

// ParseDate reads a day such as 2026-12-25, as its midnight in zone.
func ParseDate(text string, zone *time.Location) (time.Time, error) {
	day, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a day: write year, month and day, such as 2026-12-25", text)
	}
	return day, nil
}

// ParseMoment reads a day and time such as 2026-12-24T09:00. With a zone of
// its own (2026-12-24T09:00Z, 2026-12-24T09:00+01:00) it stands there,
// otherwise in zone.
func ParseMoment(text string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{
		"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", time.RFC3339,
	} {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a day and time: write them as 2026-12-24T09:00", text)
}

// Days holds a flag for each weekday, Sunday first as in time.Weekday.
type Days [7]bool

// ParseDays reads weekdays: MON-FRI, SAT,SUN, or MON-WED,FRI.
func ParseDays(text string) (Days, error) {
	var days Days
	for part := range strings.SplitSeq(text, ",") {
		first, last, ranged := strings.Cut(strings.TrimSpace(part), "-")
		from, ok := weekday(first)
		to := from
		if ok && ranged {
			to, ok = weekday(last)
		}
		if !ok {
			return Days{}, fmt.Errorf("%q does not name weekdays: write them as MON-FRI or MON,WED,FRI", text)
		}
		for day := from; ; day = (day + 1) % 7 {
			days[day] = true
			if day == to {
				break
			}
		}
	}
	return days, nil
}

// Handover is when a rota changes: each day or on one weekday, at a time of
// day.
type Handover struct {
	Daily bool
	Day   time.Weekday  // where it is not daily
	At    time.Duration // since midnight
}

// ParseHandover reads a handover: MON 09:00 or daily 09:00.
func ParseHandover(text string) (Handover, error) {
	when, clock, _ := strings.Cut(text, " ")
	at, err := ParseClock(clock)
	day, isDay := weekday(when)
	if err != nil || at == 24*time.Hour || !isDay && when != "daily" {
		return Handover{}, fmt.Errorf("%q is not a handover: write a weekday and a time, such as MON 09:00, or daily 09:00", text)
	}
	return Handover{Daily: !isDay, Day: day, At: at}, nil
}

func weekday(name string) (time.Weekday, bool) {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if strings.EqualFold(name, day.String()[:3]) {
			return day, true
		}
	}
	return 0, false
}
