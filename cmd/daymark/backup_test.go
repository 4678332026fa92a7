package main_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/internal/testkit"
)

// fillResults gives a database so many results more, which the rollups do not
// know: it is to take a while.
func fillResults(t *testing.T, path string, rows int) {
	t.Helper()
	statement := fmt.Sprintf(`INSERT INTO series (id, check_id, region) VALUES (1000, 'filler', 'local') ON CONFLICT DO NOTHING;
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO results (series, at, outcome, latency, detail) SELECT 1000, CAST(unixepoch('subsec') * 1000 AS INTEGER) - i, 0, i, hex(randomblob(60)) FROM n;`, rows)
	db := openDataAs(t, path, "rw")
	if _, err := db.db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

// quietSite is a site whose checks do not run while a test goes.
func quietSite(t *testing.T) site {
	t.Helper()
	s := newSite(t, `{id: api, schedule: "@yearly", regions: [local], http: {url: "http://127.0.0.1:9/"}}`)
	s.serve(t).interrupt()
	return s
}

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	target := newCounted(t)
	s := newSite(t, eachSecond(target)...)
	server := s.serve(t)
	eventually(t, "the first runs", func() bool { return target.runs.Load() >= 12 })
	file := filepath.Join(t.TempDir(), "backup.db")
	out, code := run(t, "backup", "--config", s.config, file)
	if code != 0 || !strings.Contains(out, "verified") {
		t.Fatalf("status %d, %s", code, out)
	}
	if out, code := run(t, "backup", "--config", s.config, file); code != 2 || !strings.Contains(out, "is there already") {
		t.Errorf("a second time: status %d, %s", code, out)
	}
	if out, code := run(t, "restore", "--config", s.config, file); code != 1 || !strings.Contains(out, "another daymark uses the data folder") {
		t.Errorf("while the server runs: status %d, %s", code, out)
	}
	server.interrupt()
	key, err := os.ReadFile(s.data("keys", "subscriptions"))
	if err != nil {
		t.Fatal(err)
	}
	results := openData(t, file).number("SELECT count(*) FROM results")
	if out, code := run(t, "restore", "--check", "--config", s.config, file); code != 0 || !strings.Contains(out, "whole") {
		t.Errorf("looking through it: status %d, %s", code, out)
	}

	// The machine is lost, and with it the folder.
	if err := os.RemoveAll(s.data()); err != nil {
		t.Fatal(err)
	}
	if out, code := run(t, "restore", "--config", s.config, file); code != 0 || !strings.HasSuffix(out, "\nnothing was there before\n") {
		t.Fatalf("status %d, %s", code, out)
	}
	if out, code := run(t, "restore", "--config", s.config, file+".nix"); code == 0 || !strings.Contains(out, "there is no such file") {
		t.Errorf("what is not there: status %d, %s", code, out)
	}
	openData(t, s.data("daymark.db")).check("results restored", "SELECT count(*) FROM results", results)
	openData(t, s.data("daymark.db")).check("tables of a backup", "SELECT count(*) FROM sqlite_schema WHERE name IN ('backup', 'backup_rows', 'backup_files')", 0)
	if again, err := os.ReadFile(s.data("keys", "subscriptions")); err != nil || !slices.Equal(again, key) {
		t.Errorf("the key is another: %v", err)
	}
	s.serve(t).noPanic()
}

// However a backup is killed: there is a whole one by its name or none, and
// the database has lost nothing.
func TestABackupThatIsKilled(t *testing.T) {
	t.Parallel()
	s := quietSite(t)
	fillResults(t, s.data("daymark.db"), 50_000)
	dir := t.TempDir()
	began := time.Now()
	if out, code := run(t, "backup", "--config", s.config, filepath.Join(dir, "first")); code != 0 {
		t.Fatalf("status %d, %s", code, out)
	}
	took, finished := time.Since(began), 0
	for i := range testkit.Count(4, 20) {
		file := filepath.Join(dir, fmt.Sprint("backup-", i))
		p := begin(t, "backup", "--config", s.config, file)
		select {
		case <-p.done:
		case <-time.After(rand.N(took)):
		}
		p.kill()
		if _, err := os.Stat(file); err != nil {
			continue
		}
		finished++
		if out, code := run(t, "restore", "--check", "--config", s.config, file); code != 0 {
			t.Errorf("a backup that was killed has its name, and is no good: %s", out)
		}
	}
	t.Logf("a backup took %s; %d had ended when they were killed", took, finished)
	db := openData(t, s.data("daymark.db"))
	db.check("results", "SELECT count(*) FROM results WHERE series = 1000", 50_000)
	db.check("faults", "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'", 0)
}

