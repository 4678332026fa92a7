package main

import (
	"bytes"
	"strings"
	"testing"

	"daymark/console"
)

// TestHowTheDatabaseGrows: the server and the command say the same of it.
func TestHowTheDatabaseGrows(t *testing.T) {
	a := newTestApp(t)
	told, err := storage{a.store, a.doc, a.now}.Storage(t.Context())
	if err != nil || told.Used <= 0 || told.File < told.Used || told.Free <= 0 || len(told.Kinds) != 4 || told.Kinds[0].Keep != a.doc.Server.Retention.Results {
		t.Fatalf("%+v, %v", told, err)
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
	for _, want := range []string{"50 MB, 40 MB of it in use", "20 GB", "3000 KB a day", "kept for ever", "larger for ever, and the disk is full in 3 days"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("it lacks %q: %s", want, text.String())
		}
	}
}
