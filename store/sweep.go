package store

import (
	"context"
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

// sweepRows bounds one transaction, so that results never wait long.
const sweepRows = 2000

// Sweep deletes what is older than its retention, in small transactions, and
// says how many rows and runs' evidence went. The newest result of each series stays: it is how
// a check with long times between its runs stands.
func (s *Store) Sweep(ctx context.Context, keep Retention, now time.Time) (int64, error) {
	var total int64
	for _, part := range []struct {
		keep  time.Duration
		query string
		args  func(before time.Time) []any
	}{
		{
			keep.Results, "DELETE FROM results WHERE (series, at) IN (SELECT series, at FROM results r WHERE series IN (SELECT id FROM series) AND at < ? AND at < (SELECT max(at) FROM results WHERE series = r.series) LIMIT ?)",
			func(before time.Time) []any { return []any{before.UnixMilli(), sweepRows} },
		},
		{
			keep.Hours, "DELETE FROM rollups WHERE (series, grain, start) IN (SELECT series, grain, start FROM rollups WHERE series IN (SELECT id FROM series) AND grain = 3600 AND start < ? LIMIT ?)",
			func(before time.Time) []any { return []any{before.Unix(), sweepRows} },
		},
		{
			keep.Hours, "DELETE FROM verdict_changes WHERE (check_id, since) IN (SELECT check_id, since FROM verdict_changes v WHERE since < ? AND since < (SELECT max(since) FROM verdict_changes WHERE check_id = v.check_id) LIMIT ?)",
			func(before time.Time) []any { return []any{before.UnixMilli(), sweepRows} },
		},
		{
			keep.Days, "DELETE FROM excused WHERE (series, start) IN (SELECT series, start FROM excused WHERE start < ? LIMIT ?)",
			func(before time.Time) []any { return []any{before.Unix(), sweepRows} },
		},
		{
			keep.Days, "DELETE FROM rollups WHERE (series, grain, start) IN (SELECT series, grain, start FROM rollups WHERE series IN (SELECT id FROM series) AND grain = 86400 AND start < ? LIMIT ?)",
			func(before time.Time) []any { return []any{before.Unix(), sweepRows} },
		},
		{
			keep.Hours, "DELETE FROM silences WHERE id IN (SELECT id FROM silences WHERE ended < ? LIMIT ?)",
			func(before time.Time) []any { return []any{before.UnixMilli(), sweepRows} },
		},
		{
			keep.Hours, "DELETE FROM changes WHERE id IN (SELECT id FROM changes WHERE at < ? LIMIT ?)",
			func(before time.Time) []any { return []any{before.UnixMilli(), sweepRows} },
		},
		{
			keysKept, "DELETE FROM commands WHERE key IN (SELECT key FROM commands WHERE at < ? LIMIT ?)",
			func(before time.Time) []any { return []any{before.UnixMilli(), sweepRows} },
		},
	} {
		if part.keep == 0 {
			continue
		}
		gone, err := s.deleteAll(ctx, part.query, part.args(now.Add(-part.keep)))
		total += gone
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

func (s *Store) deleteAll(ctx context.Context, query string, args []any) (int64, error) {
	var total int64
	for ctx.Err() == nil {
		var gone int64
		err := s.transact(ctx, func(ctx context.Context, tx *Tx) error {
			done, err := tx.exec(ctx, query, args...)
			if err != nil {
				return err
			}
			gone, err = done.RowsAffected()
			return err
		})
		total += gone
		if err != nil || gone < sweepRows {
			return total, err
		}
	}
	return total, ctx.Err()
}
