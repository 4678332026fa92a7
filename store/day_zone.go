package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// cutDays makes the rollups of days anew where they were cut in another zone
// than the page has now: of those of hours, as far back as these are kept. Days
// before that stay as they are. All of it is one transaction, so that a kill
// leaves the days of one zone.
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
	if cut == "" { // nobody has said so yet
		if cut, err = s.fits(ctx, tx); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO day_zone (id, zone) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET zone = excluded.zone", s.zone.String()); err != nil {
		return err
	}
	if cut != s.zone.String() {
		began := time.Now()
		s.log.Info("the page has another time zone; what is kept of days is made anew, which takes some seconds for a million hours of checks", "from", cut, "to", s.zone.String())
		r := recutting{tx: tx, zone: s.zone, made: map[rollupSlot]madeDays{}}
		if err := r.all(ctx); err != nil {
			return fmt.Errorf("make the days anew in %s: %w", s.zone, err)
		}
		s.log.Info("the days are made anew", "took", time.Since(began).Round(time.Millisecond))
	}
	return tx.Commit()
}

// fits gives the name of the zone where the newest days begin as its days do,
// and "unknown" where they do not.
func (s *Store) fits(ctx context.Context, tx *sql.Tx) (string, error) {
	days, err := collect(ctx, tx.QueryContext, scanNumber, "SELECT coalesce((SELECT max(start) FROM rollups WHERE series = s.id AND grain = ?), 0) FROM series s", dayGrain)
	if err != nil {
		return "", err
	}
	for _, day := range days {
		if at := time.Unix(day, 0); day > 0 && !dayStart(at, s.zone).Equal(at) {
			return "unknown", nil
		}
	}
	return s.zone.String(), nil
}

// recutting makes all days anew in a zone.
type recutting struct {
	tx   *sql.Tx
	zone *time.Location
	made map[rollupSlot]madeDays
}

// madeDays says of a series since when its days were made anew, and where the
// first of them begins, which has another start where the day before stays.
type madeDays struct{ from, first, start int64 }

func (r *recutting) all(ctx context.Context) error {
	series, err := collect(ctx, r.tx.QueryContext, scanNumber, "SELECT id FROM series")
	if err != nil {
		return err
	}
	for _, table := range []rollupTable{rollups, excused} {
		for _, id := range series {
			if err := r.series(ctx, table, id); err != nil {
				return err
			}
		}
	}
	return r.strikes(ctx)
}

// series makes the days of a series anew.
func (r *recutting) series(ctx context.Context, table rollupTable, series int64) error {
	var kept [2][]rollup // hours, and days
	for i, grain := range []int{hourGrain, dayGrain} {
		var err error
		kept[i], err = collect(ctx, r.tx.QueryContext, func(rows *sql.Rows) (u rollup, err error) {
			return u, rows.Scan(&u.start, &u.counts[0], &u.counts[1], &u.counts[2], &u.counts[3], &u.latency, &u.latencies)
		}, "SELECT start, ok, degraded, failed, unknown, latency, latencies FROM "+string(table)+" WHERE series = ? AND grain = ? ORDER BY start", series, grain)
		if err != nil {
			return err
		}
	}
	hours, days := kept[0], kept[1]
	first, before := recutFrom(days, hours)
	if first == len(days) {
		return nil
	}
	from := days[first].start
	made, err := recut(since(hours, wholeHour(from)), &before, r.zone, r.resultsOf(ctx,
		"SELECT outcome, coalesce(latency, 0) FROM results WHERE series = ? AND at >= ? AND at < ?"+only(table), series))
	if err != nil {
		return err
	}
	cut := madeDays{from: from}
	if len(made) > 0 {
		if cut.first = made[0].start; first > 0 && made[0].start < min(from, days[first-1].start+25*hourGrain) {
			made[0].start = from // it begins in a day that stays, and has the rest
		}
		cut.start = made[0].start
	}
	r.made[rollupSlot{table, series, dayGrain}] = cut
	if _, err := r.tx.ExecContext(ctx, "DELETE FROM "+string(table)+" WHERE series = ? AND grain = ? AND start >= ?", series, dayGrain, from); err != nil {
		return err
	}
	for i := range made {
		d := &made[i]
		if _, err := r.tx.ExecContext(ctx, "INSERT INTO "+string(table)+" (series, grain, start, ok, degraded, failed, unknown, latency, latencies, hours) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			series, dayGrain, d.start, d.counts[0], d.counts[1], d.counts[2], d.counts[3], d.latency, d.latencies, d.hours); err != nil {
			return err
		}
	}
	return nil
}

