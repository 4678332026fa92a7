package main_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"daymark/internal/testkit"
)

const journey = `{id: journey, schedule: "@every 1s", timeout: 20s, attempts: 1, regions: [local], down_when: {runs: 1}, browser: {steps: [open: %q, see: Welcome]}}`

// unknownFor waits for a result that is unknown for a reason.
func (d *data) unknownFor(reason string) {
	d.t.Helper()
	eventually(d.t, fmt.Sprintf("a result that is unknown for %q", reason), func() bool {
		return d.number("SELECT count(*) FROM results WHERE outcome = 3 AND instr(detail ->> 'reason', ?) > 0", reason) > 0
	})
}

// accusesNobody wants no result that blames the target, and no incident.
func (d *data) accusesNobody() {
	d.t.Helper()
	d.check("failed results", "SELECT count(*) FROM results WHERE outcome = 2", 0)
	d.check("incidents", "SELECT count(*) FROM incidents", 0)
}

// Without Chromium a journey cannot tell anything: that is no fault of what it
// looks at.
func TestWithoutChromiumAJourneyIsUnknown(t *testing.T) {
	testkit.Beside(t)
	page := target(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "<h1>Welcome</h1>") })
	s := newSite(t, fmt.Sprintf(journey, page+"/"))
	without := append(os.Environ(), "PATH="+t.TempDir())
	server := s.serve(t, func(cmd *exec.Cmd) { cmd.Env = without })
	const sentence = "no Chromium on this agent: install it (on Debian: apt-get install chromium)"
	db := openData(t, s.data("daymark.db"))
	db.unknownFor(sentence)
	server.waitSays(sentence)
	eventually(t, "the page to tell", func() bool {
		_, body, err := get(s.url + "/")
		return err == nil && strings.Contains(string(body), "not measured")
	})
	db.accusesNobody()
	if n := strings.Count(server.out.String(), sentence); n != 1 {
		t.Errorf("the log says it %d times; want once, not with each run", n)
	}
	server.interrupt()

	cmd := exec.CommandContext(t.Context(), binary(), "check", s.config, "journey")
	cmd.Env = without
	if out, code := runCommand(t, cmd); code != 3 || !strings.Contains(out, "unknown: this agent could not tell") || !strings.Contains(out, sentence) {
		t.Errorf("status %d:\n%s", code, out)
	}
	server.noPanic()
}

// A Chromium that dies takes its run with it, and nothing else. Asked to stop
// in the middle of a run, the server does.
func TestAChromiumThatDiesMidRunMakesItUnknown(t *testing.T) {
	testkit.Beside(t)
	var held atomic.Bool
	asked := make(chan struct{}, 100)
	page := target(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		if held.Load() {
			asked <- struct{}{}
			<-r.Context().Done()
			return
		}
		_, _ = fmt.Fprint(w, "<h1>Welcome</h1>")
	})
	s := newSite(t, fmt.Sprintf(journey, page+"/"))
	// Chromium puts its profile here, by which its processes are known.
	own, err := os.MkdirTemp("", "dm")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(own) })
	server := s.serve(t, func(cmd *exec.Cmd) { cmd.Env = append(os.Environ(), "TMPDIR="+own) })
	db := openData(t, s.data("daymark.db"))
	good := func() int64 { return db.number("SELECT count(*) FROM results WHERE outcome = 0") }
	eventually(t, "a run that is ok", func() bool { return good() > 0 })

	held.Store(true)
	<-asked
	chromium := processesOf(t, own)
	for _, line := range chromium {
		number, _, _ := strings.Cut(line, ":")
		if pid, err := strconv.Atoi(number); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have gone with the first
		}
	}
	held.Store(false)
	if len(chromium) == 0 {
		t.Fatal("no process of Chromium was found")
	}
	db.unknownFor("Chromium ended during the run")
	server.waitSays("Chromium ended during the run")
	before := good()
	eventually(t, "a run that is ok again", func() bool { return good() > before })
	db.accusesNobody()

	held.Store(true)
	for len(asked) > 0 {
		<-asked
	}
	<-asked
	if err := server.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if code := server.waitEnd(); code != 0 {
		t.Errorf("exit status %d after SIGTERM; want 0", code)
	}
	if took := time.Since(began); took > 9*time.Second {
		t.Errorf("it ended %v after SIGTERM: a container would have been killed", took)
	}
	if left := append(processesOf(t, own), processesOf(t, s.dir)...); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
	db.accusesNobody()
	server.noPanic()
}
