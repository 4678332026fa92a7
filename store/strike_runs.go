package store

import (
	"cmp"
	"context"
	"database/sql"
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
	degraded          bool   // degraded runs as well as failed ones: one of before that was possible takes those alone
}

func (s *strikeScope) has(r *checker.Result) bool {
	at := r.At.UnixMilli()
	return s.wrong(outcomeNumbers[r.Outcome]) && s.check == r.Check && (s.region == "" || s.region == r.Region) && at >= s.from && at < s.until
}

// wrong says whether it takes runs of an outcome, by its number.
func (s *strikeScope) wrong(outcome int) bool { return outcome == 2 || outcome == 1 && s.degraded }

// struckRun is a run that a strike takes.
type struckRun struct {
	series   int64
	region   string
	at       int64 // ms
	outcome  int
	latency  int64 // microseconds
	excused  bool
	isLatest bool
}

// toStrike finds the runs that a strike takes and that none has taken, so many
// at most.
func (t *Tx) toStrike(ctx context.Context, s *strikeScope, most int) ([]struckRun, error) {
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (r struckRun, err error) {
		return r, rows.Scan(&r.series, &r.region, &r.at, &r.outcome, &r.latency, &r.excused, &r.isLatest)
	}, `SELECT s.id, s.region, r.at, r.outcome, r.latency, r.excused, r.at = (SELECT max(at) FROM results WHERE series = s.id) FROM series s CROSS JOIN results r ON r.series = s.id
		WHERE s.check_id = ? AND (? = '' OR s.region = ?) AND r.at >= ? AND r.at < ? AND (r.outcome = 2 OR r.outcome = 1 AND ?) LIMIT ?`,
		s.check, s.region, s.region, s.from, s.until, s.degraded, most)
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
		delta, was := strikeDelta{Series: r.series, Check: s.check, Runs: 1}, sql.NullInt64{}
		if r.outcome != 2 {
			was = sql.NullInt64{Int64: int64(r.outcome), Valid: true}
			delta.Runs, delta.Degraded, delta.Latency, delta.took = 0, 1, r.latency, []time.Duration{time.Duration(r.latency) * time.Microsecond}
		}
		if _, err := t.exec(ctx, "UPDATE results SET outcome = 3, struck = ?, was = ? WHERE series = ? AND at = ?", s.id, was, r.series, r.at); err != nil {
			return nil, err
		}
		if r.isLatest {
			t.job.latest = append(t.job.latest, latestRun{incident.Series{Check: s.check, Region: r.region}, r.at, 3})
		}
		at, tables := time.UnixMilli(r.at), []rollupTable{rollups}
		if r.excused {
			tables = append(tables, excused)
		}
		for _, delta.Table = range tables {
			delta.Grain, delta.Start = hourGrain, wholeHour(at.Unix())
			each = append(each, delta)
			delta.Grain, delta.Start = dayGrain, dayStart(at, t.store.zone).Unix()
			each = append(each, delta)
		}
	}
	deltas, err := addDeltas(nil, each)
	if err != nil {
		return nil, err
	}
	return deltas, t.correct(ctx, deltas, 1)
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
	if deltas, err = addDeltas(deltas, more); err != nil {
		return err
	}
	text, err := encode(deltas)
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
		return s, rows.Scan(&s.id, &s.check, &s.region, &s.from, &s.until, &s.degraded)
	}, "SELECT id, check_id, region, since, min(until, made + 1), degraded FROM strikes WHERE undone IS NULL ORDER BY made, rowid")
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
		found, err := t.toStrike(ctx, &strikeScope{check: r.Check, region: r.Region, from: at, until: at + 1, degraded: s.degraded}, 1)
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
