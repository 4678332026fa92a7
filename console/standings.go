package console

import (
	"context"
	"time"

	"daymark/checker"
	"daymark/statuspage"
)

// Standings is how checks stand, region by region.
type Standings interface {
	// Standings gives how a check stands, in order of region.
	Standings(ctx context.Context, check string) ([]Standing, error)
	// TimesOf adds the runs of a check up in so many stretches of time, in
	// order of region.
	TimesOf(ctx context.Context, check string, from time.Time, step time.Duration, stretches int) ([]statuspage.RegionTimes, error)
}

// Standing is how a check stands in one region.
type Standing struct {
	Run   checker.Result // the newest that is kept, whole but for its evidence
	Since time.Time      // of the first run of those on end with its outcome
	Well  checker.Result // the newest that answered: its time and latency alone; zero: none is kept
}
