package main_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"daymark/internal/testkit"
)

// Everything is exported while the server runs, imported elsewhere, and served
// there; exported again it is the same, and no secret is in it.
func TestExportAndImport(t *testing.T) {
	testkit.Beside(t)
	s := withPeople(t, newSite(t, nightly))
	server := s.serve(t)
	token, _ := s.apiToken(t, "create", "--person", "ana", "--role", "reader")
	agent := s.token(t, "second")
	address := s.address(t, "create", "nightly")
	link, code := run(t, "person", "invite", "--config", s.config, "ana")
	if code != 0 {
		t.Fatal(link)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "everything.jsonl")
	if out, code := run(t, "export", "--config", s.config, file); code != 0 || !strings.Contains(out, " rows") {
		t.Fatalf("status %d, %s", code, out)
	}
	if out, code := run(t, "export", "--config", s.config, file); code != 2 || !strings.Contains(out, "is there already") {
		t.Errorf("a second time: status %d, %s", code, out)
	}
	if out, code := run(t, "import", "data", "--config", s.config, file); code != 1 || !strings.Contains(out, "another daymark uses the data folder") {
		t.Errorf("while the server runs: status %d, %s", code, out)
	}
	server.interrupt()
	if out, code := run(t, "import", "data", "--config", s.config, file); code != 1 || !strings.Contains(out, "is there already: import into a data folder (server.data) without a database") {
		t.Errorf("over what is there: status %d, %s", code, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	for what, secret := range map[string]string{
		"a token": token[4:], "an agent's token": agent[4:], "an address of a heartbeat": address[strings.LastIndex(address, "/")+1:],
		"an invitation": strings.TrimSpace(link[strings.LastIndex(link, "/")+1:])[:20],
	} {
		if len(secret) < 16 || bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s is in the export, or none: %s", what, secret)
		}
	}

	// The folder is lost, but for its keys.
	if err := os.Remove(s.data("daymark.db")); err != nil {
		t.Fatal(err)
	}
	from := exec.Command(binary(), "import", "data", "--config", s.config, "-")
	from.Stdin = bytes.NewReader(text[:len(text)/2])
	if out, code := runCommand(t, from); code != 1 || !strings.Contains(out, "import -: ") {
		t.Errorf("half of it: status %d, %s", code, out)
	}
	if left := must(filepath.Glob(s.data("daymark.db*"))); len(left) > 0 {
		t.Errorf("half of it leaves %v", left)
	}
	from = exec.Command(binary(), "import", "data", "--config", s.config, "-")
	from.Stdin = bytes.NewReader(text)
	if out, code := runCommand(t, from); code != 0 {
		t.Fatalf("status %d, %s", code, out)
	}
	again := exec.Command(binary(), "export", "--config", s.config, "-")
	exported, err := again.Output()
	if err != nil || !bytes.Equal(exported, text) {
		t.Errorf("exported again it is another: %v", err)
	}
	s.serve(t)
	if status, body := s.api(t, "/me", token); status != 200 {
		t.Errorf("the token there: %d %s", status, body)
	}
}
