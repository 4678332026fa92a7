package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"daymark/config"
	"daymark/store"
)

// maxConfiguration bounds what is read of the file; config bounds it tighter.
const maxConfiguration = 2 << 20

// readConfiguration reads the file as it is now, and its hash.
func readConfiguration(path string) (text, hash string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", "", err
	}
	defer file.Close() //nolint:errcheck // only read
	content, err := io.ReadAll(io.LimitReader(file, maxConfiguration))
	return string(content), store.HashConfiguration(string(content)), err
}

// newFile is a file that waits to take the place of another, as a whole.
type newFile struct{ temporary, target string }

// prepareFile writes a text beside a file, with the owner and the mode of that.
func prepareFile(path, text string) (_ *newFile, err error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("find the configuration file: %w", err)
	}
	about, err := os.Stat(target)
	if err != nil {
		return nil, fmt.Errorf("find the configuration file: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(target), ".daymark-*.yaml")
	if err != nil {
		return nil, fmt.Errorf("write beside the configuration file: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	if _, err = file.WriteString(text); err == nil {
		err = file.Chmod(about.Mode().Perm())
	}
	if owner, ok := about.Sys().(*syscall.Stat_t); ok && err == nil && (int(owner.Uid) != os.Geteuid() || int(owner.Gid) != os.Getegid()) {
		err = file.Chown(int(owner.Uid), int(owner.Gid))
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("write the configuration as its file is, with the same owner and mode: %w", err)
	}
	return &newFile{temporary: file.Name(), target: target}, nil
}

// replace puts the file in its place.
func (f *newFile) replace() error {
	if err := os.Rename(f.temporary, f.target); err != nil {
		return fmt.Errorf("write the configuration file: %w", err)
	}
	folder, err := os.Open(filepath.Dir(f.target))
	if err != nil {
		return fmt.Errorf("write the configuration file: %w", err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// drop removes a file that is not needed. It may have taken its place.
func (f *newFile) drop() {
	_ = os.Remove(f.temporary) // there is nothing to be done about it
}

// loadText is loadRunnable for a file whose text is at hand.
func loadText(path, text string) (*config.Document, error) {
	doc, err := config.Parse(path, []byte(text), config.Options{})
	if err != nil {
		return nil, err
	}
	if faults := notYet(doc); len(faults) > 0 {
		return nil, faults
	}
	return doc, nil
}
