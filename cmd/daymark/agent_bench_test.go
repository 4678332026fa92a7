package main_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"daymark/checker"
	"daymark/checker/remote"
)

// The load of the benchmarks of an agent: so many checks, each every minute,
// over so many components, watched for so long.
const (
	agentChecks     = 10_000
	agentComponents = 100
	agentWindow     = time.Minute
	// anHour is what an agent has kept when the server was away for an hour.
	anHour = agentChecks * 60
)

// loaded is a server and one agent elsewhere with all that load, and the target
// in this process.
type loaded struct {
	agent *measured
	db    *sql.DB
	begun time.Time

	mu   sync.Mutex
	hits map[string][]time.Time // by check
	all  []time.Time
}

// startLoaded starts both; before has the agent's folder first.
func startLoaded(b *testing.B, before func(data string, hour time.Time)) *loaded {
	b.Helper()
	l := &loaded{hits: map[string][]time.Time{}}
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now, check := time.Now(), r.URL.Path[1:]
		l.mu.Lock()
		l.hits[check] = append(l.hits[check], now)
		l.all = append(l.all, now)
		l.mu.Unlock()
		fmt.Fprint(w, "fine")
	}))
	b.Cleanup(target.Close)
	dir, address := b.TempDir(), freeAddress(b)
	var document strings.Builder
	fmt.Fprintf(&document, "version: 1\npage: {name: Test, url: \"http://%[1]s\"}\nserver: {listen: \"%[1]s\", data: ./data}\n"+
		"regions: [{id: far, name: Far}]\nagents: {private: {deny: true, allow: [127.0.0.0/8]}}\ncomponents:\n", address)
	for i := range agentChecks {
		if per := agentChecks / agentComponents; i%per == 0 {
			fmt.Fprintf(&document, "  - id: c%[1]d\n    name: Component %[1]d\n    checks:\n", i/per)
		}
		fmt.Fprintf(&document, "      - {id: check-%d, schedule: \"@every 1m\", http: {url: \"%s/check-%d\"}}\n", i, target.URL, i)
	}
	config := filepath.Join(dir, "daymark.yaml")
	if err := os.WriteFile(config, []byte(document.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	token, err := exec.Command(binary, "agent", "token", "create", "--config", config, "--region", "far").Output()
	if err != nil {
		b.Fatal(err)
	}
	server := launch(b, exec.Command(binary, "serve", "--config", config))
	reach(b, server, "http://"+address+"/readyz")
	if l.db, err = sql.Open("sqlite", "file:"+filepath.Join(dir, "data", "daymark.db")+"?mode=ro&_pragma=busy_timeout(10000)"); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.db.Close() })
	data := filepath.Join(dir, "agent")
	before(data, time.Now().Truncate(time.Hour))
	l.begun = time.Now()
	l.agent = launch(b, exec.Command(binary, "agent", "--server", "http://"+address, "--token", strings.TrimSpace(string(token)), "--data", data))
	return l
}

// asked gives when the target was asked, in order.
func (l *loaded) asked() []time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

func (l *loaded) number(b *testing.B, query string, args ...any) (n int) {
	b.Helper()
	var found sql.NullInt64
	if err := l.db.QueryRow(query, args...).Scan(&found); err != nil {
		b.Fatal(err)
	}
	return int(found.Int64)
}

// lateness gives how long after its time each run, which the target has seen
// since a moment, has come there, sorted.
func (l *loaded) lateness(b *testing.B, since time.Time) (all []time.Duration) {
	b.Helper()
	rows, err := l.db.Query("SELECT s.check_id, r.at FROM results r JOIN series s ON s.id = r.series WHERE r.at >= ? AND r.outcome = 0", since.UnixMilli())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	l.mu.Lock()
	defer l.mu.Unlock()
	for rows.Next() {
		var check string
		var at int64
		if err := rows.Scan(&check, &at); err != nil {
			b.Fatal(err)
		}
		for _, hit := range l.hits[check] {
			if late := hit.Sub(time.UnixMilli(at)); late >= 0 && late < time.Minute {
				all = append(all, late)
				break
			}
		}
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	slices.Sort(all)
	return all
}

func share(all []time.Duration, part float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return all[min(int(part*float64(len(all))), len(all)-1)]
}

// peak gives the most memory that a program has had, in bytes.
func (m *measured) peak(b *testing.B) int {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			kB, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
			if err != nil {
				b.Fatal(err)
			}
			return kB * 1024
		}
	}
	b.Fatal("the kernel does not say how much memory it has")
	return 0
}

