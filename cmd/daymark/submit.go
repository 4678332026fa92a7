package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"daymark/checker"
)

// newSubmitted counts how long it takes until results are stored.
func newSubmitted() prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "daymark_ingest_seconds",
		Help:    "How long a batch of results took to be stored with all that follows from it, waiting for its turn included.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	})
}

// submit is how agents' results come to the engine.
func (a *app) submit(ctx context.Context, region string, results []checker.Result) ([]checker.Rejection, error) {
	began := time.Now()
	rejected, err := a.engine.Submit(ctx, region, results)
	if err == nil {
		a.ground.submitted.Observe(time.Since(began).Seconds())
	}
	return rejected, err
}
