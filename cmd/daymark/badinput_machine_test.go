package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"daymark/internal/testkit"
)

// A server is not started on a disk that takes no writes, nor is a backup made
// of one, and both say so and change nothing.
func TestAReadOnlyDiskIsToldInASentence(t *testing.T) {
	testkit.Beside(t)
	s := quietSite(t)
	onReadOnly := func(args ...string) (string, int) {
		unshare := []string{"--mount"}
		if os.Getuid() != 0 {
			unshare = append(unshare, "--user", "--map-root-user")
		}
		const mount = `mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"`
		return runCommand(t, exec.Command("unshare", append(append(unshare, "sh", "-c", mount, "sh", s.data(), binary()), args...)...))
	}
	out, code := onReadOnly("serve", "--config", s.config)
	oneSentence(t, out, code, "the data folder (server.data, or an agent's --data) cannot be written", "read-only file system")
	before, err := os.ReadFile(s.data("daymark.db"))
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "backup.db")
	out, code = onReadOnly("backup", "--config", s.config, copied)
	oneSentence(t, out, code, "check that its folder exists and may be written")
	if left := must(filepath.Glob(copied + "*")); len(left) > 0 {
		t.Errorf("a backup that could not be made leaves %v", left)
	}
	if after, err := os.ReadFile(s.data("daymark.db")); err != nil || string(after) != string(before) {
		t.Errorf("the database is another: %v", err)
	}
	s.serve(t).interrupt() // it can be written again
}

// damage zeroes the page where a table of a database begins.
func damage(t *testing.T, path, table string) {
	t.Helper()
	page := openOnce(t, path, "SELECT rootpage FROM sqlite_schema WHERE name = '"+table+"'")
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := file.WriteAt(make([]byte, 4096), (page-1)*4096); err != nil {
		t.Fatal(err)
	}
}

// A page of the database that is damaged takes with it what it holds, and is
// told; what is seen meanwhile is kept, and is there after a restore.
func TestADamagedPageLosesNothingThatIsSeenAfterwards(t *testing.T) {
	testkit.Beside(t)
	target := newCounted(t)
	s := newSite(t, eachSecond(target)...)
	server := s.serve(t)
	eventually(t, "the first runs", func() bool { return target.runs.Load() >= 12 })
	copied := filepath.Join(t.TempDir(), "backup.db")
	if out, code := run(t, "backup", "--config", s.config, copied); code != 0 {
		t.Fatalf("status %d, %s", code, out)
	}
	server.interrupt()
	damage(t, s.data("daymark.db"), "rollups")

	server = s.serve(t)
	began := target.runs.Load()
	server.waitSays("the file is damaged or no database: restore it from a backup")
	eventually(t, "more runs", func() bool { return target.runs.Load() >= began+12 })
	if status, _, err := get(s.url + "/healthz"); err != nil || status != 200 {
		t.Errorf("it answers %d, %v", status, err)
	}
	if out, code := run(t, "backup", "--config", s.config, filepath.Join(t.TempDir(), "no.db")); code != 1 || !strings.Contains(out, "damaged") {
		t.Errorf("a backup of it: status %d, %s", code, out)
	}
	server.interrupt()
	server.noPanic()
	if out, code := run(t, "restore", "--config", s.config, copied); code != 0 {
		t.Fatalf("status %d, %s", code, out)
	}
	s.serve(t)
	db := openData(t, s.data("daymark.db"))
	eventually(t, "what was seen with the damage", func() bool {
		return db.number("SELECT count(*) FROM results") >= 24
	})
	db.check("results that the days count differently", "SELECT (SELECT sum(ok + degraded + failed + unknown) FROM rollups WHERE grain = 86400) - (SELECT count(*) FROM results)", 0)
	db.check("faults", faultsOfDatabase, 0)
}

// A server that may open no more files accuses nobody, and goes on by itself
// when it may again.
func TestAServerWithoutFileDescriptorsAccusesNobody(t *testing.T) {
	testkit.Beside(t)
	target := newCounted(t)
	s := newSite(t, eachSecond(target)...)
	server := s.serve(t)
	limit := func(most string) {
		t.Helper()
		if out, err := exec.Command("prlimit", fmt.Sprintf("--pid=%d", server.cmd.Process.Pid), "--nofile="+most).CombinedOutput(); err != nil {
			t.Fatalf("this test needs prlimit (Debian: util-linux): %v, %s", err, out)
		}
	}
	eventually(t, "the first runs", func() bool { return target.runs.Load() >= 6 })
	limit("4:") // the soft limit alone; what is open stays
	server.waitSays("this agent has too many files open")
	server.waitSays("too many open files")
	<-time.After(4 * time.Second) // longer than two failures take to open an incident
	limit("1024:")
	eventually(t, "the server to be ready again", func() bool { return ready(s.url) })
	again := target.runs.Load()
	eventually(t, "runs again", func() bool { return target.runs.Load() >= again+6 })
	server.waitSays("a check can tell again how its target is")
	db := openData(t, s.data("daymark.db"))
	eventually(t, "every run to be in the database", func() bool {
		return db.number("SELECT count(*) FROM results WHERE outcome = 0") == target.runs.Load()
	})
	db.check("incidents", "SELECT count(*) FROM incidents", 0)
	db.check("failures", "SELECT count(*) FROM results WHERE outcome IN (1, 2)", 0)
	if db.number("SELECT count(*) FROM results WHERE outcome = 3 AND detail LIKE '%too many files open%'") == 0 {
		t.Error("no run says why it could not tell")
	}
	server.interrupt()
	server.noPanic()
}

