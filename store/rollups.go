package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/checker"
	"daymark/internal/civil"
	"daymark/slo"
)

// The grains of rollups, in seconds.
const (
	hourGrain = 3600
	dayGrain  = 86400
)

// rollupTable is a table of counts by series, grain and start.
type rollupTable string

const (
	rollups rollupTable = "rollups" // of all results
	excused rollupTable = "excused" // of those among them that ran in a maintenance
)

// rollupSlot is one grain of a series, of which the newest row is remembered.
type rollupSlot struct {
	table         rollupTable
	series, grain int64
}

type rollupLatencies struct {
	start   int64
	encoded []byte
}

// rollUp folds a result into its hour (UTC) and its day in the page's zone.
func (t *Tx) rollUp(ctx context.Context, table rollupTable, series int64, r *checker.Result) error {
	var counts [4]int32
	counts[outcomeNumbers[r.Outcome]] = 1
	latency := int64(0)
	if answered(r) {
		latency = r.Latency.Microseconds()
	}
	day := dayStart(r.At, t.store.zone)
	for _, bucket := range [2]struct {
		grain, start int64
		hours        toldHours
	}{
		{hourGrain, wholeHour(r.At.Unix()), 0},
		{dayGrain, day.Unix(), hourOf(r.At, day)},
	} {
		var latencies []byte // left as it is where there is none
		var err error
		if answered(r) {
			if latencies, err = t.addLatency(ctx, rollupSlot{table, series, bucket.grain}, bucket.start, r.Latency); err != nil {
				return err
			}
		}
		if _, err := t.exec(ctx, `INSERT INTO `+string(table)+` (series, grain, start, ok, degraded, failed, unknown, latency, latencies, hours) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (series, grain, start) DO UPDATE SET ok = ok + excluded.ok, degraded = degraded + excluded.degraded,
			failed = failed + excluded.failed, unknown = unknown + excluded.unknown, latency = latency + excluded.latency,
			latencies = coalesce(excluded.latencies, latencies), hours = hours | excluded.hours`,
			series, bucket.grain, bucket.start, counts[0], counts[1], counts[2], counts[3], latency, latencies, bucket.hours); err != nil {
			return err
		}
		t.job.counted = append(t.job.counted, counted{table, bucket.grain, r.Check, runs{bucket.start, counts[0], counts[1], counts[2], counts[3], bucket.hours, latency}})
	}
	return nil
}

func answered(r *checker.Result) bool {
	return r.Outcome == checker.OK || r.Outcome == checker.Degraded
}

// addLatency gives the latencies of a row with one more. The newest row of each
// slot is remembered, since nearly all results are of it; the writer alone
// changes rows, and forgets with each transaction that does not commit.
func (t *Tx) addLatency(ctx context.Context, slot rollupSlot, start int64, took time.Duration) ([]byte, error) {
	cache := &t.store.series
	known, found := cache.newest[slot]
	if !found || known.start != start {
		rows, err := collect(ctx, t.query, func(rows *sql.Rows) (encoded []byte, err error) { return encoded, rows.Scan(&encoded) },
			"SELECT latencies FROM "+string(slot.table)+" WHERE series = ? AND grain = ? AND start = ?", slot.series, slot.grain, start)
		if err != nil {
			return nil, fmt.Errorf("read latencies: %w", err)
		}
		newer := !found || start > known.start
		known = rollupLatencies{start: start}
		if len(rows) > 0 {
			known.encoded = rows[0]
		}
		found = newer
	}
	latencies, err := slo.ReadLatencies(known.encoded)
	if err != nil {
		return nil, err
	}
	latencies.Add(took)
	known.encoded = latencies.Encode()
	if found {
		if cache.newest == nil {
			cache.newest = map[rollupSlot]rollupLatencies{}
		}
		cache.newest[slot] = known
	}
	return known.encoded, nil
}

// dayStart gives the moment that began the day in a zone.
func dayStart(at time.Time, zone *time.Location) time.Time { return civil.Day(at.In(zone)) }
