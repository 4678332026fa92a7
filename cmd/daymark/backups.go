package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"daymark/checker"
	"daymark/config"
	"daymark/console"
	"daymark/internal/pause"
	"daymark/notify"
	"daymark/store"
)

// The names of scheduled backups sort by time.
const (
	backupStamp  = "20060102T150405Z"
	backupPrefix = "daymark-"
	backupEnd    = ".db"
	drillFolder  = "drill"
)

// backups makes backups by a schedule, keeps the newest, and tries by another
// schedule whether the newest can be restored.
type backups struct {
	store    *store.Store
	database string
	to       string // the folder
	keep     int
	work     []backupWork
	zone     *time.Location // of the schedules
	began    time.Time
	log      *slog.Logger
	tell     func(ctx context.Context, t backupTrouble) error
}

// backupWork is what is done by a schedule.
type backupWork struct {
	key      string // of its trouble
	schedule cron.Schedule
	do       func(ctx context.Context) (file string, made *store.Backup, err error)
}

// Backups implements console.Backups.
func (b *backups) Backups(ctx context.Context) (console.BackupsKept, error) {
	kept := console.BackupsKept{Folder: b.to, Keep: b.keep}
	names, err := b.made()
	if err != nil {
		return kept, err
	}
	kept.Files = len(names)
	for _, w := range b.work {
		next := w.schedule.Next(time.Now().In(b.zone))
		if w.key == "drill" {
			kept.NextDrill = next
		} else {
			kept.Next = next
		}
	}
	runs, err := b.store.BackupRuns(ctx)
	for _, r := range runs {
		kept.Runs = append(kept.Runs, console.BackupRun(r))
	}
	return kept, err
}

// backupTrouble is told when something fails that did not fail before, and
// when it does not any more.
type backupTrouble struct {
	Key    string // backup or drill
	Since  time.Time
	Reason string
	Over   bool
}

// backupsFolder is where they are.
func backupsFolder(doc *config.Document) string {
	return cmp.Or(doc.Server.Backup.To, filepath.Join(doc.Server.Data, "backups"))
}

// newBackups makes what is to be done about backups, by the configuration.
func (a *app) newBackups() (*backups, error) {
	o := a.doc.Server.Backup
	b := &backups{store: a.store, database: filepath.Join(a.doc.Server.Data, databaseFile), to: backupsFolder(a.doc), keep: o.Keep, zone: a.zone, began: a.now(), log: a.log, tell: a.backupFails}
	for _, w := range []struct {
		line string
		backupWork
	}{
		{o.Schedule, backupWork{key: "backup", do: b.backUp}},
		{o.Drill, backupWork{key: "drill", do: b.practise}},
	} {
		if w.line == "" || o.Schedule == "" {
			continue // without backups there is nothing to practise with
		}
		var err error
		if w.schedule, err = checker.ParseSchedule(w.line); err != nil {
			return nil, fmt.Errorf("read when to make a backup (server.backup): %w", err)
		}
		b.work = append(b.work, w.backupWork)
	}
	return b, nil
}

// run does one kind of work when it is due, until ctx ends. What was due while
// nobody ran is made up for.
func (b *backups) run(ctx context.Context, w backupWork) {
	started := time.Now()
	var failing time.Time
	for {
		last := b.last(ctx, w.key)
		if last.IsZero() || !failing.IsZero() || last.After(started) {
			last = started // after a failure, or with a clock that was set back
		}
		due := w.schedule.Next(last.In(b.zone))
		if due.IsZero() || pause.For(ctx, time.Until(due)) != nil {
			<-ctx.Done()
			return
		}
		started = time.Now()
		if failing = b.attempt(ctx, w, started, failing); ctx.Err() != nil {
			return
		}
	}
}

