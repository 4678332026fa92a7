package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"daymark/checker"
	"daymark/internal/expression"
	"daymark/internal/rank"
)

// maxLatencies bounds what a long watch remembers.
const maxLatencies = 100_000

// tally counts what the runs of one check came to.
type tally struct {
	runs, ok, degraded, failed, unknown int
	latencies                           []time.Duration // of runs that got an answer, the latest ones
	last                                checker.Result
	history                             []byte // one sign a run, the latest ones
}

// maxHistory is how many runs a line on the screen shows.
const maxHistory = 30

func (t *tally) add(result checker.Result) {
	t.runs++
	sign := byte('?')
	switch result.Outcome {
	case checker.OK:
		t.ok++
		sign = '.'
	case checker.Degraded:
		t.degraded++
		sign = 'd'
	case checker.Failed:
		t.failed++
		sign = 'F'
	default:
		t.unknown++
	}
	if result.Latency > 0 {
		if len(t.latencies) == maxLatencies {
			t.latencies = slices.Delete(t.latencies, 0, maxLatencies/2)
		}
		t.latencies = append(t.latencies, result.Latency)
	}
	t.history = append(t.history, sign)
	if len(t.history) > maxHistory {
		t.history = slices.Delete(t.history, 0, len(t.history)-maxHistory)
	}
	t.last = result
	t.last.Evidence = nil // a watch does not hold on to it
}

// percentile gives the smallest latency that so large a share does not exceed.
func (t *tally) percentile(share float64) string {
	if len(t.latencies) == 0 {
		return "-"
	}
	sorted := slices.Sorted(slices.Values(t.latencies))
	return expression.FormatDuration(sorted[rank.Nearest(share, len(sorted))])
}

// writeSummary writes how the runs of a watch went, a line a check.
func writeSummary(w io.Writer, s *checkSession) error {
	if _, err := fmt.Fprintf(w, "\nWatched for %s\n\n", expression.FormatDuration(time.Since(s.began).Round(time.Second))); err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "check\truns\tok\tdegraded\tfailed\tunknown\tp50\tp95") // Flush has the error
	for i := range s.tallies {
		t := &s.tallies[i]
		_, _ = fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n", s.plan.checks[i].ID, t.runs, t.ok, t.degraded, t.failed, t.unknown, t.percentile(0.5), t.percentile(0.95))
	}
	return table.Flush()
}
