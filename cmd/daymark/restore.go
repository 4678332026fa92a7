package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"daymark/internal/expression"
	"daymark/store"
)

type restoreCommand struct {
	configFlag
	File  string `arg:"" help:"A file that daymark backup made." type:"path"`
	Check bool   `help:"Only look through the file, and say what it holds."`
}

// Help gives an example.
func (restoreCommand) Help() string {
	return `The server is stopped first. The backup is looked through from end to end, and becomes what server.data holds. What was there before is kept in server.data/before-restore-TIME, to be removed by hand. A restore that is cut off is either not begun, or finished by the next command.

Example: daymark restore /srv/backup/daymark-2026-11-27.db`
}

// Run restores a backup, or looks at it.
func (c *restoreCommand) Run(ctx context.Context, std streams) (err error) {
	doc, err := loadConfig(c.Config)
	if err != nil {
		return tellFaults(std, err)
	}
	if c.Check {
		b, err := store.VerifyBackup(ctx, c.File)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(std.out, "%s: of %s, %s, %d rows in %d tables, whole\n", c.File, b.Made.Format(time.RFC3339), expression.FormatSize(b.Bytes), b.Total(), len(b.Rows))
		return err
	}
	unlock, err := lockData(doc.Server.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	aside := "before-restore-" + time.Now().UTC().Format(backupStamp)
	b, err := prepareRestore(ctx, doc.Server.Data, c.File, aside)
	if err != nil {
		return err
	}
	if err := finishRestore(doc.Server.Data); err != nil {
		return err
	}
	before := "what was there before is in " + filepath.Join(doc.Server.Data, aside)
	if os.Remove(filepath.Join(doc.Server.Data, aside)) == nil { // it was empty
		before = "nothing was there before"
	}
	_, err = fmt.Fprintf(std.out, "restored what was so at %s: %d rows in %d tables\n%s\n", b.Made.Format(time.RFC3339), b.Total(), len(b.Rows), before)
	return err
}

// A restore is made in one folder, which is renamed when it is complete: from
// then on it is decided, and only moves are left.
const (
	restoreMaking = "restore.making"
	restoreReady  = "restore.ready"
	restoreAside  = "aside" // the file that names where to put what was there
	databaseFile  = "daymark.db"
	keysFolder    = "keys"
)

// prepareRestore makes a restore ready to be finished.
func prepareRestore(ctx context.Context, data, file, aside string) (*store.Backup, error) {
	making := filepath.Join(data, restoreMaking)
	if err := os.RemoveAll(making); err != nil {
		return nil, fmt.Errorf("remove a restore that was cut off: %w", err)
	}
	if err := roomFor(file, data); err != nil {
		return nil, err
	}
	if err := os.Mkdir(making, 0o700); err != nil {
		return nil, fmt.Errorf("prepare the restore: %w", err)
	}
	b, err := fillRestore(ctx, making, file, aside)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(making))
	}
	if err := errors.Join(syncDir(making), os.Rename(making, filepath.Join(data, restoreReady)), syncDir(data)); err != nil {
		return nil, fmt.Errorf("prepare the restore: %w", err)
	}
	return b, nil
}

func fillRestore(ctx context.Context, making, file, aside string) (*store.Backup, error) {
	b, err := store.UnpackBackup(ctx, file, filepath.Join(making, databaseFile))
	if err != nil {
		return nil, err
	}
	for path, content := range b.Files {
		if !filepath.IsLocal(path) || filepath.Dir(path) != keysFolder {
			return nil, fmt.Errorf("the backup holds a file %q, which is no key", path)
		}
		if err := os.MkdirAll(filepath.Join(making, keysFolder), 0o700); err != nil {
			return nil, fmt.Errorf("prepare the keys: %w", err)
		}
		if err := writeWhole(filepath.Join(making, path), content); err != nil {
			return nil, fmt.Errorf("prepare the keys: %w", err)
		}
	}
	return b, writeWhole(filepath.Join(making, restoreAside), []byte(aside))
}

// finishRestore puts what a restore made ready in its place, where there is
// such; begun again after a kill, it goes on. What is in the way of something
// that still waits is what was there before.
func finishRestore(data string) error {
	ready := filepath.Join(data, restoreReady)
	name, err := os.ReadFile(filepath.Join(ready, restoreAside))
	if errors.Is(err, fs.ErrNotExist) {
		return os.RemoveAll(ready) // none, or all of it is in its place
	}
	if err != nil {
		return fmt.Errorf("finish a restore: %w", err)
	}
	if filepath.Base(string(name)) != string(name) {
		return fmt.Errorf("finish a restore: %q is no name of a folder", name)
	}
	aside := filepath.Join(data, string(name))
	if err := os.MkdirAll(aside, 0o700); err != nil {
		return fmt.Errorf("finish a restore: %w", err)
	}
	for _, part := range [][]string{{databaseFile, databaseFile + "-wal", databaseFile + "-shm"}, {keysFolder}} {
		if err := placeRestored(ready, data, aside, part); err != nil {
			return fmt.Errorf("finish a restore: %w", err)
		}
	}
	if err := errors.Join(os.Remove(filepath.Join(ready, restoreAside)), os.RemoveAll(ready), syncDir(data)); err != nil {
		return fmt.Errorf("finish a restore: %w", err)
	}
	return nil
}

// placeRestored moves the first of some names from ready to data, after all of
// them have made way.
func placeRestored(ready, data, aside string, names []string) error {
	if _, err := os.Lstat(filepath.Join(ready, names[0])); errors.Is(err, fs.ErrNotExist) {
		return nil // it is in its place, or none came
	}
	for _, name := range names {
		if err := os.Rename(filepath.Join(data, name), filepath.Join(aside, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return errors.Join(syncDir(aside), syncDir(data), os.Rename(filepath.Join(ready, names[0]), filepath.Join(data, names[0])), syncDir(data))
}
