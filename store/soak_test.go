package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/pause"
	"daymark/internal/testkit"
	"daymark/slo"
	"daymark/statuspage"
	"daymark/store"
)

// What the soak asks for: so many runs a minute from three regions, while so
// many readers browse history.
const (
	soakChecks  = 3334
	soakReaders = 50
	soakCommit  = 50 * time.Millisecond
)

// TestSoakResultsWhileReadersBrowse takes 10,000 runs a minute while fifty
// readers look at the page, at components and at objectives, and old results go.
// `make soak` runs it for long, and then holds it to its figures.
func TestSoakResultsWhileReadersBrowse(t *testing.T) {
	lasts := testkit.SoakFor(t, 2*time.Second)
	long := lasts >= time.Minute
	path := filepath.Join(t.TempDir(), "daymark.db")
	newDatabase(t, path)
	s, err := store.Open(t.Context(), store.Options{Path: path, Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	options := incident.PolicyOptions{Severities: incident.SeverityTable{P1: `availability == "none"`, P3: "error_rate > 0.05"}}
	for _, id := range benchRegionIDs {
		options.Regions = append(options.Regions, incident.Region{ID: id, Name: id})
	}
	for i := range soakChecks {
		if i%7 == 0 {
			id := fmt.Sprint("component-", i/7)
			options.Components = append(options.Components, incident.Component{ID: id, Name: id})
		}
		c := &options.Components[len(options.Components)-1]
		c.Checks = append(c.Checks, checker.Check{ID: fmt.Sprint("check-", i), Schedule: "@every 1m", HTTP: &checker.HTTP{Request: checker.Request{URL: "https://x.example/"}}})
	}
	policy, err := incident.NewPolicy(options)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := incident.NewEngine(incident.EngineOptions{Store: s, Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	page := store.NewPage(s, policy.Component)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all sync.WaitGroup
	var reads atomic.Int64
	failed := func(err error) {
		if err != nil && ctx.Err() == nil {
			t.Error(err)
			cancel()
		}
	}
	// The page is rendered once a second at most, however many look at it.
	all.Go(func() {
		for ctx.Err() == nil {
			_, err := page.Snapshot(ctx, time.Now())
			failed(err)
			_ = pause.For(ctx, time.Second) // the loop looks
		}
	})
	for i := range soakReaders {
		all.Go(func() {
			for turn := i; ctx.Err() == nil; turn++ {
				if turn%2 == 0 {
					id := fmt.Sprint("component-", turn%400)
					_, err := page.Component(ctx, statuspage.ComponentAsk{ID: id, Timed: fmt.Sprint("check-", turn%400*7), Step: 10 * time.Minute}, time.Now())
					failed(err)
				} else {
					q := store.ObjectiveQuery{Checks: []string{fmt.Sprint("check-", turn%soakChecks)}, Threshold: 100 * time.Millisecond}
					_, err := s.Buckets(ctx, q, false, time.Now().Add(-slo.DefaultWindow))
					failed(err)
				}
				reads.Add(1)
				_ = pause.For(ctx, rand.N(2*time.Second)) // a person reads; the loop looks whether it is over
			}
		})
	}
	took, results, heap := soakIngest(ctx, t, engine, s, lasts)
	cancel()
	all.Wait()
	slices.Sort(took)
	p50, p99, worst := took[len(took)/2], took[len(took)*99/100], took[len(took)-1]
	t.Logf("%s: %d results, %d reads; a commit took %s at the median, %s at the 99th percentile, %s at worst; heap %d to %d MB",
		lasts, results, reads.Load(), p50, p99, worst, heap[0]>>20, heap[len(heap)-1]>>20)
	if !long {
		return
	}
	if p99 > soakCommit {
		t.Errorf("the 99th percentile of a commit is %s; want %s at most", p99, soakCommit)
	}
	if first, last := heap[len(heap)/4], heap[len(heap)-1]; last > first+first/2+32<<20 {
		t.Errorf("the heap grew from %d to %d MB", first>>20, last>>20)
	}
}

// soakIngest submits the results of each second for so long, and gives how long
// each commit took, how many results there were, and the heap each second.
func soakIngest(ctx context.Context, t *testing.T, engine *incident.Engine, s *store.Store, lasts time.Duration) (took []time.Duration, results int, heap []uint64) {
	t.Helper()
	var mu sync.Mutex
	next := 0
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for end := time.Now().Add(lasts); time.Now().Before(end) && ctx.Err() == nil; {
		at := time.Now().Truncate(time.Second)
		each := soakChecks / 60
		var regions sync.WaitGroup
		for _, region := range benchRegionIDs {
			regions.Go(func() {
				batch := make([]checker.Result, each)
				for i := range batch {
					batch[i] = checker.Result{Check: fmt.Sprint("check-", (next+i)%soakChecks), Region: region, At: at, Outcome: checker.OK, Latency: 50*time.Millisecond + rand.N(100*time.Millisecond)}
				}
				began := time.Now()
				rejected, err := engine.Submit(ctx, region, batch)
				if err != nil || len(rejected) > 0 {
					t.Error(rejected, err)
				}
				mu.Lock()
				defer mu.Unlock()
				took, results = append(took, time.Since(began)), results+len(batch)
			})
		}
		regions.Wait()
		next += each
		if next%(each*60) == 0 {
			if _, err := s.Sweep(ctx, store.Retention{Results: 10 * time.Minute, Hours: time.Hour, Days: 24 * time.Hour}, time.Now()); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		heap = append(heap, stats.HeapInuse)
		<-tick.C
	}
	return took, results, heap
}
