package main_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"daymark/internal/testkit"
)

// What the soak holds the program to.
const (
	soakLate   = time.Second
	soakIngest = 50 * time.Millisecond
)

// TestSoakTheWholeProgram: a server and an agent in each of three regions, as
// they are built, measure 10,000 runs a minute, while fifty readers browse the
// page and a component breaks every few minutes. Nothing is refused, runs begin
// when they are due, results are stored at once, and memory stays as it is.
// `make soak` runs it for long, and then holds it to its figures.
func TestSoakTheWholeProgram(t *testing.T) {
	t.Parallel()
	lasts := testkit.SoakFor(t, 8*time.Second)
	long := lasts >= time.Minute
	o := load{regions: []string{"north", "south", "east"}, checks: 20, every: 2 * time.Second}
	readers := 5
	if long {
		o.checks, o.every, readers = 3334, time.Minute, 50
	}
	begun := time.Now()
	o.broken = func(check string) bool { // the first nine of a component
		return len(check) < len("check-10") && int(time.Since(begun).Minutes())%5 == 2
	}
	l := startLoaded(t, o)
	pause(t, min(lasts/4, 15*time.Second)) // the agents begin
	since := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), lasts)
	defer cancel()
	var reads atomic.Int64
	var browsing sync.WaitGroup
	for range readers {
		browsing.Go(func() {
			for ctx.Err() == nil {
				if err := l.browse(ctx, o.checks/perComponent); err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
				reads.Add(1)
				pause(t, rand.N(2*time.Second)) // a person reads
			}
		})
	}
	early := 0
	for i := range 4 {
		pause(t, lasts/4)
		if i == 0 {
			early = l.resident(t)
		}
	}
	browsing.Wait()
	pause(t, 3*time.Second) // the last of them are delivered
	late, stored := l.lateness(t, since), l.ingested(t)
	want := int(lasts/o.every) * o.checks * len(o.regions)
	t.Logf("%s: %d runs, which began %v late at the median, %v at the 99th percentile, %v at worst; batches were stored within %v, 99 of 100 of them; %d reads; %d MB, then %d MB",
		lasts, len(late), share(late, 0.5), share(late, 0.99), share(late, 1), stored, reads.Load(), early>>20, l.resident(t)>>20)
	if len(late) < want*9/10 || reads.Load() == 0 {
		t.Errorf("%d runs and %d reads; want %d runs", len(late), reads.Load(), want)
	}
	for _, m := range append(l.agents, l.server) {
		for line := range strings.Lines(m.out.String()) {
			if strings.Contains(line, "ERROR") || strings.Contains(line, "locked") {
				t.Error(line)
			}
		}
	}
	if !long {
		return
	}
	if p99 := share(late, 0.99); p99 > soakLate {
		t.Errorf("the 99th percentile of lateness is %v; want %v at most", p99, soakLate)
	}
	if stored > soakIngest {
		t.Errorf("99 of 100 batches were stored within %v; want %v at most", stored, soakIngest)
	}
	if last := l.resident(t); last > early+early/2 {
		t.Errorf("memory grew from %d to %d MB", early>>20, last>>20)
	}
}

// browse reads a page that shows history.
func (l *loaded) browse(ctx context.Context, components int) error {
	pages := []string{"/", "/history", "/uptime_showcase", "/api/v2/summary.json"}
	for range 4 {
		pages = append(pages, fmt.Sprint("/components/c", rand.N(components+1)))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.address+pages[rand.N(len(pages))], http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", r.URL, answer.Status)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// resident gives the memory of the server and its agents, in bytes.
func (l *loaded) resident(tb testing.TB) int {
	tb.Helper()
	all := l.server.memory(tb, "VmRSS:")
	for _, agent := range l.agents {
		all += agent.memory(tb, "VmRSS:")
	}
	return all
}

// ingested gives the time within which 99 of 100 batches were stored, by the
// server's own watch: the end of the bucket that has the 99th.
func (l *loaded) ingested(tb testing.TB) time.Duration {
	tb.Helper()
	_, body, err := get("http://" + l.address + "/metrics")
	if err != nil {
		tb.Fatal(err)
	}
	const bucket = `daymark_ingest_seconds_bucket{le="`
	within, all := map[float64]float64{}, 0.0
	var ends []float64
	for line := range strings.Lines(string(body)) {
		rest, found := strings.CutPrefix(line, bucket)
		if !found {
			continue
		}
		end, count, _ := strings.Cut(strings.TrimSpace(rest), `"} `)
		le, err := strconv.ParseFloat(end, 64)
		if err != nil {
			tb.Fatal(err)
		}
		if all, err = strconv.ParseFloat(count, 64); err != nil {
			tb.Fatal(err)
		}
		ends, within[le] = append(ends, le), all
	}
	if all == 0 {
		tb.Fatal("the server counted no batch")
	}
	for _, end := range ends {
		if within[end] >= 0.99*all {
			return time.Duration(end * float64(time.Second))
		}
	}
	return 0
}
