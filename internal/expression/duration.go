package expression

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Lengths of the units that Go's own durations lack.
const (
	Day  = 24 * time.Hour
	Week = 7 * Day
	Year = 365 * Day
)

// units are ordered so that a longer name is tried before its prefix.
var units = []struct {
	name   string
	length time.Duration
}{
	{"ns", time.Nanosecond},
	{"us", time.Microsecond},
	{"µs", time.Microsecond},
	{"ms", time.Millisecond},
	{"s", time.Second},
	{"m", time.Minute},
	{"h", time.Hour},
	{"d", Day},
	{"w", Week},
	{"y", Year},
}

// ParseDuration parses a duration such as "90s", "1h30m", "2.5d", "2w" or
// "5y" (d = 24 h, y = 365 d). "0" needs no unit; signs are refused.
func ParseDuration(text string) (time.Duration, error) {
	if text == "0" {
		return 0, nil
	}
	rest, total := text, 0.0
	if rest == "" {
		return 0, badDuration(text)
	}
	for rest != "" {
		digits := 0
		for digits < len(rest) && (rest[digits] >= '0' && rest[digits] <= '9' || rest[digits] == '.') {
			digits++
		}
		amount, err := strconv.ParseFloat(rest[:digits], 64)
		if err != nil {
			return 0, badDuration(text)
		}
		rest = rest[digits:]
		end := strings.IndexAny(rest, "0123456789.")
		if end < 0 {
			end = len(rest)
		}
		length, ok := unit(rest[:end])
		if !ok {
			return 0, badDuration(text)
		}
		total += amount * float64(length)
		rest = rest[end:]
	}
	if total > math.MaxInt64 {
		return 0, fmt.Errorf("duration %q is longer than 292 years", text)
	}
	return time.Duration(total), nil
}

// FormatDuration writes a duration as people say it, with the two largest
// units that matter: "1.24 s", "4 min 5 s", "2 h", "340 ms".
func FormatDuration(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + FormatDuration(-d)
	case d == 0:
		return "0 s"
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	case d < 10*time.Second && d%time.Second != 0:
		return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(d.Seconds(), 'f', 2, 64), "0"), ".") + " s"
	}
	d = d.Round(time.Second)
	steps := []struct {
		length time.Duration
		name   string
	}{{Day, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}}
	var parts []string
	for _, step := range steps {
		if n := d / step.length; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, step.name))
			d -= n * step.length
		} else if len(parts) > 0 {
			break
		}
		if len(parts) == 2 {
			break
		}
	}
	return strings.Join(parts, " ")
}

func unit(name string) (time.Duration, bool) {
	for _, u := range units {
		if u.name == name {
			return u.length, true
		}
	}
	return 0, false
}

func badDuration(text string) error {
	return fmt.Errorf("%q is not a duration: write a number and a unit, such as 30s, 5m, 4h, 28d, 2w or 5y", text)
}
