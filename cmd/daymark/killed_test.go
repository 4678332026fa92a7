package main_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"daymark/internal/testkit"
)

const faultsOfDatabase = "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"

// However a server is killed while old data goes: what is not old is all
// there, what was counted is counted as before, and the rest goes later.
func TestAPruneThatIsKilled(t *testing.T) {
	t.Parallel()
	const kept = 5_000
	old := int64(testkit.Count(20_000, 60_000))
	s := quietSite(t)
	path := s.data("daymark.db")
	fillResults(t, path, kept)
	const aged = `INSERT OR IGNORE INTO results (series, at, outcome, latency, detail)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT 1000, unixepoch() * 1000 - 90 * 86400000 - i, 2, i, hex(randomblob(60)) FROM n;
		INSERT OR IGNORE INTO evidence_runs (series, at, outcome, class, size, reason) SELECT 1000, at, 2, 2, 300, '' FROM results WHERE series = 1000 AND outcome = 2 ORDER BY at LIMIT 3000;
		INSERT OR IGNORE INTO evidence (series, at, name, media_type, data) SELECT series, at, 'answer', 'text/plain', zeroblob(300) FROM evidence_runs;
		INSERT OR IGNORE INTO rollups (series, grain, start, ok, degraded, failed, unknown, latency)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) SELECT 1000, 86400, unixepoch() / 86400 * 86400 - i * 86400, 17, 0, 3, 0, 1700 FROM n`
	whole := func(db *data) {
		t.Helper()
		db.check("faults", faultsOfDatabase, 0)
		db.check("results that are not old", "SELECT count(*) FROM results WHERE series = 1000 AND outcome = 0", kept)
		db.check("runs that the days count", "SELECT sum(ok + failed) FROM rollups WHERE series = 1000 AND grain = 86400", 300*20)
		db.check("evidence of which its run says nothing, and runs without theirs", `SELECT (SELECT count(*) FROM evidence e LEFT JOIN evidence_runs r USING (series, at) WHERE r.at IS NULL)
			+ (SELECT count(*) FROM evidence_runs r LEFT JOIN evidence e USING (series, at) WHERE e.at IS NULL)`, 0)
		db.check("bytes of evidence that the total has wrong", "SELECT (SELECT bytes FROM evidence_total) - (SELECT coalesce(sum(length(data)), 0) FROM evidence)", 0)
	}
	const gone = "SELECT count(*) FROM results WHERE series = 1000 AND outcome = 2"
	within, took := 0, 2*time.Second
	for i := range testkit.Count(3, 20) + 1 {
		if _, err := openDataAs(t, path, "rw").db.Exec(aged, old); err != nil {
			t.Fatal(err)
		}
		server := s.serve(t)
		if i > 0 {
			<-time.After(rand.N(took))
			server.kill()
			db := openData(t, path)
			whole(db)
			if left := db.number(gone); left > 0 && left < old {
				within++
			}
			_ = db.db.Close()
			continue
		}
		// The first is left alone, and says how long it takes from when it is ready.
		began := time.Now()
		eventually(t, "all that is old to go", func() bool { return openOnce(t, path, gone) == 0 })
		took = time.Since(began) + 100*time.Millisecond
		server.kill()
	}
	server := s.serve(t)
	eventually(t, "all that is old to go", func() bool {
		return openOnce(t, path, gone) == 0 && openOnce(t, path, "SELECT count(*) FROM evidence_runs WHERE outcome = 2") == 0
	})
	server.interrupt()
	server.noPanic()
	whole(openData(t, path))
	t.Logf("it took %s; %d kills fell within", took, within)
}

func openOnce(t *testing.T, path, query string) int64 {
	t.Helper()
	db := openData(t, path)
	defer func() { _ = db.db.Close() }()
	return db.number(query)
}

