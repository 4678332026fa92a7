package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"daymark/checker"
	"daymark/internal/pause"
	"daymark/internal/redact"
	"daymark/internal/testkit"
)

func TestEvidenceStaysInItsFolderWithoutClashes(t *testing.T) {
	testkit.Beside(t)
	dir := t.TempDir()
	folder := evidenceFolder{path: filepath.Join(dir, "a", "look"), checks: true, times: true}
	result := checker.Result{Check: "../..", At: time.Date(2026, 3, 1, 3, 4, 5, 6_000_000, time.UTC)}
	for _, name := range []string{"page.html", "../../page.html", "Page.HTML", "page.html", "/etc/passwd", "..", "", "a\x00b\nc", strings.Repeat("x", 300) + ".png", ".hidden"} {
		result.Evidence = append(result.Evidence, checker.Evidence{Name: name, Data: []byte(name)})
	}
	files, err := folder.write(result)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, file := range files {
		inside, err := filepath.Rel(filepath.Join(folder.path), file)
		if err != nil || !filepath.IsLocal(inside) || strings.Count(inside, string(filepath.Separator)) != 2 || seen[strings.ToLower(file)] {
			t.Errorf("%q went to %s", result.Evidence[i].Name, file)
		}
		seen[strings.ToLower(file)] = true
		if data, err := os.ReadFile(file); err != nil || string(data) != result.Evidence[i].Name {
			t.Errorf("%s: %q, %v", file, data, err)
		}
	}
	if len(files) != len(result.Evidence) {
		t.Errorf("%d files", len(files))
	}
}

func TestWatchRunsOnScheduleAndLeavesOutWhatIsMissed(t *testing.T) {
	testkit.Beside(t)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var at []time.Duration
		ctx, cancel := context.WithCancel(t.Context())
		var out, errs bytes.Buffer
		command := &checkCommand{Watch: true, Every: 10 * time.Second}
		plan := &checkPlan{checks: []checker.Check{{ID: "a"}}, zone: time.UTC}
		session, err := newCheckSession(command, plan, streams{out: &out, err: &errs}, func(ctx context.Context, _ checker.Check) checker.Result {
			at = append(at, time.Since(began))
			takes := time.Second
			if len(at) == 2 {
				takes = 25 * time.Second
			}
			if pause.For(ctx, takes) != nil {
				return checker.Result{Outcome: checker.Failed, Reason: "cut off"}
			}
			return checker.Result{Outcome: checker.OK, Latency: takes}
		})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(60*time.Second+500*time.Millisecond, cancel)
		if err := errors.Join(session.watch(ctx), session.end()); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(at); got != "[0s 10s 40s 50s 1m0s]" {
			t.Errorf("it ran at %s", got)
		}
		if text := out.String(); strings.Contains(text, "cut off") || !strings.Contains(text, "a      4     4   0         0       0        1 s  25 s") {
			t.Errorf("it told\n%s", text)
		}
		if code := session.exit(); code != exitOK {
			t.Errorf("exit status %d", code)
		}
	})
}

func TestAWriterThatFailsEndsAllRuns(t *testing.T) {
	testkit.NoLeaks(t)
	for _, watch := range []bool{false, true} {
		plan := &checkPlan{zone: time.UTC}
		for i := range runsAtOnce { // with more, the one that writes may wait for those that never end
			plan.checks = append(plan.checks, checker.Check{ID: fmt.Sprint("c", i), Schedule: "@every 1h"})
		}
		session, err := newCheckSession(&checkCommand{Watch: watch}, plan, streams{out: full{}, err: full{}}, func(ctx context.Context, c checker.Check) checker.Result {
			if c.ID != "c0" {
				<-ctx.Done()
			}
			return checker.Result{Outcome: checker.OK}
		})
		if err != nil {
			t.Fatal(err)
		}
		run := session.once
		if watch {
			run = session.watch
		}
		if err := run(t.Context()); !errors.Is(err, errFull) {
			t.Errorf("watch %v: %v", watch, err)
		}
	}
}

