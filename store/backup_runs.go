package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// BackupRun is what came of a scheduled backup, or of a drill of restoring one.
type BackupRun struct {
	At    time.Time
	Kind  string // backup or drill
	Took  time.Duration
	File  string // its name; empty: there is none
	Bytes int64
	Rows  int64  // of all tables
	Error string // empty: it went well
}

// backupRunsKept is how many of each kind are remembered.
const backupRunsKept = 100

// KeepBackupRun remembers a run, and forgets the oldest.
func (s *Store) KeepBackupRun(ctx context.Context, r BackupRun) error {
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		if _, err := t.exec(ctx, "INSERT INTO backup_runs (at, kind, took, file, bytes, rows, error) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			r.At.UnixMilli(), r.Kind, r.Took.Milliseconds(), r.File, r.Bytes, r.Rows, r.Error); err != nil {
			return err
		}
		_, err := t.exec(ctx, "DELETE FROM backup_runs WHERE kind = ? AND at < (SELECT min(at) FROM (SELECT at FROM backup_runs WHERE kind = ? ORDER BY at DESC LIMIT ?))",
			r.Kind, r.Kind, backupRunsKept)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep what came of a %s: %w", r.Kind, err)
	}
	return nil
}

// BackupRuns gives what is remembered, newest first.
func (s *Store) BackupRuns(ctx context.Context) ([]BackupRun, error) {
	runs, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (r BackupRun, err error) {
		var at, took int64
		err = rows.Scan(&at, &r.Kind, &took, &r.File, &r.Bytes, &r.Rows, &r.Error)
		r.At, r.Took = time.UnixMilli(at).UTC(), time.Duration(took)*time.Millisecond
		return r, err
	}, "SELECT at, kind, took, file, bytes, rows, error FROM backup_runs ORDER BY at DESC, kind")
	if err != nil {
		return nil, fmt.Errorf("read what came of backups: %w", explain(err))
	}
	return runs, nil
}
