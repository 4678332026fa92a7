package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
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
	Brief  Brief         // the part of it that is kept less long
}

// Brief is the part of what is kept that goes sooner than the rest.
type Brief struct {
	PerDay int64 // of that of the whole
	Keep   time.Duration
	Age    time.Duration
}

// Copies are the backups on the disk of the database, each as large as that was
// then.
type Copies struct {
	Sizes []int64       // of those that are there, oldest first
	Keep  int           // so many stay; 0: none are made there
	Every time.Duration // one is made so often
}

// Forecast is how the database goes on, if it is filled as in the last day.
type Forecast struct {
	Used   int64 // bytes, without what is free to be used again
	Free   int64 // bytes on the disk, and in the file
	PerDay int64 // bytes that come more than go, now
	Steady int64 // bytes once as much goes as comes; 0: it grows for ever
	Copies int64 // bytes that the backups beside it have then
	// SteadyIn is when that is, and FullIn when the disk is full; 0: already,
	// or never, as Steady and Full say.
	SteadyIn time.Duration
	FullIn   time.Duration
	Full     bool // the disk becomes full, of the database and its backups
}

// forecastFor is how far ahead is looked.
const forecastFor = 20 * 365

// youngest is what a server has measured at least before more is said of a day
// than came in it.
const youngest = 10 * time.Minute

// aDay is what comes on a whole day, by what came in the last one, or in the
// time since the first of it.
func aDay(came int64, age time.Duration) int64 {
	const day = 24 * time.Hour
	if age <= 0 || age >= day {
		return came
	}
	return int64(float64(came) * float64(day) / float64(max(age, youngest)))
}

// comes is what comes on a day that is so many from now.
func (g *Growing) comes(days int, has int64) int64 {
	part := func(perDay int64, keep, age time.Duration) int64 {
		if keep > 0 && age+time.Duration(days)*24*time.Hour >= keep {
			return 0
		}
		return perDay
	}
	all := part(g.PerDay-g.Brief.PerDay, g.Keep, g.Age) + part(g.Brief.PerDay, g.Brief.Keep, g.Brief.Age)
	if g.Limit > 0 {
		return max(0, min(all, g.Limit-has))
	}
	return all
}

// next gives the backups after a day, and the bytes that they had on it at
// most: the oldest goes once the newest is there.
func (c *Copies) next(sizes []int64, day int, size int64) (after []int64, most int64) {
	total := sum(sizes)
	most = total
	if c.Keep == 0 || c.Every <= 0 {
		return sizes, most
	}
	made := func(days int) int64 { return int64(time.Duration(days) * 24 * time.Hour / c.Every) }
	for range min(made(day+1)-made(day), int64(c.Keep)+1) {
		sizes, total = append(sizes, size), total+size
		most = max(most, total)
		for ; len(sizes) > c.Keep; sizes = sizes[1:] {
			total -= sizes[0]
		}
	}
	return sizes, most
}

// settled says whether all backups are of a size, and none are to come.
func (c *Copies) settled(sizes []int64, size int64) bool {
	return c.Keep == 0 || c.Every <= 0 || len(sizes) == c.Keep && sizes[0] == size
}

func sum(all []int64) (total int64) {
	for _, n := range all {
		total += n
	}
	return total
}

// Foresee works out how the database goes on, and its backups. It is pure.
func Foresee(all []Growing, used, free int64, copies Copies) Forecast {
	const day = 24 * time.Hour
	f := Forecast{Used: used, Free: free}
	size, sizes, hadCopies := used, slices.Clone(copies.Sizes), sum(copies.Sizes)
	has := make([]int64, len(all))
	for i := range all {
		has[i] = all[i].Has
		f.PerDay += all[i].comes(0, has[i])
	}
	steady := false
	for days := range forecastFor {
		more := int64(0)
		for i := range all {
			n := all[i].comes(days, has[i])
			has[i] += n
			more += n
		}
		if more == 0 && !steady {
			steady, f.Steady, f.SteadyIn = true, size, time.Duration(days)*day
		}
		if more == 0 && copies.settled(sizes, size) {
			break
		}
		size += more
		var most int64
		if sizes, most = copies.next(sizes, days, size); !f.Full && size-used+most-hadCopies > free {
			f.Full, f.FullIn = true, time.Duration(days+1)*day
		}
	}
	if steady {
		f.Copies = sum(sizes)
	}
	return f
}

// Growing reads what comes each day, from the last 24 hours. How old the oldest
// is it asks of the hundred series that were there first. The evidence of
// successes goes sooner than the rest of it.
func (s *Store) Growing(ctx context.Context, keep Retention, now time.Time) ([]Growing, error) {
	yesterday := now.Add(-24 * time.Hour).UnixMilli()
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
	var series, results, hour, day, evidenceAll, evidenceDay, brief, oldest, oldestBrief sql.NullInt64
	if err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM series s WHERE EXISTS (SELECT 1 FROM rollups WHERE series = s.id AND grain = ? AND start >= ?)),
		(SELECT min((SELECT min(at) FROM results WHERE series = s.id)) FROM (SELECT id FROM series ORDER BY id LIMIT 100) s),
		(SELECT min((SELECT min(start) FROM rollups WHERE series = s.id AND grain = ?)) FROM (SELECT id FROM series ORDER BY id LIMIT 100) s),
		(SELECT min((SELECT min(start) FROM rollups WHERE series = s.id AND grain = ?)) FROM (SELECT id FROM series ORDER BY id LIMIT 100) s),
		(SELECT bytes FROM evidence_total), (SELECT sum(size) FROM evidence_runs WHERE at >= ?), (SELECT sum(size) FROM evidence_runs WHERE class IN (?, ?) AND at >= ?),
		(SELECT min((SELECT min(at) FROM evidence_runs WHERE class = c.class)) FROM (SELECT ? AS class UNION ALL SELECT ? UNION ALL SELECT ?) c),
		(SELECT min(at) FROM evidence_runs WHERE class = ?)`,
		hourGrain, hours.Unix(), hourGrain, dayGrain, yesterday, classGood, classNewest, yesterday, classPoor, classBad, classFirst, classGood).
		Scan(&series, &results, &hour, &day, &evidenceAll, &evidenceDay, &brief, &oldest, &oldestBrief); err != nil {
		return nil, fmt.Errorf("read what comes each day: %w", explain(err))
	}
	age := func(first sql.NullInt64, unit time.Duration) time.Duration {
		if !first.Valid {
			return 0
		}
		return max(0, now.Sub(time.UnixMilli(first.Int64*int64(unit/time.Millisecond))))
	}
	return []Growing{
		{Kind: "results", PerDay: aDay(recent*resultBytes, age(results, time.Millisecond)), Keep: keep.Results, Age: age(results, time.Millisecond)},
		{Kind: "hours", PerDay: series.Int64 * 24 * hourBytes, Keep: keep.Hours, Age: age(hour, time.Second)},
		{Kind: "days", PerDay: series.Int64 * dayBytes, Keep: keep.Days, Age: age(day, time.Second)},
		{
			Kind: "evidence", PerDay: aDay(evidenceDay.Int64, age(oldest, time.Millisecond)), Keep: keep.Evidence, Age: age(oldest, time.Millisecond), Limit: keep.EvidenceSize, Has: evidenceAll.Int64,
			Brief: Brief{PerDay: aDay(brief.Int64, age(oldest, time.Millisecond)), Keep: keep.Evidence / successShare, Age: age(oldestBrief, time.Millisecond)},
		},
	}, nil
}
