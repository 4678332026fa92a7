package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/incident"
)

// RunsDuring counts the runs of checks from one moment until another, by check
// and region, of what is kept.
func (s *Store) RunsDuring(ctx context.Context, checks []string, from, to time.Time) ([]incident.RunCount, error) {
	list, err := encode(checks)
	if err != nil {
		return nil, err
	}
	found, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (n incident.RunCount, err error) {
		return n, rows.Scan(&n.Check, &n.Region, &n.Failed, &n.Degraded, &n.Told)
	}, `SELECT s.check_id, s.region, sum(r.outcome = 2), sum(r.outcome = 1), sum(r.outcome < 3) FROM series s JOIN results r ON r.series = s.id
		WHERE s.check_id IN (SELECT value FROM json_each(?)) AND r.at >= ? AND r.at < ? GROUP BY s.id ORDER BY s.check_id, s.region`, list, from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("count the runs: %w", explain(err))
	}
	return found, nil
}
