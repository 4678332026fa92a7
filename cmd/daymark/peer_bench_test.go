package main_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The load of BenchmarkPeerRatio: so many checks, each every second, over so
// many components, watched for so long after a start.
const (
	peerChecks     = 400
	peerComponents = 40
	peerWarm       = 5 * time.Second
	peerWindow     = 15 * time.Second
)

// exporter is the program that is measured beside ours.
const exporter = "prometheus-blackbox-exporter"

// BenchmarkPeerRatio sets the whole of Daymark, as `serve` runs it, beside
// Prometheus' blackbox_exporter: HTTP checks of one server of this process, by
// the processor time, user and system, that each takes. Ours schedules them
// itself, works out two expressions on each answer, spools, decides and has
// the results on disk (SQLite, synchronous=FULL); the exporter is asked for
// each probe over a connection that stays open, looks for the same in the
// answer, and stores nothing. The server that is checked and what asks the
// exporter run here and count for neither. Starting and stopping count for
// neither, what `serve` does besides counts as ours.
func BenchmarkPeerRatio(b *testing.B) {
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"database": "up", "queue": 3}`)
	}))
	defer target.Close()
	daymark := startDaymark(b, target.URL)
	peer := startExporter(b)
	probe(b, peer, target.URL, 200) // so that it, too, is warm
	var ours, theirs time.Duration
	made := 0
	for b.Loop() {
		stored, took := daymark.watch(b)
		before := peer.processor(b)
		probe(b, peer, target.URL, stored)
		made, ours, theirs = made+stored, ours+took, theirs+peer.processor(b)-before
	}
	b.ReportMetric(float64(made)/ours.Seconds(), "ours/s")
	b.ReportMetric(float64(made)/theirs.Seconds(), "ref/s")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "ratio")
}

// measured is a program whose processor time is read.
type measured struct {
	cmd     *exec.Cmd
	out     *lockedBuffer
	address string
	db      *sql.DB // of ours
}

// launch starts a program that ends with the benchmark.
func launch(tb testing.TB, cmd *exec.Cmd) *measured {
	tb.Helper()
	m := &measured{cmd: cmd, out: &lockedBuffer{}}
	cmd.Stdout, cmd.Stderr = m.out, m.out
	if err := cmd.Start(); err != nil {
		tb.Fatalf("%v (scripts/install.sh bench installs what is missing)", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait() // it is killed
	}()
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-done
		if tb.Failed() {
			tb.Logf("%s said:\n%s", cmd.Path, tail(m.out.String(), 4000))
		}
	})
	return m
}

// processor gives the processor time that the program took until now.
func (m *measured) processor(b *testing.B) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", m.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	// The name in brackets may hold spaces; user and system time are the 12th
	// and 13th field after it, in hundredths of a second.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var ticks int
	for _, field := range fields[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

func startDaymark(b *testing.B, target string) *measured {
	b.Helper()
	dir, address := b.TempDir(), freeAddress(b)
	var document strings.Builder
	fmt.Fprintf(&document, "version: 1\npage: {name: Test, url: \"http://%[1]s\"}\nserver: {listen: \"%[1]s\", data: ./data}\n"+
		"regions: [{id: local, name: Here}]\nagents: {private: {deny: true, allow: [127.0.0.0/8]}}\ncomponents:\n", address)
	for i := range peerChecks {
		if per := peerChecks / peerComponents; i%per == 0 {
			fmt.Fprintf(&document, "  - id: c%[1]d\n    name: Component %[1]d\n    checks:\n", i/per)
		}
		fmt.Fprintf(&document, "      - {id: check-%d, schedule: \"@every 1s\", http: {url: %q}, expect: [status == 200, 'json.database == \"up\"']}\n", i, target)
	}
	config := filepath.Join(dir, "daymark.yaml")
	if err := os.WriteFile(config, []byte(document.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	m := launch(b, exec.Command(binary(), "serve", "--config", config))
	reach(b, m, "http://"+address+"/readyz")
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "data", "daymark.db")+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	m.db = db
	pause(b, peerWarm)
	return m
}

// watch lets the checks run and gives how many results were stored and what
// processor time went by. Each has to be ok.
func (m *measured) watch(b *testing.B) (int, time.Duration) {
	b.Helper()
	count := func(where string) (n int) {
		if err := m.db.QueryRow("SELECT count(*) FROM results WHERE " + where).Scan(&n); err != nil {
			b.Fatal(err)
		}
		return n
	}
	stored, took := count("true"), m.processor(b)
	pause(b, peerWindow)
	stored, took = count("true")-stored, m.processor(b)-took
	if wrong := count("outcome <> 0"); wrong > 0 || stored < peerChecks {
		b.Fatalf("%d results are stored, %d of all are not ok", stored, wrong)
	}
	return stored, took
}

func startExporter(b *testing.B) *measured {
	b.Helper()
	address, config := freeAddress(b), filepath.Join(b.TempDir(), "blackbox.yml")
	if err := os.WriteFile(config, []byte(`modules:
  http_2xx:
    prober: http
    timeout: 30s
    http:
      preferred_ip_protocol: ip4
      valid_status_codes: [200]
      fail_if_body_not_matches_regexp: ['"database": "up"']
`), 0o600); err != nil {
		b.Fatal(err)
	}
	m := launch(b, exec.Command(exporter, "--config.file="+config, "--web.listen-address="+address))
	m.address = address
	reach(b, m, "http://"+address+"/-/healthy")
	return m
}

// probe asks the exporter for so many probes, some at the same time.
func probe(b *testing.B, m *measured, target string, times int) {
	b.Helper()
	const atOnce = 8
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}
	defer client.CloseIdleConnections()
	address := "http://" + m.address + "/probe?module=http_2xx&target=" + url.QueryEscape(target)
	turns := make(chan struct{})
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for range turns {
				answer, err := client.Get(address)
				if err != nil {
					b.Error(err)
					continue
				}
				body, err := io.ReadAll(answer.Body)
				answer.Body.Close()
				if err != nil || !bytes.Contains(body, []byte("\nprobe_success 1\n")) {
					b.Errorf("the exporter answered %s, %v: %s", answer.Status, err, tail(string(body), 500))
				}
			}
		})
	}
	for range times {
		turns <- struct{}{}
	}
	close(turns)
	all.Wait()
}

// reach waits until an address answers.
func reach(tb testing.TB, m *measured, address string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if status, _, err := get(address); err == nil && status == http.StatusOK {
			return
		}
		select {
		case <-ctx.Done():
			tb.Fatalf("%s does not answer; it said:\n%s", address, tail(m.out.String(), 4000))
		case <-tick.C:
		}
	}
}

func pause(tb testing.TB, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-tb.Context().Done():
	}
}
