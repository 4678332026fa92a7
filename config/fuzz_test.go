package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"daymark/config"
)

// FuzzLoad gives any file an answer: a document, or faults with places that
// are in the file.
func FuzzLoad(f *testing.F) {
	seeds, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range append(seeds, examplePath) {
		source, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		if len(source) < 20_000 {
			f.Add(source)
		}
	}
	closed := config.Options{
		LookupEnv: environment,
		ReadFile:  func(string, int64) ([]byte, error) { return nil, os.ErrNotExist },
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		document, err := config.Parse("daymark.yaml", source, closed)
		if err == nil {
			document.NotYet([]string{"page"})
			document.Position("components[0].checks[0].http")
			return
		}
		var faults config.Faults
		if !errors.As(err, &faults) || len(faults) == 0 || len(faults) > 501 {
			t.Fatalf("%d faults: %v", len(faults), err)
		}
		for _, fault := range faults {
			if fault.Message == "" || fault.Line < 0 || fault.Line > 0 && fault.Column < 1 {
				t.Errorf("a fault without a place or words: %+v", fault)
			}
		}
	})
}
