package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/testkit"
	"daymark/store"
)

func (f *fixture) backup(to string) *store.Backup {
	f.t.Helper()
	made, err := store.MakeBackup(context.Background(), store.BackupOptions{
		From: f.path, To: to, Files: map[string][]byte{"keys/subscriptions": testKey}, Made: f.time(),
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return made
}

// unpacked opens what a backup holds, beside what goes on.
func (f *fixture) unpacked(from string) *fixture {
	f.t.Helper()
	other := &fixture{t: f.t, path: filepath.Join(f.t.TempDir(), "daymark.db"), now: f.time()}
	if _, err := store.UnpackBackup(context.Background(), from, other.path); err != nil {
		f.t.Fatal(err)
	}
	other.open()
	f.t.Cleanup(func() { _ = other.store.Close() })
	return other
}

func TestABackupRestoresToTheSameFigures(t *testing.T) {
	f := newFixture(t)
	f.rounds(20, checker.OK)
	f.rounds(5, checker.Failed)
	f.rounds(20, checker.OK)
	to := filepath.Join(t.TempDir(), "backup.db")
	made := f.backup(to)
	if made.Rows["results"] != 90 || !reflect.DeepEqual(made.Files, map[string][]byte{"keys/subscriptions": testKey}) || !made.Made.Equal(f.time()) {
		t.Errorf("it holds %d results, files %v, of %v", made.Rows["results"], made.Files, made.Made)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(to + ".*"); len(left) > 0 {
		t.Errorf("beside it lies %v", left)
	}
	want, got := f.snapshot(), f.unpacked(to).snapshot()
	if !reflect.DeepEqual(want, got) {
		t.Errorf("restored it shows\n%+v\nbefore\n%+v", got, want)
	}
	if _, err := store.MakeBackup(t.Context(), store.BackupOptions{From: f.path, To: to}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file that is there: %v", err)
	}
}

// Each backup that is made while results come from everywhere, as fast as they
// are taken, is of one moment: it has every result that was acknowledged before
// it began, and counts nothing but the results that it has.
func TestABackupUnderFullLoadIsOfOneMoment(t *testing.T) {
	f := newFixture(t)
	var load sync.WaitGroup
	var mu sync.Mutex
	acknowledged := map[string]map[int64]checker.Outcome{}
	stop := make(chan struct{})
	for _, region := range []string{"a", "b"} {
		acknowledged[region] = map[int64]checker.Outcome{}
		load.Go(func() {
			for at := start; ; {
				select {
				case <-stop:
					return
				default:
				}
				batch := make([]checker.Result, 20)
				for i := range batch {
					at = at.Add(10 * time.Second)
					outcome := []checker.Outcome{checker.OK, checker.OK, checker.OK, checker.Failed, checker.Failed, checker.Degraded}[at.Unix()/40%6]
					batch[i] = checker.Result{Check: "journey", Region: region, At: at, Outcome: outcome, Latency: time.Duration(at.Unix()%900) * time.Millisecond, Reason: "a reason"}
				}
				f.advance(at)
				if rejected, err := f.engine.Submit(context.Background(), region, batch); err != nil || len(rejected) > 0 {
					t.Error(err, rejected)
					return
				}
				mu.Lock()
				for _, r := range batch {
					acknowledged[region][r.At.UnixMilli()] = r.Outcome
				}
				mu.Unlock()
			}
		})
	}
	dir := t.TempDir()
	var files []string
	var before []map[string]map[int64]checker.Outcome
	for i := range testkit.Count(4, 40) {
		mu.Lock()
		known := map[string]map[int64]checker.Outcome{}
		for region, results := range acknowledged {
			known[region] = maps.Clone(results)
		}
		mu.Unlock()
		before = append(before, known)
		files = append(files, filepath.Join(dir, fmt.Sprint("backup-", i)))
		f.backup(files[i])
	}
	close(stop)
	load.Wait()
	for i, file := range files {
		f.isOfOneMoment(f.unpacked(file).path, before[i])
	}
	t.Logf("%d backups, the last after %d results", len(files), len(acknowledged["a"])+len(acknowledged["b"]))
}

// isOfOneMoment holds a database that was restored against what is known to be
// in it.
func (f *fixture) isOfOneMoment(path string, known map[string]map[int64]checker.Outcome) {
	f.t.Helper()
	db := openRaw(f.t, path)
	rows, err := db.QueryContext(f.t.Context(), "SELECT s.region, r.at, r.outcome, r.latency FROM results r JOIN series s ON s.id = r.series")
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var results []checker.Result
	found := 0
	for rows.Next() {
		var at, outcome, latency int64
		r := checker.Result{Check: "journey"}
		if err := rows.Scan(&r.Region, &at, &outcome, &latency); err != nil {
			f.t.Fatal(err)
		}
		r.At, r.Latency = time.UnixMilli(at).UTC(), time.Duration(latency)*time.Microsecond
		r.Outcome = []checker.Outcome{checker.OK, checker.Degraded, checker.Failed, checker.Unknown}[outcome]
		if want, ok := known[r.Region][at]; ok {
			if found++; want != r.Outcome {
				f.t.Errorf("%s: at %s it was %s, and is %s", filepath.Base(path), r.At, want, r.Outcome)
			}
		}
		results = append(results, r)
	}
	if err := rows.Err(); err != nil {
		f.t.Fatal(err)
	}
	if want := len(known["a"]) + len(known["b"]); found != want {
		f.t.Errorf("%s holds %d of %d results that were acknowledged before it was begun", filepath.Base(path), found, want)
	}
	if want, got := recounted(time.UTC, results), rolled(f.t, path, "rollups"); !maps.Equal(got, want) {
		f.t.Errorf("the rollups hold\n%v\nand the results add up to\n%v", got, want)
	}
	for what, query := range map[string]string{
		"P1 without an update":         "SELECT count(*) FROM incidents WHERE severity = 1 AND id NOT IN (SELECT incident FROM updates)",
		"updates that nothing says of": "SELECT count(*) FROM updates WHERE incident NOT IN (SELECT id FROM incidents)",
		"faults":                       "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
		"rows that point at none":      "SELECT count(*) FROM pragma_foreign_key_check",
	} {
		if n := numberOf(f.t, db, query); n != 0 {
			f.t.Errorf("%s: %d %s", filepath.Base(path), n, what)
		}
	}
}

func openRaw(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func numberOf(t testing.TB, db *sql.DB, query string) (number int64) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&number); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return number
}

func TestABackupThatIsNoGood(t *testing.T) {
	f := newFixture(t)
	f.rounds(200, checker.Failed)
	good := filepath.Join(t.TempDir(), "backup.db")
	f.backup(good)
	content, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	exec := func(path, statement string) {
		t.Helper()
		if _, err := openRaw(t, path).ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		spoil func(path string)
		want  string
	}{
		"a page lost": {func(path string) {
			clear(content[len(content)/2 : len(content)/2+4096])
			_ = os.WriteFile(path, content, 0o600)
		}, "damaged"},
		"cut off":             {func(path string) { _ = os.Truncate(path, 40960) }, "damaged"},
		"a row gone":          {func(path string) { exec(path, "DELETE FROM results WHERE at = (SELECT min(at) FROM results)") }, "its tables hold"},
		"another database":    {func(path string) { exec(path, "DROP TABLE backup_rows") }, "no backup that Daymark made"},
		"no database":         {func(path string) { _ = os.WriteFile(path, []byte("a text that is no database at all"), 0o600) }, "damaged or no backup: take another one"},
		"of a newer version":  {func(path string) { exec(path, "UPDATE goose_db_version SET version_id = 99999 WHERE version_id = 1") }, "newer version of Daymark"},
		"nothing in the file": {func(path string) { _ = os.Truncate(path, 0) }, "no backup that Daymark made"},
	} {
		t.Run(name, func(t *testing.T) {
			path, to := filepath.Join(t.TempDir(), "spoiled.db"), filepath.Join(t.TempDir(), "daymark.db")
			whole, err := os.ReadFile(good)
			if err == nil {
				err = os.WriteFile(path, whole, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			test.spoil(path)
			if _, err := store.UnpackBackup(t.Context(), path, to); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("it says %v, want %q", err, test.want)
			}
			if _, err := os.Stat(to); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("something was restored: %v", err)
			}
		})
	}
}

// A database with a fault in it is told, and the copy is not kept.
func TestABackupOfADamagedDatabase(t *testing.T) {
	f := newFixture(t)
	f.rounds(200, checker.Failed)
	good, dir := filepath.Join(t.TempDir(), "backup.db"), t.TempDir()
	f.backup(good)
	content, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	clear(content[len(content)/2 : len(content)/2+4096])
	spoiled := filepath.Join(t.TempDir(), "spoiled.db")
	if err := os.WriteFile(spoiled, content, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = store.MakeBackup(t.Context(), store.BackupOptions{From: spoiled, To: filepath.Join(dir, "copy.db")})
	left, _ := os.ReadDir(dir)
	if err == nil || len(left) > 0 {
		t.Errorf("it says %v, and leaves %v", err, left)
	}
}

func TestBackupRunsAreRemembered(t *testing.T) {
	f := newFixture(t)
	for i := range 105 {
		r := store.BackupRun{At: f.time().Add(time.Duration(i) * time.Minute), Kind: "backup", Took: time.Second, File: "daymark-1.db", Bytes: 7, Rows: int64(i)}
		if err := f.store.KeepBackupRun(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.store.KeepBackupRun(t.Context(), store.BackupRun{At: f.time(), Kind: "drill", Error: "no room"}); err != nil {
		t.Fatal(err)
	}
	runs, err := f.store.BackupRuns(t.Context())
	if err != nil || len(runs) != 101 || runs[0].Rows != 104 || runs[0].Took != time.Second || runs[100].Error != "no room" {
		t.Errorf("%d, %v: %+v", len(runs), err, runs[:1])
	}
}
