package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"daymark/incident"
	"daymark/internal/civil"
	"daymark/slo"
	"daymark/statuspage"
)

// addCounts gives the last 90 days of every component with its runs, and marks
// the hours in which the last one stood.
func (p *Page) addCounts(counts map[rollupTable]map[string][]runs, first, now time.Time, hours map[string][]statuspage.Day) map[string][]statuspage.Day {
	all := map[string][]statuspage.Day{}
	empty := p.daysOf(all, "", first)
	begins := make([]int64, len(empty))
	for i := range empty {
		begins[i] = empty[i].Date.Unix()
	}
	var sums [2][pageDays]runs // used again
	for component, checks := range byComponent(counts, p.component) {
		days := slices.Clone(empty)
		all[component] = days
		stands := time.Duration(0)
		if p.stands != nil {
			stands = p.stands(component)
		}
		clear(sums[:])
		told := countDays(days, &sums, begins, checks)
		cover(days, told[:], stands, now)
		coverHours(hours[component], days, stands)
	}
	delete(all, "")
	return all
}

// byComponent gives the runs of each component's checks: all of them, and
// those in a maintenance.
func byComponent(counts map[rollupTable]map[string][]runs, of func(check string) string) map[string]*[2][][]runs {
	all := map[string]*[2][][]runs{}
	for table, checks := range counts {
		which := 0
		if table == excused {
			which = 1
		}
		for check, counted := range checks {
			component := of(check)
			if component == "" || len(counted) == 0 {
				continue
			}
			if all[component] == nil {
				all[component] = new([2][][]runs)
			}
			all[component][which] = append(all[component][which], counted)
		}
	}
	return all
}

// daysOf gives a component's days, which it makes where there are none.
func (p *Page) daysOf(all map[string][]statuspage.Day, component string, first time.Time) []statuspage.Day {
	days := all[component]
	if days != nil {
		return days
	}
	days = make([]statuspage.Day, pageDays)
	dates := all[""] // no component is called so
	for i := range days {
		if dates == nil {
			days[i].Date = civil.Plus(first, i)
		} else {
			days[i].Date = dates[i].Date
		}
	}
	all[component] = days
	return days
}

// timeAll adds the durations of every status to days and hours.
func (p *Page) timeAll(ctx context.Context, tx *sql.Tx, days, hours map[string][]statuspage.Day, first, now time.Time) error {
	struck, err := spansOf(ctx, tx, "SELECT component, since, until FROM strikes WHERE undone IS NULL AND until > ?", first)
	if err != nil {
		return err
	}
	for component, spans := range struck {
		of := p.daysOf(days, component, first)
		for i := range of {
			day := incident.Span{From: of[i].Date, Until: civil.Plus(of[i].Date, 1)}
			for _, span := range spans {
				of[i].Struck = of[i].Struck || span.From.Before(day.Until) && span.Until.After(day.From)
			}
		}
	}
	unfounded, err := spansOf(ctx, tx, "SELECT p.component, p.since, p.until FROM strikes s JOIN strike_spans p ON p.strike = s.id WHERE s.undone IS NULL AND p.until > ?", first)
	if err != nil {
		return err
	}
	return timeDays(ctx, tx, first, now, func(component string, status incident.Status, from, until time.Time) {
		left := []incident.Span{{From: from, Until: until}}
		if status != incident.Maintenance {
			left = left[0].Without(unfounded[component])
		}
		for _, span := range left {
			addSpan(p.daysOf(days, component, first), 0, status, span.From, span.Until)
			addSpan(hours[component], time.Hour, status, span.From, span.Until)
		}
	})
}

// spansOf reads the spans of each component that end after a time.
func spansOf(ctx context.Context, tx *sql.Tx, query string, after time.Time) (map[string][]incident.Span, error) {
	all := map[string][]incident.Span{}
	_, err := collect(ctx, tx.QueryContext, func(rows *sql.Rows) (struct{}, error) {
		var component string
		span, err := scanSpan(rows, &component)
		all[component] = append(all[component], span)
		return struct{}{}, err
	}, query, after.UnixMilli())
	return all, err
}

// scanSpan reads a row that ends with when something began and ended.
func scanSpan(rows *sql.Rows, before ...any) (incident.Span, error) {
	var since, until sql.NullInt64
	err := rows.Scan(append(before, &since, &until)...)
	return incident.Span{From: moment(since), Until: moment(until)}, err
}

// firstDay is the moment with which the page's days begin.
func (p *Page) firstDay(now time.Time) time.Time {
	return civil.Plus(now.In(p.store.zone), 1-pageDays)
}

