package remote

import (
	"fmt"
	"testing"

	"daymark/checker"
)

// BenchmarkSpool tells what a durable result costs when so many come together.
func BenchmarkSpool(b *testing.B) {
	for _, together := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("%d together", together), func(b *testing.B) {
			spool, err := OpenSpool(SpoolOptions{Dir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			b.SetParallelism(together)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := spool.Submit(b.Context(), []checker.Result{numbered(1)}); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "results/s")
			if err := spool.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