// clockOf makes the clock of a process that is not started yet one that can be
// wrong, and gives what changes it.
func clockOf(t *testing.T) (change func(*exec.Cmd), set func(by time.Duration)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clock")
	set = func(by time.Duration) {
		if err := os.WriteFile(path+".next", []byte(strconv.FormatInt(by.Milliseconds(), 10)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".next", path); err != nil {
			t.Fatal(err)
		}
	}
	set(0)
	return func(cmd *exec.Cmd) { cmd.Env = append(os.Environ(), clockVariable+"="+path) }, set
}

// An agent whose clock is an hour off accuses nobody, and is believed again
// when its clock is right.
func TestAnAgentWhoseClockIsAnHourOff(t *testing.T) {
	t.Parallel() // it waits
	for by, says := range map[time.Duration]string{
		time.Hour:  "the run lies in the future; is the agent's clock right?",
		-time.Hour: "this agent's clock is 1 h behind the server's",
	} {
		t.Run(by.String(), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, `{id: gone, schedule: "@every 1s", timeout: 1s, regions: [second], http: {url: "http://127.0.0.1:9/"}}`)
			s.serve(t)
			change, set := clockOf(t)
			set(by)
			cmd := exec.Command(binary(), "agent", "--server", s.url, "--token", s.token(t, "second"), "--data", filepath.Join(s.dir, "agent"))
			change(cmd)
			agent := beginCommand(t, "agent", cmd)
			agent.waitSays(says)
			db := openData(t, s.data("daymark.db"))
			if by < 0 { // what it tells of itself is kept, as unknown
				eventually(t, "its runs", func() bool { return db.number("SELECT count(*) FROM results WHERE outcome = 3") >= 4 })
			} else {
				<-time.After(4 * time.Second)
				db.check("results of the future", "SELECT count(*) FROM results", 0)
			}
			db.check("failures", "SELECT count(*) FROM results WHERE outcome = 2", 0)
			db.check("incidents", "SELECT count(*) FROM incidents", 0)
			set(0)
			eventually(t, "the failure to be believed", func() bool { return db.number("SELECT count(*) FROM incidents") == 1 })
			agent.noPanic()
		})
	}
}

// A server whose clock goes an hour forward or back, and is put right again,
// makes nothing up, and sees what fails afterwards.
func TestAServerWhoseClockIsAnHourOff(t *testing.T) {
	t.Parallel() // it waits
	for _, by := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(by.String(), func(t *testing.T) {
			t.Parallel()
			target := newCounted(t)
			s := newSite(t, eachSecond(target)...)
			change, set := clockOf(t)
			server := s.serve(t, change)
			runs := func(n int64) {
				t.Helper()
				now := target.runs.Load()
				eventually(t, "more runs", func() bool { return target.runs.Load() >= now+n })
			}
			runs(12)
			for _, wrong := range []time.Duration{by, 0} {
				set(wrong)
				eventually(t, "the jump to be told", func() bool {
					return strings.Count(server.out.String(), "the clock was changed, or the machine slept") >= map[bool]int{true: 1, false: 2}[wrong != 0]
				})
				runs(18)
				db := openData(t, s.data("daymark.db"))
				db.check("incidents", "SELECT count(*) FROM incidents", 0)
				db.check("results that the days count differently", "SELECT (SELECT sum(ok + degraded + failed + unknown) FROM rollups WHERE grain = 86400) - (SELECT count(*) FROM results)", 0)
				if status := getJSON[summary](t, s.url+"/api/v2/summary.json").statusOf("Shop"); status != "operational" {
					t.Errorf("with the clock off by %s the page says %s", wrong, status)
				}
			}
			target.bad.Store(true)
			eventually(t, "the failure to be seen", func() bool {
				return getJSON[summary](t, s.url+"/api/v2/summary.json").statusOf("Shop") == "major_outage"
			})
			server.noPanic()
		})
	}
}
