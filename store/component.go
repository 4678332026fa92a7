package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"daymark/incident"
	"daymark/internal/civil"
	"daymark/statuspage"
)

// mostIncidents is how many incidents a component's page lists.
const mostIncidents = 100

// keptHistory is a component's history as it was read.
type keptHistory struct {
	history *statuspage.ComponentHistory
	at      time.Time
	seq     int64
}

// Component implements statuspage.Source. A history is read again when
// something happened and now and then, however many ask.
func (p *Page) Component(ctx context.Context, ask statuspage.ComponentAsk, now time.Time) (*statuspage.ComponentHistory, error) {
	p.histories.Lock()
	defer p.histories.Unlock()
	tx, err := p.store.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("read component %s: %w", ask.ID, explain(err))
	}
	defer func() { _ = tx.Rollback() }() // it wrote nothing
	var seq int64
	err = tx.QueryRowContext(ctx, "SELECT seq FROM events WHERE quiet = 0 ORDER BY seq DESC LIMIT 1").Scan(&seq)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read component %s: %w", ask.ID, explain(err))
	}
	if kept, found := p.kept[ask]; found && kept.seq == seq && !now.Before(kept.at) && now.Sub(kept.at) <= daysFresh {
		return kept.history, nil
	}
	history, err := readHistory(ctx, tx, ask, now)
	if err != nil {
		return nil, fmt.Errorf("read component %s: %w", ask.ID, explain(err))
	}
	if p.kept == nil {
		p.kept = map[statuspage.ComponentAsk]keptHistory{}
	}
	p.kept[ask] = keptHistory{history, now, seq}
	return history, nil
}

// seriesRow is one region of a check.
type seriesRow struct {
	id     int64
	region string
}

func readHistory(ctx context.Context, tx *sql.Tx, ask statuspage.ComponentAsk, now time.Time) (*statuspage.ComponentHistory, error) {
	history := &statuspage.ComponentHistory{Until: now}
	var all []seriesRow
	var err error
	if ask.Timed != "" && ask.Step > 0 {
		all, err = collect(ctx, tx.QueryContext, func(rows *sql.Rows) (s seriesRow, err error) {
			return s, rows.Scan(&s.id, &s.region)
		}, "SELECT id, region FROM series WHERE check_id = ? ORDER BY region", ask.Timed)
		if err != nil {
			return nil, err
		}
	}
	for _, s := range all {
		times, err := readTimes(ctx, tx, s, ask.Step, now)
		if err != nil {
			return nil, err
		}
		history.Times = append(history.Times, times)
	}
	history.Incidents, err = loadIncidents(ctx, tx.QueryContext,
		"id IN (SELECT incident FROM affected WHERE component = ?) AND worst BETWEEN 1 AND 3 AND (resolved IS NULL OR resolved > ?)",
		newestOfFew+" LIMIT ?", ask.ID, now.AddDate(0, 0, -pageDays).UnixMilli(), mostIncidents)
	return history, err
}

// coverHours marks the hours without runs in which what the last run told still
// stood, as cover does the days.
func coverHours(hours, days []statuspage.Day, stands time.Duration) {
	if stands == 0 || len(hours) == 0 {
		return
	}
	var until time.Time
	for _, day := range days {
		if day.Checks > 0 && day.Date.Before(hours[0].Date) {
			until = civil.Plus(day.Date, 1).Add(stands)
		}
	}
	for i := range hours {
		hour := &hours[i]
		switch {
		case hour.Checks > 0:
			until = hour.Date.Add(time.Hour).Add(stands)
		case hour.Unknown > 0:
			until = time.Time{}
		default:
			hour.Covered = hour.Date.Before(until)
		}
	}
}

