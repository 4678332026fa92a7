package checker_test

import (
	"path/filepath"
	"strings"
	"testing"

	"daymark/checker"
)

func TestUploadFile(t *testing.T) {
	for with, want := range map[string]struct {
		name, text string
		sample     bool
	}{
		"notes.txt":             {"notes.txt", "", true},
		" CV.PDF ":              {"CV.PDF", "", true},
		"any.thing: with: this": {"any.thing", "with: this", false},
		"empty.txt: ":           {"empty.txt", "", false},
	} {
		name, text, sample, err := checker.UploadFile(with)
		if name != want.name || text != want.text || sample != want.sample || err != nil {
			t.Errorf("%q: %q %q %t %v", with, name, text, sample, err)
		}
	}
	for with, want := range map[string]string{
		"": "no name of a file", "..": "no name of a file", "a/b.txt": "no name of a file", `a\b.txt`: "no name of a file", "a:b.txt": "no name of a file",
		"x\n.txt": "no name of a file", strings.Repeat("x", 120) + ".txt": "at most 100 characters", "x.exe": `write "x.exe: text"`, "none": "no sample",
		"x.txt: " + strings.Repeat("x", 100_001): "more than 100000 bytes",
	} {
		if name, _, _, err := checker.UploadFile(with); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q was taken as %q: %v", with, name, err)
		}
	}
}

func FuzzUploadFile(f *testing.F) {
	f.Add("notes.txt")
	f.Add("a.csv: b,c")
	f.Fuzz(func(t *testing.T, with string) {
		name, text, _, err := checker.UploadFile(with)
		if err == nil && (filepath.Base(name) != name || len(text) > 100_000) {
			t.Errorf("%q became %q with %d bytes", with, name, len(text))
		}
	})
}
