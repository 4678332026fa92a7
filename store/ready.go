package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// runs is what the runs of a check in one grain came to, in all regions.
type runs struct {
	start                         int64 // seconds
	ok, degraded, failed, unknown int32
	hours                         toldHours // of a day
	latency                       int64     // sum over those that answered, microseconds
}

func (r *runs) plus(other *runs) {
	r.hours |= other.hours
	r.ok, r.degraded, r.failed, r.unknown, r.latency = r.ok+other.ok, r.degraded+other.degraded, r.failed+other.failed, r.unknown+other.unknown, r.latency+other.latency
}

// counted is what one result adds to a rollup, once it is committed.
type counted struct {
	table rollupTable
	grain int64
	check string
	runs
}

// ready holds the rollups of a grain by check in memory, of all regions
// together, from some start on: pages draw 90 days of every component again and
// again, and the database takes a second to add up those of 500. It is read
// once, when it is asked for first, and follows each commit from then on, so
// that it is never behind the file. It takes 40 bytes a check and grain.
type ready struct {
	grain int64
	keep  time.Duration // what is older is forgotten; 0: nothing is

	mu      sync.RWMutex
	from    int64 // what began before it is not known
	full    bool  // all from there on is known
	waiting bool  // the file is being read
	since   []counted
	tables  map[rollupTable]map[string][]runs // by check, in order
}

// readyMost is how long ago that can begin which is held in memory. What is
// older is read from the file each time.
const readyMost = 400 * 24 * time.Hour

// add follows a commit. Only the writer calls it.
func (r *ready) add(all []counted) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting {
		r.since = append(r.since, all...)
	}
	if r.full {
		r.fold(all)
	}
}

func (r *ready) fold(all []counted) {
	newest := int64(0)
	for i := range all {
		c := &all[i]
		if c.grain != r.grain || c.start < r.from {
			continue
		}
		newest = max(newest, c.start)
		of := r.tables[c.table][c.check]
		at := len(of) // nearly all are of the newest grain
		for at > 0 && of[at-1].start > c.start {
			at--
		}
		if at > 0 && of[at-1].start == c.start {
			of[at-1].plus(&c.runs)
			continue
		}
		r.tables[c.table][c.check] = slices.Insert(of, at, c.runs)
	}
	if keep := int64(r.keep / time.Second); keep > 0 && newest-r.from > 2*keep {
		r.drop(newest - keep)
	}
}

// drop forgets what began before a time.
func (r *ready) drop(before int64) {
	for _, table := range r.tables {
		for check, of := range table {
			first, _ := slices.BinarySearchFunc(of, before, func(a runs, start int64) int { return int(a.start - start) })
			table[check] = slices.Clone(of[first:])
		}
	}
	r.from = max(r.from, before)
}

// swept forgets what the file has no more.
func (r *ready) swept(before int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	from := r.from
	r.drop(before)
	r.from = from // that there is nothing is known
}

// prepare reads the file where what is asked for is not known. It takes a
// reader: do not hold one.
func (s *Store) prepare(ctx context.Context, r *ready, from time.Time) error {
	if time.Since(from) > readyMost || r.give(from.Unix(), nothing) == nil {
		return nil
	}
	if err := s.fill(ctx, r, from.Unix()); err != nil {
		return fmt.Errorf("add up the runs: %w", explain(err))
	}
	return nil
}

// orRead gives the runs of both tables by check, from a time on or from
// earlier: those that are known, or else as a transaction reads them. What use
// gets is not to be kept.
func (r *ready) orRead(ctx context.Context, tx *sql.Tx, from time.Time, use func(tables map[rollupTable]map[string][]runs) error) error {
	err := r.give(from.Unix(), use)
	if !errors.Is(err, errNotReady) {
		return err
	}
	tables, err := readRuns(ctx, tx.QueryContext, r.grain, from.Unix())
	if err != nil {
		return err
	}
	return use(tables)
}

var errNotReady = errors.New("not known yet")

func nothing(map[rollupTable]map[string][]runs) error { return nil }

func (r *ready) give(from int64, use func(tables map[rollupTable]map[string][]runs) error) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if !r.full || r.from > from {
		return errNotReady
	}
	return use(r.tables)
}

// fill reads the file as it is between two commits, and adds those that come
// meanwhile.
func (s *Store) fill(ctx context.Context, r *ready, from int64) error {
	s.filling.Lock()
	defer s.filling.Unlock()
	if r.give(from, nothing) == nil {
		return nil // somebody else did it
	}
	tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // it wrote nothing
	err = s.pin(ctx, tx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.waiting = true
	})
	if err != nil {
		return err
	}
	tables, err := readRuns(ctx, tx.QueryContext, r.grain, from)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.tables, r.from, r.full = tables, from, true
		r.fold(r.since)
	}
	r.waiting, r.since = false, nil
	return err
}

// pin has a transaction read the file as it is now, between two commits, and
// begins to keep what is committed from now on.
func (s *Store) pin(ctx context.Context, tx *sql.Tx, begin func()) error {
	s.committing.Lock()
	defer s.committing.Unlock()
	var rows int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM alive").Scan(&rows); err != nil {
		return err
	}
	begin()
	return nil
}

func readRuns(ctx context.Context, query querier, grain, from int64) (map[rollupTable]map[string][]runs, error) {
	tables := map[rollupTable]map[string][]runs{}
	for _, name := range []rollupTable{rollups, excused} {
		table := map[string][]runs{}
		_, err := collect(ctx, query, func(rows *sql.Rows) (_ struct{}, err error) {
			var check string
			var r runs
			err = rows.Scan(&check, &r.start, &r.ok, &r.degraded, &r.failed, &r.unknown, &r.latency, &r.hours)
			table[check] = append(table[check], r)
			return struct{}{}, err
		}, `SELECT s.check_id, r.start, sum(r.ok), sum(r.degraded), sum(r.failed), sum(r.unknown), sum(r.latency), bit_or(r.hours)
			FROM series s JOIN `+string(name)+` r ON r.series = s.id AND r.grain = ? AND r.start >= ? GROUP BY s.check_id, r.start ORDER BY s.check_id, r.start`, grain, from)
		if err != nil {
			return nil, err
		}
		tables[name] = table
	}
	return tables, nil
}
