package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"time"

	"daymark/checker"
)

// trial is one run of one check, with the files that its evidence went to.
type trial struct {
	number int // of the check in the plan
	checker.Run
	files []string
}

// report is the trial as JSON tells it.
func (t *trial) report() checker.Report {
	report := checker.ReportOf(t.Result, t.Check)
	for i := range t.files {
		report.Evidence[i].File = t.files[i]
	}
	return report
}

// trialPrinter tells of trials as they come. One that draws in place is told
// all that is known.
type trialPrinter interface {
	print(t *trial) error
	end(s *checkSession) error
}

// checkSession runs the checks of a plan and tells what came of them.
type checkSession struct {
	plan     *checkPlan
	command  *checkCommand
	run      func(context.Context, checker.Check) checker.Result
	schedule []schedule // one a check, with --watch
	printer  trialPrinter
	evidence *evidenceFolder // nil where none is asked for
	tallies  []tally         // one a check
	began    time.Time
	slots    chan struct{} // runs at the same time
	journeys chan struct{} // and those in Chromium, which share a processor badly
}

// runsAtOnce bounds how many checks are tried at the same time: one must not
// make another slow.
const runsAtOnce = 8

func newCheckSession(c *checkCommand, plan *checkPlan, std streams, run func(context.Context, checker.Check) checker.Result) (*checkSession, error) {
	s := &checkSession{
		plan: plan, command: c, run: run, tallies: make([]tally, len(plan.checks)), began: time.Now(),
		slots: make(chan struct{}, runsAtOnce), journeys: make(chan struct{}, 1),
	}
	several := len(plan.checks) > 1
	switch {
	case c.JSON:
		s.printer = &jsonPrinter{std: std, lines: several || c.Watch, summary: c.Watch}
	case c.Watch && isTerminal(std.out) && os.Getenv("TERM") != "dumb":
		s.printer = newScreenPrinter(std.out, plan.checks)
	case c.Watch:
		s.printer = newLinePrinter(std.out, plan.checks)
	default:
		s.printer = &reportPrinter{out: std.out, several: several}
	}
	if c.Watch {
		for i := range plan.checks {
			next, err := newSchedule(plan.checks[i].Schedule, c.Every, plan.zone)
			if err != nil {
				return nil, fmt.Errorf("check %s: %w; say how often by --every", plan.checks[i].ID, err)
			}
			s.schedule = append(s.schedule, next)
		}
	}
	if folder := cmp.Or(c.Trace, c.Evidence); folder != "" {
		s.evidence = &evidenceFolder{path: folder, checks: several, times: c.Watch}
	}
	return s, nil
}

// once runs each check once, and tells of them in their order.
func (s *checkSession) once(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make([]chan checker.Result, len(s.plan.checks))
	for i := range results {
		results[i] = make(chan checker.Result, 1)
		go func() { results[i] <- s.try(ctx, i) }()
	}
	var failure error
	for i := range results { // all of them, so that none is left running
		result := <-results[i]
		if failure == nil {
			if failure = s.take(i, result); failure != nil {
				cancel()
			}
		}
	}
	return failure
}

// try runs a check now. A run that was cut off tells nothing of the target.
func (s *checkSession) try(ctx context.Context, number int) checker.Result {
	check := s.plan.checks[number]
	slots := s.slots
	if check.Browser != nil {
		slots = s.journeys
	}
	result := checker.Result{Outcome: checker.Unknown}
	select {
	case slots <- struct{}{}:
		at := time.Now()
		result = s.run(ctx, check)
		result.At = at
		<-slots
	case <-ctx.Done():
	}
	if ctx.Err() != nil && result.Outcome != checker.OK && result.Outcome != checker.Degraded {
		result.Outcome, result.Reason = checker.Unknown, "it was interrupted before it ended"
	}
	if result.At.IsZero() {
		result.At = time.Now()
	}
	result.Check, result.At = check.ID, result.At.UTC().Truncate(time.Millisecond)
	return result
}

// take counts a result, keeps its evidence and tells of it.
func (s *checkSession) take(number int, result checker.Result) error {
	tally := &s.tallies[number]
	changed := tally.runs == 0 || tally.last.Outcome != result.Outcome
	tally.add(result)
	t := &trial{number: number, Run: checker.Run{Check: s.plan.checks[number], Result: result}}
	t.Check.Name = s.plan.secrets.String(t.Check.Name)
	if s.evidence != nil && (changed || !s.command.Watch) {
		var err error
		if t.files, err = s.evidence.write(result); err != nil {
			return err
		}
	}
	if err := s.printer.print(t); err != nil {
		return fmt.Errorf("print what was seen: %w", err)
	}
	if s.command.Watch {
		return s.writeJUnit()
	}
	return nil
}

// end tells what there is to say of all runs, also when they were cut off.
func (s *checkSession) end() error {
	if err := s.printer.end(s); err != nil {
		return fmt.Errorf("print the summary: %w", err)
	}
	return s.writeJUnit()
}

// writeJUnit writes the last run of each check: as a whole, so that whoever
// reads the file finds no half of it.
func (s *checkSession) writeJUnit() error {
	if s.command.JUnit == "" {
		return nil
	}
	var runs []checker.Run
	for i := range s.tallies {
		if s.tallies[i].runs > 0 {
			runs = append(runs, checker.Run{Check: s.plan.checks[i], Result: s.tallies[i].last})
		}
	}
	var text bytes.Buffer
	if err := checker.WriteJUnit(&text, runs, s.command.Strict); err != nil {
		return err
	}
	if err := writeWhole(s.command.JUnit, text.Bytes()); err != nil {
		return fmt.Errorf("write JUnit XML: %w", err)
	}
	return nil
}

// exit gives the exit code: the worst of all runs.
func (s *checkSession) exit() int {
	var all tally
	for i := range s.tallies {
		all.ok += s.tallies[i].ok
		all.degraded += s.tallies[i].degraded
		all.failed += s.tallies[i].failed
		all.unknown += s.tallies[i].unknown
	}
	switch {
	case all.failed > 0, s.command.Strict && all.degraded > 0:
		return exitFailed
	case all.unknown > 0:
		return exitUnknown
	}
	return exitOK
}
