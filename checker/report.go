package checker

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"daymark/internal/expression"
)

// outcomeWords say an outcome to a person.
func outcomeWords(outcome Outcome) string {
	switch outcome {
	case OK:
		return "ok"
	case Degraded:
		return "degraded: it works, but not well"
	case Failed:
		return "failed"
	case Unknown:
		return "unknown: this agent could not tell"
	}
	return string(outcome)
}

// WriteReport writes what one run of a check saw, as plain text for a person:
// the outcome, its steps, the timings, each expectation with the value that was found,
// warnings, and what evidence was kept. The error is the writer's.
func WriteReport(w io.Writer, result Result, check Check) error {
	var text bytes.Buffer
	writeHead(&text, &result, &check)
	writeSteps(&text, &result, &check)
	if check.Browser == nil { // a journey's timings are its steps
		writeTimings(&text, result.Timings)
	}
	writeExpectations(&text, result.Expectations)
	section(&text, "Warnings", len(result.Warnings))
	for _, warning := range result.Warnings {
		fmt.Fprintf(&text, "  %s\n", OneLine(warning))
	}
	section(&text, "Evidence", len(result.Evidence))
	width := 0
	for _, piece := range result.Evidence {
		width = max(width, utf8.RuneCountInString(piece.Name))
	}
	for _, piece := range result.Evidence {
		fmt.Fprintf(&text, "  %s  %s, %s\n", pad(OneLine(piece.Name), width), OneLine(piece.MediaType), expression.FormatSize(int64(len(piece.Data))))
	}
	if _, err := w.Write(text.Bytes()); err != nil {
		return fmt.Errorf("write the report of check %s: %w", check.ID, err)
	}
	return nil
}

func writeHead(text *bytes.Buffer, result *Result, check *Check) {
	title := check.ID
	if check.Name != "" && check.Name != check.ID {
		title += " (" + check.Name + ")"
	}
	fmt.Fprintf(text, "%s\n\n", OneLine(title))
	rows := [][2]string{{"Outcome", outcomeWords(result.Outcome)}}
	if result.Reason != "" {
		rows = append(rows, [2]string{"Reason", OneLine(result.Reason)})
	}
	if result.Latency > 0 {
		rows = append(rows, [2]string{"Latency", expression.FormatDuration(result.Latency)})
	}
	rows = append(rows, [2]string{"Took", expression.FormatDuration(result.Duration)})
	if tries := check.Tries(); tries > 1 {
		rows = append(rows, [2]string{"Attempts", fmt.Sprintf("%d of %d", result.Attempts, tries)})
	}
	for _, row := range rows {
		fmt.Fprintf(text, "  %s  %s\n", pad(row[0], 8), row[1])
	}
}

// writeTimings lists the parts of the run; those of a step stand under it.
func writeTimings(text *bytes.Buffer, timings []Timing) {
	section(text, "Timings", len(timings))
	names, times := make([]string, len(timings)), make([]string, len(timings))
	wide, long := 0, 0
	for i, timing := range timings {
		names[i] = timing.Name
		if step, part, ok := strings.Cut(timing.Name, "/"); ok && slices.ContainsFunc(timings, func(t Timing) bool { return t.Name == step }) {
			names[i] = "  " + part
		}
		names[i] = OneLine(strings.ReplaceAll(names[i], "first_byte", "first byte"))
		times[i] = expression.FormatDuration(timing.Duration)
		wide, long = max(wide, utf8.RuneCountInString(names[i])), max(long, utf8.RuneCountInString(times[i]))
	}
	for i := range timings {
		fmt.Fprintf(text, "  %s  %s%s\n", pad(names[i], wide), pad("", long-utf8.RuneCountInString(times[i])), times[i])
	}
}

// writeExpectations tells of each expression what was found. A degraded or
// warn expression is as it should be when it does not hold.
func writeExpectations(text *bytes.Buffer, expectations []Expectation) {
	section(text, "Expectations", len(expectations))
	wide := 0
	for _, expectation := range expectations {
		wide = max(wide, len(expectation.Effect))
	}
	for _, expectation := range expectations {
		sign := "ok     "
		switch {
		case expectation.Met:
		case expectation.Effect == effectExpect:
			sign = "not met"
		default:
			sign = "holds  "
		}
		actual := strings.TrimPrefix(expectation.Actual, "`"+expectation.Expression+"`: ")
		if _, bare, ok := strings.Cut(expectation.Expression, ": "); ok { // a step's expression carries its name
			actual = strings.TrimPrefix(actual, "`"+bare+"`: ")
		}
		fmt.Fprintf(text, "  %s  %s  %s\n", sign, pad(expectation.Effect, wide), OneLine(expectation.Expression))
		if actual != "" {
			fmt.Fprintf(text, "  %s  %s  %s\n", pad("", len(sign)), pad("", wide), OneLine(actual))
		}
	}
}

func section(text *bytes.Buffer, title string, entries int) {
	if entries > 0 {
		fmt.Fprintf(text, "\n%s\n", title)
	}
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

// OneLine keeps what a target said from drawing on the terminal: line breaks
// and control characters become spaces.
func OneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
}
