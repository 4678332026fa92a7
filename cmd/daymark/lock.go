package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockData makes sure that one process at a time writes a data folder. The
// lock goes with the process, however it ends. A restore of the folder that was
// cut off is finished first.
func lockData(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the data folder (server.data, or an agent's --data) cannot be made: %w", err)
	}
	path := filepath.Join(dir, "lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the data folder (server.data, or an agent's --data) cannot be written; check its owner and mode: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		closing := file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("another daymark uses the data folder %s: stop it first, or give this one another server.data", dir)
		}
		return nil, errors.Join(fmt.Errorf("lock the data folder %s: %w", dir, err), closing)
	}
	if err := finishRestore(dir); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file.Close, nil
}
