package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"daymark/checker"
	"daymark/incident"
)

// strikeMost is how many runs are struck out at once.
const strikeMost = 10_000

// strikeScope is what a strike in force takes.
type strikeScope struct {
	id, check, region string // region "": all
	from, until       int64  // ms, until not included
}

func (s *strikeScope) has(r *checker.Result) bool {
	at := r.At.UnixMilli()
	return r.Outcome == checker.Failed && s.check == r.Check && (s.region == "" || s.region == r.Region) && at >= s.from && at < s.until
}

// struckRun is a run that a strike takes.
type struckRun struct {
	series   int64
	region   string
	at       int64 // ms
	excused  bool
	isLatest bool
}

// strikeDelta is how many failed runs a strike took from a rollup.
type strikeDelta struct {
	Table  rollupTable `json:"table"`
	Series int64       `json:"series"`
	Check  string      `json:"check"`
	Grain  int64       `json:"grain"`
	Start  int64       `json:"start"`
	Runs   int32       `json:"runs"`
}

// rollupRow names a row of a rollup.
type rollupRow struct {
	rollupSlot
	start int64
}

func (d *strikeDelta) row() rollupRow {
	return rollupRow{rollupSlot{d.Table, d.Series, d.Grain}, d.Start}
}

// plus adds deltas to others, one a row.
func plus(deltas, more []strikeDelta) []strikeDelta {
	at := make(map[rollupRow]int, len(deltas))
	for i := range deltas {
		at[deltas[i].row()] = i
	}
	for i := range more {
		d := &more[i]
		known, found := at[d.row()]
		if !found {
			known, deltas = len(deltas), append(deltas, strikeDelta{Table: d.Table, Series: d.Series, Check: d.Check, Grain: d.Grain, Start: d.Start})
			at[d.row()] = known
		}
		deltas[known].Runs += d.Runs
	}
	return deltas
}

// toStrike finds the runs that a strike takes and that none has taken, so many
// at most.
func (t *Tx) toStrike(ctx context.Context, s *strikeScope, most int) ([]struckRun, error) {
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (r struckRun, err error) {
		return r, rows.Scan(&r.series, &r.region, &r.at, &r.excused, &r.isLatest)
	}, `SELECT s.id, s.region, r.at, r.excused, r.at = (SELECT max(at) FROM results WHERE series = s.id) FROM series s CROSS JOIN results r ON r.series = s.id
		WHERE s.check_id = ? AND (? = '' OR s.region = ?) AND r.at >= ? AND r.at < ? AND r.outcome = 2 LIMIT ?`,
		s.check, s.region, s.region, s.from, s.until, most)
	if err != nil {
		return nil, fmt.Errorf("read the runs to strike out: %w", err)
	}
	return found, nil
}

// strikeRuns lets runs count as such that could not tell, and gives what that
// took from rollups.
func (t *Tx) strikeRuns(ctx context.Context, s *strikeScope, all []struckRun) ([]strikeDelta, error) {
	var each []strikeDelta
	for _, r := range all {
		if _, err := t.exec(ctx, "UPDATE results SET outcome = 3, struck = ? WHERE series = ? AND at = ?", s.id, r.series, r.at); err != nil {
			return nil, err
		}
		if r.isLatest {
			t.job.latest = append(t.job.latest, latestRun{incident.Series{Check: s.check, Region: r.region}, r.at, 3})
		}
		at, tables := time.UnixMilli(r.at), []rollupTable{rollups}
		if r.excused {
			tables = append(tables, excused)
		}
		for _, table := range tables {
			d := strikeDelta{Table: table, Series: r.series, Check: s.check, Runs: 1}
			d.Grain, d.Start = hourGrain, at.Unix()/hourGrain*hourGrain
			each = append(each, d)
			d.Grain, d.Start = dayGrain, dayStart(at, t.store.zone).Unix()
			each = append(each, d)
		}
	}
	deltas := plus(nil, each)
	return deltas, t.correct(ctx, deltas, 1)
}

// correct moves runs of rollups from those that failed to those that could not
// tell, or back with a sign of -1.
func (t *Tx) correct(ctx context.Context, deltas []strikeDelta, sign int32) error {
	for _, d := range deltas {
		n := sign * d.Runs
		done, err := t.exec(ctx, "UPDATE "+string(d.Table)+" SET failed = failed - ?, unknown = unknown + ? WHERE series = ? AND grain = ? AND start = ?", n, n, d.Series, d.Grain, d.Start)
		if err != nil {
			return err
		}
		rows, err := done.RowsAffected()
		if err != nil {
			return err
		}
		if rows == 0 {
			continue // it is so old that it is kept no more
		}
		t.job.counted = append(t.job.counted, counted{d.Table, d.Grain, d.Check, runs{start: d.Start, failed: -n, unknown: n}})
	}
	return nil
}

