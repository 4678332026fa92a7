package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/store"
)

const (
	decideChecks = 2000
	decideBatch  = 1000
	stormSize    = 500
	stormLimit   = 200 * time.Millisecond
)

// BenchmarkDecideRatio compares a batch of results over many checks, stored
// and decided in one transaction, to bare inserts of the same rows with the
// same rollup upserts.
func BenchmarkDecideRatio(b *testing.B) {
	seed := filepath.Join(b.TempDir(), "seed.db")
	seedSeries(b, seed, decideChecks)
	ours, reference := newDecider(b, seed), newBare(b, seed)
	var oursTook, referenceTook time.Duration
	rows := 0
	for b.Loop() {
		results := ours.next()
		began := time.Now()
		ours.submit(results)
		between := time.Now()
		reference.insert(results)
		oursTook += between.Sub(began)
		referenceTook += time.Since(between)
		rows += len(results)
	}
	reportRatio(b, float64(rows)/oursTook.Seconds(), float64(rows)/referenceTook.Seconds())
}

// seedSeries makes a database that knows the series of so many checks.
func seedSeries(b *testing.B, path string, checks int) {
	b.Helper()
	s, err := store.Open(context.Background(), store.Options{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	results := make([]checker.Result, checks)
	for i := range results {
		results[i] = checker.Result{Check: checkID(i), Region: "a", At: start.Add(-time.Hour), Outcome: checker.OK}
	}
	err = s.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error {
		_, err := tx.AddResults(ctx, results)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// decider is an engine that takes results of many checks from one region.
type decider struct {
	b      testing.TB
	engine *incident.Engine
	store  *store.Store
	now    time.Time
	turn   int
}

func newDecider(b *testing.B, seed string) *decider {
	b.Helper()
	path := filepath.Join(b.TempDir(), "ours.db")
	copyFile(b, seed, path)
	options := incident.PolicyOptions{
		Severities: incident.SeverityTable{P1: `availability == "none"`, P3: "error_rate > 0.05"}, Regions: []incident.Region{{ID: "a", Name: "a"}},
	}
	for i := range decideChecks {
		options.Components = append(options.Components, plainComponent(i))
	}
	return openDecider(b, path, options)
}

// plainComponent has one check, whose address is like no other's.
func plainComponent(i int) incident.Component {
	return incident.Component{ID: checkID(i), Name: checkID(i), Checks: []checker.Check{{
		ID: checkID(i), Schedule: "@every 10s", HTTP: &checker.HTTP{Request: checker.Request{URL: fmt.Sprintf("https://x%d.example/", i)}},
	}}}
}

func openDecider(b testing.TB, path string, options incident.PolicyOptions) *decider {
	b.Helper()
	policy, err := incident.NewPolicy(options)
	if err != nil {
		b.Fatal(err)
	}
	d := &decider{b: b, now: start}
	if d.store, err = store.Open(context.Background(), store.Options{Path: path}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.store.Close() })
	d.engine, err = incident.NewEngine(incident.EngineOptions{Store: d.store, Policy: policy, Now: func() time.Time { return d.now }})
	if err != nil {
		b.Fatal(err)
	}
	return d
}

// next gives half of the checks, in turn: each once in ten seconds. One in a
// hundred is slow.
func (d *decider) next() []checker.Result {
	results := make([]checker.Result, decideBatch)
	half := d.turn % (decideChecks / decideBatch)
	if half == 0 {
		d.now = d.now.Add(10 * time.Second)
	}
	d.turn++
	for i := range results {
		results[i] = checker.Result{Check: checkID(half*decideBatch + i), Region: "a", At: d.now, Outcome: checker.OK, Latency: 80 * time.Millisecond}
		if i%100 == 99 {
			results[i].Outcome, results[i].Reason = checker.Degraded, "`latency > duration(\"80ms\")`: it was `93 ms`"
		}
	}
	return results
}

func (d *decider) submit(results []checker.Result) {
	d.b.Helper()
	rejected, err := d.engine.Submit(context.Background(), "a", results)
	if err != nil || len(rejected) > 0 {
		d.b.Fatal(err, rejected)
	}
}

// storm makes a site whose parts all need one database, and the round of
// results in which all of them fail for good.
func storm(b testing.TB, path string) (d *decider, last []checker.Result) {
	b.Helper()
	options := incident.PolicyOptions{
		Severities: incident.SeverityTable{P1: `availability == "none"`}, Regions: []incident.Region{{ID: "a", Name: "a"}},
		Components: []incident.Component{{ID: "database", Name: "Database"}},
		SLAs:       []incident.SLA{{ID: "gold", P1: &incident.Promises{Channels: []string{"page", "email"}}}},
	}
	for i := range stormSize {
		c := plainComponent(i)
		c.DependsOn, c.SLA = []string{"database"}, "gold"
		options.Components = append(options.Components, c)
	}
	d = openDecider(b, path, options)
	round := func(outcome checker.Outcome) []checker.Result {
		d.now = d.now.Add(10 * time.Second)
		results := make([]checker.Result, stormSize)
		for i := range results {
			results[i] = checker.Result{Check: checkID(i), Region: "a", At: d.now, Outcome: outcome, Reason: "no answer"}
		}
		return results
	}
	d.submit(round(checker.OK))
	d.submit(round(checker.OK))
	d.submit(round(checker.Failed))
	return d, round(checker.Failed)
}

// BenchmarkStormRatio times the one transaction in which everything fails at
// once, beside the time that it may take.
func BenchmarkStormRatio(b *testing.B) {
	var took time.Duration
	n := 0
	for b.Loop() {
		b.StopTimer()
		d, last := storm(b, filepath.Join(b.TempDir(), fmt.Sprintf("storm-%d.db", n)))
		b.StartTimer()
		began := time.Now()
		d.submit(last)
		took += time.Since(began)
		n++
	}
	reportRatio(b, float64(n)/took.Seconds(), 1/stormLimit.Seconds())
}

// When everything that needs one database fails at once, that is one
// transaction and one incident.
func TestAStormIsOneIncident(t *testing.T) {
	d, last := storm(t, filepath.Join(t.TempDir(), "storm.db"))
	var events []int64
	d.engine.Listen(func(seq int64) { events = append(events, seq) })
	d.submit(last)
	open, err := d.store.OpenIncidents(context.Background())
	if err != nil || len(open) != 1 || len(open[0].Affected) != stormSize {
		t.Fatalf("%d incidents are open, %v", len(open), err)
	}
	if len(events) != 1 {
		t.Errorf("it was told in %d events", len(events))
	}
}
