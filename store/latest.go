package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"sync"

	"daymark/incident"
)

// latestRun is the newest run of a series that is kept.
type latestRun struct {
	incident.Series
	at      int64 // ms
	outcome int
}

func compareLatest(a, b latestRun) int {
	return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Check, b.Check))
}

// latestRuns holds the newest run of each series in memory, by region and then
// check, as ready does the rollups: finding those of 6,000 series in the file
// takes 30 ms, and the page wants them each time.
type latestRuns struct {
	mu      sync.RWMutex
	full    bool
	waiting bool
	since   []latestRun
	all     []latestRun
}

// add follows a commit.
func (l *latestRuns) add(more []latestRun) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting {
		l.since = append(l.since, more...)
	}
	if l.full {
		l.fold(more)
	}
}

func (l *latestRuns) fold(more []latestRun) {
	for _, run := range more {
		at, found := slices.BinarySearchFunc(l.all, run, compareLatest)
		switch {
		case !found:
			l.all = slices.Insert(l.all, at, run)
		case run.at >= l.all[at].at:
			l.all[at] = run
		}
	}
}

// each gives all of them in order, or says that they are not known.
func (l *latestRuns) each(use func(run latestRun)) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, run := range l.all {
		use(run)
	}
	return l.full
}

// fillLatest reads the file where that was not done. It takes a reader: do not
// hold one.
func (s *Store) fillLatest(ctx context.Context) error {
	l := &s.latest
	if l.each(func(latestRun) {}) {
		return nil
	}
	s.filling.Lock()
	defer s.filling.Unlock()
	if l.each(func(latestRun) {}) {
		return nil // somebody else did it
	}
	tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return explain(err)
	}
	defer func() { _ = tx.Rollback() }() // it wrote nothing
	err = s.pin(ctx, tx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.waiting = true
	})
	if err != nil {
		return explain(err)
	}
	// A CROSS join, so that SQLite begins with the few series and not with all
	// the results.
	all, err := collect(ctx, tx.QueryContext, func(rows *sql.Rows) (run latestRun, err error) {
		return run, rows.Scan(&run.Check, &run.Region, &run.at, &run.outcome)
	}, `SELECT s.check_id, s.region, r.at, r.outcome FROM series s CROSS JOIN results r ON r.series = s.id
		AND r.at = (SELECT max(at) FROM results WHERE series = s.id) ORDER BY s.region, s.check_id`)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.all, l.full = all, true
		l.fold(l.since)
	}
	l.waiting, l.since = false, nil
	return explain(err)
}
