package arch_test

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"daymark/internal/arch"
)

// TestModule is the lock itself: the module as it is breaks no rule.
func TestModule(t *testing.T) {
	packages, err := arch.Read(root(t))
	if err != nil {
		t.Fatal(err)
	}
	// The walk must have found the module: this package is certainly in it.
	seen := false
	for _, found := range packages {
		seen = seen || found.Path == "internal/arch"
		if len(found.Deps) == 0 && found.Path == "internal/arch" {
			t.Error("the go command named nothing that internal/arch depends on")
		}
	}
	if !seen {
		t.Fatalf("internal/arch is not among the %d packages read", len(packages))
	}
	for _, fault := range arch.Check(packages) {
		t.Error(fault)
	}
}

// TestTable holds the table against itself: no arrow points up, and none
// points at a room that is not there.
func TestTable(t *testing.T) {
	levels := map[string]int{}
	for _, room := range arch.Rooms() {
		if _, twice := levels[room.Path]; twice {
			t.Errorf("%s has two rows", room.Path)
		}
		levels[room.Path] = room.Level
	}
	for _, room := range arch.Rooms() {
		for _, named := range append(room.May, room.Except...) {
			level, known := levels[named]
			if !known {
				t.Errorf("%s names %s, which has no row", room.Path, named)
			} else if level >= room.Level {
				t.Errorf("%s (level %d) names %s (level %d), which is not below it", room.Path, room.Level, named, level)
			}
		}
	}
}

