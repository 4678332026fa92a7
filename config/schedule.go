package config

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// fieldNames are the fields of a cron line, in its order.
const fieldNames = "minute, hour, day of the month, month, day of the week"

// badSchedule tells what is wrong with a cron line, or "".
func badSchedule(value string) string {
	line := value
	if strings.HasPrefix(line, "TZ=") || strings.HasPrefix(line, "CRON_TZ=") {
		zone, rest, found := strings.Cut(line, " ")
		_, name, _ := strings.Cut(zone, "=")
		if !isZone(name) {
			return fmt.Sprintf("there is no timezone %q", name)
		}
		if rest = strings.TrimSpace(rest); !found || rest == "" {
			return "after the timezone come five fields: " + fieldNames
		}
		line = rest
	}
	if every, is := strings.CutPrefix(line, "@every "); is {
		length, err := time.ParseDuration(every)
		switch {
		case err != nil:
			return fmt.Sprintf("%q is not a time of hours, minutes and seconds, such as 1h30m or 45s", every)
		case length < time.Second:
			return "a check runs once a second at most"
		case length%time.Second != 0:
			return "its time is of whole seconds"
		}
		return ""
	}
	schedule, err := cron.ParseStandard(line)
	if err != nil {
		return cronReason(err.Error(), line)
	}
	if schedule.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return "no day is ever like that"
	}
	return ""
}

// cronReasons puts what the cron library says into our words.
var cronReasons = []struct {
	says *regexp.Regexp
	ours string
}{
	{regexp.MustCompile(`^end of range \((\d+)\) above maximum \((\d+)\): (.*)`), "$3 goes beyond $2"},
	{regexp.MustCompile(`^beginning of range \((\d+)\) below minimum \((\d+)\): (.*)`), "$3 begins below $2"},
	{regexp.MustCompile(`^beginning of range \(\d+\) beyond end of range \(\d+\): (.*)`), "$1 begins after its end"},
	{regexp.MustCompile(`^failed to parse int from (\S*): .*`), "$1 is not a number"},
	{regexp.MustCompile(`^negative number \((-\d+)\) not allowed: .*`), "$1 is below 0"},
	{regexp.MustCompile(`^step of range should be a positive number: (.*)`), "$1 has a step of 0"},
	{regexp.MustCompile(`^too many (?:slashes|hyphens): (.*)`), "$1 is not a range: write 1-5 or */5"},
	{regexp.MustCompile(`^unrecognized descriptor: (.*)`), "$1 is not known: write @hourly, @daily, @weekly, @monthly, @yearly or @every 5m"},
}

func cronReason(says, line string) string {
	if fields := len(strings.Fields(line)); fields != 5 && !strings.HasPrefix(line, "@") {
		return fmt.Sprintf("it has %s, not the five: %s", count(fields, "field"), fieldNames)
	}
	for _, reason := range cronReasons {
		if reason.says.MatchString(says) {
			return reason.says.ReplaceAllString(says, reason.ours)
		}
	}
	return says
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
