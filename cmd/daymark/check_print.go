package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"daymark/checker"
	"daymark/internal/expression"
)

// reportPrinter prints whole reports.
type reportPrinter struct {
	out     io.Writer
	several bool
	printed bool
}

func (p *reportPrinter) print(t *trial) error {
	if p.printed {
		if _, err := fmt.Fprint(p.out, "\n\n"); err != nil {
			return err
		}
	}
	p.printed = true
	if err := checker.WriteReport(p.out, t.Result, t.Check); err != nil {
		return err
	}
	for _, file := range t.files {
		if _, err := fmt.Fprintln(p.out, "wrote", file); err != nil {
			return err
		}
	}
	return nil
}

// end tells in a line how several checks went, the bad ones by name.
func (p *reportPrinter) end(s *checkSession) error {
	if !p.several {
		return nil
	}
	ids := map[checker.Outcome][]string{}
	for i := range s.tallies {
		if s.tallies[i].runs > 0 {
			outcome := s.tallies[i].last.Outcome
			ids[outcome] = append(ids[outcome], s.plan.checks[i].ID)
		}
	}
	var parts []string
	for _, outcome := range []checker.Outcome{checker.OK, checker.Degraded, checker.Failed, checker.Unknown} {
		if n := len(ids[outcome]); n > 0 {
			part := fmt.Sprintf("%d %s", n, outcome)
			if outcome != checker.OK {
				part += " (" + strings.Join(ids[outcome], ", ") + ")"
			}
			parts = append(parts, part)
		}
	}
	_, err := fmt.Fprintf(p.out, "\n\n%s: %s\n", plural(len(s.tallies), "check"), strings.Join(parts, ", "))
	return err
}

// jsonPrinter prints a document a run. Nothing else goes to standard output.
type jsonPrinter struct {
	std     streams
	lines   bool
	summary bool
}

func (p *jsonPrinter) print(t *trial) error {
	encoder := json.NewEncoder(p.std.out)
	encoder.SetEscapeHTML(false)
	if !p.lines {
		encoder.SetIndent("", "  ")
	}
	return encoder.Encode(t.report())
}

func (p *jsonPrinter) end(s *checkSession) error {
	if !p.summary {
		return nil
	}
	return writeSummary(p.std.err, s)
}

// linePrinter prints a line a run.
type linePrinter struct {
	out   io.Writer
	width int // of ids; 0 where there is one check, which needs no name
}

func newLinePrinter(out io.Writer, checks []checker.Check) *linePrinter {
	p := &linePrinter{out: out}
	if len(checks) > 1 {
		p.width = widest(checks)
	}
	return p
}

func widest(checks []checker.Check) int {
	width := 0
	for i := range checks {
		width = max(width, utf8.RuneCountInString(checks[i].ID))
	}
	return width
}

func (p *linePrinter) print(t *trial) error {
	line := t.Result.At.Local().Format("2006-01-02 15:04:05") + "  "
	if p.width > 0 {
		line += fmt.Sprintf("%-*s  ", p.width, t.Check.ID)
	}
	line += fmt.Sprintf("%-8s  %8s  %s", t.Result.Outcome, latencyText(&t.Result), aboutText(&t.Result))
	if _, err := fmt.Fprintln(p.out, strings.TrimRight(line, " ")); err != nil {
		return err
	}
	for _, file := range t.files {
		if _, err := fmt.Fprintln(p.out, "  wrote", file); err != nil {
			return err
		}
	}
	return nil
}

func (p *linePrinter) end(s *checkSession) error { return writeSummary(p.out, s) }

// latencyText is a dash where nothing answered.
func latencyText(result *checker.Result) string {
	if result.Latency == 0 {
		return "-"
	}
	return expression.FormatDuration(result.Latency)
}

// aboutText is the reason, or else the warnings, on one line.
func aboutText(result *checker.Result) string {
	text := result.Reason
	if len(result.Warnings) > 0 {
		if text != "" {
			text += "; "
		}
		text += "warning: " + strings.Join(result.Warnings, "; ")
	}
	return checker.OneLine(text)
}
