package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"daymark/incident"
	"daymark/statuspage"
)

// readDays reads the last 90 days of every component: counts from the daily
// rollups, durations from the changes of status, which it lays over the hours,
// too.
func (p *Page) readDays(ctx context.Context, tx *sql.Tx, today, now time.Time, hours map[string][]statuspage.Day) (map[string][]statuspage.Day, error) {
	first := dayStart(today.AddDate(0, 0, 1-pageDays), p.store.zone)
	all := map[string][]statuspage.Day{}
	of := func(component string) []statuspage.Day {
		days := all[component]
		if days == nil {
			days = make([]statuspage.Day, pageDays)
			for i := range days {
				days[i].Date = dayStart(first.AddDate(0, 0, i), p.store.zone)
			}
			all[component] = days
		}
		return days
	}
	if err := p.countDays(ctx, tx, first, of); err != nil {
		return nil, err
	}
	if err := p.countExcused(ctx, tx, first, of); err != nil {
		return nil, err
	}
	for component, days := range all {
		if p.stands != nil {
			cover(days, p.stands(component))
			coverHours(hours[component], days, p.stands(component))
		}
	}
	return all, timeDays(ctx, tx, first, now, func(component string, status incident.Status, from, until time.Time) {
		addSpan(of(component), 0, status, from, until)
		addSpan(hours[component], time.Hour, status, from, until)
	})
}

func (p *Page) countDays(ctx context.Context, tx *sql.Tx, first time.Time, of func(string) []statuspage.Day) error {
	return p.count(ctx, tx, of, func(day *statuspage.Day, r statuspage.Runs) {
		day.Checks += r.Checks
		day.Failed += r.Failed
		day.Slow += r.Slow
		day.Unknown += r.Unknown
	},
		`SELECT s.check_id, r.start, sum(r.ok), sum(r.degraded), sum(r.failed), sum(r.unknown)
		FROM series s JOIN rollups r ON r.series = s.id AND r.grain = ? AND r.start >= ? GROUP BY s.check_id, r.start`, dayGrain, first.Unix())
}

// countExcused counts those that ran in a maintenance.
func (p *Page) countExcused(ctx context.Context, tx *sql.Tx, first time.Time, of func(string) []statuspage.Day) error {
	return p.count(ctx, tx, of, func(day *statuspage.Day, r statuspage.Runs) {
		day.Excused.Checks += r.Checks
		day.Excused.Failed += r.Failed
		day.Excused.Slow += r.Slow
		day.Excused.Unknown += r.Unknown
	},
		`SELECT s.check_id, e.start, sum(e.ok), sum(e.degraded), sum(e.failed), sum(e.unknown)
		FROM series s JOIN excused e ON e.series = s.id AND e.grain = ? AND e.start >= ? GROUP BY s.check_id, e.start`, dayGrain, first.Unix())
}

func (p *Page) count(ctx context.Context, tx *sql.Tx, of func(string) []statuspage.Day, add func(*statuspage.Day, statuspage.Runs), query string, args ...any) error {
	type row struct {
		check                         string
		start                         int64
		ok, degraded, failed, unknown int
	}
	rows, err := collect(ctx, tx.QueryContext, func(rows *sql.Rows) (r row, err error) {
		return r, rows.Scan(&r.check, &r.start, &r.ok, &r.degraded, &r.failed, &r.unknown)
	}, query, args...)
	if err != nil {
		return err
	}
	for _, r := range rows {
		component := p.component(r.check)
		if component == "" {
			continue
		}
		days := of(component)
		if i := dayIndex(days, time.Unix(r.start, 0)); i >= 0 {
			add(&days[i], statuspage.Runs{Checks: r.ok + r.degraded + r.failed, Failed: r.failed, Slow: r.degraded, Unknown: r.unknown})
		}
	}
	return nil
}

// cover marks the days without runs in which what the last run told still
// stood, because the next one was not due.
func cover(days []statuspage.Day, stands time.Duration) {
	var until time.Time
	for i := range days {
		day := &days[i]
		switch {
		case day.Checks > 0:
			until = day.Date.AddDate(0, 0, 1).Add(stands)
		case day.Unknown > 0:
			until = time.Time{}
		case stands > 0:
			day.Covered = day.Date.Before(until)
		}
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
		start, end := days[i].Date, days[i].Date.AddDate(0, 0, 1)
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

// dayIndex finds the day that a moment lies in, or -1.
func dayIndex(days []statuspage.Day, at time.Time) int {
	for i, day := range slices.Backward(days) {
		if !at.Before(day.Date) {
			return i
		}
	}
	return -1
}
