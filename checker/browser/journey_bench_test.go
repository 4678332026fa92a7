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
// busy machine changes less: ours and the reference's seconds for one journey,
// without the end of the reference's Chromium, whose children nobody counts
// once it is gone.
func BenchmarkJourneyRatio(b *testing.B) {
	shop, runner := shop(b), newRunner(b, nil)
	journey := steps(signIn(shop.URL, "correct horse")...)
	run := func(r *Runner) {
		result := try(b, r, ample, journey)
		if result.Outcome != checker.OK || len(result.Evidence) != 3 {
			b.Fatalf("%s: %s, %d pieces of evidence", result.Outcome, result.Reason, len(result.Evidence))
		}
	}
	run(runner) // warm
	runner.current.rooms.busy.Wait()
	var warm, cold, warmProcessor, coldProcessor time.Duration
	for b.Loop() {
		began, before := time.Now(), processorTime(b)
		for range abreast {
			run(runner)
		}
		runner.current.rooms.busy.Wait()
		warm += time.Since(began)
		warmProcessor += processorTime(b) - before
		for range abreast {
			began, before = time.Now(), processorTime(b)
			// One run each: it prepares nothing for a second.
			fresh := New(Options{Logger: slog.New(slog.DiscardHandler), Dir: shortDir(b), RecycleAfter: 1})
			run(fresh)
			coldProcessor += processorTime(b) - before // its end has only just begun
			if err := fresh.Close(context.Background()); err != nil {
				b.Fatal(err)
			}
			cold += time.Since(began)
		}
	}
	journeys := float64(b.N * abreast)
	ours, reference := journeys/warm.Seconds(), journeys/cold.Seconds()
	b.ReportMetric(ours, "ours/s")
	b.ReportMetric(reference, "ref/s")
	b.ReportMetric(ours/reference, "ratio")
	b.ReportMetric(warmProcessor.Seconds()/journeys, "ours-cpu-s")
	b.ReportMetric(coldProcessor.Seconds()/journeys, "ref-cpu-s")
}
