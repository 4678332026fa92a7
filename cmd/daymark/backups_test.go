package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"daymark/store"
)

// TestDrillsWithoutBackups: until a backup is made there is nothing to
// practise with, which is nobody's trouble; that all of them are gone is.
func TestDrillsWithoutBackups(t *testing.T) {
	a := newTestApp(t)
	b := a.backups
	var told []backupTrouble
	b.tell = func(_ context.Context, t backupTrouble) error { told = append(told, t); return nil }
	drill := b.work[len(b.work)-1]
	now := a.now()
	if since := b.attempt(t.Context(), drill, now, time.Time{}); drill.key != "drill" || !since.IsZero() || len(told) != 0 {
		t.Errorf("before the first backup %s fails since %s, and staff are told %v", drill.key, since, told)
	}
	if runs, err := a.store.BackupRuns(t.Context()); err != nil || len(runs) != 0 {
		t.Errorf("it is remembered as %v, %v", runs, err)
	}
	if err := a.store.KeepBackupRun(t.Context(), store.BackupRun{At: now.Add(time.Second), Kind: "backup", File: "daymark-1.db", Bytes: 1, Rows: 1}); err != nil {
		t.Fatal(err)
	}
	if since := b.attempt(t.Context(), drill, now, time.Time{}); since != now || len(told) != 1 || !strings.Contains(told[0].Reason, "daymark-1.db, and what else was made, is gone") {
		t.Errorf("it fails since %s, and staff are told %v", since, told)
	}
	a.doc.Server.Backup.Schedule = ""
	if without, err := a.newBackups(); err != nil || len(without.work) != 0 {
		t.Errorf("without a schedule %d things are done, %v", len(without.work), err)
	}
}
