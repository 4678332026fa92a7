package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"daymark/internal/expression"
	"daymark/store"
)

type backupCommand struct {
	configFlag
	File string `arg:"" help:"The file to make; it is not there yet." type:"path"`
}

// Help gives an example.
func (backupCommand) Help() string {
	return `The file holds the whole database as it is at one moment, and the keys of server.data/keys. It is looked through from end to end and its rows are counted before it gets its name. It works while the server runs, which waits for nothing, and while it does not. Keep the file as secret as the folder. server.backup makes backups by itself.

Example: daymark backup /srv/backup/daymark-$(date +%F).db`
}

// Run makes a backup.
func (c *backupCommand) Run(ctx context.Context, std streams) error {
	path, err := databaseOf(c.Config, std)
	if err != nil {
		return err
	}
	made, err := makeBackup(ctx, path, c.File, time.Now())
	if errors.Is(err, fs.ErrExist) {
		return usageError{fmt.Errorf("%s is there already: name a file that is not", c.File)}
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s: %s, %d rows in %d tables, verified\n", c.File, expression.FormatSize(made.Bytes), made.Total(), len(made.Rows))
	return err
}

// makeBackup copies a database, and the keys beside it, to a file.
func makeBackup(ctx context.Context, database, to string, now time.Time) (*store.Backup, error) {
	if err := roomFor(database, filepath.Dir(to)); err != nil {
		return nil, err
	}
	files, err := keyFiles(filepath.Dir(database))
	if err != nil {
		return nil, err
	}
	return store.MakeBackup(ctx, store.BackupOptions{From: database, To: to, Files: files, Made: now})
}

// roomFor says that a folder has no room for a copy of a database: a copy that
// fills the disk would take it from the results.
func roomFor(database, dir string) error {
	needed := int64(0)
	for _, end := range []string{"", "-wal"} {
		info, err := os.Stat(database + end)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("look at the database: %w", err)
		}
		if err == nil {
			needed += info.Size()
		}
	}
	needed += needed/10 + 1_000_000
	free, err := freeIn(dir)
	if err != nil {
		return err
	}
	if free < needed {
		return fmt.Errorf("there is no room for a copy in %s: it needs %s, and %s are free", dir, expression.FormatSize(needed), expression.FormatSize(free))
	}
	return nil
}

// freeIn says how many bytes a folder has room for.
func freeIn(dir string) (int64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, fmt.Errorf("look for room in %s: %w", dir, err)
	}
	return int64(disk.Bavail) * disk.Bsize, nil //nolint:gosec // no disk has 2^63 bytes
}

// mostKey is more than any key has.
const mostKey = 1 << 20

// keyFiles reads the keys of a data folder.
func keyFiles(data string) (map[string][]byte, error) {
	files := map[string][]byte{}
	entries, err := os.ReadDir(filepath.Join(data, keysFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() || info.Size() > mostKey || strings.HasPrefix(entry.Name(), ".") {
			continue // no key of ours, or one that is being written
		}
		path := filepath.Join(keysFolder, entry.Name())
		if files[path], err = os.ReadFile(filepath.Join(data, path)); err != nil {
			return nil, fmt.Errorf("read the keys: %w", err)
		}
	}
	return files, nil
}
