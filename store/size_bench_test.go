package store_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/store"
)

// sizeBudget is what a million results may take, with their rollups.
const sizeBudget = 100 << 20

// BenchmarkSizeRatio stores results as agents send them, a run a minute of a
// hundred checks from three regions, one in a hundred slow, with how long the
// parts of each took, and gives the MB of the file for each million beside the
// 100 that they may take.
func BenchmarkSizeRatio(b *testing.B) {
	const minutes, checks = 600, 100
	var size float64
	for b.Loop() {
		path := filepath.Join(b.TempDir(), "size.db")
		s, err := store.Open(context.Background(), store.Options{Path: path})
		if err != nil {
			b.Fatal(err)
		}
		empty, err := s.Size(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		for minute := range minutes {
			var batch []checker.Result
			for i := range checks * benchRegions {
				took := time.Duration(80+(minute*7+i*13)%60) * time.Millisecond
				r := checker.Result{Check: checkID(i / benchRegions), Region: benchRegionIDs[i%benchRegions], At: start.Add(time.Duration(minute) * time.Minute), Outcome: checker.OK, Latency: took}
				r.Attempts = 1
				r.Timings = []checker.Timing{{Name: "dns", Duration: took / 20}, {Name: "connect", Duration: took / 5}, {Name: "tls", Duration: took / 4}, {Name: "first_byte", Duration: took / 3}}
				if (minute*checks*benchRegions+i)%100 == 99 {
					r.Outcome, r.Reason = checker.Degraded, "`latency > duration(\"80ms\")`: it was `93 ms`"
				}
				batch = append(batch, r)
			}
			err := s.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error {
				_, err := tx.AddResults(ctx, batch)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		full, err := s.Size(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		size = float64(full.Used-empty.Used) / (minutes * checks * benchRegions) * 1e6
	}
	b.ReportMetric(size/(1<<20), "ours")
	b.ReportMetric(sizeBudget/(1<<20), "ref")
	b.ReportMetric(sizeBudget/size, "ratio")
}
