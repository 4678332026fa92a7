package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"daymark/slo"
)

// strikeDelta is what a strike took from a rollup.
type strikeDelta struct {
	Table  rollupTable `json:"table"`
	Series int64       `json:"series"`
	Check  string      `json:"check"`
	Grain  int64       `json:"grain"`
	Start  int64       `json:"start"`
	Runs   int32       `json:"runs,omitempty"` // that failed

	Degraded  int32  `json:"degraded,omitempty"`
	Latency   int64  `json:"latency,omitempty"`   // of the degraded ones together, microseconds
	Latencies []byte `json:"latencies,omitempty"` // theirs, as far as the rollup had them

	took []time.Duration // of each degraded one
}

// rollupRow names a row of a rollup.
type rollupRow struct {
	rollupSlot
	start int64
}

func (d *strikeDelta) row() rollupRow {
	return rollupRow{rollupSlot{d.Table, d.Series, d.Grain}, d.Start}
}

// addDeltas adds deltas to others, one a row.
func addDeltas(deltas, more []strikeDelta) ([]strikeDelta, error) {
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
		if err := deltas[known].add(d); err != nil {
			return nil, err
		}
	}
	return deltas, nil
}

func (d *strikeDelta) add(more *strikeDelta) (err error) {
	d.Runs, d.Degraded, d.Latency, d.took = d.Runs+more.Runs, d.Degraded+more.Degraded, d.Latency+more.Latency, append(d.took, more.took...)
	if len(more.Latencies) > 0 {
		d.Latencies, err = slo.MergeLatencies(d.Latencies, more.Latencies)
	}
	return err
}

// correct moves runs of rollups from those that failed or were degraded to
// those that could not tell, or back with a sign of -1.
func (t *Tx) correct(ctx context.Context, deltas []strikeDelta, sign int32) error {
	for i := range deltas {
		d := &deltas[i]
		if d.Degraded > 0 {
			if err := t.correctLatencies(ctx, d, sign); err != nil {
				return err
			}
		}
		failed, degraded, latency := sign*d.Runs, sign*d.Degraded, int64(sign)*d.Latency
		done, err := t.exec(ctx, "UPDATE "+string(d.Table)+" SET failed = failed - ?, degraded = degraded - ?, unknown = unknown + ?, latency = latency - ? WHERE series = ? AND grain = ? AND start = ?",
			failed, degraded, failed+degraded, latency, d.Series, d.Grain, d.Start)
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
		t.job.counted = append(t.job.counted, counted{d.Table, d.Grain, d.Check, runs{start: d.Start, degraded: -degraded, failed: -failed, unknown: failed + degraded, latency: -latency}})
	}
	return nil
}

// correctLatencies takes how long degraded runs took out of a rollup, and keeps
// what it found there, or gives it back with a sign of -1.
func (t *Tx) correctLatencies(ctx context.Context, d *strikeDelta, sign int32) error {
	delete(t.store.series.newest, d.row().rollupSlot)
	const row = " WHERE series = ? AND grain = ? AND start = ?"
	kept, err := collect(ctx, t.query, func(rows *sql.Rows) (encoded []byte, err error) { return encoded, rows.Scan(&encoded) },
		"SELECT latencies FROM "+string(d.Table)+row, d.Series, d.Grain, d.Start)
	if err != nil {
		return fmt.Errorf("read latencies: %w", err)
	}
	if len(kept) == 0 {
		return nil
	}
	var now []byte
	if sign > 0 {
		now, d.Latencies, err = slo.SplitLatencies(kept[0], d.took)
	} else {
		now, err = slo.MergeLatencies(kept[0], d.Latencies)
	}
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "UPDATE "+string(d.Table)+" SET latencies = ?"+row, now, d.Series, d.Grain, d.Start)
	return err
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
