package config_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daymark/config"
)

var update = flag.Bool("update", false, "write what is told into the golden files")

// TestBrokenConfigurations loads each testdata/broken/*.yaml and compares what
// it is told with the golden file beside it.
func TestBrokenConfigurations(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d broken configurations, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			_, err := config.Load(file, options())
			var faults config.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("nothing is wrong, it says: %v", err)
			}
			got := faults.Error() + "\n"
			compareGolden(t, file, got)
		})
	}
}

// compareGolden compares what was told about a file with the golden file
// beside it, or writes that with -update.
func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	golden := strings.TrimSuffix(file, filepath.Ext(file)) + ".golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("told:\n%s\nwant:\n%s", got, want)
	}
}