// readTimes reads one region's raw results of the window, which the database
// adds up by the bucket.
func readTimes(ctx context.Context, tx *sql.Tx, s seriesRow, step time.Duration, now time.Time) (statuspage.RegionTimes, error) {
	from := now.Add(-statuspage.TimesWindow)
	times := statuspage.RegionTimes{Region: s.region, Buckets: make([]statuspage.TimesBucket, statuspage.TimesWindow/step)}
	type row struct {
		bucket, answered, failed int
		sum                      int64
		last, told               sql.NullInt64
	}
	rows, err := collect(ctx, tx.QueryContext, func(rows *sql.Rows) (r row, err error) {
		return r, rows.Scan(&r.bucket, &r.answered, &r.failed, &r.sum, &r.last, &r.told)
	}, `SELECT (at - ?) / ?, sum(CASE WHEN outcome <= 1 THEN 1 ELSE 0 END), sum(CASE WHEN outcome = 2 THEN 1 ELSE 0 END),
		sum(CASE WHEN outcome <= 1 THEN latency ELSE 0 END), max(CASE WHEN outcome <= 1 THEN at END), max(CASE WHEN outcome <= 2 THEN at END)
		FROM results WHERE series = ? AND at >= ? AND at < ? GROUP BY 1`,
		from.UnixMilli(), step.Milliseconds(), s.id, from.UnixMilli(), now.UnixMilli())
	if err != nil {
		return times, err
	}
	for _, r := range rows {
		if r.bucket < 0 || r.bucket >= len(times.Buckets) {
			continue // now is no whole millisecond
		}
		times.Buckets[r.bucket] = statuspage.TimesBucket{Answered: r.answered, Failed: r.failed, Sum: time.Duration(r.sum) * time.Microsecond}
		if at := moment(r.last); at.After(times.Answered) {
			times.Answered = at
		}
		if at := moment(r.told); at.After(times.Told) {
			times.Told = at
		}
	}
	return times, nil
}

// readEarlier reads the incidents that ended 30 to 90 days ago with what they
// affected: enough for the days of the strips to name them.
func readEarlier(ctx context.Context, tx *sql.Tx, now time.Time) ([]incident.Incident, error) {
	const where = "worst BETWEEN 1 AND 3 AND resolved <= ? AND resolved > ?"
	args := []any{now.AddDate(0, 0, -recentDays).UnixMilli(), now.AddDate(0, 0, -pageDays).UnixMilli()}
	all, err := collect(ctx, tx.QueryContext, scanIncident, selectIncidents+where+" ORDER BY "+newestOfFew, args...)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	place := map[string]int{}
	for i := range all {
		place[all[i].ID] = i
	}
	type row struct {
		incident string
		affected incident.Affected
	}
	rows, err := collect(ctx, tx.QueryContext, func(rows *sql.Rows) (r row, err error) {
		var since, until sql.NullInt64
		err = rows.Scan(&r.incident, &r.affected.Component, &r.affected.Status, &r.affected.Worst, &since, &until)
		r.affected.From, r.affected.Until = moment(since), moment(until)
		return r, err
	}, `SELECT incident, component, status, worst, since, until FROM affected WHERE incident IN
		(SELECT id FROM incidents WHERE `+where+`) ORDER BY incident, position`, args...)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		i := place[r.incident]
		all[i].Affected = append(all[i].Affected, r.affected)
	}
	return all, nil
}

// hoursReady is how many hours are held in memory, at least: those of a day,
// and what is ahead of the clock.
const hoursReady = 30 * time.Hour

func firstHour(now time.Time) time.Time { return now.Add(-24 * time.Hour).Truncate(time.Hour) }

// addHours gives the clock hours of every component's last 24 hours, and how
// long each check took in them on average, from the hourly rollups.
func (p *Page) addHours(counts map[string][]runs, now time.Time) (map[string][]statuspage.Day, map[string]time.Duration) {
	first := firstHour(now)
	var empty []statuspage.Day
	for at := first; !at.After(now); at = at.Add(time.Hour) {
		empty = append(empty, statuspage.Day{Date: at})
	}
	all, answers := map[string][]statuspage.Day{}, map[string]time.Duration{}
	for check, counted := range counts {
		sum := runs{}
		var hours []statuspage.Day
		if component := p.component(check); component != "" {
			if hours = all[component]; hours == nil {
				hours = slices.Clone(empty)
				all[component] = hours
			}
		}
		for i := range counted {
			r := &counted[i]
			if r.start < first.Unix() {
				continue
			}
			sum.plus(r)
			if i := int((r.start - first.Unix()) / hourGrain); i < len(hours) {
				hours[i].Checks += int(r.ok + r.degraded + r.failed)
				hours[i].Failed += int(r.failed)
				hours[i].Slow += int(r.degraded)
				hours[i].Unknown += int(r.unknown)
			}
		}
		if answered := sum.ok + sum.degraded; answered > 0 {
			answers[check] = time.Duration(sum.latency/int64(answered)) * time.Microsecond
		}
	}
	return all, answers
}
