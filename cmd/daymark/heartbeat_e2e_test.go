package main_test

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

const nightly = `{id: nightly, heartbeat: {every: 30s, grace: 2s}}`

// job calls a heartbeat's address, as `curl -fsS -m 60 --retry 3` does.
func job(t *testing.T, address, log string) int {
	t.Helper()
	client := http.Client{Timeout: time.Minute}
	for try := 0; ; try++ {
		var answer *http.Response
		var err error
		if log == "" {
			answer, err = client.Get(address)
		} else {
			answer, err = client.Post(address, "application/x-www-form-urlencoded", strings.NewReader(log))
		}
		if err == nil {
			_, err = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
		}
		if err == nil && answer.StatusCode < 500 && answer.StatusCode != http.StatusTooManyRequests {
			return answer.StatusCode
		}
		if try == 3 {
			t.Fatalf("called four times in vain: %v, %v", answer, err)
		}
		<-time.After(time.Second << try)
	}
}

// called calls and wants it to be taken.
func called(t *testing.T, address, log string) {
	t.Helper()
	if status := job(t, address, log); status != http.StatusOK {
		t.Fatalf("a call was answered %d", status)
	}
}

// address makes an address by a command, which prints it first.
func (s site) address(t *testing.T, args ...string) string {
	t.Helper()
	out, code := run(t, append([]string{"heartbeat", args[0], "--config", s.config}, args[1:]...)...)
	for line := range strings.Lines(out) {
		if code == 0 && strings.HasPrefix(line, s.url+"/heartbeat/dmh_") {
			return strings.TrimSpace(line)
		}
	}
	t.Fatalf("no address: status %d, %s", code, out)
	return ""
}

func (s site) becomes(t *testing.T, status string) {
	t.Helper()
	eventually(t, "the page to say "+status, func() bool {
		return getJSON[summary](t, s.url+"/api/v2/summary.json").statusOf("Shop") == status
	})
}

// TestHeartbeat is the life of a heartbeat on the real program: its address,
// its calls, calls that do not come, and a server that is killed meanwhile.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	s := newSite(t, nightly)
	address := s.address(t, "create", "nightly") // no server runs yet
	server := s.serve(t)
	called(t, address+"/start", "")
	called(t, address+"/success", "")
	s.becomes(t, "operational")
	called(t, address+"/3", "warming up\nno space left\n")
	s.becomes(t, "major_outage")
	if status, body, err := get(s.url + "/"); err != nil || status != http.StatusOK || !strings.Contains(string(body), "Shop") {
		t.Errorf("the page: %d, %v", status, err)
	}
	db := openData(t, s.data("daymark.db"))
	db.check("the result of exit code 3", `SELECT count(*) FROM results WHERE outcome = 2 AND detail LIKE '%it reported exit code 3; its log ends: no space left%'`, 1)
	db.check("the log", `SELECT count(*) FROM evidence WHERE name = 'log.txt' AND CAST(data AS TEXT) LIKE '%no space left'`, 1)
	db.check("what it took", `SELECT count(*) FROM results WHERE outcome = 0`, 1)
	called(t, address, "")
	s.becomes(t, "operational")

	// Killed, with a due time while nobody is there: the page may have been slow.
	called(t, address, "")
	server.kill()
	const missed = `SELECT count(*) FROM results WHERE detail LIKE '%no call since%'`
	<-time.After(33 * time.Second)
	server = s.serve(t)
	s.becomes(t, "major_outage")
	db.check("the due times that passed meanwhile", missed, 1)
	db.check("that it says why", `SELECT count(*) FROM results WHERE detail LIKE '%Daymark itself was not running then%'`, 1)
	server.kill()
	server = s.serve(t)
	<-time.After(3 * time.Second) // a grace and more: the same due time is not told again
	db.check("results of one due time", `SELECT count(*) FROM results a JOIN results b ON b.series = a.series AND b.at > a.at AND b.at - a.at < 29000 AND a.detail LIKE '%no call since%' AND b.detail LIKE '%no call since%'`, 0)
	called(t, address, "")
	s.becomes(t, "operational")
	before := db.number(missed)
	s.becomes(t, "major_outage") // missed while the server listens
	db.check("calls missed", missed, before+1)

	s.turnsItsAddress(t, address)
	server.noPanic()
	server.interrupt()
	if server.err != nil {
		t.Errorf("the server ended with %v", server.err)
	}
}

// turnsItsAddress gives a heartbeat a new address while the server runs, then none.
func (s site) turnsItsAddress(t *testing.T, old string) {
	t.Helper()
	if out, code := run(t, "heartbeat", "create", "--config", s.config, "nightly"); code != 2 || !strings.Contains(out, "has an address already") {
		t.Errorf("a second create: %d, %s", code, out)
	}
	rotated := s.address(t, "rotate", "nightly")
	called(t, old, "")
	called(t, rotated, "")
	s.becomes(t, "operational")
	last := s.address(t, "rotate", "nightly", "--overlap", "0")
	for address, want := range map[string]int{old: http.StatusNotFound, rotated: http.StatusNotFound, last: http.StatusOK} {
		if got := job(t, address, ""); got != want {
			t.Errorf("after a rotation without overlap an address answers %d; want %d", got, want)
		}
	}
	out, code := run(t, "heartbeat", "list", "--config", s.config)
	if code != 0 || !strings.Contains(out, "nightly") || !strings.Contains(out, "every 30 s") || strings.Contains(out, "dmh_") {
		t.Errorf("the list: %d, %s", code, out)
	}
	if out, code := run(t, "heartbeat", "revoke", "--config", s.config, "nightly"); code != 0 || !strings.Contains(out, "1 address of nightly revoked") {
		t.Errorf("revoke: %d, %s", code, out)
	}
	if got := job(t, last, ""); got != http.StatusNotFound {
		t.Errorf("a revoked address answers %d", got)
	}
	db := openData(t, s.data("daymark.db"))
	db.check("the verdict of what nothing can call", "SELECT count(*) FROM verdicts WHERE check_id = 'nightly' AND word = 'unknown'", 1)
	db.check("acts in the audit trail", "SELECT count(*) FROM audit WHERE object = 'nightly' AND action LIKE 'heartbeat address%'", 4)
	if again := s.address(t, "create", "nightly"); again == last {
		t.Error("an address was given twice")
	}
	if out, code := run(t, "heartbeat", "list", "--config", s.config); code != 0 || !strings.Contains(out, "never") {
		t.Errorf("after a new beginning the list says %d, %s", code, out)
	}
	// A token is on no disk: only its hash is.
	for _, name := range []string{"daymark.db", "daymark.db-wal"} {
		content, err := os.ReadFile(s.data(name))
		if err != nil || strings.Contains(string(content), last[strings.LastIndex(last, "/")+1:]) {
			t.Errorf("%s holds a token, or cannot be read: %v", name, err)
		}
	}
}
