package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daymark/internal/testkit"
)

func TestTheAuditTrailOfTheRealProgram(t *testing.T) {
	testkit.Beside(t)
	config := filepath.Join(t.TempDir(), "daymark.yaml")
	source := "version: 1\npage: {name: A, url: https://a.example}\nserver: {data: ./data}\n"
	if err := os.WriteFile(config, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := run(t, "audit", "verify", "--config", config); code != 2 || !strings.Contains(out, "there is no database") {
		t.Errorf("before a server ran: exit status %d: %s", code, out)
	}
	for range 2 {
		if out, code := run(t, "agent", "token", "create", "--config", config, "--region", "local"); code != 0 {
			t.Fatal(out)
		}
	}
	out, code := run(t, "audit", "verify", "--config", config)
	text, head, _ := strings.Cut(strings.TrimSpace(out), "\n")
	if code != 0 || text != "2 entries, none changed or removed" {
		t.Errorf("exit status %d: %s", code, out)
	}
	if out, code := run(t, "audit", "verify", "--config", config, "--head", head); code != 0 {
		t.Errorf("its own head: exit status %d: %s", code, out)
	}
	if out, code := run(t, "audit", "verify", "--config", config, "--head", "another"); code != 1 || !strings.Contains(out, "cut off its end") {
		t.Errorf("another head: exit status %d: %s", code, out)
	}
	out, code = run(t, "audit", "export", "--config", config)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var entry struct{ Actor, Action, Object, Hash string }
	if code != 0 || len(lines) != 2 || json.Unmarshal([]byte(lines[1]), &entry) != nil {
		t.Fatalf("exit status %d: %s", code, out)
	}
	if entry.Actor != "command line" || entry.Action != "agent token created" || entry.Object != "local" || entry.Hash != head {
		t.Errorf("exported was %+v", entry)
	}
}
