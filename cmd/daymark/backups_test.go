package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/testkit"
	"daymark/store"
)

// TestDrillsWithoutBackups: until a backup is made there is nothing to
// practise with, which is nobody's trouble; that all of them are gone is.
func TestDrillsWithoutBackups(t *testing.T) {
	testkit.Beside(t)
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

// TestALateBackup: it is late by what its schedule says, also where none was
// ever made, and whatever was started in between.
func TestALateBackup(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	b, began := a.backups, time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	b.zone, b.to, b.began = time.UTC, t.TempDir(), began
	late := func(schedule string, now, want time.Duration) {
		t.Helper()
		var err error
		if b.work[0].schedule, err = checker.ParseSchedule(schedule); err != nil {
			t.Fatal(err)
		}
		if got, scheduled, err := b.late(t.Context(), began.Add(now)); got != want || !scheduled || err != nil {
			t.Errorf("%s, after %s: late by %s, want %s (%t, %v)", schedule, now, got, want, scheduled, err)
		}
	}
	const daily, weekly, hour = "15 2 * * *", "15 2 * * 0", time.Hour
	late(daily, 14*hour, 0)
	late(daily, 24*hour, 9*hour+45*time.Minute)
	late(weekly, 5*24*hour, 0)
	late(weekly, 7*24*hour, 33*hour+45*time.Minute)
	keep := func(after time.Duration, file, failure string) {
		t.Helper()
		if err := a.store.KeepBackupRun(t.Context(), store.BackupRun{At: began.Add(after), Kind: "backup", File: file, Error: failure}); err != nil {
			t.Fatal(err)
		}
	}
	keep(-22*hour, "", "no room")
	b.began = began.Add(20 * hour)
	late(daily, 24*hour, 33*hour+45*time.Minute) // it was tried before the start
	keep(-2*hour, "daymark-1.db", "")
	late(daily, 14*hour, 0) // in another folder, as it seems
	writeText(t, filepath.Join(b.to, backupPrefix+began.Format(backupStamp)+backupEnd), "")
	late(daily, 24*hour, 9*hour+45*time.Minute)
	late(weekly, 5*24*hour, 0)
	b.work = b.work[1:]
	if got, scheduled, err := b.late(t.Context(), began.Add(100*24*hour)); got != 0 || scheduled || err != nil {
		t.Errorf("without a schedule: %s, %t, %v", got, scheduled, err)
	}
}
