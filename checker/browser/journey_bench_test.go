package browser

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"daymark/checker"
)

// abreast is how many journeys each side makes before it is the other's turn:
// a warm Chromium prepares the page of the next journey and clears that of the
// last while one runs, so one alone tells little of many.
const abreast = 5

// BenchmarkJourneyRatio sets journeys in a warm Chromium beside the same with
// one Chromium each, started by the same options. What is left to the
// background is waited for, and so is the end of each Chromium: both sides pay
// for all they do. Beside the time it tells that of the processors, which a
// busy machine changes less: ours and the reference's seconds for one journey.
func BenchmarkJourneyRatio(b *testing.B) {
	shop, runner := shop(b), newRunner(b, nil)
	journey := steps(signIn(shop.URL, "correct horse")...)
	run := func(r *Runner) {
		result := try(b, r, ample, journey)
		if result.Outcome != checker.OK || len(result.Evidence) != 1 {
			b.Fatalf("%s: %s, %d pieces of evidence", result.Outcome, result.Reason, len(result.Evidence))
		}
	}
	timed := func(wall, processor *time.Duration, do func()) {
		began, before := time.Now(), processorTime(b)
		do()
		*processor += processorTime(b) - before
		*wall += time.Since(began)
	}
	run(runner) // warm
	runner.current.rooms.busy.Wait()
	var warm, cold, warmProcessor, coldProcessor time.Duration
	for b.Loop() {
		timed(&warm, &warmProcessor, func() {
			for range abreast {
				run(runner)
			}
			runner.current.rooms.busy.Wait()
		})
		timed(&cold, &coldProcessor, func() {
			for range abreast {
				// One run each: it prepares nothing for a second.
				fresh := New(Options{Logger: slog.New(slog.DiscardHandler), Dir: shortDir(b), RecycleAfter: 1})
				run(fresh)
				if err := fresh.Close(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	journeys := float64(b.N * abreast)
	ours, reference := journeys/warm.Seconds(), journeys/cold.Seconds()
	b.ReportMetric(ours, "ours/s")
	b.ReportMetric(reference, "ref/s")
	b.ReportMetric(ours/reference, "ratio")
	b.ReportMetric(warmProcessor.Seconds()/journeys, "ours-cpu-s")
	b.ReportMetric(coldProcessor.Seconds()/journeys, "ref-cpu-s")
}
