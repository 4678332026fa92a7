package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/slo"
)

// Figure is what the runs of some checks in one region came to in a stretch of
// time. The times are those within which half, 95 and 99 of 100 answers came;
// 0 where that is not known.
type Figure struct {
	Region        string
	From          time.Time
	Good, Bad     int
	Unknown       int
	P50, P95, P99 time.Duration
}

// Figures gives what the runs of checks came to by hour, or by day in the
// page's zone, from one moment until another: by region, and then oldest first.
// Stretches without runs are left out. Runs in a maintenance are not counted,
// unless counted; how long they took is known of all together.
func (s *Store) Figures(ctx context.Context, checks []string, byDay, counted bool, from, until time.Time) ([]Figure, error) {
	if len(checks) == 0 {
		return nil, nil
	}
	grain := hourGrain
	if byDay {
		grain = dayGrain
	}
	in, args := placesOf(checks)
	var all []Figure
	latencies := slo.NewLatencies()
	finish := func() {
		if len(all) == 0 {
			return
		}
		f := &all[len(all)-1]
		f.P50, _ = latencies.Quantile(0.50)
		f.P95, _ = latencies.Quantile(0.95)
		f.P99, _ = latencies.Quantile(0.99)
		latencies.Clear()
	}
	_, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (struct{}, error) {
		var region string
		var start int64
		var good, bad, unknown int
		var took sql.RawBytes
		var apart tallied
		if err := rows.Scan(&region, &start, &good, &bad, &unknown, &took, &apart.answered, &apart.failed, &apart.unknown); err != nil {
			return struct{}{}, err
		}
		if n := len(all); n == 0 || all[n-1].Region != region || all[n-1].From.Unix() != start {
			finish()
			all = append(all, Figure{Region: region, From: time.Unix(start, 0).UTC()})
		}
		f := &all[len(all)-1]
		if !counted {
			good, bad, unknown = good-apart.answered, bad-apart.failed, unknown-apart.unknown
		}
		f.Good, f.Bad, f.Unknown = f.Good+good, f.Bad+bad, f.Unknown+unknown
		if len(took) == 0 {
			return struct{}{}, nil
		}
		return struct{}{}, latencies.MergeEncoded(took)
	}, `SELECT s.region, r.start, r.ok + r.degraded, r.failed, r.unknown, r.latencies, coalesce(e.ok + e.degraded, 0), coalesce(e.failed, 0), coalesce(e.unknown, 0)
		FROM series s JOIN rollups r ON r.series = s.id AND r.grain = ? AND r.start >= ? AND r.start < ?
		LEFT JOIN excused e ON e.series = r.series AND e.grain = r.grain AND e.start = r.start
		WHERE s.check_id IN `+in+` ORDER BY s.region, r.start`, append([]any{grain, from.Unix(), until.Unix()}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read the figures: %w", explain(err))
	}
	finish()
	return all, nil
}