// countDays adds what the checks of a component came to, all runs and those in a
// maintenance, and gives the hours with runs of each day. sums is empty, and
// begins has when the days begin, in seconds.
func countDays(days []statuspage.Day, sums *[2][pageDays]runs, begins []int64, checks *[2][][]runs) (told [pageDays]toldHours) {
	for which := range sums {
		for _, counted := range checks[which] {
			sumDays(sums[which][:], begins, counted)
		}
	}
	for i := range days {
		ran := sums[0][i].told()
		days[i].Checks, days[i].Failed, days[i].Slow, days[i].Unknown, days[i].Excused = ran.Checks, ran.Failed, ran.Slow, ran.Unknown, sums[1][i].told()
		told[i] = sums[0][i].hours
	}
	return told
}

// sumDays adds the runs of a check to days, both in order.
func sumDays(sums []runs, begins []int64, counted []runs) {
	i := 0
	for at := range counted {
		r := &counted[at]
		if r.start < begins[0] {
			continue
		}
		for i+1 < len(begins) && r.start >= begins[i+1] {
			i++
		}
		sums[i].plus(r)
	}
}

// told gives what runs came to as the page has it.
func (r *runs) told() statuspage.Runs {
	return statuspage.Runs{Checks: int(r.ok + r.degraded + r.failed), Failed: int(r.failed), Slow: int(r.degraded), Unknown: int(r.unknown)}
}

// cover says of how much of each day nothing was measured, from the first run
// on, and marks the days without runs in which what the last run told still
// stood, because the next one was not due.
func cover(days []statuspage.Day, told []toldHours, stands time.Duration, now time.Time) {
	var c slo.Covered
	for i := range days {
		day, end := &days[i], now // which is in the last of them
		if i+1 < len(days) {
			end = days[i+1].Date
		}
		runs := day.Checks + day.Unknown
		if runs == 0 && !c.Begun() {
			continue // before the first
		}
		before, from := c.Total, day.Date
		if runs > 0 {
			for span := range told[i].within(slo.Bucket{From: day.Date, Until: end}) {
				if !c.Begun() {
					c.Begin(span.From, time.Time{})
					from = span.From
				}
				c.Idle(span.From)
				standing := time.Time{}
				if day.Checks > 0 {
					standing = span.Until.Add(stands)
				}
				c.Ran(earlierOf(span.Until, end), 1, standing)
			}
		}
		c.Idle(end)
		if lasts := end.Sub(from); lasts > 0 {
			day.Gap = max(0, 1-float64(c.Total-before)/float64(lasts))
		}
		day.Covered = runs == 0 && day.Gap < 1
	}
}

// timeDays finds the spans of bad status, and of maintenance.
func timeDays(ctx context.Context, tx *sql.Tx, first, now time.Time, lay func(component string, status incident.Status, from, until time.Time)) error {
	type change struct {
		component string
		at        int64
		status    incident.Status
	}
	changes, err := collect(ctx, tx.QueryContext, func(rows *sql.Rows) (c change, err error) {
		return c, rows.Scan(&c.component, &c.at, &c.status)
	}, `SELECT component, at, status FROM component_changes c WHERE at >=
		(SELECT coalesce(max(at), 0) FROM component_changes b WHERE b.component = c.component AND b.at < ?) ORDER BY component, at`, first.UnixMilli())
	if err != nil {
		return err
	}
	for i, c := range changes {
		until := now
		if i+1 < len(changes) && changes[i+1].component == c.component {
			until = time.UnixMilli(changes[i+1].at)
		}
		if c.status.Badness() > 0 || c.status == incident.Maintenance {
			lay(c.component, c.status, time.UnixMilli(c.at), until)
		}
	}
	return nil
}

// addSpan adds a span of one status to the days that it touches, which are
// calendar days where no length is given.
func addSpan(days []statuspage.Day, length time.Duration, status incident.Status, from, until time.Time) {
	for i := range days {
		start, end := days[i].Date, civil.Plus(days[i].Date, 1)
		if length > 0 {
			end = start.Add(length)
		}
		if from.After(start) {
			start = from
		}
		if until.Before(end) {
			end = until
		}
		if lasted := end.Sub(start); lasted > 0 {
			switch status {
			case incident.Down:
				days[i].Down += lasted
			case incident.PartlyDown:
				days[i].Partial += lasted
			case incident.Maintenance:
				days[i].Maintenance += lasted
			default:
				days[i].Degraded += lasted
			}
		}
	}
}
