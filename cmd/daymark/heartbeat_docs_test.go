package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daymark/internal/testkit"
)

// TestTheDocumentedHeartbeatsWork loads the example of docs/checks.md.
func TestTheDocumentedHeartbeatsWork(t *testing.T) {
	testkit.Beside(t)
	text, err := os.ReadFile("../../docs/checks.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## heartbeat\n")
	_, example, _ := strings.Cut(section, "```yaml\n")
	example, _, found := strings.Cut(example, "```")
	if !found {
		t.Fatal("docs/checks.md has no example of a heartbeat")
	}
	document := "version: 1\npage: {name: A, url: https://a.example}\nregions: [{id: west, name: West}, {id: local, name: Here}]\n" +
		"components:\n  - id: a\n    name: A\n    checks:\n      " + strings.ReplaceAll(example, "\n", "\n      ")
	path := filepath.Join(t.TempDir(), "daymark.yaml")
	if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	doc, err := loadRunnable(path)
	if err != nil {
		t.Fatalf("%v in\n%s", err, document)
	}
	beats, err := prepareBeats(doc, time.UTC)
	if err != nil || len(beats) != 2 || beats["statements"] == nil || beats["statements"].Region() != "local" {
		t.Errorf("%d heartbeats, %v", len(beats), err)
	}
}
