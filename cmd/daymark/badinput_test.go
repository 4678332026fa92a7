package main_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The tests of this and the badinput_*_test.go files give the real program
// what it must not choke on, and look for the sentence that tells a person
// what is wrong, and for what must not be lost.

// site is a server of a test: its configuration and where it answers.
type site struct {
	url    string
	dir    string // of the configuration
	config string // its path
}

// data gives a path in the server's data folder.
func (s site) data(path ...string) string {
	return filepath.Join(append([]string{s.dir, "data"}, path...)...)
}

// newSite writes a configuration with these checks, lines of YAML flow maps,
// all of one component called Shop.
func newSite(t *testing.T, checks ...string) site {
	t.Helper()
	address := freeAddress(t)
	s := site{url: "http://" + address, dir: t.TempDir()}
	var document strings.Builder
	fmt.Fprintf(&document, `version: 1
page: {name: Test, url: "http://%[1]s"}
server: {listen: "%[1]s", data: ./data}
regions: [{id: local, name: Here}, {id: second, name: There}]
agents: {private: {deny: true, allow: [127.0.0.0/8]}}
components:
  - id: shop
    name: Shop
    checks:
`, address)
	for _, check := range checks {
		fmt.Fprintf(&document, "      - %s\n", check)
	}
	s.config = writeFile(t, s.dir, "daymark.yaml", document.String())
	return s
}

func writeFile(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// serve starts the server of a site and waits until it is ready.
func (s site) serve(t *testing.T, change ...func(*exec.Cmd)) *process {
	t.Helper()
	cmd := exec.Command(binary(), "serve", "--config", s.config)
	for _, fn := range change {
		fn(cmd)
	}
	p := beginCommand(t, "serve", cmd)
	eventually(t, "the server to be ready", func() bool { return ready(s.url) || p.ended() })
	if p.ended() {
		t.Fatalf("the server ended: %v", p.err)
	}
	return p
}

// token makes an agent's token by the command line.
func (s site) token(t *testing.T, region string) string {
	t.Helper()
	out, code := run(t, "agent", "token", "create", "--config", s.config, "--region", region)
	if code != 0 {
		t.Fatalf("no token: status %d, %s", code, out)
	}
	return strings.TrimSpace(out)
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// waitSays waits until the process has said a text.
func (p *process) waitSays(text string) {
	p.t.Helper()
	eventually(p.t, fmt.Sprintf("%s to say %q", p.name, text), func() bool { return strings.Contains(p.out.String(), text) })
}

// waitEnd waits for the process and gives its exit status.
func (p *process) waitEnd() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(stopsWithin):
		p.t.Fatalf("%s did not end", p.name)
	}
	return p.cmd.ProcessState.ExitCode()
}

// noPanic looks through what the process said for signs of a fall.
func (p *process) noPanic() {
	p.t.Helper()
	for _, sign := range []string{"panic", "goroutine ", "DATA RACE"} {
		if strings.Contains(p.out.String(), sign) {
			p.t.Errorf("%s said %q", p.name, sign)
		}
	}
}

// counted is a target that counts the runs that it answered.
type counted struct {
	url  string
	runs atomic.Int64
	last atomic.Int64 // when it was asked last, Unix milliseconds
	bad  atomic.Bool  // it answers 500
}

func newCounted(t *testing.T) *counted {
	t.Helper()
	c := &counted{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c.last.Store(time.Now().UnixMilli())
		c.runs.Add(1)
		if c.bad.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = w.Write([]byte("fine")) // the check tells
	}))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

// pause waits for a moment between two runs that are a second apart: a run
// that is cut off gives no result, and is none that was lost.
func (c *counted) pause(t *testing.T) {
	t.Helper()
	eventually(t, "a moment between two runs", func() bool {
		since := time.Since(time.UnixMilli(c.last.Load()))
		return since > 300*time.Millisecond && since < 600*time.Millisecond
	})
}

// everyRunArrived waits until there are as many results of a region as the
// target had runs. Each result is of one run, and the key of the table keeps
// it from being there twice: were one lost, the numbers would never meet again.
func (c *counted) everyRunArrived(t *testing.T, database func() *data, region string) {
	t.Helper()
	var results, runs int64
	holds := func() bool {
		results = database().number("SELECT count(*) FROM results r JOIN series s ON s.id = r.series WHERE s.region = ?", region)
		runs = c.runs.Load()
		return results == runs && runs > 0
	}
	eventually(t, "every run to be in the database", holds)
	t.Logf("%d runs, %d results", runs, results)
}
