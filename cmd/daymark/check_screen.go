package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"daymark/checker"
)

// screenPrinter keeps a table of all checks on a terminal and draws it anew,
// in its place, with each run.
type screenPrinter struct {
	out     io.Writer
	checks  []checker.Check
	tallies []tally
	files   string // where evidence went last
	width   int    // of ids
	drawn   int    // lines on the screen
}

// maxRows is how many checks are drawn: a table that scrolls cannot be drawn
// over.
const maxRows = 18

func newScreenPrinter(out io.Writer, checks []checker.Check) *screenPrinter {
	return &screenPrinter{out: out, checks: checks, tallies: make([]tally, len(checks)), width: widest(checks)}
}

func (p *screenPrinter) print(t *trial) error {
	p.tallies[t.number].add(t.Result)
	if len(t.files) > 0 {
		p.files = t.files[len(t.files)-1]
	}
	return p.draw()
}

// draw goes up to where the table began and writes over it. Long lines are
// cut by the terminal, which knows its width, and not folded, which would
// make the table longer than was counted.
func (p *screenPrinter) draw() error {
	var text bytes.Buffer
	if p.drawn > 0 {
		fmt.Fprintf(&text, "\x1b[%dA\r", p.drawn)
	}
	text.WriteString("\x1b[?7l\x1b[J")
	p.drawn = 0
	line := func(format string, args ...any) {
		fmt.Fprintf(&text, format+"\n", args...)
		p.drawn++
	}
	line("Watching %s; Ctrl-C ends it. Each sign is a run: . ok, d degraded, F failed, ? unknown", plural(len(p.checks), "check"))
	line("")
	rows := p.rows()
	for _, i := range rows {
		p.row(i, line)
	}
	if left := len(p.checks) - len(rows); left > 0 {
		line("and %s that went better", plural(left, "check"))
	}
	if p.files != "" {
		line("")
		line("wrote %s", p.files)
	}
	text.WriteString("\x1b[?7h")
	_, err := p.out.Write(text.Bytes())
	return err
}

func (p *screenPrinter) row(i int, line func(string, ...any)) {
	t, last := &p.tallies[i], &p.tallies[i].last
	if t.runs == 0 {
		line("%-8s  %-*s", "…", p.width, p.checks[i].ID)
		return
	}
	line("%-8s  %-*s  %s  %8s  %-*s  %s", last.Outcome, p.width, p.checks[i].ID, last.At.Local().Format("15:04:05"),
		latencyText(last), maxHistory, t.history, aboutText(last))
}

// rows gives the checks to draw, in their order. Where there are too many,
// those that went well last give way first.
func (p *screenPrinter) rows() []int {
	var rows []int
	spare := len(p.checks) - maxRows
	for _, well := range []bool{true, false} {
		for i := range p.checks {
			if outcome := p.tallies[i].last.Outcome; (outcome == checker.OK || outcome == "") != well {
				continue
			}
			if spare > 0 {
				spare--
				continue
			}
			rows = append(rows, i)
		}
	}
	slices.Sort(rows)
	return rows
}

func (p *screenPrinter) end(s *checkSession) error { return writeSummary(p.out, s) }