// However a restore is killed: there is what was there before, or what was
// restored, with its own keys, and both are whole.
func TestARestoreThatIsKilled(t *testing.T) {
	t.Parallel()
	s := quietSite(t)
	fillResults(t, s.data("daymark.db"), 30_000)
	old := filepath.Join(t.TempDir(), "old.db")
	if out, code := run(t, "backup", "--config", s.config, old); code != 0 {
		t.Fatalf("status %d, %s", code, out)
	}
	oldKey, err := os.ReadFile(s.data("keys", "subscriptions"))
	if err != nil {
		t.Fatal(err)
	}
	const none = "SELECT count(*) FROM results WHERE series = 1000"
	took, restored := time.Second, 0
	for i := range testkit.Count(5, 20) {
		// What is there now is of another day, with another key.
		newKey := []byte(strings.Repeat(string(rune('a'+i)), 32))
		if err := os.WriteFile(s.data("keys", "subscriptions"), newKey, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openDataAs(t, s.data("daymark.db"), "rw").db.Exec("DELETE FROM results WHERE series = 1000"); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		p := begin(t, "restore", "--config", s.config, old)
		if i > 0 { // the first says how long it takes
			select {
			case <-p.done:
			case <-time.After(rand.N(took)):
			}
			p.kill()
		}
		<-p.done
		if i == 0 {
			took = time.Since(began)
		}
		// Whoever opens the folder next finishes what was decided.
		if out, code := run(t, "token", "list", "--config", s.config); code != 0 {
			t.Fatalf("status %d, %s", code, out)
		}
		db, want := openData(t, s.data("daymark.db")), newKey
		switch rows := db.number(none); rows {
		case 0:
		case 30_000:
			restored, want = restored+1, oldKey
		default:
			t.Errorf("there are %d results: neither those before nor those restored", rows)
		}
		db.check("faults", "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'", 0)
		if key, err := os.ReadFile(s.data("keys", "subscriptions")); err != nil || !slices.Equal(key, want) {
			t.Errorf("the key does not belong to the database: %v", err)
		}
		if _, err := os.Stat(s.data("restore.ready")); err == nil {
			t.Error("the restore is not finished")
		}
		_ = db.db.Close()
		for _, aside := range must(filepath.Glob(s.data("before-restore-*"))) {
			_ = os.RemoveAll(aside)
		}
	}
	t.Logf("a restore took %s; %d were decided when they were killed", took, restored)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// A server makes backups by its schedule, keeps the newest, practises, and is
// not disturbed by being killed in the middle.
func TestScheduledBackups(t *testing.T) {
	t.Parallel()
	s := quietSite(t)
	fillResults(t, s.data("daymark.db"), 20_000)
	text, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	scheduled := strings.Replace(string(text), "data: ./data}", `data: ./data, backup: {schedule: "@every 1s", keep: 2, to: copies, drill: "@every 2s"}}`, 1)
	if err := os.WriteFile(s.config, []byte(scheduled), 0o600); err != nil {
		t.Fatal(err)
	}
	made := func() []string { return must(filepath.Glob(filepath.Join(s.dir, "copies", "daymark-*.db"))) }
	for range testkit.Count(2, 20) {
		p := s.serve(t)
		p.waitSays("a backup is made and verified")
		<-time.After(rand.N(time.Second))
		p.kill()
	}
	server := s.serve(t)
	server.waitSays("a restore was practised")
	first := made()
	eventually(t, "the backups to be others", func() bool {
		now := made()
		return len(now) == 2 && !slices.ContainsFunc(now, func(path string) bool { return slices.Contains(first, path) })
	})
	server.interrupt()
	server.noPanic()
	for _, file := range made() {
		if out, code := run(t, "restore", "--check", "--config", s.config, file); code != 0 {
			t.Errorf("%s: %s", file, out)
		}
	}
	db := openData(t, s.data("daymark.db"))
	db.check("results", "SELECT count(*) FROM results WHERE series = 1000", 20_000)
	if db.number("SELECT count(*) FROM backup_runs WHERE kind = 'backup' AND error = '' AND bytes > 0 AND rows > 20000") < 2 || db.number("SELECT count(*) FROM backup_runs WHERE kind = 'drill' AND error = '' AND file <> ''") < 1 {
		t.Error("what came of them is not remembered")
	}
	if _, err := os.Stat(s.data("drill")); err == nil {
		t.Error("a drill was left behind")
	}
}

// A backup does not take the room from what is measured.
func TestABackupWithoutRoom(t *testing.T) {
	t.Parallel()
	s := newSite(t, `{id: api, schedule: "@yearly", regions: [local], http: {url: "http://127.0.0.1:9/"}}`)
	text, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	scheduled := strings.Replace(string(text), "data: ./data}", `data: ./data, backup: {schedule: "@every 1s", keep: 2, drill: ""}}`, 1)
	if err := os.WriteFile(s.config, []byte(scheduled), 0o600); err != nil {
		t.Fatal(err)
	}
	d := serveOnDisk(t, s, "8m")
	d.fill()
	d.server.waitSays("there is no room for a copy in")
	d.free()
	d.server.waitSays("a backup is made and verified")
	if err := d.server.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := d.server.waitEnd(); code != 0 {
		t.Errorf("exit status %d; want 0", code)
	}
	d.server.noPanic()
}
