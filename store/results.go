package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/checker"
	"daymark/incident"
)

// seriesCache knows the number of each series, the newest of its rollups, and
// what is struck out. Only the writer uses it.
type seriesCache struct {
	ids     map[incident.Series]int64
	newest  map[rollupSlot]rollupLatencies
	strikes map[string][]strikeScope // in force, by check; nil: not read yet
}

// forget drops what a rolled-back transaction may have added.
func (c *seriesCache) forget() { c.ids, c.newest, c.strikes = nil, nil, nil }

func (t *Tx) seriesID(ctx context.Context, series incident.Series) (int64, error) {
	cache := &t.store.series
	if id, ok := cache.ids[series]; ok {
		return id, nil
	}
	if _, err := t.exec(ctx, "INSERT INTO series (check_id, region) VALUES (?, ?) ON CONFLICT DO NOTHING", series.Check, series.Region); err != nil {
		return 0, err
	}
	ids, err := collect(ctx, t.query, func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) },
		"SELECT id FROM series WHERE check_id = ? AND region = ?", series.Check, series.Region)
	if err != nil || len(ids) != 1 {
		return 0, fmt.Errorf("read the series of %s in %s: %w", series.Check, series.Region, err)
	}
	id := ids[0]
	if cache.ids == nil {
		cache.ids = map[incident.Series]int64{}
	}
	cache.ids[series] = id
	return id, nil
}

// outcomes gives the number that stands for an outcome in the database.
var outcomeNumbers = map[checker.Outcome]int{checker.OK: 0, checker.Degraded: 1, checker.Failed: 2, checker.Unknown: 3}

var outcomeOf = []checker.Outcome{checker.OK, checker.Degraded, checker.Failed, checker.Unknown}

// AddResults implements incident.Tx.
func (t *Tx) AddResults(ctx context.Context, results []checker.Result) ([]bool, error) {
	fresh := make([]bool, len(results))
	added := map[Counted]int64{}
	for i := range results {
		r := &results[i]
		var err error
		if fresh[i], err = t.addResult(ctx, r); err != nil {
			return nil, fmt.Errorf("add the result of check %s in %s at %v: %w", r.Check, r.Region, r.At, err)
		}
		if fresh[i] {
			added[Counted{r.Region, r.Outcome}]++
		}
	}
	t.job.commit = append(t.job.commit, func() { t.store.counts.add(added) })
	return fresh, nil
}

func (t *Tx) addResult(ctx context.Context, r *checker.Result) (bool, error) {
	series, err := t.seriesID(ctx, incident.Series{Check: r.Check, Region: r.Region})
	if err != nil {
		return false, err
	}
	detail, err := detailOf(r)
	if err != nil {
		return false, err
	}
	warning, err := warningOf(r)
	if err != nil {
		return false, err
	}
	outcome := outcomeNumbers[r.Outcome]
	done, err := t.exec(ctx, "INSERT INTO results (series, at, outcome, latency, detail, warning, phases) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		series, r.At.UnixMilli(), outcome, r.Latency.Microseconds(), detail, warning, phasesOf(r))
	if err != nil {
		return false, err
	}
	if added, err := done.RowsAffected(); err != nil || added == 0 {
		return false, err
	}
	if err := t.rollUp(ctx, rollups, series, r); err != nil {
		return false, err
	}
	t.job.latest = append(t.job.latest, latestRun{incident.Series{Check: r.Check, Region: r.Region}, r.At.UnixMilli(), outcome})
	return true, t.addEvidence(ctx, series, r)
}

// detail is what a result has to say beyond its outcome.
type detail struct {
	Reason       string                `json:"reason,omitempty"`
	Duration     time.Duration         `json:"duration,omitempty"`
	Late         time.Duration         `json:"late,omitempty"` // by how much it began after its time
	Attempts     int                   `json:"attempts,omitempty"`
	Warnings     []string              `json:"warnings,omitempty"`
	Timings      []checker.Timing      `json:"timings,omitempty"`
	Expectations []checker.Expectation `json:"expectations,omitempty"`
}

// lateFrom is how late a run has to begin for that to be kept.
const lateFrom = time.Second

// detailOf gives NULL for a run that went well and has nothing to add.
func detailOf(r *checker.Result) (sql.NullString, error) {
	late := r.Started.Sub(r.At)
	if r.Started.IsZero() || late < lateFrom {
		late = 0
	}
	if r.Outcome == checker.OK && len(r.Warnings) == 0 && late == 0 {
		return sql.NullString{}, nil
	}
	text, err := encode(detail{r.Reason, r.Duration, late, r.Attempts, r.Warnings, r.Timings, r.Expectations})
	return sql.NullString{String: text, Valid: true}, err
}

// Latencies implements incident.Tx.
func (t *Tx) Latencies(ctx context.Context, check string, hours []time.Time) ([]time.Duration, error) {
	var all []time.Duration
	for _, hour := range hours {
		found, err := collect(ctx, t.query, func(rows *sql.Rows) (time.Duration, error) {
			var latency int64
			err := rows.Scan(&latency)
			return time.Duration(latency) * time.Microsecond, err
		}, `SELECT r.latency FROM series s CROSS JOIN results r ON r.series = s.id
			WHERE s.check_id = ? AND r.at >= ? AND r.at < ? AND r.outcome IN (0, 1)`,
			check, hour.UnixMilli(), hour.Add(time.Hour).UnixMilli())
		if err != nil {
			return nil, fmt.Errorf("read latencies: %w", err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// warningOf gives what the rules need of a run's warnings, apart from the
// detail, which they do not read; NULL where there is none.
func warningOf(r *checker.Result) (sql.NullString, error) {
	warning := incident.WarningOf(r)
	if warning == nil {
		return sql.NullString{}, nil
	}
	text, err := encode(warning)
	return sql.NullString{String: text, Valid: true}, err
}