// TestRulesFail shows each rule a package that breaks it.
func TestRulesFail(t *testing.T) {
	const doc = "// Package x is made up to be looked at by the rules of a test.\n"
	const tests = "func TestX(t *testing.T) {"
	cases := []struct {
		name, file, source string
		deps               []string
		want               string // part of the one fault; empty for none
	}{
		{name: "an arrow of the table is fine", file: "incident/x.go", source: doc + `package incident; import _ "daymark/slo"`},
		{name: "level 0 is open to all above", file: "notify/x.go", source: doc + `package notify; import _ "daymark/checker"`},
		{name: "what lies below is open to level 0", file: "checker/x.go", source: doc + `package checker; import _ "daymark/internal/guard"`},
		{name: "the wiring may import all", file: "cmd/daymark/x.go", source: doc + `package main; import (_ "daymark/store"; _ "github.com/chromedp/chromedp")`},
		{name: "an arrow up", file: "incident/x.go", source: doc + `package incident; import _ "daymark/store"`, want: "incident (level 1) may not import store (level 4)"},
		{name: "an arrow within a level", file: "checker/x.go", source: doc + `package checker; import _ "daymark/slo"`, want: "may not import slo"},
		{name: "an arrow down that the table lacks", file: "notify/x.go", source: doc + `package notify; import _ "daymark/checker/remote"`, want: "may not import checker/remote"},
		{name: "configuration may not see the store", file: "config/x.go", source: doc + `package config; import _ "daymark/store"`, want: "may not import store"},
		{name: "helpers import no room", file: "internal/web/x.go", source: doc + `package web; import _ "daymark/checker"`, want: "may not import checker"},
		{name: "tests may join rooms", file: "incident/x_test.go", source: doc + `package incident; import _ "daymark/store"`},
		{name: "an import that is not in the table", file: "incident/x.go", source: doc + `package incident; import _ "daymark/utility"`, want: "imports daymark/utility, which is not in the table"},
		{name: "a package that is not in the table", file: "utility/x.go", source: doc + `package utility`, want: "package utility is not in the table"},
		{name: "a package below a room is a package too", file: "store/sql/x.go", source: doc + `package sql`, want: "package store/sql is not in the table"},
		{name: "the test kit in the program", file: "store/x.go", source: doc + `package store; import _ "daymark/internal/testkit"`, want: "for tests only"},

		{name: "no package comment", file: "slo/x.go", source: `package slo`, want: "has no package comment"},
		{name: "a package comment of another form", file: "slo/x.go", source: "// Arithmetic of budgets and burn rates, which is pure.\npackage slo", want: "does not begin with"},
		{name: "a package comment without a sentence", file: "slo/x.go", source: "// Package slo implements slo.\npackage slo", want: "says too little"},

		{name: "checker with Chromium", file: "checker/x.go", source: doc + `package checker; import _ "github.com/chromedp/chromedp"`, want: "depends on github.com/chromedp/chromedp"},
		{name: "checker with Chromium through another", file: "checker/x.go", source: doc + `package checker`, deps: []string{"github.com/chromedp/cdproto"}, want: "depends on github.com/chromedp/cdproto"},
		{name: "notify with a mail library", file: "notify/x.go", source: doc + `package notify; import _ "github.com/wneessen/go-mail"`, want: "notify stays free of the mail library"},
		{name: "notify with Twilio", file: "notify/x.go", source: doc + `package notify; import _ "github.com/twilio/twilio-go/client"`, want: "notify stays free of Twilio's library"},
		{name: "the root of Twilio's library", file: "notify/sms/x.go", source: doc + `package sms; import _ "github.com/twilio/twilio-go"`, want: "its root pulls in"},
		{name: "a part of Twilio's library where it belongs", file: "notify/sms/x.go", source: doc + `package sms; import _ "github.com/twilio/twilio-go/client"`},

		{name: "a file of 400 lines", file: "slo/x.go", source: doc + "package slo" + strings.Repeat("\n", 399)},
		{name: "a file of 401 lines", file: "slo/x.go", source: doc + "package slo" + strings.Repeat("\n", 400), want: "has 401 lines"},

		{name: "a test that sleeps", file: "slo/x_test.go", source: "package slo; " + tests + "time.Sleep(1) }", want: "slo/x_test.go:1: time.Sleep in a test"},
		{name: "a test that sleeps in a bubble", file: "slo/x_test.go", source: "package slo; " + tests + "synctest.Test(t, func(t *testing.T) { time.Sleep(1) }) }"},
		{name: "a test that sleeps beside a bubble", file: "slo/x_test.go", source: "package slo; " + tests + "synctest.Test(t, run); time.Sleep(1) }", want: "time.Sleep"},
		{name: "a test that skips", file: "slo/x_test.go", source: "package slo; " + tests + "t.Skip() }", want: "t.Skip in a test"},
		{name: "a helper that skips by another name", file: "slo/x_test.go", source: "package slo; func need(given testing.TB) { given.Skipf(``) }", want: "given.Skipf in a test"},
		{name: "another thing's Skip", file: "slo/x_test.go", source: "package slo; func f(rows decoder) { rows.Skip() }"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			file, comment, err := arch.Parse(test.file, []byte(test.source))
			if err != nil {
				t.Fatal(err)
			}
			made := arch.Package{Path: path.Dir(test.file), Files: []arch.File{file}, Deps: test.deps}
			if file.Test {
				comment = strings.TrimPrefix(doc, "// ") // said by a file not shown
			}
			made.Doc = comment
			faults := arch.Check([]arch.Package{made})
			switch {
			case test.want == "" && len(faults) > 0:
				t.Errorf("faults = %q, want none", faults)
			case test.want != "" && (len(faults) != 1 || !strings.Contains(faults[0], test.want)):
				t.Errorf("faults = %q, want one with %q", faults, test.want)
			}
		})
	}
}

// TestLightTestsStayLight shows the difference that a fence makes for tests.
func TestLightTestsStayLight(t *testing.T) {
	file, _, err := arch.Parse("x_test.go", []byte(`package x; import _ "github.com/chromedp/chromedp"`))
	if err != nil {
		t.Fatal(err)
	}
	doc := "Package x is made up to be looked at by the rules of a test."
	faults := func(room string) []string {
		return arch.Check([]arch.Package{{Path: room, Doc: doc, Files: []arch.File{file}}})
	}
	if got := faults("statuspage"); len(got) != 0 {
		t.Errorf("the page's tests with Chromium: faults = %q, want none", got)
	}
	if got := faults("checker"); len(got) != 1 {
		t.Errorf("the checker's tests with Chromium: faults = %q, want one", got)
	}
}

// root returns the folder of the module's go.mod.
func root(t *testing.T) string {
	t.Helper()
	directory, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(directory, "go.mod")); err == nil {
			return directory
		}
		parent := filepath.Dir(directory)
		if parent == directory {
			t.Fatal("no go.mod above the test")
		}
		directory = parent
	}
}
