package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"daymark/internal/civil"
)

// cutDays makes the rollups of days anew where they were cut in another zone
// than the page has now: from those of hours, as far back as whole days of them
// are kept. Days before that stay as they are. All of it is one transaction,
// so that a kill leaves the days of one zone.
func (s *Store) cutDays(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit it does nothing
	var cut string
	err = tx.QueryRowContext(ctx, "SELECT coalesce(max(zone), '') FROM day_zone").Scan(&cut)
	if err != nil || cut == s.zone.String() {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO day_zone (id, zone) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET zone = excluded.zone", s.zone.String()); err != nil {
		return err
	}
	if cut != "" {
		began := time.Now()
		if err := s.recut(ctx, tx); err != nil {
			return fmt.Errorf("make the days anew in %s: %w", s.zone, err)
		}
		s.log.Info("the page has another time zone; what is kept of days was made anew", "from", cut, "to", s.zone.String(), "took", time.Since(began).Round(time.Millisecond))
	}
	return tx.Commit()
}

// recut makes the days anew.
func (s *Store) recut(ctx context.Context, tx *sql.Tx) error {
	var oldest, newest sql.NullInt64 // hours
	if err := tx.QueryRowContext(ctx, "SELECT min(start), max(start) FROM rollups WHERE grain = ?", hourGrain).Scan(&oldest, &newest); err != nil {
		return err
	}
	days, err := collect(ctx, tx.QueryContext, func(rows *sql.Rows) (start int64, err error) { return start, rows.Scan(&start) },
		"SELECT DISTINCT start FROM rollups WHERE grain = ? ORDER BY start", dayGrain)
	if err != nil || len(days) == 0 || !oldest.Valid {
		return err
	}
	first, found := slices.BinarySearch(days, oldest.Int64)
	if !found && first > 0 {
		whole, err := dayIsWhole(ctx, tx, days[first-1:])
		if err != nil {
			return err
		}
		if whole {
			first--
		}
	}
	if first == len(days) {
		return nil
	}
	from := days[first]
	starts := s.daysFrom(from, newest.Int64)
	if err := recutStrikes(ctx, tx, from, starts); err != nil {
		return err
	}
	list, err := json.Marshal(starts)
	if err != nil {
		return err
	}
	series, err := collect(ctx, tx.QueryContext, func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) }, "SELECT id FROM series")
	if err != nil {
		return err
	}
	for _, table := range []rollupTable{rollups, excused} {
		for _, id := range series {
			if err := recutSeries(ctx, tx, table, id, from, string(list)); err != nil {
				return err
			}
		}
	}
	return nil
}

// dayIsWhole says whether all hours of a day are kept: they come to as many
// runs as it has. The next day follows in the list, if there is one.
func dayIsWhole(ctx context.Context, tx *sql.Tx, days []int64) (bool, error) {
	until := int64(1) << 62
	if len(days) > 1 {
		until = days[1]
	}
	var differ int64
	err := tx.QueryRowContext(ctx, `SELECT coalesce(sum(CASE grain WHEN ? THEN 1 ELSE -1 END * (ok + degraded + failed + unknown)), 0) FROM rollups WHERE start >= ? AND start < ?`,
		hourGrain, days[0], until).Scan(&differ)
	return differ == 0, err
}

// daysFrom gives when the days of the zone begin, from the one that has a
// moment to the end of the one that has another.
func (s *Store) daysFrom(from, until int64) []int64 {
	var all []int64
	for day := dayStart(time.Unix(from, 0), s.zone); ; day = civil.Plus(day, 1) {
		if all = append(all, day.Unix()); day.Unix() > until {
			return all
		}
	}
}

// recutSeries makes the days of a series anew from a moment on; starts is a
// JSON array of when they begin, and of when the last one ends. An hour in
// which a day begins, as it does where zones are half an hour apart, counts
// with the day before.
func recutSeries(ctx context.Context, tx *sql.Tx, table rollupTable, series, from int64, starts string) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM "+string(table)+" WHERE series = ? AND grain = ? AND start >= ?", series, dayGrain, from); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO `+string(table)+` (series, grain, start, ok, degraded, failed, unknown, latency, latencies, hours)
		SELECT h.series, ?1, day.start, sum(ok), sum(degraded), sum(failed), sum(unknown), sum(latency), merge_latencies(latencies), bit_or(1 << ((h.start - day.start) / 3600))
		FROM (SELECT value AS start, lead(value) OVER (ORDER BY value) AS until FROM json_each(?2)) AS day
		CROSS JOIN `+string(table)+` AS h ON h.series = ?3 AND h.grain = ?4 AND h.start >= max(day.start, ?5) AND h.start < day.until
		GROUP BY day.start
		ON CONFLICT (series, grain, start) DO UPDATE SET ok = ok + excluded.ok, degraded = degraded + excluded.degraded,
		failed = failed + excluded.failed, unknown = unknown + excluded.unknown, latency = latency + excluded.latency,
		latencies = (SELECT merge_latencies(value) FROM (SELECT latencies AS value UNION ALL SELECT excluded.latencies)), hours = hours | excluded.hours`,
		dayGrain, starts, series, hourGrain, from)
	return err
}

// recutStrikes has what strikes took name the days that are made: each run that
// one took is in an hour and in a day.
func recutStrikes(ctx context.Context, tx *sql.Tx, from int64, starts []int64) error {
	type strike struct{ id, deltas string }
	all, err := collect(ctx, tx.QueryContext, func(rows *sql.Rows) (s strike, err error) { return s, rows.Scan(&s.id, &s.deltas) },
		"SELECT id, deltas FROM strikes WHERE until > ?", from*1000)
	if err != nil {
		return err
	}
	for _, s := range all {
		var took []strikeDelta
		if err := json.Unmarshal([]byte(s.deltas), &took); err != nil {
			return fmt.Errorf("read what strike %s corrected: %w", s.id, err)
		}
		var days []strikeDelta
		for i := range took {
			if d := took[i]; d.Grain == hourGrain && d.Start >= from {
				next, found := slices.BinarySearch(starts, d.Start)
				if !found {
					next--
				}
				d.Grain, d.Start = dayGrain, starts[next]
				days = append(days, d)
			}
		}
		took = slices.DeleteFunc(took, func(d strikeDelta) bool { return d.Grain == dayGrain && d.Start >= from })
		if took, err = addDeltas(took, days); err != nil {
			return err
		}
		text, err := encode(took)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE strikes SET deltas = ? WHERE id = ?", text, s.id); err != nil {
			return err
		}
	}
	return nil
}