// since gives the rollups that begin at a moment or later.
func since(all []rollup, from int64) []rollup {
	i, _ := slices.BinarySearchFunc(all, from, func(r rollup, from int64) int { return int(r.start - from) })
	return all[i:]
}

// resultsOf adds up results by a query, of their outcome and latency, that takes
// some arguments and two moments.
func (r *recutting) resultsOf(ctx context.Context, query string, args ...any) partOf {
	return func(from, until int64) (part rollup, took []time.Duration, err error) {
		_, err = collect(ctx, r.tx.QueryContext, func(rows *sql.Rows) (_ struct{}, err error) {
			var outcome int
			var latency int64
			err = rows.Scan(&outcome, &latency)
			if part.counts[outcome]++; outcome <= 1 {
				part.latency += latency
				took = append(took, time.Duration(latency)*time.Microsecond)
			}
			return struct{}{}, err
		}, query, append(slices.Clone(args), from*1000, until*1000)...)
		return part, took, err
	}
}

// strikes has what strikes took name the days that are made: each run that one
// took is in an hour and in a day.
func (r *recutting) strikes(ctx context.Context) error {
	type strike struct{ id, deltas string }
	all, err := collect(ctx, r.tx.QueryContext, func(rows *sql.Rows) (s strike, err error) { return s, rows.Scan(&s.id, &s.deltas) }, "SELECT id, deltas FROM strikes")
	if err != nil {
		return err
	}
	for _, s := range all {
		var took, after []strikeDelta
		if err := json.Unmarshal([]byte(s.deltas), &took); err != nil {
			return fmt.Errorf("read what strike %s corrected: %w", s.id, err)
		}
		parts := map[rollupSlot][]strikeDelta{}
		for i := range took {
			slot := rollupSlot{took[i].Table, took[i].Series, dayGrain}
			parts[slot] = append(parts[slot], took[i])
		}
		for slot, part := range parts {
			if cut, known := r.made[slot]; known {
				if part, err = r.strike(ctx, s.id, slot, cut, part); err != nil {
					return err
				}
			}
			after = append(after, part...)
		}
		text, err := encode(after)
		if err != nil {
			return err
		}
		if _, err := r.tx.ExecContext(ctx, "UPDATE strikes SET deltas = ? WHERE id = ?", text, s.id); err != nil {
			return err
		}
	}
	return nil
}

// strike gives what a strike took from a series, of whose days some were made
// anew.
func (r *recutting) strike(ctx context.Context, id string, slot rollupSlot, cut madeDays, took []strikeDelta) (after []strikeDelta, err error) {
	var hours []rollup
	var before rollup // of the first hour, what is of the day before
	for _, d := range took {
		u := rollup{start: d.Start, latency: d.Latency, latencies: d.Latencies}
		u.counts[1], u.counts[2] = int64(d.Degraded), int64(d.Runs)
		if d.Grain == dayGrain && d.Start >= cut.from {
			before.plus(&u, -1)
			continue
		}
		if after = append(after, d); d.Grain == hourGrain && d.Start >= wholeHour(cut.from) {
			hours = append(hours, u)
			before.plus(&u, 1)
		}
	}
	if len(hours) == 0 {
		return after, nil
	}
	slices.SortFunc(hours, func(a, b rollup) int { return int(a.start - b.start) })
	if !before.within(&hours[0]) {
		before = rollup{}
	}
	days, err := recut(hours, &before, r.zone, r.resultsOf(ctx,
		"SELECT coalesce(was, 2), coalesce(latency, 0) FROM results WHERE struck = ? AND series = ? AND at >= ? AND at < ?"+only(slot.table), id, slot.series))
	if err != nil {
		return nil, err
	}
	for i := range days {
		d := &days[i]
		if d.start == cut.first {
			d.start = cut.start
		}
		after = append(after, strikeDelta{
			Table: slot.table, Series: slot.series, Check: took[0].Check, Grain: dayGrain, Start: d.start,
			Runs: int32(d.counts[2]), Degraded: int32(d.counts[1]), Latency: d.latency, Latencies: d.latencies,
		})
	}
	return after, nil
}

// only is the condition that results are of a table.
func only(table rollupTable) string {
	if table == excused {
		return " AND excused"
	}
	return ""
}
