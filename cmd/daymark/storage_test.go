package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/console"
	"daymark/internal/testkit"
	"daymark/store"
)

// TestHowTheDatabaseGrows: the server and the command say the same of it.
func TestHowTheDatabaseGrows(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	told, err := storage{a.store, a.doc, a.now}.Storage(t.Context())
	if err != nil || told.Used <= 0 || told.File < told.Used || told.Free <= 0 || len(told.Kinds) != 4 || told.Kinds[0].Keep != a.doc.Server.Retention.Results {
		t.Fatalf("%+v, %v", told, err)
	}
	if told.Backups < 13*told.Used { // fourteen whole copies, which come beside it
		t.Errorf("the backups become %d bytes of a database of %d", told.Backups, told.Used)
	}
	o := &operations{engine: a.engine, doc: a.doc, core: a.core}
	again, err := o.size(t.Context(), struct{}{})
	if err != nil || again.File != told.File {
		t.Errorf("%+v, %v", again, err)
	}
	var text bytes.Buffer
	again = console.Storage{File: 50_000_000, Used: 40_000_000, Free: 20_000_000_000, PerDay: 3_000_000, Full: true, FullIn: 3 * 24 * 3600e9, Kinds: []console.StorageKind{{Kind: "results", PerDay: 3_000_000}}}
	if err := printSize(&text, &again); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"50 MB, 40 MB of it in use", "20 GB", "3 MB a day", "kept for ever", "larger for ever, and the disk is full in 3 days"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("it lacks %q: %s", want, text.String())
		}
	}
}

// TestBackupsBesideTheDatabase: those on the same disk are known, by their
// sizes and by how often one comes; those elsewhere are not.
func TestBackupsBesideTheDatabase(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	a.doc.Server.Backup.Schedule, a.doc.Server.Backup.Keep, a.doc.Server.Backup.To = "0 3 * * 0", 3, filepath.Join(t.TempDir(), "copies", "here")
	want := func(want store.Copies) {
		t.Helper()
		if got, err := copiesOf(a.doc, a.now()); err != nil || !slices.Equal(got.Sizes, want.Sizes) || got.Keep != want.Keep || got.Every.Round(24*time.Hour) != want.Every {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	want(store.Copies{Keep: 3, Every: 7 * 24 * time.Hour})
	if err := os.MkdirAll(a.doc.Server.Backup.To, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"daymark-20261101T030000Z.db": "one", "daymark-20261108T030000Z.db": "three", "daymark-20261115T030000Z.db.1.partial": "half", "other": "not ours"} {
		writeText(t, filepath.Join(a.doc.Server.Backup.To, name), text)
	}
	want(store.Copies{Sizes: []int64{3, 5}, Keep: 3, Every: 7 * 24 * time.Hour})
	a.doc.Server.Backup.Schedule = ""
	want(store.Copies{Sizes: []int64{3, 5}})
	a.doc.Server.Backup.To = "/proc"
	a.doc.Server.Backup.Schedule = "@daily"
	want(store.Copies{})
}
