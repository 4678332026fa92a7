package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/store"
)

const (
	benchChecks  = 334
	benchRegions = 3
	benchRows    = 1_000_000
)

// BenchmarkIngestRatio compares results ingested with full rules to bare
// inserts of the same rows with the same rollup upserts, each in a file that
// already holds a million results.
func BenchmarkIngestRatio(b *testing.B) {
	seed := filepath.Join(b.TempDir(), "seed.db")
	seedMillion(b, seed)
	for _, batch := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			ours, reference := newIngest(b, seed), newBare(b, seed)
			var oursTook, referenceTook time.Duration
			rows := 0
			for b.Loop() {
				results := ours.next(batch)
				began := time.Now()
				ours.submit(results)
				between := time.Now()
				reference.insert(results)
				oursTook += between.Sub(began)
				referenceTook += time.Since(between)
				rows += len(results)
			}
			reportRatio(b, float64(rows)/oursTook.Seconds(), float64(rows)/referenceTook.Seconds())
		})
	}
}

// reportRatio publishes two rates as internal/benchreport reads them.
func reportRatio(b *testing.B, ours, reference float64) {
	b.Helper()
	b.ReportMetric(ours, "ours/s")
	b.ReportMetric(reference, "ref/s")
	b.ReportMetric(ours/reference, "ratio")
}

type ingest struct {
	b      *testing.B
	engine *incident.Engine
	store  *store.Store

	components []incident.Component
	now        time.Time
	round      int
	turn       int
}

func checkID(i int) string { return fmt.Sprintf("check-%03d", i) }

var benchRegionIDs = [benchRegions]string{"a", "b", "c"}

func newIngest(b *testing.B, seed string) *ingest {
	b.Helper()
	path := filepath.Join(b.TempDir(), "ours.db")
	copyFile(b, seed, path)
	s, err := store.Open(context.Background(), store.Options{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	options := incident.PolicyOptions{Severities: incident.SeverityTable{P1: `availability == "none"`, P3: "error_rate > 0.05"}}
	for _, id := range benchRegionIDs {
		options.Regions = append(options.Regions, incident.Region{ID: id, Name: id})
	}
	for i := range benchChecks {
		options.Components = append(options.Components, incident.Component{ID: checkID(i), Name: checkID(i), Checks: []checker.Check{{
			ID: checkID(i), Schedule: "@every 10s", HTTP: &checker.HTTP{Request: checker.Request{URL: "https://x.example/"}},
		}}})
	}
	policy, err := incident.NewPolicy(options)
	if err != nil {
		b.Fatal(err)
	}
	in := &ingest{b: b, now: start, store: s, components: options.Components}
	in.engine, err = incident.NewEngine(incident.EngineOptions{Store: s, Policy: policy, Now: func() time.Time { return in.now }})
	if err != nil {
		b.Fatal(err)
	}
	return in
}

// next gives the results that one region's agent would send next: each check
// once every ten seconds. One in a hundred is slow.
func (in *ingest) next(n int) []checker.Result {
	results := make([]checker.Result, 0, n)
	region := benchRegionIDs[in.turn%benchRegions]
	in.turn++
	for range n {
		if in.round%benchChecks == 0 {
			in.now = in.now.Add(10 * time.Second)
		}
		r := checker.Result{Check: checkID(in.round % benchChecks), Region: region, At: in.now, Outcome: checker.OK, Latency: 80 * time.Millisecond}
		if in.round%100 == 99 {
			r.Outcome, r.Reason = checker.Degraded, "`latency > duration(\"80ms\")`: it was `93 ms`"
		}
		results = append(results, r)
		in.round++
	}
	return results
}

func (in *ingest) submit(results []checker.Result) {
	rejected, err := in.engine.Submit(context.Background(), results[0].Region, results)
	if err != nil || len(rejected) > 0 {
		in.b.Fatal(err, rejected)
	}
}

// bare inserts the same rows with the same rollups and no rules.
type bare struct {
	b      *testing.B
	db     *sql.DB
	series map[incident.Series]int64
}

const benchPragmas = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-65536)&_pragma=foreign_keys(1)&_txlock=immediate"

func newBare(b *testing.B, seed string) *bare {
	b.Helper()
	path := filepath.Join(b.TempDir(), "bare.db")
	copyFile(b, seed, path)
	db, err := sql.Open("sqlite", "file:"+path+benchPragmas)
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { _ = db.Close() })
	r := &bare{b: b, db: db, series: map[incident.Series]int64{}}
	rows, err := db.Query("SELECT id, check_id, region FROM series")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id int64
		var s incident.Series
		if err := rows.Scan(&id, &s.Check, &s.Region); err != nil {
			b.Fatal(err)
		}
		r.series[s] = id
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return r
}