// attempt does the work once, remembers what came of it and tells staff of a
// change. It takes since when the work has failed, and gives that back; zero:
// it does not. That there is nothing to practise with yet is no failure.
func (b *backups) attempt(ctx context.Context, w backupWork, now, failing time.Time) time.Time {
	file, made, err := w.do(ctx)
	if errors.Is(err, errNoBackupYet) {
		b.log.Info("no restore was practised, since no backup was made yet")
		return failing
	}
	b.remember(ctx, w.key, now, file, made, err)
	switch {
	case ctx.Err() != nil:
		return failing
	case err != nil && failing.IsZero():
		failing = now
		b.report(ctx, backupTrouble{Key: w.key, Since: failing, Reason: err.Error()})
	case err == nil && !failing.IsZero():
		b.report(ctx, backupTrouble{Key: w.key, Since: failing, Over: true})
		failing = time.Time{}
	}
	if err != nil {
		b.log.Error("a backup, or the drill of restoring one, failed", "what", w.key, "error", err)
	}
	return failing
}

// last gives when a kind of work was done last; zero where that is not known.
func (b *backups) last(ctx context.Context, key string) time.Time {
	if key == "backup" {
		return b.newest() // those that are there, whatever was remembered
	}
	runs, err := b.store.BackupRuns(ctx)
	if err != nil {
		return time.Time{} // it is done when it is due next
	}
	for _, r := range runs {
		if r.Kind == key {
			return r.At
		}
	}
	return time.Time{}
}

// remember keeps what came of it for people to look at.
func (b *backups) remember(ctx context.Context, key string, began time.Time, file string, made *store.Backup, failure error) {
	if ctx.Err() != nil {
		return
	}
	r := store.BackupRun{At: began, Kind: key, Took: time.Since(began)}
	if file != "" {
		r.File = filepath.Base(file)
	}
	if made != nil {
		r.Bytes, r.Rows = made.Bytes, made.Total()
	}
	if failure != nil {
		r.Error = failure.Error()
	}
	if err := b.store.KeepBackupRun(ctx, r); err != nil {
		b.log.Error("what came of a backup could not be kept", "what", key, "error", err)
	}
}

func (b *backups) report(ctx context.Context, t backupTrouble) {
	if err := b.tell(ctx, t); err != nil {
		b.log.Error("staff could not be told of a backup that failed", "what", t.Key, "error", err)
	}
}

// made lists the backups of the folder, oldest first.
func (b *backups) made() ([]string, error) { return backupsIn(b.to) }

