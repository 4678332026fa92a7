package checker

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"daymark/internal/expression"
)

// stepLine is one step of a run as the report tells it.
type stepLine struct {
	name, word, took string
}

// writeSteps tells what each step came to, in the order of the check. Steps
// after the one that failed were not run, and the report says so.
func writeSteps(text *bytes.Buffer, result *Result, check *Check) {
	lines := stepLines(result, check)
	section(text, "Steps", len(lines))
	wide, long := 0, 0
	for _, line := range lines {
		wide, long = max(wide, utf8.RuneCountInString(line.name)), max(long, utf8.RuneCountInString(line.took))
	}
	for _, line := range lines {
		took := pad("", long-utf8.RuneCountInString(line.took)) + line.took
		fmt.Fprintf(text, "  %s\n", strings.TrimRight(pad(line.word, len("not run"))+"  "+pad(line.name, wide)+"  "+took, " "))
	}
}

func stepLines(result *Result, check *Check) []stepLine {
	switch {
	case check.HTTP != nil && len(check.HTTP.Steps) > 0:
		return requestLines(result, check.HTTP.Steps)
	case check.Browser != nil:
		return journeyLines(result, len(check.Browser.Steps))
	}
	return nil
}

// requestLines tells of the requests of an HTTP check. One that failed before
// it had timings is known by the reason, which begins with its name.
func requestLines(result *Result, steps []HTTPStep) []stepLine {
	var lines []stepLine
	reached := true
	for i, step := range steps {
		line := stepLine{name: step.Name, word: "not run"}
		if line.name == "" {
			line.name = strconv.Itoa(i + 1)
		}
		timing := timingOf(result.Timings, line.name)
		broke := strings.HasPrefix(result.Reason, "step "+line.name+": ")
		switch {
		case !reached:
		case broke:
			line.word, reached = string(result.Outcome), false
		case timing != nil:
			line.word = string(OK)
		default:
			reached = false
		}
		if timing != nil {
			line.took = expression.FormatDuration(timing.Duration)
		}
		line.name = OneLine(line.name)
		lines = append(lines, line)
	}
	return lines
}

// journeyLines tells of the steps of a journey, whose timings are its steps.
func journeyLines(result *Result, steps int) []stepLine {
	var lines []stepLine
	for _, timing := range result.Timings {
		if !strings.HasPrefix(timing.Name, "step ") {
			continue
		}
		line := stepLine{name: OneLine(timing.Name), word: string(OK), took: expression.FormatDuration(timing.Duration)}
		if strings.HasPrefix(result.Reason, timing.Name) {
			line.word = string(result.Outcome)
		}
		lines = append(lines, line)
	}
	switch left := steps - len(lines); {
	case left <= 0 || len(lines) == 0:
	case left == 1:
		lines = append(lines, stepLine{name: "the last step", word: "not run"})
	default:
		lines = append(lines, stepLine{name: fmt.Sprintf("the last %d steps", left), word: "not run"})
	}
	return lines
}

func timingOf(timings []Timing, name string) *Timing {
	for i := range timings {
		if timings[i].Name == name {
			return &timings[i]
		}
	}
	return nil
}
