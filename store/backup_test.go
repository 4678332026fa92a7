package store_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
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

// Each backup that is made while results come is of one moment.
func TestABackupUnderLoadIsOfOneMoment(t *testing.T) {
	f := newFixture(t)
	f.rounds(5, checker.OK)
	stop := make(chan struct{})
	var load sync.WaitGroup
	load.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			f.round([]checker.Outcome{checker.OK, checker.OK, checker.OK, checker.Failed, checker.Failed}[i/4%5])
		}
	})
	dir := t.TempDir()
	var files []string
	for i := range testkit.Count(4, 40) {
		files = append(files, filepath.Join(dir, string(rune('a'+i%26))+strings.Repeat("x", i/26)))
		f.backup(files[i])
	}
	close(stop)
	load.Wait()
	last := int64(0)
	for _, file := range files {
		made, err := store.VerifyBackup(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		db := openRaw(t, f.unpacked(file).path)
		for what, query := range map[string]string{
			"results that the hours count differently": "SELECT (SELECT sum(ok + degraded + failed + unknown) FROM rollups WHERE grain = 3600) - (SELECT count(*) FROM results)",
			"results that the days count differently":  "SELECT (SELECT sum(ok + degraded + failed + unknown) FROM rollups WHERE grain = 86400) - (SELECT count(*) FROM results)",
			"incidents without an update":              "SELECT count(*) FROM incidents WHERE id NOT IN (SELECT incident FROM updates)",
		} {
			if n := numberOf(t, db, query); n != 0 {
				t.Errorf("%s: %d %s", filepath.Base(file), n, what)
			}
		}
		if made.Rows["results"] < last {
			t.Errorf("%s holds %d results, the one before %d", filepath.Base(file), made.Rows["results"], last)
		}
		last = made.Rows["results"]
	}
	t.Logf("%d backups, the last with %d results", len(files), last)
}

func openRaw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func numberOf(t *testing.T, db *sql.DB, query string) (number int64) {
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
		"no database":         {func(path string) { _ = os.WriteFile(path, []byte("a text that is no database at all"), 0o600) }, "damaged or no database"},
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