func backupsIn(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the folder of backups: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if _, err := stampOf(entry.Name()); err == nil && entry.Type().IsRegular() {
			names = append(names, entry.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

func stampOf(name string) (time.Time, error) {
	return time.Parse(backupPrefix+backupStamp+backupEnd, name)
}

func (b *backups) newest() time.Time {
	names, err := b.made()
	if err != nil || len(names) == 0 {
		return time.Time{} // the work itself tells what is wrong
	}
	at, _ := stampOf(names[len(names)-1]) // made looked
	return at
}

// backUp makes a backup, and removes the oldest beyond those that are kept.
func (b *backups) backUp(ctx context.Context) (string, *store.Backup, error) {
	began := time.Now()
	if err := os.MkdirAll(b.to, 0o700); err != nil {
		return "", nil, fmt.Errorf("make the folder of backups: %w", err)
	}
	if err := b.tidy(); err != nil {
		return "", nil, err
	}
	path := filepath.Join(b.to, backupPrefix+began.UTC().Format(backupStamp)+backupEnd)
	made, err := makeBackup(ctx, b.database, path, began)
	if err != nil {
		return "", nil, err
	}
	b.log.Info("a backup is made and verified", "file", path, "bytes", made.Bytes, "rows", made.Total(), "took", time.Since(began).Round(time.Millisecond))
	names, err := b.made()
	if err != nil {
		return path, made, err
	}
	for _, name := range names[:max(0, len(names)-b.keep)] {
		if err := os.Remove(filepath.Join(b.to, name)); err != nil { // the new one is as good
			b.log.Error("an old backup cannot be removed, and takes room", "error", err)
		}
	}
	return path, made, nil
}

// tidy removes what a kill left of a backup. Nobody else makes backups of
// these names: whoever does holds the lock of the data folder.
func (b *backups) tidy() error {
	left, err := filepath.Glob(filepath.Join(b.to, backupPrefix+"*"+backupEnd+".*"))
	for _, path := range left {
		if strings.Contains(filepath.Base(path), ".partial") {
			err = errors.Join(err, os.Remove(path))
		}
	}
	if err != nil {
		return fmt.Errorf("remove what is left of a backup: %w", err)
	}
	return nil
}

// errNoBackupYet is that nothing is there to practise with, as it has to be.
var errNoBackupYet = errors.New("no backup was made yet")

// noneThere says whether it is right that no backup is there: it is, until one
// has been made since the start. Before that it was another folder, perhaps.
func (b *backups) noneThere(ctx context.Context) error {
	runs, err := b.store.BackupRuns(ctx)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.Kind == "backup" && r.File != "" && r.At.After(b.began) {
			return fmt.Errorf("there is no backup to restore: %s, and what else was made, is gone from %s", r.File, b.to)
		}
	}
	return errNoBackupYet
}

// practise restores the newest backup to a folder of its own, opens it as the
// server does, and looks through its audit trail.
func (b *backups) practise(ctx context.Context) (string, *store.Backup, error) {
	began := time.Now()
	names, err := b.made()
	if err != nil {
		return "", nil, err
	}
	if len(names) == 0 {
		return "", nil, b.noneThere(ctx)
	}
	file, dir := filepath.Join(b.to, names[len(names)-1]), filepath.Join(filepath.Dir(b.database), drillFolder)
	if err := os.RemoveAll(dir); err != nil {
		return file, nil, fmt.Errorf("remove an earlier drill: %w", err)
	}
	if err := roomFor(file, filepath.Dir(dir)); err != nil {
		return file, nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return file, nil, fmt.Errorf("prepare the drill: %w", err)
	}
	restored, err := b.tryOut(ctx, file, filepath.Join(dir, databaseFile))
	if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
		return file, nil, fmt.Errorf("restore %s: %w", file, err)
	}
	b.log.Info("a restore was practised", "file", file, "rows", restored.Total(), "took", time.Since(began).Round(time.Millisecond))
	return file, restored, nil
}

func (b *backups) tryOut(ctx context.Context, file, path string) (*store.Backup, error) {
	restored, err := store.UnpackBackup(ctx, file, path)
	if err != nil {
		return nil, err
	}
	opened, err := store.Open(ctx, store.Options{Path: path, Zone: b.zone, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if err := opened.Close(); err != nil {
		return nil, err
	}
	_, err = store.VerifyAudit(ctx, path, "")
	return restored, err
}

// backupFails tells staff that there is no backup, or none that can be
// restored, and of the end of that.
func (a *app) backupFails(ctx context.Context, t backupTrouble) error {
	now := a.now()
	id := fmt.Sprintf("%s-%d", t.Key, t.Since.UnixMilli())
	n, book := notify.Notice{Key: t.Key}, notify.RunbookBackup
	if t.Key == "drill" {
		book = notify.RunbookDrill
	}
	switch {
	case t.Over && t.Key == "drill":
		n.Title, n.Text = "The newest backup can be restored again", "A restore was practised, and went well."
	case t.Over:
		n.Title, n.Text = "Backups are made again", "The newest was made and verified."
	case t.Key == "drill":
		n.Title = "The newest backup cannot be restored"
		n.Text = fmt.Sprintf("A restore was practised at %s: %s.\n\nThe server is not touched by it. Make a backup by hand (daymark backup FILE) and look through it (daymark restore --check FILE).", t.Since.In(a.zone).Format("15:04"), t.Reason)
	default:
		n.Title = "No backup could be made at " + t.Since.In(a.zone).Format("15:04")
		n.Text = fmt.Sprintf("What came of it: %s.\n\nThe server is not touched by it, and the earlier backups are there. It is tried again when the next is due.", t.Reason)
	}
	if n.Over = t.Over; n.Over {
		id += "-over"
	}
	if err := a.store.QueueNotices(ctx, a.staff.Trouble(book, id, n, now), now); err != nil {
		return err
	}
	a.wakeSender()
	return nil
}
