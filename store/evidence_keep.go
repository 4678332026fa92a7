package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// successShare is the part of the retention of evidence that successes have.
const successShare = 10

// One transaction deletes the evidence of so many runs at most, and of no more
// once it has come to so many bytes: results never wait long.
const (
	sweepRuns  = 200
	sweepBytes = 4_000_000
)

// evidenceRow is a run whose evidence may go.
type evidenceRow struct{ series, at, size int64 }

// sweepEvidence deletes the evidence that is older than its retention, and
// says of how many runs. The newest success of each series stays for as long
// as the check runs there.
func (s *Store) sweepEvidence(ctx context.Context, keep Retention, now time.Time) (int64, error) {
	if keep.Evidence == 0 {
		return 0, nil
	}
	if keep.Runs != nil {
		if err := s.releaseNewest(ctx, keep.Runs); err != nil {
			return 0, err
		}
	}
	var total int64
	for class := classGood; class <= classFirst; class++ {
		before := now.Add(-keep.Evidence)
		switch class {
		case classNewest:
			continue
		case classGood:
			before = now.Add(-keep.Evidence / successShare)
		}
		gone, err := s.dropEvidence(ctx, func(ctx context.Context, tx *Tx) ([]evidenceRow, int64, error) {
			rows, err := tx.evidenceRows(ctx, "SELECT series, at, size FROM evidence_runs WHERE class = ? AND at < ? ORDER BY at LIMIT ?",
				class, before.UnixMilli(), sweepRuns)
			return rows, sweepBytes, err
		})
		total += gone
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// releaseNewest has the newest successes of what does not run any more go with
// the failures of their time.
func (s *Store) releaseNewest(ctx context.Context, runs func(check, region string) bool) error {
	type kept struct {
		series        int64
		check, region string
	}
	all, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (k kept, err error) {
		return k, rows.Scan(&k.series, &k.check, &k.region)
	}, "SELECT s.id, s.check_id, s.region FROM evidence_runs e JOIN series s ON s.id = e.series WHERE e.class = ?", classNewest)
	if err != nil {
		return fmt.Errorf("read the newest successes: %w", explain(err))
	}
	var released [][]any
	for _, k := range all {
		if !runs(k.check, k.region) {
			released = append(released, []any{classBad, classNewest, k.series})
		}
	}
	_, err = s.eachRow(ctx, "UPDATE evidence_runs SET class = ? WHERE class = ? AND series = ?", released)
	return err
}

// TrimEvidence deletes evidence until all of it has at most so many bytes, and
// says of how many runs: the oldest successes go first, then degraded and
// unknown runs, repeated failures, the newest successes, and at last the first
// failures of streaks. It is cheap when nothing has to go; 0 bytes is no limit.
func (s *Store) TrimEvidence(ctx context.Context, most int64) (int64, error) {
	if most == 0 {
		return 0, nil
	}
	total, err := s.EvidenceSize(ctx)
	if err != nil || total <= most {
		return 0, err
	}
	gone, err := s.dropEvidence(ctx, func(ctx context.Context, tx *Tx) ([]evidenceRow, int64, error) {
		total, err := tx.number(ctx, "SELECT bytes FROM evidence_total")
		if err != nil || total.Int64 <= most {
			return nil, 0, err
		}
		rows, err := tx.evidenceRows(ctx, "SELECT series, at, size FROM evidence_runs ORDER BY class, at LIMIT ?", sweepRuns)
		return rows, min(total.Int64-most, sweepBytes), err
	})
	if err != nil {
		return gone, fmt.Errorf("make room for evidence: %w", err)
	}
	return gone, nil
}

// EvidenceSize gives the bytes of all evidence.
func (s *Store) EvidenceSize(ctx context.Context) (bytes int64, err error) {
	if err := s.readers.QueryRowContext(ctx, "SELECT bytes FROM evidence_total").Scan(&bytes); err != nil {
		return 0, fmt.Errorf("read the size of evidence: %w", explain(err))
	}
	return bytes, nil
}

func (t *Tx) evidenceRows(ctx context.Context, query string, args ...any) ([]evidenceRow, error) {
	return collect(ctx, t.query, func(rows *sql.Rows) (r evidenceRow, err error) {
		return r, rows.Scan(&r.series, &r.at, &r.size)
	}, query, args...)
}

// dropEvidence deletes what next gives, in transactions of their own, until it
// gives nothing. Of each batch it takes the rows until enough bytes went.
func (s *Store) dropEvidence(ctx context.Context, next func(context.Context, *Tx) (rows []evidenceRow, enough int64, err error)) (int64, error) {
	var total int64
	for ctx.Err() == nil {
		var gone int64
		err := s.transact(ctx, func(ctx context.Context, tx *Tx) error {
			rows, enough, err := next(ctx, tx)
			if err != nil {
				return err
			}
			began := time.Now()
			for _, row := range rows {
				if enough <= 0 || time.Since(began) > sweepHold {
					break
				}
				if _, err := tx.exec(ctx, "DELETE FROM evidence_runs WHERE series = ? AND at = ?", row.series, row.at); err != nil {
					return err
				}
				gone, enough = gone+1, enough-row.size
			}
			return nil
		})
		if err != nil {
			return total, err
		}
		if total += gone; gone == 0 {
			return total, nil
		}
	}
	return total, ctx.Err()
}
