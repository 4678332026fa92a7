package checker

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"daymark/internal/expression"
)

// Run is a check with the result of one run of it.
type Run struct {
	Check  Check
	Result Result
}

type junitSuites struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Name     string        `xml:"name,attr"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Errors   int           `xml:"errors,attr"`
	Time     string        `xml:"time,attr"`
	Suites   []*junitSuite `xml:"testsuite"`
	took     time.Duration
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Time      string      `xml:"time,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Cases     []junitCase `xml:"testcase"`
	took      time.Duration
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitProblem `xml:"failure"`
	Error   *junitProblem `xml:"error"`
	Out     string        `xml:"system-out,omitempty"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes runs as JUnit XML: a test suite a component, a test case
// a check. A failed run is a failure, one that is unknown an error, and with
// strict one that is degraded is a failure too. The error is the writer's.
func WriteJUnit(w io.Writer, runs []Run, strict bool) error {
	all := junitSuites{Name: "daymark"}
	suites := map[string]*junitSuite{}
	for i := range runs {
		name := junitText(cmp.Or(runs[i].Check.Component, "daymark"))
		suite := suites[name]
		if suite == nil {
			suite = &junitSuite{Name: name, Timestamp: runs[i].Result.At.UTC().Format("2006-01-02T15:04:05")}
			suites[name] = suite
			all.Suites = append(all.Suites, suite)
		}
		one := junitCaseOf(&runs[i], strict)
		one.Class = name
		suite.Cases = append(suite.Cases, one)
		suite.Tests, all.Tests = suite.Tests+1, all.Tests+1
		if one.Failure != nil {
			suite.Failures, all.Failures = suite.Failures+1, all.Failures+1
		}
		if one.Error != nil {
			suite.Errors, all.Errors = suite.Errors+1, all.Errors+1
		}
		suite.took, all.took = suite.took+runs[i].Result.Duration, all.took+runs[i].Result.Duration
		suite.Time, all.Time = junitTime(suite.took), junitTime(all.took)
	}
	all.Time = junitTime(all.took)
	encoded, err := xml.MarshalIndent(&all, "", "  ")
	if err != nil {
		return fmt.Errorf("write runs as JUnit XML: %w", err)
	}
	if _, err := w.Write([]byte(xml.Header + string(encoded) + "\n")); err != nil {
		return fmt.Errorf("write runs as JUnit XML: %w", err)
	}
	return nil
}

func junitCaseOf(run *Run, strict bool) junitCase {
	result, check := &run.Result, &run.Check
	one := junitCase{Name: junitText(check.ID), Time: junitTime(result.Duration)}
	problem := &junitProblem{Message: junitText(result.Reason), Type: string(result.Outcome)}
	var broken []string
	for _, expectation := range result.Expectations {
		if !expectation.Met && expectation.Effect != effectWarn {
			broken = append(broken, expectation.Effect+": "+cmp.Or(expectation.Actual, expectation.Expression))
		}
	}
	problem.Text = junitText(strings.Join(broken, "\n"))
	switch {
	case result.Outcome == Failed, result.Outcome == Degraded && strict:
		one.Failure = problem
	case result.Outcome == Unknown:
		one.Error = problem
	}
	one.Out = junitText(junitOut(result))
	return one
}

// junitOut tells what a green test case would hide: that it is degraded, its
// warnings and its timings.
func junitOut(result *Result) string {
	var text bytes.Buffer
	if result.Outcome == Degraded {
		fmt.Fprintf(&text, "degraded: %s\n", result.Reason)
	}
	for _, warning := range result.Warnings {
		fmt.Fprintf(&text, "warning: %s\n", warning)
	}
	if result.Latency > 0 {
		fmt.Fprintf(&text, "latency: %s\n", expression.FormatDuration(result.Latency))
	}
	for _, timing := range result.Timings {
		fmt.Fprintf(&text, "%s: %s\n", timing.Name, expression.FormatDuration(timing.Duration))
	}
	return text.String()
}

func junitTime(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// junitText leaves out what XML cannot hold and what would draw on a
// terminal.
func junitText(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xfffe, r == 0xffff:
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}