func (r *bare) insert(results []checker.Result) {
	tx, err := r.db.Begin()
	if err != nil {
		r.b.Fatal(err)
	}
	insert := r.prepare(tx, "INSERT INTO results (series, at, outcome, latency, detail) VALUES (?, ?, ?, ?, ?)")
	upsert := r.prepare(tx, `INSERT INTO rollups (series, grain, start, ok, degraded, failed, unknown, latency) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (series, grain, start) DO UPDATE SET ok = ok + excluded.ok, degraded = degraded + excluded.degraded,
		failed = failed + excluded.failed, unknown = unknown + excluded.unknown, latency = latency + excluded.latency`)
	for i := range results {
		result := &results[i]
		id := r.series[incident.Series{Check: result.Check, Region: result.Region}]
		outcome, ok, detail := 0, 1, any(nil)
		if result.Outcome != checker.OK {
			outcome, ok, detail = 1, 0, `{"reason":"`+"latency"+`"}`
		}
		latency := result.Latency.Microseconds()
		r.run(insert, id, result.At.UnixMilli(), outcome, latency, detail)
		for _, grain := range []int64{3600, 86400} {
			r.run(upsert, id, grain, result.At.Unix()/grain*grain, ok, 1-ok, 0, 0, latency)
		}
	}
	if err := tx.Commit(); err != nil {
		r.b.Fatal(err)
	}
}

func (r *bare) prepare(tx *sql.Tx, query string) *sql.Stmt {
	statement, err := tx.Prepare(query)
	if err != nil {
		r.b.Fatal(err)
	}
	return statement
}

func (r *bare) run(statement *sql.Stmt, args ...any) {
	if _, err := statement.Exec(args...); err != nil {
		r.b.Fatal(err)
	}
}

// seedMillion writes a database that holds a million results: the last ten
// thousand seconds of a thousand series.
func seedMillion(b *testing.B, path string) {
	b.Helper()
	s, err := store.Open(context.Background(), store.Options{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+benchPragmas)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	each := benchRows / (benchChecks * benchRegions)
	for _, query := range []string{
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO series (id, check_id, region) SELECT i + 1, printf('check-%%03d', i / 3), substr('abc', i %% 3 + 1, 1) FROM n`, benchChecks*benchRegions-1),
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO results (series, at, outcome, latency) SELECT s.id, %d - i * 10000, 0, 80000 FROM series s, n`, each, start.UnixMilli()),
		`INSERT INTO rollups (series, grain, start, ok, degraded, failed, unknown, latency) SELECT series, 3600, at / 3600000 * 3600, count(*), 0, 0, 0, sum(latency) FROM results GROUP BY 1, 3`,
		`INSERT INTO rollups (series, grain, start, ok, degraded, failed, unknown, latency) SELECT series, 86400, at / 86400000 * 86400, count(*), 0, 0, 0, sum(latency) FROM results GROUP BY 1, 3`,
		`PRAGMA wal_checkpoint(TRUNCATE)`,
	} {
		if _, err := db.Exec(query); err != nil {
			b.Fatal(err)
		}
	}
	var n int
	if err := db.QueryRow("SELECT count(*) FROM results").Scan(&n); err != nil || n < benchRows {
		b.Fatalf("the seed holds %d results: %v", n, err)
	}
}

func copyFile(b *testing.B, from, to string) {
	b.Helper()
	in, err := os.Open(from)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.Create(to)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		b.Fatal(err)
	}
	if err := out.Close(); err != nil {
		b.Fatal(err)
	}
}
