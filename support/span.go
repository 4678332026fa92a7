package support

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"daymark/internal/expression"
)

// Span is a length of service time: days, which are service days where
// service has hours and 24 hours where it is always given, and the rest.
type Span struct {
	Days int
	Rest time.Duration
}

// spanDays are the days that a span begins with.
var spanDays = regexp.MustCompile(`^(?:(\d{1,3})y)?(?:(\d{1,4})w)?(?:(\d{1,5})d)?(.*)$`)

// ParseSpan reads a duration as the configuration writes it, such as 30m, 4h,
// 1d or 2w. Its days are whole, because a service day has no fixed length; w
// are 7 of them and y are 365.
func ParseSpan(text string) (Span, error) {
	parts := spanDays.FindStringSubmatch(text)
	if parts == nil {
		return Span{}, fmt.Errorf("%q is not a duration: write a number and a unit, such as 30m, 4h or 1d", text)
	}
	var s Span
	for i, days := range []int{365, 7, 1} {
		if count, err := strconv.Atoi(parts[i+1]); err == nil { // empty: not there
			s.Days += count * days
		}
	}
	if parts[4] == "" && text != "" {
		return s, nil
	}
	rest, err := expression.ParseDuration(parts[4])
	if err != nil {
		return Span{}, err
	}
	if strings.ContainsAny(parts[4], "dwy") {
		return Span{}, errors.New("days are whole here, and go first, the largest unit before the smaller: write 1d12h")
	}
	s.Rest = rest
	return s, nil
}

// Length gives the span with days of 24 hours.
func (s Span) Length() time.Duration { return time.Duration(s.Days)*24*time.Hour + s.Rest }

// Due gives the moment at which a span that begins at from is over; see Add.
func (c *Calendar) Due(from time.Time, s Span) time.Time { return c.Add(from, s.Days, s.Rest) }
