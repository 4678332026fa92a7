package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// About what a row takes, in bytes, with its part of the indexes. The results
// were measured by BenchmarkSizeRatio, which ends with 46 MB a million with
// their rollups; a rollup is most of all its times, some hundred bytes.
const (
	resultBytes = 45
	hourBytes   = 130
	dayBytes    = 190
)

// Growing is one kind of what is kept.
type Growing struct {
	Kind   string        // results, hours, days or evidence
	PerDay int64         // bytes that come each day
	Keep   time.Duration // how long it is kept; 0: for ever
	Age    time.Duration // of the oldest
	Limit  int64         // bytes that all of it has at most; 0: none
	Has    int64         // bytes that it has, where there is a limit
}

// Forecast is how the database goes on, if it is filled as in the last day.
type Forecast struct {
	Used   int64 // bytes, without what is free to be used again
	Free   int64 // bytes on the disk, and in the file
	PerDay int64 // bytes that come more than go, now
	Steady int64 // bytes once as much goes as comes; 0: it grows for ever
	// SteadyIn is when that is, and FullIn when the disk is full; 0: already,
	// or never, as Steady and Full say.
	SteadyIn time.Duration
	FullIn   time.Duration
	Full     bool // the disk becomes full before that
}

// forecastFor is how far ahead is looked.
const forecastFor = 20 * 365

// Foresee works out how the database goes on. It is pure.
func Foresee(all []Growing, used, free int64) Forecast {
	const day = 24 * time.Hour
	f := Forecast{Used: used, Free: free}
	size := used
	has := make([]int64, len(all))
	for i := range all {
		has[i] = all[i].Has
	}
	grows := func(i, days int) int64 {
		g := &all[i]
		switch {
		case g.Keep > 0 && g.Age+time.Duration(days)*day >= g.Keep:
			return 0
		case g.Limit > 0:
			return max(0, min(g.PerDay, g.Limit-has[i]))
		}
		return g.PerDay
	}
	for i := range all {
		f.PerDay += grows(i, 0)
	}
	for days := range forecastFor {
		more := int64(0)
		for i := range all {
			n := grows(i, days)
			has[i] += n
			more += n
		}
		if more == 0 {
			f.Steady, f.SteadyIn = size, time.Duration(days)*day
			return f
		}
		if size += more; !f.Full && size-used > free {
			f.Full, f.FullIn = true, time.Duration(days+1)*day
		}
	}
	return f
}

// Growing reads what comes each day, from the last 24 hours. How old the oldest
// is it asks of the hundred series that were there first. Evidence is taken
// to grow for as long as it is kept, or up to its limit.
func (s *Store) Growing(ctx context.Context, keep Retention, now time.Time) ([]Growing, error) {
	hours, recent := now.Add(-24*time.Hour).Truncate(time.Hour), int64(0)
	if err := s.prepare(ctx, &s.hours, hours); err != nil {
		return nil, err
	}
	tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("read what comes each day: %w", explain(err))
	}
	defer func() { _ = tx.Rollback() }() // it wrote nothing
	err = s.hours.orRead(ctx, tx, hours, func(tables map[rollupTable]map[string][]runs) error {
		for _, all := range tables[rollups] {
			for _, r := range all {
				if r.start >= hours.Unix() {
					recent += int64(r.ok + r.degraded + r.failed + r.unknown)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var series, results, hour, day, evidenceAll, evidenceDay sql.NullInt64
	if err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM series s WHERE EXISTS (SELECT 1 FROM rollups WHERE series = s.id AND grain = ? AND start >= ?)),
		(SELECT min((SELECT min(at) FROM results WHERE series = s.id)) FROM (SELECT id FROM series ORDER BY id LIMIT 100) s),
		(SELECT min((SELECT min(start) FROM rollups WHERE series = s.id AND grain = ?)) FROM (SELECT id FROM series ORDER BY id LIMIT 100) s),
		(SELECT min((SELECT min(start) FROM rollups WHERE series = s.id AND grain = ?)) FROM (SELECT id FROM series ORDER BY id LIMIT 100) s),
		(SELECT bytes FROM evidence_total), (SELECT sum(size) FROM evidence_runs WHERE at >= ?)`,
		hourGrain, hours.Unix(), hourGrain, dayGrain, now.Add(-24*time.Hour).UnixMilli()).Scan(&series, &results, &hour, &day, &evidenceAll, &evidenceDay); err != nil {
		return nil, fmt.Errorf("read what comes each day: %w", explain(err))
	}
	age := func(first sql.NullInt64, unit time.Duration) time.Duration {
		if !first.Valid {
			return 0
		}
		return max(0, now.Sub(time.UnixMilli(first.Int64*int64(unit/time.Millisecond))))
	}
	return []Growing{
		{Kind: "results", PerDay: recent * resultBytes, Keep: keep.Results, Age: age(results, time.Millisecond)},
		{Kind: "hours", PerDay: series.Int64 * 24 * hourBytes, Keep: keep.Hours, Age: age(hour, time.Second)},
		{Kind: "days", PerDay: series.Int64 * dayBytes, Keep: keep.Days, Age: age(day, time.Second)},
		{Kind: "evidence", PerDay: evidenceDay.Int64, Keep: keep.Evidence, Limit: keep.EvidenceSize, Has: evidenceAll.Int64, Age: 0},
	}, nil
}
