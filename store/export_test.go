package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Migrations are the files that make the tables.
var Migrations embed.FS = migrations

// QueriesOfClaims are the queries of a claim, whose plans a test looks at.
func QueriesOfClaims() []string {
	return []string{dueSQL, "SELECT rowid FROM deliveries WHERE " + unsettledSQL}
}

// BounceQuery finds a delivery by what it is called where it comes back to.
const BounceQuery = bounceSQL

// FillReady reads into memory what runs came to from a time on.
func (s *Store) FillReady(ctx context.Context, from time.Time) error {
	return errors.Join(s.fillLatest(ctx), s.fill(ctx, &s.days, from.Unix()), s.fill(ctx, &s.hours, from.Unix()))
}

// Exec writes as everything does that the store writes.
func (s *Store) Exec(query string, args ...any) error {
	return s.transact(context.Background(), func(ctx context.Context, tx *Tx) error {
		_, err := tx.exec(ctx, query, args...)
		return err
	})
}

// SweepStep, SweepRuns and SweepBytes bound one transaction of what grows old.
const (
	SweepStep  = sweepStep
	SweepRuns  = sweepRuns
	SweepBytes = sweepBytes
)

// WatchDeletes tells of each commit how many rows of which tables it deletes.
// It is called before anything is written.
func (s *Store) WatchDeletes(each func(rows map[string]int)) error {
	return s.writer.conn.Raw(func(c any) error {
		hooks, ok := c.(interface {
			RegisterPreUpdateHook(callback sqlite.PreUpdateHookFn)
			RegisterCommitHook(callback sqlite.CommitHookFn)
		})
		if !ok {
			return fmt.Errorf("%T has no hooks", c)
		}
		rows := map[string]int{}
		hooks.RegisterPreUpdateHook(func(d sqlite.SQLitePreUpdateData) {
			if d.Op == sqlite3.SQLITE_DELETE {
				rows[d.TableName]++
			}
		})
		hooks.RegisterCommitHook(func() int32 {
			each(rows)
			clear(rows)
			return 0
		})
		return nil
	})
}

// ReadyDiffers says where what is held in memory is not what the file holds.
func (s *Store) ReadyDiffers(ctx context.Context) error {
	for _, r := range []*ready{&s.days, &s.hours} {
		if !r.full {
			continue
		}
		want, err := readRuns(ctx, s.readers.QueryContext, r.grain, r.from)
		if err != nil {
			return err
		}
		for table, got := range r.tables {
			maps.DeleteFunc(got, func(_ string, all []runs) bool { return len(all) == 0 })
			if !maps.EqualFunc(got, want[table], slices.Equal) {
				return fmt.Errorf("in memory the %s of grain %d from %d on are %v, and in the file %v", table, r.grain, r.from, got, want[table])
			}
		}
	}
	if !s.latest.full {
		return nil
	}
	read := &Store{readers: s.readers}
	if err := read.fillLatest(ctx); err != nil {
		return err
	}
	if !slices.Equal(read.latest.all, s.latest.all) {
		return fmt.Errorf("in memory the newest runs are %v, and in the file %v", s.latest.all, read.latest.all)
	}
	return nil
}
