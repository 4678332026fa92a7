package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Retention says how long is kept what; 0 keeps for ever.
type Retention struct {
	Results  time.Duration
	Evidence time.Duration // of failures; successes a tenth of it, but for the newest of each check in each region
	Hours    time.Duration
	Days     time.Duration

	Deliveries time.Duration // with their stories

	EvidenceSize int64 // bytes of all evidence; 0: no limit
	// Runs says whether a check runs in a region, so that its newest success is
	// kept; nil: all do.
	Runs func(check, region string) bool
}

// keysKept is how long a command is known again by its key.
const keysKept = 7 * 24 * time.Hour

// What is to go is looked for by the readers, so many rows at a time, and
// deleted by the writer, so many in a transaction at most, and fewer when so
// much time has passed: results hardly wait for it.
const (
	sweepRows = 2000
	sweepStep = 500
	sweepHold = 8 * time.Millisecond
)

// sweepPart is one kind of data that grows old.
type sweepPart struct {
	keep time.Duration
	unit time.Duration // of its times
	find string        // the keys of what is older than a time, so many at most
	keys int
	drop string // by its key

	ready *ready // that holds it in memory, too; nil: none
}

// Sweep deletes what is older than its retention, in small transactions, and
// says how many rows and runs' evidence went. The newest result of each series stays: it is how
// a check with long times between its runs stands.
func (s *Store) Sweep(ctx context.Context, keep Retention, now time.Time) (int64, error) {
	const (
		results  = "SELECT series, at FROM results r WHERE series IN (SELECT id FROM series) AND at < ? AND at < (SELECT max(at) FROM results WHERE series = r.series) LIMIT ?"
		verdicts = "SELECT check_id, since FROM verdict_changes v WHERE since < ? AND since < (SELECT max(since) FROM verdict_changes WHERE check_id = v.check_id) LIMIT ?"
	)
	parts := []sweepPart{
		{keep.Results, time.Millisecond, results, 2, "DELETE FROM results WHERE series = ? AND at = ?", nil},
		{keep.Hours, time.Millisecond, verdicts, 2, "DELETE FROM verdict_changes WHERE check_id = ? AND since = ?", nil},
		{keep.Hours, time.Millisecond, "SELECT id FROM silences WHERE ended < ? LIMIT ?", 1, "DELETE FROM silences WHERE id = ?", nil},
		{keep.Hours, time.Millisecond, "SELECT id FROM changes WHERE at < ? LIMIT ?", 1, "DELETE FROM changes WHERE id = ?", nil},
		{attachmentsKept, time.Millisecond, "SELECT key FROM attachments WHERE made < ? LIMIT ?", 1, "DELETE FROM attachments WHERE key = ?", nil},
		{keysKept, time.Millisecond, "SELECT key FROM commands WHERE at < ? LIMIT ?", 1, "DELETE FROM commands WHERE key = ?", nil},
	}
	for _, table := range []rollupTable{rollups, excused} {
		for grain, kept := range map[*ready]time.Duration{&s.hours: keep.Hours, &s.days: keep.Days} {
			find := fmt.Sprintf("SELECT series, grain, start FROM %s WHERE series IN (SELECT id FROM series) AND grain = %d AND start < ? LIMIT ?", table, grain.grain)
			parts = append(parts, sweepPart{kept, time.Second, find, 3, fmt.Sprintf("DELETE FROM %s WHERE series = ? AND grain = ? AND start = ?", table), grain})
		}
	}
	// Rollups that go may be among those that are remembered.
	if err := s.transact(ctx, func(_ context.Context, tx *Tx) error { tx.store.series.newest = nil; return nil }); err != nil {
		return 0, err
	}
	var total int64
	for _, part := range parts {
		if part.keep == 0 {
			continue
		}
		before := now.Add(-part.keep).UnixMilli() / part.unit.Milliseconds()
		gone, err := s.dropAll(ctx, part.drop, part.keys, part.find, before, sweepRows)
		total += gone
		if part.ready != nil {
			part.ready.swept(before)
		}
		if err != nil {
			return total, fmt.Errorf("sweep old data: %w", err)
		}
	}
	gone, err := s.sweepDeliveries(ctx, keep.Deliveries, now)
	total += gone
	if err != nil {
		return total, fmt.Errorf("sweep old deliveries: %w", err)
	}
	gone, err = s.sweepEvidence(ctx, keep, now)
	total += gone
	if err != nil {
		return total, fmt.Errorf("sweep old evidence: %w", err)
	}
	gone, err = s.TrimEvidence(ctx, keep.EvidenceSize)
	return total + gone, err
}

// dropAll deletes what a query finds, again and again until it finds nothing.
func (s *Store) dropAll(ctx context.Context, drop string, keys int, find string, args ...any) (int64, error) {
	var total int64
	for ctx.Err() == nil {
		found, err := collect(ctx, s.readers.QueryContext, scanKeys(keys), find, args...)
		if err != nil {
			return total, explain(err)
		}
		gone, err := s.eachRow(ctx, drop, found)
		total += gone
		if err != nil || gone == 0 {
			return total, err
		}
	}
	return total, ctx.Err()
}

func scanKeys(n int) func(*sql.Rows) ([]any, error) {
	return func(rows *sql.Rows) ([]any, error) {
		keys, into := make([]any, n), make([]any, n)
		for i := range keys {
			into[i] = &keys[i]
		}
		return keys, rows.Scan(into...)
	}
}

// eachRow does one thing with each of some keys, in as many transactions as it
// takes for none to be long, and says how many rows there were.
func (s *Store) eachRow(ctx context.Context, query string, keys [][]any) (int64, error) {
	var total int64
	for len(keys) > 0 && ctx.Err() == nil {
		done, gone := 0, int64(0)
		err := s.transact(ctx, func(ctx context.Context, tx *Tx) error {
			for began := time.Now(); done < min(len(keys), sweepStep) && time.Since(began) < sweepHold; done++ {
				result, err := tx.exec(ctx, query, keys[done]...)
				if err != nil {
					return err
				}
				rows, err := result.RowsAffected()
				if err != nil {
					return err
				}
				gone += rows
			}
			return nil
		})
		if err != nil {
			return total, err
		}
		total, keys = total+gone, keys[done:]
	}
	return total, ctx.Err()
}
