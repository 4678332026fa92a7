package statuspage

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"daymark/incident"
	"daymark/internal/civil"
	"daymark/internal/lang"
)

// A day of a strip is 2.5 units wide with 1.5 between.
const (
	dayStep  = 4
	dayWidth = 2.5
)

// kinds of day that are drawn by themselves: class, path at x, and the order
// in which the paths are written.
var kinds = []struct {
	status incident.Status
	class  string
	shape  string // after "M<x> "
}{
	{incident.Unmeasured, "unknown", "34h2.5v2h-2.5z"},
	{incident.Maintenance, "maintenance", "24h2.5v4h-2.5zm0 8h2.5v4h-2.5z"},
	{incident.Slow, "degraded", "16h2.5V36h-2.5z"},
	{incident.PartlyDown, "partial", "9h2.5V36h-2.5z"},
	{incident.Down, "major", "2h2.5V36h-2.5z"},
}

// drawStrip draws days, oldest first: good runs as one dashed path, every
// other kind as a path of its own.
func drawStrip(days []incident.Status) (good string, marks []Mark) {
	x := func(day int) int { return day * dayStep }
	var run strings.Builder
	for from := 0; from < len(days); from++ {
		if days[from] != incident.Operational {
			continue
		}
		to := from
		for to+1 < len(days) && days[to+1] == incident.Operational {
			to++
		}
		fmt.Fprintf(&run, "M%d 30H%s", x(from), unit(float64(x(to))+dayWidth))
		from = to
	}
	for _, kind := range kinds {
		var path strings.Builder
		for day, status := range days {
			if status == kind.status {
				fmt.Fprintf(&path, "M%d %s", x(day), kind.shape)
			}
		}
		if path.Len() > 0 {
			marks = append(marks, Mark{Class: kind.class, Path: path.String()})
		}
	}
	return run.String(), marks
}

// unit writes a coordinate as short as it can be.
func unit(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// stripWidth is the width of so many days.
func stripWidth(days int) float64 { return float64((days-1)*dayStep) + dayWidth }

// unmeasured gives how much of a time was not measured, 0 to 1: what had no
// runs and, of the rest, the share of the runs that could not tell.
func (d *Day) unmeasured() float64 {
	switch runs := d.Checks + d.Unknown; {
	case runs > 0:
		return d.Gap + (1-d.Gap)*float64(d.Unknown)/float64(runs)
	case d.Covered:
		return d.Gap
	}
	return 1
}

// dayStatus says how a day was: the worst that it had. One of which at least
// half was not measured was not measured; one in which no run was due was as
// the run before it left it.
func dayStatus(d Day) incident.Status {
	switch {
	case d.Down > 0:
		return incident.Down
	case d.Partial > 0:
		return incident.PartlyDown
	case d.Degraded > 0:
		return incident.Slow
	case d.Maintenance > 0:
		return incident.Maintenance
	case d.Covered && d.Checks+d.Unknown == 0:
		return incident.Operational
	case d.Checks == 0 || d.unmeasured() >= 0.5:
		return incident.Unmeasured
	}
	return incident.Operational
}

// lastDays lays a component's days on the 90 that end today; a day that is
// not there was not measured.
func lastDays(days []Day, today time.Time) []Day {
	if len(days) == stripDays && days[stripDays-1].Date.Equal(today) && days[0].Date.Equal(civil.Plus(today, 1-stripDays)) {
		return days // as the store gives them
	}
	all := make([]Day, stripDays)
	for i := range all {
		all[i].Date = civil.Plus(today, i-stripDays+1)
	}
	for _, d := range days {
		if at := stripDays - 1 - sinceDays(d.Date.In(today.Location()), today); at >= 0 && at < stripDays {
			d.Date = all[at].Date
			all[at] = d
		}
	}
	return all
}

// uptime is the share of checks that did not fail, and what it rests on.
type uptime struct {
	checks, failed int
	unmeasured     float64 // share of the time, since the first day measured
	measured       bool
	first          time.Time // the first day measured; zero: the first of all days, or none
	excused        bool      // runs in maintenance are left out
	maintained     int       // runs in maintenance, left out or not
}

// countUptime adds days up. Coverage is counted from the first day on which a
// check ran; each day counts alike. With excused, runs in maintenance are left
// out.
func countUptime(days []Day, excused bool) uptime {
	u := uptime{excused: excused}
	counted := 0
	for i, d := range days {
		if u.maintained += d.Excused.Checks; excused && d.Excused.Checks+d.Excused.Unknown > 0 {
			d.Checks -= d.Excused.Checks
			d.Failed -= d.Excused.Failed
			d.Unknown -= d.Excused.Unknown
			d.Covered = true // what is left may be nothing
		}
		runs := d.Checks + d.Unknown
		if runs == 0 && !u.measured {
			continue // before Daymark knew the component
		}
		if !u.measured && i > 0 {
			u.first = d.Date
		}
		u.measured = true
		u.checks += d.Checks
		u.failed += d.Failed
		counted++
		u.unmeasured += d.unmeasured()
	}
	if counted > 0 {
		u.unmeasured /= float64(counted)
	}
	return u
}

// hundredths gives the percentage, always rounded down: a single failure is
// never 100 %.
func (u uptime) hundredths() int64 {
	good, all := int64(u.checks-u.failed), int64(u.checks)
	return good * 10000 / all
}

// gap writes the share that was not measured; "" is none at all.
func (s speech) gap(u uptime) string {
	tenths := int64(math.Round(u.unmeasured * 1000))
	switch {
	case u.unmeasured <= 0:
		return ""
	case tenths == 0:
		return s.with("less-than", lang.Values{"share": s.PercentTenths(1)})
	case tenths >= 1000 && u.checks > 0:
		return s.with("more-than", lang.Values{"share": s.PercentTenths(999)})
	}
	return s.PercentTenths(tenths)
}
