package browser

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// profile is a temporary directory that one Chromium process writes to. It
// holds a lock as long as this process lives, which tells the next one whether
// it was left behind.
type profile struct {
	dir  string
	lock *os.File
}

const (
	profilePrefix = "p-"
	lockName      = "daymark.lock"
	// Chromium puts org.chromium.Chromium.XXXXXX/SingletonSocket below it, and
	// the address of a socket has room for 107 characters.
	maxProfile = 107 - len("/org.chromium.Chromium.XXXXXX/SingletonSocket")
)

// newProfile makes a profile below base and removes those whose owner died.
// An empty base stands for a directory of this user in the temporary directory.
func newProfile(base string) (*profile, error) {
	if base == "" {
		base = filepath.Join(os.TempDir(), fmt.Sprintf("daymark-chromium-%d", os.Getuid()))
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return nil, fmt.Errorf("make directory for browser profiles: %w", err)
	}
	if err := owned(base); err != nil {
		return nil, err
	}
	// While this lock is held no other process is between making a directory
	// and locking it, so that a directory without a holder was left behind.
	gate, err := flock(filepath.Join(base, lockName), syscall.LOCK_EX)
	if err != nil {
		return nil, fmt.Errorf("lock browser profiles: %w", err)
	}
	defer unlock(gate)
	if err := sweep(base); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(base, profilePrefix)
	if err != nil {
		return nil, fmt.Errorf("make browser profile: %w", err)
	}
	if len(dir) > maxProfile {
		return nil, errors.Join(fmt.Errorf("make browser profile: %s is longer than %d characters, too long for Chromium's socket", dir, maxProfile), os.RemoveAll(dir))
	}
	lock, err := flock(filepath.Join(dir, lockName), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make browser profile: %w", err), os.RemoveAll(dir))
	}
	return &profile{dir: dir, lock: lock}, nil
}

// owned refuses a directory that somebody else could have put there.
func owned(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("look at directory for browser profiles: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(stat.Uid) != os.Getuid() {
		return fmt.Errorf("browser profiles: %s is not a directory of this user: remove it", dir)
	}
	return nil
}

// sweep removes the profiles whose owner is dead, and kills what still uses them.
func sweep(base string) error {
	entries, err := os.ReadDir(base)
	if err != nil {
		return fmt.Errorf("list browser profiles: %w", err)
	}
	for _, entry := range entries {
		dir := filepath.Join(base, entry.Name())
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), profilePrefix) {
			continue
		}
		lock, err := flock(filepath.Join(dir, lockName), syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, os.ErrNotExist) {
			continue // in use, or its owner has just removed it
		}
		if err != nil {
			return fmt.Errorf("look at browser profile %s: %w", dir, err)
		}
		if err := (&profile{dir, lock}).remove(); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes the profile and kills whatever still uses it. Dying processes
// may write once more, so it tries again for two seconds.
func (p *profile) remove() error {
	defer unlock(p.lock)
	var err error
	for range 100 {
		killUsing(p.dir)
		if err = os.RemoveAll(p.dir); err == nil && len(using(p.dir)) == 0 {
			if _, gone := os.Lstat(p.dir); errors.Is(gone, os.ErrNotExist) {
				return nil
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("remove browser profile %s: processes %v still use it: %w", p.dir, using(p.dir), err)
}

// flock opens and locks a file. The lock goes with the file's closing and with
// our death; children do not inherit it.
func flock(path string, how int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), how); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// unlock gives a lock up. Nothing was written to its file, so its closing has
// no error that matters.
func unlock(lock *os.File) { _ = lock.Close() }