// BenchmarkAgentLatenessRatio is how late 10,000 checks a minute come to their
// target, by the target's own watch: 250 ms (ref) against the 99th percentile
// (ours), with agent, server and target on one machine.
func BenchmarkAgentLatenessRatio(b *testing.B) {
	l := startLoaded(b, func(string, time.Time) {})
	pause(b, 10*time.Second) // the agent begins
	for b.Loop() {
		since := time.Now()
		pause(b, agentWindow+5*time.Second)
		late := l.lateness(b, since)
		if len(late) < agentChecks*9/10 {
			b.Fatalf("%d of %d runs came", len(late), agentChecks)
		}
		b.ReportMetric(share(late, 0.5).Seconds()*1000, "p50-ms")
		b.ReportMetric(float64(l.agent.peak(b))/1e6, "MB")
		report(b, share(late, 0.99).Seconds()*1000, 250)
	}
}

// BenchmarkCatchUpRatio lets an agent deliver what it kept in an hour in which
// the server was away, at 10,000 checks a minute which go on: an hour (ref)
// against the time that this takes, a second against the 99th percentile of the
// time from a new run until it is stored, and 250 MB against the most memory
// that the agent has had.
func BenchmarkCatchUpRatio(b *testing.B) {
	var took, live time.Duration
	var peak int
	b.Run("hour", func(b *testing.B) {
		for b.Loop() {
			l := startLoaded(b, keptForAnHour(b))
			took, live = l.catchUp(b)
			peak = l.agent.peak(b)
		}
		report(b, took.Seconds(), 3600)
	})
	b.Run("live", func(b *testing.B) { report(b, live.Seconds()*1000, 1000) })
	b.Run("memory", func(b *testing.B) { report(b, float64(peak)/1e6, 250) })
}

// report tells a figure against the most that it may be.
func report(b *testing.B, ours, most float64) {
	b.Helper()
	if ours <= 0 {
		b.Fatal("nothing was measured: it has to run with its first part")
	}
	b.ReportMetric(ours, "ours")
	b.ReportMetric(most, "ref")
	b.ReportMetric(most/ours, "ratio")
}

// keptForAnHour fills an agent's spool with what it would have kept in the
// hour before this one.
func keptForAnHour(b *testing.B) func(data string, hour time.Time) {
	return func(data string, hour time.Time) {
		b.Helper()
		if err := os.MkdirAll(data, 0o700); err != nil {
			b.Fatal(err)
		}
		spool, err := remote.OpenSpool(remote.SpoolOptions{Dir: filepath.Join(data, "spool")})
		if err != nil {
			b.Fatal(err)
		}
		batch := make([]checker.Result, 0, 5_000)
		for i := range anHour {
			at := hour.Add(-time.Hour + time.Duration(i)*time.Hour/anHour).Truncate(time.Millisecond).UTC()
			batch = append(batch, checker.Result{
				Check: fmt.Sprint("check-", i%agentChecks), Region: "far", At: at, Started: at.Add(time.Millisecond), Duration: 2 * time.Millisecond,
				Attempts: 1, Outcome: checker.OK, Latency: 2 * time.Millisecond,
				Timings: []checker.Timing{{Name: "connect", Duration: time.Millisecond}, {Name: "first_byte", Duration: time.Millisecond}},
			})
			if len(batch) == cap(batch) {
				if err := spool.Submit(context.Background(), batch); err != nil {
					b.Fatal(err)
				}
				batch = batch[:0]
			}
		}
		if err := spool.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// catchUp waits until the hour is delivered and gives how long that took, and
// what 99 of 100 runs took meanwhile from the target until they were stored.
func (l *loaded) catchUp(b *testing.B) (took, live time.Duration) {
	b.Helper()
	const query = "SELECT sum(ok + degraded + failed + unknown) FROM rollups WHERE grain = 3600 AND start "
	hour := l.begun.Truncate(time.Hour).Unix()
	var waited []time.Duration
	known := 0
	for {
		pause(b, 200*time.Millisecond)
		now, stored := time.Now(), l.number(b, query+">= ?", hour)
		for asked := l.asked(); known < min(stored, len(asked)); known++ { // the first that was asked is the first stored
			waited = append(waited, max(now.Sub(asked[known]), 0))
		}
		if l.number(b, query+"< ?", hour) >= anHour {
			took = now.Sub(l.begun)
			break
		}
		if now.Sub(l.begun) > 10*time.Minute {
			b.Fatalf("%d of %d results came in ten minutes", l.number(b, query+"< ?", hour), anHour)
		}
	}
	slices.Sort(waited)
	b.Logf("%d results of an hour in %.1f s, %d new ones meanwhile: p50 %v, p99 %v, at most %v; the agent had %d MB at most", anHour, took.Seconds(), len(waited),
		share(waited, 0.5).Round(time.Millisecond), share(waited, 0.99).Round(time.Millisecond), share(waited, 1).Round(time.Millisecond), l.agent.peak(b)/1_000_000)
	return took, share(waited, 0.99)
}
