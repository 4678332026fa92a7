package statuspage_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/statuspage"
)

// copyUntilKilled names the folder that a process of its own writes to.
const copyUntilKilled = "DAYMARK_TEST_COPY_UNTIL_KILLED"

// restless is a bank of which much comes and goes from pass to pass.
func restless(t testing.TB, turn int) *source {
	s := working(t)
	if turn%2 == 1 {
		s = failing(t)
	}
	for n := range 40 + 10*(turn%3) { // one page of the history, or two
		old := s.snapshot.Recent[0]
		old.ID = fmt.Sprintf("old%09d", n)
		s.all = append(s.all, old)
	}
	return s
}

// TestACopyIsWholeWhereverItsWriterIsKilled: no file is torn, no link leads
// nowhere, and the next writer finishes what was begun.
func TestACopyIsWholeWhereverItsWriterIsKilled(t *testing.T) {
	testkit.Beside(t)
	if dir := os.Getenv(copyUntilKilled); dir != "" {
		copyForever(t, dir)
		return
	}
	dir := filepath.Join(t.TempDir(), "copy")
	halves := 0
	for round := range testkit.Count(3, 200) {
		child := exec.Command(os.Args[0], "-test.run=^TestACopyIsWholeWhereverItsWriterIsKilled$")
		child.Env = append(os.Environ(), copyUntilKilled+"="+dir)
		child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		// The first pass of all is whole; what follows may be cut off anywhere.
		said := bufio.NewReader(out)
		if line, err := said.ReadString('\n'); err != nil || line != "begun\n" {
			t.Fatalf("the writer said %q, %v", line, err)
		}
		after := time.NewTimer(50*time.Millisecond + rand.N(350*time.Millisecond))
		if round == 0 {
			if _, err := said.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		<-after.C
		_ = child.Process.Kill()
		_ = child.Wait() // it was killed
		halves += strings.Count(tree(t, dir), ".daymark-half-")
		whole(t, dir)
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d files were left half written", halves)
	publish(t, copying(t, restless(t, 0), statuspage.Dir(dir)))
	other := t.TempDir()
	publish(t, copying(t, restless(t, 0), statuspage.Dir(other)))
	for name := range strings.SplitSeq(strings.TrimSpace(tree(t, other)), "\n") {
		if path.Ext(name) != ".html" {
			continue
		}
		healed, err := os.ReadFile(filepath.Join(dir, name))
		fresh, _ := os.ReadFile(filepath.Join(other, name))
		if err != nil || string(healed) != string(fresh) {
			t.Errorf("%s is not as a new copy has it: %v", name, err)
		}
	}
	if got := tree(t, dir); strings.Contains(got, ".daymark-half-") || strings.Contains(got, "open00000001") {
		t.Errorf("what was half done is still there:\n%s", got)
	}
}

// whole says whether a copy is whole.
func whole(t testing.TB, dir string) {
	t.Helper()
	walk(t, dir)
	for name := range strings.SplitSeq(strings.TrimSpace(tree(t, dir)), "\n") {
		if path.Ext(name) != ".json" {
			continue
		}
		if content, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !json.Valid(content) {
			t.Errorf("%s is torn: %v", name, err)
		}
	}
}

// copyForever writes one copy after another.
func copyForever(t *testing.T, dir string) {
	s := restless(t, 0)
	p := copying(t, s, statuspage.Dir(dir))
	fmt.Println("begun")
	for turn := 0; ; turn++ {
		next := restless(t, turn)
		s.mu.Lock()
		s.snapshot, s.all = next.snapshot, next.all
		s.mu.Unlock()
		publish(t, p)
		if turn == 0 {
			fmt.Println("copied")
		}
	}
}

// TestFoldersThatCannotBeWritten say what is wrong, and hold nothing back.
func TestFoldersThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := copying(t, working(t), statuspage.Dir(filepath.Join(file, "copy"))).Publish(context.Background())
	if !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("in a file it said %v", err)
	}
	dir := t.TempDir()
	d := statuspage.Dir(dir)
	if err := d.Put(t.Context(), statuspage.File{Name: "../outside.html", Content: []byte("x")}); err == nil {
		t.Error("it writes outside of its folder")
	}
	if err := d.Put(t.Context(), statuspage.File{Name: "a/b/c.html", Content: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"a": os.ModeDir | 0o755, "a/b": os.ModeDir | 0o755, "a/b/c.html": 0o644} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != mode {
			t.Errorf("%s has the mode %v, %v", name, info.Mode(), err)
		}
	}
}

// BenchmarkCopy copies a page of 50 components and 500 incidents into a
// folder: at first, after a change, and when nothing has changed.
func BenchmarkCopy(b *testing.B) {
	s := failing(b)
	p := harbour(b, s)
	p.Options.Languages = []string{"en", "cy", "fr", "de", "es", "ar"}
	for n := range 47 {
		one := p.Components[2]
		one.ID = fmt.Sprintf("batch-%d", n)
		p.Components = append(p.Components, one)
		s.snapshot.Components[one.ID] = s.snapshot.Components["batch"]
	}
	for n := range 498 {
		old := s.snapshot.Recent[0]
		old.ID = fmt.Sprintf("old%09d", n)
		s.all = append(s.all, old)
	}
	var first, change, beat time.Duration
	turn := 0
	for b.Loop() {
		dir := b.TempDir()
		made := publisher(b, statuspage.PublisherOptions{Page: p, Shelf: statuspage.Dir(dir), Name: dir})
		first += timed(func() { publish(b, made) })
		s.change(func(snap *statuspage.Snapshot) {
			state := snap.Components["sign-in"]
			state.Status = []incident.Status{incident.Operational, incident.Down}[turn%2]
			snap.Components["sign-in"] = state
		})
		turn++
		change += timed(func() { publish(b, made) })
		beat += timed(func() { publish(b, made) })
	}
	n := float64(b.N)
	b.ReportMetric(first.Seconds()/n, "first-s")
	b.ReportMetric(float64(change.Milliseconds())/n, "change-ms")
	b.ReportMetric(float64(beat.Milliseconds())/n, "beat-ms")
	b.ReportMetric(0, "ns/op")
}

func timed(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}
