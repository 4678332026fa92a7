package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"daymark/internal/expression"
	"daymark/store"
)

// mostReason is how much of a reason a line of a table has room for.
const mostReason = 120

// printRuns writes a table for a person: one line a run.
func printRuns(w io.Writer, runs []store.EvidenceRun) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	rows := []string{"TIME\tREGION\tOUTCOME\tSIZE\tEVIDENCE\tREASON"}
	for _, r := range runs {
		outcome := string(r.Outcome)
		if r.First {
			outcome += ", first"
		}
		var names []string
		for _, piece := range r.Pieces {
			names = append(names, printable(piece.Name))
		}
		rows = append(rows, strings.TrimRight(strings.Join([]string{
			timeText(r.At), printable(r.Region), outcome, expression.FormatSize(r.Size), strings.Join(names, ", "), shortened(printable(r.Reason)),
		}, "\t"), "\t"))
	}
	if _, err := fmt.Fprintln(table, strings.Join(rows, "\n")); err != nil {
		return fmt.Errorf("print the runs: %w", err)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the runs: %w", err)
	}
	return nil
}

// timeText writes a time so that --at takes it.
func timeText(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.999Z07:00") }

// printable keeps what a target said from drawing on the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			return ' '
		}
		return r
	}, text)
}

func shortened(text string) string {
	if runes := []rune(text); len(runes) > mostReason {
		return string(runes[:mostReason-1]) + "…"
	}
	return text
}
