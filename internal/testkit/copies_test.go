package testkit_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"daymark/internal/testkit"
)

func TestCopies(t *testing.T) {
	made := 0
	write := testkit.Copies(func(path string) error {
		made++
		return os.WriteFile(path, []byte("long to make"), 0o600)
	})
	for _, name := range []string{"one", "two"} {
		path := filepath.Join(t.TempDir(), name)
		write(t, path)
		if content, err := os.ReadFile(path); err != nil || string(content) != "long to make" {
			t.Errorf("%s holds %q, %v", name, content, err)
		}
	}
	if made != 1 {
		t.Errorf("it was made %d times, want once", made)
	}
}

func TestCopiesOfWhatCannotBeMade(t *testing.T) {
	write := testkit.Copies(func(string) error { return errors.New("no room") })
	watcher := &recorder{TB: t}
	write(watcher, filepath.Join(t.TempDir(), "one"))
	if watcher.failures == 0 || watcher.last != "no room" {
		t.Errorf("it failed %d times, with %q", watcher.failures, watcher.last)
	}
}