// However a program is killed while it brings tables up to date: the next one
// goes on, and in the end all is as if nobody had been killed.
func TestAMigrationThatIsKilled(t *testing.T) {
	t.Parallel()
	s := quietSite(t)
	path := s.data("daymark.db")
	first := filepath.Join(t.TempDir(), "first.db")
	oldDatabase(t, first, testkit.Count(10_000, 40_000))
	old, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	again := func() {
		t.Helper()
		for _, end := range []string{"-wal", "-shm"} {
			_ = os.Remove(path + end)
		}
		if err := os.WriteFile(path, old, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	finish := func() map[string]string {
		t.Helper()
		if out, code := run(t, "token", "list", "--config", s.config); code != 0 {
			t.Fatalf("status %d, %s", code, out)
		}
		db := openData(t, path)
		defer func() { _ = db.db.Close() }()
		db.check("faults", faultsOfDatabase, 0)
		return digests(t, db.db)
	}
	writes := func(p *process) {
		eventually(t, "the first write", func() bool {
			info, err := os.Stat(path + "-wal")
			return p.ended() || err == nil && info.Size() > 0
		})
	}
	again()
	p := begin(t, "token", "list", "--config", s.config)
	writes(p)
	began := time.Now()
	<-p.done
	took := time.Since(began)
	want := finish()
	half := 0
	for range testkit.Count(4, 20) {
		again()
		for range 2 { // the second goes on where the first was
			p := begin(t, "token", "list", "--config", s.config)
			writes(p)
			select {
			case <-p.done:
			case <-time.After(rand.N(took)):
			}
			p.kill()
			db := openData(t, path)
			db.check("faults", faultsOfDatabase, 0)
			if db.number("SELECT max(version_id) FROM goose_db_version") > 1 && db.number("SELECT count(*) FROM sqlite_schema WHERE name = 'backup_runs'") == 0 {
				half++
			}
			_ = db.db.Close()
		}
		if got := finish(); !maps.Equal(got, want) {
			for table := range want {
				if got[table] != want[table] {
					t.Errorf("after a kill the table %s is another: %s, not %s", table, got[table], want[table])
				}
			}
			t.Errorf("%d tables, not %d", len(got), len(want))
		}
	}
	t.Logf("it took %s; %d kills left tables between two versions", took, half)
}

// oldDatabase makes a database of the first version, with so many rows.
func oldDatabase(t *testing.T, path string, rows int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("../../store/migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(strings.ReplaceAll(`
		CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ROWS) SELECT i FROM n;
		INSERT INTO series (id, check_id, region) SELECT i, 'check-' || i, 'local' FROM n WHERE i <= 100;
		INSERT INTO results (series, at, outcome, latency, detail) SELECT 1 + i % 100, 1700000000000 + i, i % 3, i, '{"reason":"r' || i || '"}' FROM n;
		INSERT INTO rollups (series, grain, start, ok, degraded, failed, unknown, latency) SELECT 1 + i % 100, 86400, 1700000000 + i * 86400, i, 1, 2, 3, 4 FROM n WHERE i <= 5000;
		INSERT INTO evidence (series, at, name, media_type, data) SELECT series, at, 'answer', 'text/plain', zeroblob(outcome * 100) FROM results WHERE outcome > 0;
		INSERT INTO verdicts (check_id, word, since, reason) SELECT check_id, 'up', 1700000000000, '' FROM series;
		INSERT INTO incidents (id, name, phase, severity, worst, reason, since, opened, updated) SELECT 'i' || i, 'n', 'resolved', 1, 1, 'r', i, i, i FROM n WHERE i <= 500;
		INSERT INTO updates (id, incident, number, kind, phase, severity, at, text, auto, changes, channels) SELECT 'u' || i, 'i' || i, 1, 'first', 'investigating', 1, i, 'text', 1, '[]', '[]' FROM n WHERE i <= 500;
		INSERT INTO subscribers (id, channel, address, name, components, severity, updates, confirmed, created) SELECT 's' || i, 'email', 'a' || i || '@mail.example', '', '[]', 4, 'all', 1, 1 FROM n WHERE i <= 1000;
		INSERT INTO deliveries (id, update_id, incident, number, subscriber, channel, state, lane, due, expires, attempts, provider, reason, created, changed)
			SELECT 'd' || i, 'u' || (1 + i % 500), 'i' || (1 + i % 500), 1, 's' || (1 + i / 500 % 1000), 'email', 'delivered', 1, 1, 2, 1, '', '', 1, 1 FROM n;
		INSERT INTO events (seq, at, what) SELECT i, i, '{}' FROM n WHERE i <= 1000;
		INSERT INTO audit (seq, at, actor, action, object) SELECT seq, at, 'ana', 'token made', 'x' FROM events;
		DROP TABLE n`, "ROWS", fmt.Sprint(rows))); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
}

// digests gives for each table a hash over its rows, but for what differs each
// time.
func digests(t *testing.T, db *sql.DB) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, table := range texts(t, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`) {
		if table == "alive" || table == "goose_db_version" {
			continue
		}
		columns := texts(t, db, "SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('"+table+"')")
		sum, rows := sha256.New(), texts(t, db, "SELECT "+strings.Join(columns, " || ',' || ")+" AS row FROM "+table+" ORDER BY row")
		for _, row := range rows {
			_, _ = fmt.Fprintln(sum, row)
		}
		all[table] = fmt.Sprintf("%d rows, %x", len(rows), sum.Sum(nil)[:8])
	}
	return all
}

func texts(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
