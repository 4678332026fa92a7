package main_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"daymark/checker"
	"daymark/checker/remote"
)

// The load of the benchmarks of an agent: so many checks, each every minute,
// watched for so long.
const (
	agentChecks = 10_000
	agentWindow = time.Minute
	// anHour is what an agent has kept when the server was away for an hour.
	anHour = agentChecks * 60
)

// BenchmarkAgentLatenessRatio is how late 10,000 checks a minute come to their
// target, by the target's own watch: 250 ms (ref) against the 99th percentile
// (ours), with agent, server and target on one machine.
func BenchmarkAgentLatenessRatio(b *testing.B) {
	l := startLoaded(b, load{regions: []string{"far"}, checks: agentChecks, every: time.Minute})
	agent := l.agents[0]
	pause(b, 10*time.Second) // the agent begins
	for b.Loop() {
		since := time.Now()
		pause(b, agentWindow+5*time.Second)
		late := l.lateness(b, since)
		if len(late) < agentChecks*9/10 {
			b.Fatalf("%d of %d runs came", len(late), agentChecks)
		}
		b.ReportMetric(share(late, 0.5).Seconds()*1000, "p50-ms")
		b.ReportMetric(float64(agent.peak(b))/1e6, "MB")
		report(b, share(late, 0.99).Seconds()*1000, 250)
	}
}

// BenchmarkCatchUpRatio lets an agent deliver what it kept in an hour in which
// the server was away, at 10,000 checks a minute which go on: an hour (ref)
// against the time that this takes, a second against the 99th percentile of the
// time from a new run until it is stored, and 250 MB against the most memory
// that the agent has had.
func BenchmarkCatchUpRatio(b *testing.B) {
	var took, live time.Duration
	var peak int
	b.Run("hour", func(b *testing.B) {
		for b.Loop() {
			l := startLoaded(b, load{regions: []string{"far"}, checks: agentChecks, every: time.Minute, before: keptForAnHour(b)})
			took, live = l.catchUp(b)
			peak = l.agents[0].peak(b)
		}
		report(b, took.Seconds(), 3600)
	})
	b.Run("live", func(b *testing.B) { report(b, live.Seconds()*1000, 1000) })
	b.Run("memory", func(b *testing.B) { report(b, float64(peak)/1e6, 250) })
}

// report tells a figure against the most that it may be.
func report(b *testing.B, ours, most float64) {
	b.Helper()
	if ours <= 0 {
		b.Fatal("nothing was measured: it has to run with its first part")
	}
	b.ReportMetric(ours, "ours")
	b.ReportMetric(most, "ref")
	b.ReportMetric(most/ours, "ratio")
}

// keptForAnHour fills an agent's spool with what it would have kept in the
// hour before this one.
func keptForAnHour(b *testing.B) func(data string, hour time.Time) {
	return func(data string, hour time.Time) {
		b.Helper()
		if err := os.MkdirAll(data, 0o700); err != nil {
			b.Fatal(err)
		}
		spool, err := remote.OpenSpool(remote.SpoolOptions{Dir: filepath.Join(data, "spool")})
		if err != nil {
			b.Fatal(err)
		}
		batch := make([]checker.Result, 0, 5_000)
		for i := range anHour {
			at := hour.Add(-time.Hour + time.Duration(i)*time.Hour/anHour).Truncate(time.Millisecond).UTC()
			batch = append(batch, checker.Result{
				Check: fmt.Sprint("check-", i%agentChecks), Region: "far", At: at, Started: at.Add(time.Millisecond), Duration: 2 * time.Millisecond,
				Attempts: 1, Outcome: checker.OK, Latency: 2 * time.Millisecond,
				Timings: []checker.Timing{{Name: "connect", Duration: time.Millisecond}, {Name: "first_byte", Duration: time.Millisecond}},
			})
			if len(batch) == cap(batch) {
				if err := spool.Submit(context.Background(), batch); err != nil {
					b.Fatal(err)
				}
				batch = batch[:0]
			}
		}
		if err := spool.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// catchUp waits until the hour is delivered and gives how long that took, and
// what 99 of 100 runs took meanwhile from the target until they were stored.
func (l *loaded) catchUp(b *testing.B) (took, live time.Duration) {
	b.Helper()
	const query = "SELECT sum(ok + degraded + failed + unknown) FROM rollups WHERE grain = 3600 AND start "
	hour := l.begun.Truncate(time.Hour).Unix()
	var waited []time.Duration
	known := 0
	for {
		pause(b, 200*time.Millisecond)
		now, stored := time.Now(), l.number(b, query+">= ?", hour)
		for asked := l.asked(); known < min(stored, len(asked)); known++ { // the first that was asked is the first stored
			waited = append(waited, max(now.Sub(asked[known]), 0))
		}
		if l.number(b, query+"< ?", hour) >= anHour {
			took = now.Sub(l.begun)
			break
		}
		if now.Sub(l.begun) > 10*time.Minute {
			b.Fatalf("%d of %d results came in ten minutes", l.number(b, query+"< ?", hour), anHour)
		}
	}
	slices.Sort(waited)
	b.Logf("%d results of an hour in %.1f s, %d new ones meanwhile: p50 %v, p99 %v, at most %v; the agent had %d MB at most", anHour, took.Seconds(), len(waited),
		share(waited, 0.5).Round(time.Millisecond), share(waited, 0.99).Round(time.Millisecond), share(waited, 1).Round(time.Millisecond), l.agents[0].peak(b)/1_000_000)
	return took, share(waited, 0.99)
}
