package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"daymark/internal/testkit"
	"daymark/store"
)

// sweepBeside sweeps while others write, and says how many went, and how many
// rows of each table one commit deleted at most.
func (f *fixture) sweepBeside(keep store.Retention) (gone int64, most map[string]int) {
	f.t.Helper()
	most = map[string]int{} // the writer's, until the sweep has ended
	if err := f.store.WatchDeletes(func(rows map[string]int) {
		for table, n := range rows {
			most[table] = max(most[table], n)
		}
	}); err != nil {
		f.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		var err error
		if gone, err = f.store.Sweep(context.Background(), keep, f.time()); err != nil {
			f.t.Error(err)
		}
	}()
	var waits []time.Duration
	for {
		began := time.Now()
		if err := f.store.Writable(context.Background()); err != nil {
			f.t.Fatal(err)
		}
		waits = append(waits, time.Since(began))
		select {
		case <-done:
			slices.Sort(waits)
			f.t.Logf("%d writes waited %s at the median, %s at the 99th percentile, %s at worst; of a commit at most %v went",
				len(waits), waits[len(waits)/2], waits[len(waits)*99/100], waits[len(waits)-1], most)
			return gone, most
		default:
		}
	}
}

// TestSweepGoesInSteps deletes much of each kind while others write: no
// transaction has more than its bound.
func TestSweepGoesInSteps(t *testing.T) {
	const series = `INSERT INTO series (id, check_id, region) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT i + 1000, 'c' || i, 'a' FROM n`
	const evidence = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO evidence_runs (series, at, outcome, class, size, reason) SELECT 1001, i, 2, 2, %d, '' FROM n;
		INSERT INTO evidence (series, at, name, media_type, data) SELECT series, at, 'answer.txt', 'text/plain', zeroblob(size - 1) FROM evidence_runs;
		INSERT INTO evidence (series, at, name, media_type, data) SELECT series, at, 'more.txt', 'text/plain', zeroblob(1) FROM evidence_runs;`
	const deliveries = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO deliveries (id, audience, number, channel, address, name, notice, state, lane, due, expires, attempts, provider, reason, created, changed)
		SELECT 'd' || i, 'public', 0, 'email', '', '', '{}', 'accepted', 4, 0, 0, 3, '', '', 0, 0 FROM n;
		INSERT INTO delivery_events (delivery, number, at, state, reason, provider) SELECT id, n, 0, 'accepted', '', '' FROM deliveries, (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3);`
	results, runs, sent := testkit.Count(60_000, 1_000_000), testkit.Count(3000, 30_000), testkit.Count(10_000, 100_000)
	const large = 300_000
	inStep := (store.SweepBytes-1)/large + 1
	for _, test := range []struct {
		name, fill string
		keep       store.Retention
		gone, left int
		table      string
		most       map[string]int
	}{
		{
			"results", fmt.Sprintf(`INSERT INTO results (series, at, outcome, latency, detail)
				WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT 1001 + i %% 500, i, 0, i, hex(randomblob(40)) FROM n`, results),
			store.Retention{Results: time.Hour},
			results - 500, 500, "results",
			map[string]int{"results": store.SweepStep}, // the newest of each stays
		},
		{"evidence", fmt.Sprintf(evidence, runs, 100), store.Retention{Evidence: time.Hour}, runs, 0, "evidence_runs", map[string]int{"evidence_runs": store.SweepRuns, "evidence": 2 * store.SweepRuns}},
		{"large evidence", fmt.Sprintf(evidence, 60, large), store.Retention{Evidence: time.Hour}, 60, 0, "evidence_runs", map[string]int{"evidence_runs": inStep, "evidence": 2 * inStep}},
		{"too much evidence", fmt.Sprintf(evidence, 60, large), store.Retention{EvidenceSize: 10 * large}, 50, 10, "evidence_runs", map[string]int{"evidence_runs": inStep, "evidence": 2 * inStep}},
		{"deliveries", fmt.Sprintf(deliveries, sent), store.Retention{Deliveries: time.Hour}, sent, 0, "deliveries", map[string]int{"deliveries": store.SweepStep, "delivery_events": 3 * store.SweepStep}},
	} {
		t.Run(test.name, func(t *testing.T) {
			testkit.Beside(t)
			f := newFixture(t)
			for _, statement := range []string{series, test.fill} {
				if _, err := openRaw(t, f.path).Exec(statement); err != nil {
					t.Fatal(err)
				}
			}
			gone, most := f.sweepBeside(test.keep)
			if left := f.count("SELECT count(*) FROM " + test.table); gone != int64(test.gone) || left != test.left {
				t.Errorf("%d went and %d are left; want %d and %d", gone, left, test.gone, test.left)
			}
			for table, bound := range test.most {
				if most[table] == 0 || most[table] > bound {
					t.Errorf("a transaction deletes %d of %s; want 1 to %d", most[table], table, bound)
				}
			}
			if n := f.count("SELECT (SELECT count(*) FROM evidence WHERE (series, at) NOT IN (SELECT series, at FROM evidence_runs)) + (SELECT count(*) FROM delivery_events WHERE delivery NOT IN (SELECT id FROM deliveries))"); n != 0 {
				t.Errorf("%d rows belong to nothing", n)
			}
		})
	}
}
