package email

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"daymark/notify"
)

// FuzzReadReport: whatever comes, the answer has one of the known kinds, a
// status of the known form, and words that fit into the ledger.
func FuzzReadReport(f *testing.F) {
	files, err := filepath.Glob("testdata/bounces/*.eml")
	if err != nil || len(files) == 0 {
		f.Fatalf("%d reports, %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := readReport(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("reading from memory failed: %v", err)
		}
		switch r.kind {
		case "", notify.HardBounce, notify.SoftBounce, notify.DelayedBounce, notify.Complaint:
		default:
			t.Errorf("kind %q", r.kind)
		}
		if r.status != "" && enhanced(r.status) != r.status {
			t.Errorf("status %q", r.status)
		}
		if !utf8.ValidString(r.diagnostic) || utf8.RuneCountInString(r.diagnostic) > 300 || strings.ContainsAny(r.diagnostic, "\r\n") {
			t.Errorf("diagnostic %q", r.diagnostic)
		}
		if len(r.paths) > maxPaths {
			t.Errorf("%d paths", len(r.paths))
		}
	})
}

// FuzzReturnPath: no address is taken for a delivery's but those that we made.
func FuzzReturnPath(f *testing.F) {
	key := []byte("0123456789abcdef0123456789abcdef")
	path, err := newReturnPath("bounce@harbour.example", key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(path.of("u1-s1"))
	f.Add("bounce@harbour.example")
	f.Add("<bounce+u1-s1.aaaaaaaaaaaaaaaa@harbour.example>")
	f.Add("BOUNCE+@harbour.example")
	f.Fuzz(func(t *testing.T, address string) {
		name, what, ours := path.read(address)
		if name == "" {
			return
		}
		if !ours || !strings.EqualFold(strings.Trim(address, "<> "), path.address(what, name)) {
			t.Errorf("%q was taken for delivery %q", address, name)
		}
	})
}
