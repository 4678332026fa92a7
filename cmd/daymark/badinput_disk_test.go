package main_test

import (
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"daymark/internal/testkit"
)

// eachSecond are checks of a target: several, since the last page of a file
// still takes some results when the disk is full.
func eachSecond(target *counted) []string {
	var checks []string
	for i := range 6 {
		checks = append(checks, fmt.Sprintf(`{id: api-%d, schedule: "@every 1s", timeout: 20s, attempts: 1, regions: [local], http: {url: %q}}`, i, target.url))
	}
	return checks
}

// flood sends what takes much room until the server says that it takes no more,
// not even a little: what the database has written it writes over, so that a
// full disk takes results for a while.
func flood(t *testing.T, agent *websocket.Conn, before time.Time) {
	t.Helper()
	id := uint64(0)
	for _, batch := range []int{20, 1} {
		for answer := (envelope{}); answer.Type != "error"; {
			if id++; id == 1000 {
				t.Fatal("a full disk goes on taking results")
			}
			var results []map[string]any
			for range batch {
				before = before.Add(-time.Second)
				results = append(results, map[string]any{"check": "remote", "region": "second", "at": before, "started": before, "outcome": "unknown", "reason": strings.Repeat("no room ", 50)})
			}
			answer = submit(t, agent, id, results...)
		}
	}
}

// A server whose disk is full says so, goes on looking, and loses nothing of
// what it saw once there is room again.
func TestAFullDiskLosesNothing(t *testing.T) {
	testkit.Beside(t)
	target := newCounted(t)
	s := newSite(t, append(eachSecond(target), `{id: remote, schedule: "@hourly", regions: [second], http: {url: "http://127.0.0.1:9/"}}`)...)
	d := serveOnDisk(t, s, "8m")
	agent := connect(t, s, d.token("second"))
	at := time.Now().UTC().Truncate(time.Second)
	remote := map[string]any{"check": "remote", "region": "second", "at": at, "started": at, "outcome": "ok"}
	eventually(t, "the first runs", func() bool { return target.runs.Load() >= 10 })

	d.fill()
	full := target.runs.Load()
	d.server.waitSays("results cannot be written to disk; they are kept in memory")
	d.server.waitSays("no space left on device")
	flood(t, agent, at)
	eventually(t, "the server to say that it is not ready", func() bool {
		status, body, err := get(s.url + "/readyz")
		return err == nil && status == http.StatusServiceUnavailable && strings.Contains(string(body), "the database cannot be written")
	})
	d.server.waitSays("the disk is full: make room; what could not be written is kept and tried again")
	if status, _, err := get(s.url + "/"); err != nil || status != http.StatusOK {
		t.Errorf("on a full disk the page answers %d, %v", status, err)
	}
	if answer := submit(t, agent, 1000, remote); answer.Type != "error" || answer.Message != "the results could not be stored; the server's log says why" {
		t.Errorf("on a full disk an agent is answered %+v", answer)
	}
	eventually(t, "more runs on a full disk", func() bool { return target.runs.Load() >= full+20 })

	d.free()
	eventually(t, "the server to be ready again", func() bool { return ready(s.url) })
	d.server.waitSays("results are written to disk again")
	if answer := submit(t, agent, 1001, remote); answer.Type != "ack" || len(answer.Rejected) > 0 {
		t.Errorf("with room again the agent is answered %+v", answer)
	}
	target.everyRunArrived(t, d.database, "local")
	d.database().check("results of the agent", "SELECT count(*) FROM results r JOIN series s ON s.id = r.series WHERE s.region = 'second' AND r.outcome = 0", 1)
	d.database().check("incidents", "SELECT count(*) FROM incidents", 0)

	if err := d.server.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := d.server.waitEnd(); code != 0 {
		t.Errorf("exit status %d; want 0", code)
	}
	d.server.noPanic()
}

// Room that runs out and never comes back must not keep a server from ending,
// and what it could not write it says.
func TestAServerOnAFullDiskEndsWhenAsked(t *testing.T) {
	testkit.Beside(t)
	target := newCounted(t)
	s := newSite(t, append(eachSecond(target), `{id: remote, schedule: "@hourly", regions: [second], http: {url: "http://127.0.0.1:9/"}}`)...)
	d := serveOnDisk(t, s, "8m")
	agent := connect(t, s, d.token("second"))
	eventually(t, "a run", func() bool { return target.runs.Load() >= 1 })
	d.fill()
	d.server.waitSays("results cannot be written to disk; they are kept in memory")
	flood(t, agent, time.Now().UTC().Truncate(time.Second))
	d.server.waitSays("results could not be delivered")
	if err := d.server.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := d.server.waitEnd(); code != 0 {
		t.Errorf("exit status %d; want 0", code)
	}
	d.server.waitSays("results are lost: the disk took none until the end")
	d.server.noPanic()
}

// A file that suddenly takes no writes is told apart from a full disk, and
// what was seen meanwhile arrives as well. A limit on the size of files is the
// means: a file system with open files cannot be made read-only.
func TestADiskThatFailsLosesNothing(t *testing.T) {
	testkit.Beside(t)
	target := newCounted(t)
	s := newSite(t, eachSecond(target)...)
	server := s.serve(t)
	limit := func(most string) {
		t.Helper()
		out, err := exec.Command("prlimit", fmt.Sprintf("--pid=%d", server.cmd.Process.Pid), "--fsize="+most).CombinedOutput()
		if err != nil {
			t.Fatalf("this test needs prlimit (Debian: util-linux): %v, %s", err, out)
		}
	}
	eventually(t, "the first runs", func() bool { return target.runs.Load() >= 6 })
	limit("0:") // the soft limit alone, so that it can be taken back
	server.waitSays("results cannot be written to disk; they are kept in memory")
	eventually(t, "the server to say that it is not ready", func() bool { return !ready(s.url) })
	server.waitSays("the disk cannot be read or written: look at the system's log")
	failing := target.runs.Load()
	eventually(t, "more runs", func() bool { return target.runs.Load() >= failing+20 })

	if n := strings.Count(server.out.String(), "results could not be delivered"); n > 2 {
		t.Errorf("the log says %d times that results could not be delivered; want it once for each reason", n)
	}
	limit("unlimited:")
	eventually(t, "the server to be ready again", func() bool { return ready(s.url) })
	server.waitSays("results are written to disk again")
	db := openData(t, s.data("daymark.db"))
	target.everyRunArrived(t, func() *data { return db }, "local")
	db.check("incidents", "SELECT count(*) FROM incidents", 0)
	server.noPanic()
}