var errFull = errors.New("no space is left")

// full is a disk without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestTheScreenKeepsWhatWentBadly(t *testing.T) {
	var out bytes.Buffer
	checks := make([]checker.Check, 40)
	for i := range checks {
		checks[i].ID = fmt.Sprintf("check-%02d", i)
	}
	screen := newScreenPrinter(&out, checks)
	for i := range checks {
		result := checker.Result{Outcome: checker.OK}
		if i == 3 || i == 30 {
			result = checker.Result{Outcome: checker.Failed, Reason: "broken\x1b[2J"}
		}
		out.Reset()
		if err := screen.print(&trial{number: i, Run: checker.Run{Check: checks[i], Result: result}}); err != nil {
			t.Fatal(err)
		}
	}
	text := out.String()
	if strings.Count(text, "\n") != maxRows+3 || screen.drawn != maxRows+3 || !strings.HasPrefix(text, fmt.Sprintf("\x1b[%dA", maxRows+3)) {
		t.Errorf("%d lines, %d drawn:\n%s", strings.Count(text, "\n"), screen.drawn, text)
	}
	for _, want := range []string{"failed    check-03", "failed    check-30", "and 22 checks that went better"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "\x1b[2J") {
		t.Error("a reason draws on the terminal")
	}
}

func TestPercentiles(t *testing.T) {
	testkit.Beside(t)
	var some tally
	for i := range 100 {
		some.add(checker.Result{Outcome: checker.OK, Latency: time.Duration(100-i) * time.Millisecond})
	}
	one := tally{latencies: []time.Duration{time.Second}}
	for _, tc := range []struct {
		of    tally
		share float64
		want  string
	}{{some, 0.5, "50 ms"}, {some, 0.95, "95 ms"}, {one, 0.5, "1 s"}, {one, 0.95, "1 s"}, {tally{}, 0.5, "-"}} {
		if got := tc.of.percentile(tc.share); got != tc.want {
			t.Errorf("%v of %d: %s; want %s", tc.share, len(tc.of.latencies), got, tc.want)
		}
	}
}

func TestSecretsAreTakenOutOfAllThatARunTells(t *testing.T) {
	testkit.Beside(t)
	const secret = "correct-horse"
	piece := func(name, kind string) checker.Evidence {
		return checker.Evidence{Name: name, MediaType: kind, Data: []byte("say " + secret)}
	}
	hidden := hide(checker.Result{
		Reason: secret, Warnings: []string{secret}, Timings: []checker.Timing{{Name: secret}},
		Expectations: []checker.Expectation{{Expression: secret, Actual: secret}},
		Evidence:     []checker.Evidence{piece(secret, "text/plain; charset=utf-8"), piece("a", "text/html"), piece("b", "application/json"), piece("c", "application/har+json"), piece("d", "image/svg+xml"), piece("e", "image/png")},
	}, redact.New(secret))
	last := hidden.Evidence[len(hidden.Evidence)-1]
	hidden.Evidence = hidden.Evidence[:len(hidden.Evidence)-1]
	if text := fmt.Sprintf("%q", hidden.Evidence) + fmt.Sprintf("%+v", hidden); strings.Contains(text, secret) {
		t.Errorf("it is in %s", text)
	}
	for _, e := range hidden.Evidence {
		if string(e.Data) != "say "+redact.Mark {
			t.Errorf("%s: %s", e.MediaType, e.Data)
		}
	}
	if string(last.Data) != "say "+secret {
		t.Error("a picture was changed")
	}
	large := []checker.Evidence{{MediaType: "text/plain", Data: bytes.Repeat([]byte("1234 "), checker.MaxEvidence/5)}}
	if hideEvidence(large, redact.New("1234")); len(large[0].Data) > checker.MaxEvidence || bytes.Contains(large[0].Data, []byte("1234")) {
		t.Errorf("%d bytes", len(large[0].Data))
	}
}
