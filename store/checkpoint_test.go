package store_test

import (
	"os"
	"testing"
	"time"

	"daymark/internal/testkit"
)

// TestTheLogBeginsAnew writes much, as fast as it goes: it comes into the file
// without anybody asking, and the log takes the room of what it had again.
func TestTheLogBeginsAnew(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const round = 10_000_000 // bytes
	series(t, f)
	rounds := testkit.Count(40, 100)
	for i := range rounds {
		if err := f.store.Exec("INSERT INTO evidence (series, at, name, media_type, data) VALUES (1, ?, 'a', 'a', zeroblob(?))", i, round); err != nil {
			t.Fatal(err)
		}
	}
	if log := sizeOf(t, f.path+"-wal"); log > int64(rounds*round/2) {
		t.Errorf("after %d bytes the log has %d", rounds*round, log)
	}
	waitFor(t, func() bool { return sizeOf(t, f.path) > int64(rounds*round) })
}

// A reader that stays, as a backup does, keeps no write waiting, and what it
// was in the way of comes into the file once it has gone.
func TestALongReaderIsInNobodysWay(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	reader, err := openRaw(t, f.path).Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Rollback() }() // it wrote nothing
	var n int
	if err := reader.QueryRow("SELECT count(*) FROM series").Scan(&n); err != nil {
		t.Fatal(err)
	}
	series(t, f)
	const large = 40_000_000 // more than the log has before writes wait for its rest
	if err := f.store.Exec("INSERT INTO evidence (series, at, name, media_type, data) VALUES (1, 1, 'a', 'a', zeroblob(?))", large); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		if err := f.store.Writable(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if size := sizeOf(t, f.path); size > large {
		t.Errorf("the file has %d bytes already", size)
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := f.store.Writable(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return sizeOf(t, f.path) > large })
}

// series makes what evidence can belong to.
func series(t *testing.T, f *fixture) {
	t.Helper()
	if err := f.store.Exec("INSERT INTO series (id, check_id, region) VALUES (1, 'c', 'r')"); err != nil {
		t.Fatal(err)
	}
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func waitFor(t *testing.T, so func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !so(); <-time.After(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it is not so after a minute")
		}
	}
}