// strikeDeltas reads what a strike took from rollups.
func (t *Tx) strikeDeltas(ctx context.Context, id string) ([]strikeDelta, error) {
	texts, err := collect(ctx, t.query, func(rows *sql.Rows) (text string, err error) { return text, rows.Scan(&text) }, "SELECT deltas FROM strikes WHERE id = ?", id)
	if err != nil {
		return nil, err
	}
	var deltas []strikeDelta
	if err := json.Unmarshal([]byte(texts[0]), &deltas); err != nil {
		return nil, fmt.Errorf("read what strike %s corrected: %w", id, err)
	}
	return deltas, nil
}

// strikeMore lets a strike that was made take more runs.
func (t *Tx) strikeMore(ctx context.Context, s *strikeScope, all []struckRun) error {
	if len(all) == 0 {
		return nil
	}
	more, err := t.strikeRuns(ctx, s, all)
	if err != nil {
		return err
	}
	deltas, err := t.strikeDeltas(ctx, s.id)
	if err != nil {
		return err
	}
	text, err := encode(plus(deltas, more))
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "UPDATE strikes SET runs = runs + ?, deltas = ? WHERE id = ?", len(all), text, s.id)
	return err
}

// strikesInForce gives them by check, in the order in which they were made.
// They are remembered, so that results cost nothing where there are none; what
// makes or undoes one forgets them. A strike takes nothing that was due after
// it was made: nobody could know yet that it would be false.
func (t *Tx) strikesInForce(ctx context.Context) (map[string][]strikeScope, error) {
	cache := &t.store.series
	if cache.strikes != nil {
		return cache.strikes, nil
	}
	all, err := collect(ctx, t.query, func(rows *sql.Rows) (s strikeScope, err error) {
		return s, rows.Scan(&s.id, &s.check, &s.region, &s.from, &s.until)
	}, "SELECT id, check_id, region, since, min(until, made + 1) FROM strikes WHERE undone IS NULL ORDER BY made, rowid")
	if err != nil {
		return nil, fmt.Errorf("read the false alarms that are struck out: %w", err)
	}
	cache.strikes = map[string][]strikeScope{}
	for _, s := range all {
		cache.strikes[s.check] = append(cache.strikes[s.check], s)
	}
	return cache.strikes, nil
}

// StrikeLate implements incident.Tx.
func (t *Tx) StrikeLate(ctx context.Context, results []checker.Result, fresh []bool) ([]checker.Result, error) {
	inForce, err := t.strikesInForce(ctx)
	if err != nil || len(inForce) == 0 {
		return results, err
	}
	counting := results
	late := map[string][]struckRun{} // by strike
	var taking []*strikeScope
	for i := range results {
		r := &results[i]
		of := inForce[r.Check]
		which := slices.IndexFunc(of, func(s strikeScope) bool { return s.has(r) })
		if which < 0 || !fresh[i] {
			continue
		}
		s, at := &of[which], r.At.UnixMilli()
		found, err := t.toStrike(ctx, &strikeScope{check: r.Check, region: r.Region, from: at, until: at + 1}, 1)
		if err != nil {
			return nil, err
		}
		if late[s.id] == nil {
			taking = append(taking, s)
		}
		late[s.id] = append(late[s.id], found...)
		if &counting[0] == &results[0] {
			counting = slices.Clone(results) // they are not ours to change
		}
		counting[i].Outcome = checker.Unknown
	}
	for _, s := range taking {
		if err := t.strikeMore(ctx, s, late[s.id]); err != nil {
			return nil, fmt.Errorf("strike out what came late: %w", err)
		}
	}
	return counting, nil
}

// strikeAgain lets other strikes in force take what one that was undone gave
// back.
func (t *Tx) strikeAgain(ctx context.Context, undone *incident.Strike) error {
	inForce, err := t.strikesInForce(ctx)
	if err != nil {
		return err
	}
	for _, s := range inForce[undone.Check] {
		s.from, s.until = max(s.from, undone.From.UnixMilli()), min(s.until, undone.Until.UnixMilli())
		s.region = cmp.Or(s.region, undone.Region)
		found, err := t.toStrike(ctx, &s, -1)
		if err != nil {
			return err
		}
		if err := t.strikeMore(ctx, &s, found); err != nil {
			return err
		}
	}
	return nil
}
