package main

import (
	"context"
	"slices"
	"time"

	"daymark/store"
)

// late says for how long a backup has been due; 0: none is, or none are made.
func (b *backups) late(ctx context.Context, now time.Time) (time.Duration, bool, error) {
	at := slices.IndexFunc(b.work, func(w backupWork) bool { return w.key == "backup" })
	if at < 0 {
		return 0, false, nil
	}
	last := b.newest()
	if last.IsZero() {
		runs, err := b.store.BackupRuns(ctx)
		if err != nil {
			return 0, true, err
		}
		last = firstDue(runs, b.began)
	}
	due := b.work[at].schedule.Next(last.In(b.zone))
	if due.IsZero() {
		return 0, true, nil
	}
	return max(0, now.Sub(due)), true, nil
}

// firstDue is from when on a backup is waited for where none is there: since
// the last that was made or, if none ever was, since it was first tried.
func firstDue(newestFirst []store.BackupRun, began time.Time) time.Time {
	for _, r := range newestFirst {
		if r.Kind != "backup" {
			continue
		}
		if r.Error == "" {
			return r.At
		}
		if r.At.Before(began) {
			began = r.At
		}
	}
	return began
}
