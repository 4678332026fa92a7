package testkit

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Copies returns a function that writes copies of a file that takes long to
// make, for tests that each begin with one. The file is made once, by the
// function given, when the first copy is asked for. Only its owner can read a
// copy.
func Copies(make func(path string) error) func(tb testing.TB, path string) {
	original := sync.OnceValues(func() ([]byte, error) {
		dir, err := os.MkdirTemp("", "")
		if err != nil {
			return nil, err
		}
		defer func() { _ = os.RemoveAll(dir) }() // what is left is the system's to clear
		path := filepath.Join(dir, "original")
		if err := make(path); err != nil {
			return nil, err
		}
		return os.ReadFile(path)
	})
	return func(tb testing.TB, path string) {
		tb.Helper()
		content, err := original()
		if err == nil {
			err = os.WriteFile(path, content, 0o600)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
}
