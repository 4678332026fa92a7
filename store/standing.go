package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"daymark/checker"
	"daymark/statuspage"
)

// Standing is how a check stands in one region.
type Standing struct {
	Run   checker.Result // the newest that is kept, whole but for its evidence
	Since time.Time      // of the first run of those on end with its outcome
	Well  checker.Result // the newest that answered: its time and latency alone; zero: none is kept
}

const standingSQL = `SELECT s.region, r.at, r.outcome, r.latency, coalesce(r.detail, ''),
	(SELECT min(at) FROM results WHERE series = s.id AND at > coalesce((SELECT max(at) FROM results WHERE series = s.id AND outcome <> r.outcome), 0)),
	w.at, coalesce(w.latency, 0)
FROM series s CROSS JOIN results r ON r.series = s.id AND r.at = (SELECT max(at) FROM results WHERE series = s.id)
LEFT JOIN results w ON w.series = s.id AND w.at = (SELECT at FROM results WHERE series = s.id AND outcome <= 1 ORDER BY at DESC LIMIT 1)
WHERE s.check_id = ? ORDER BY s.region`

// Standings gives how a check stands, by region.
func (s *Store) Standings(ctx context.Context, check string) ([]Standing, error) {
	found, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (st Standing, err error) {
		var at, latency, since, wellLatency int64
		var well sql.NullInt64
		var outcome int
		var told string
		r := &st.Run
		if err := rows.Scan(&r.Region, &at, &outcome, &latency, &told, &since, &well, &wellLatency); err != nil {
			return st, err
		}
		r.Check, r.At, r.Outcome, r.Latency = check, time.UnixMilli(at).UTC(), outcomeOf[outcome&3], time.Duration(latency)*time.Microsecond
		st.Since = time.UnixMilli(since).UTC()
		if well.Valid {
			st.Well = checker.Result{Check: check, Region: r.Region, At: moment(well), Outcome: checker.OK, Latency: time.Duration(wellLatency) * time.Microsecond}
		}
		if told == "" {
			return st, nil
		}
		var d detail
		err = json.Unmarshal([]byte(told), &d)
		r.Reason, r.Duration, r.Attempts, r.Warnings, r.Timings, r.Expectations = d.Reason, d.Duration, d.Attempts, d.Warnings, d.Timings, d.Expectations
		return st, err
	}, standingSQL, check)
	if err != nil {
		return nil, fmt.Errorf("read how check %s stands: %w", check, explain(err))
	}
	return found, nil
}

// TimesOf adds the runs of a check up in so many stretches of time, by region.
func (s *Store) TimesOf(ctx context.Context, check string, from time.Time, step time.Duration, stretches int) ([]statuspage.RegionTimes, error) {
	until := from.Add(step * time.Duration(stretches))
	var all []statuspage.RegionTimes
	_, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (struct{}, error) {
		var region string
		var bucket, answered, failed, sum int64
		if err := rows.Scan(&region, &bucket, &answered, &failed, &sum); err != nil {
			return struct{}{}, err
		}
		if len(all) == 0 || all[len(all)-1].Region != region {
			all = append(all, statuspage.RegionTimes{Region: region, Buckets: make([]statuspage.TimesBucket, stretches)})
		}
		if bucket < int64(stretches) {
			all[len(all)-1].Buckets[bucket] = statuspage.TimesBucket{Answered: int(answered), Failed: int(failed), Sum: time.Duration(sum) * time.Microsecond}
		}
		return struct{}{}, nil
	}, `SELECT s.region, (r.at - ?) / ?, sum(r.outcome <= 1), sum(r.outcome = 2), sum(CASE WHEN r.outcome <= 1 THEN r.latency ELSE 0 END)
		FROM series s CROSS JOIN results r ON r.series = s.id WHERE s.check_id = ? AND r.at >= ? AND r.at < ? GROUP BY 1, 2 ORDER BY 1, 2`,
		from.UnixMilli(), step.Milliseconds(), check, from.UnixMilli(), until.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read the times of check %s: %w", check, explain(err))
	}
	return all, nil
}
