package expression_test

import (
	"errors"
	"testing"
	"time"

	"daymark/internal/expression"
)

type facts struct {
	Status      int               `expr:"status"`
	Latency     time.Duration     `expr:"latency"`
	JSON        any               `expr:"json"`
	Headers     map[string]string `expr:"headers"`
	Criticality string            `expr:"criticality" words:"critical,major,minor"`
	TLS         struct {
		DaysLeft int    `expr:"days_left"`
		Version  string `expr:"version" words:"1.2,1.3"`
	} `expr:"tls"`
	Answers []string `expr:"answers"`
}

func TestConditions(t *testing.T) {
	f := facts{Status: 200, Latency: 1200 * time.Millisecond, Criticality: "major", Answers: []string{"a"}}
	f.JSON = map[string]any{"database": "starting", "n": 3.0}
	for _, test := range []struct {
		source  string
		holds   bool
		explain string
	}{
		{`status == 200`, true, ""},
		{`json.database == "up"`, false, "`json.database == \"up\"`: it was `\"starting\"`"},
		{`latency > duration("800ms")`, true, "`latency > duration(\"800ms\")`: it was `1.2 s`"},
		{`latency < duration("1d")`, true, ""},
		{`criticality in ["critical", "major"]`, true, ""},
		{`len(answers) > 1`, false, "`len(answers) > 1`: it was `[\"a\"]`"},
		{`status == 200 and json.n > 5`, false, "`status == 200 and json.n > 5`: json.n was `3`, status was `200`"},
		{`headers["X-Y"] == "z"`, false, ""},
		{`true`, true, "`true` did not hold"},
	} {
		t.Run(test.source, func(t *testing.T) {
			program, err := expression.Compile(test.source, facts{}, expression.Condition)
			if err != nil {
				t.Fatal(err)
			}
			holds, err := program.Holds(f)
			if err != nil || holds != test.holds {
				t.Errorf("holds = %v, %v; want %v", holds, err, test.holds)
			}
			if got := program.Explain(f); test.explain != "" && got != test.explain {
				t.Errorf("explained as %s; want %s", got, test.explain)
			}
		})
	}
}

func TestFaultsAreFoundWithTheirPlace(t *testing.T) {
	for _, test := range []struct {
		source, message string
		column          int
	}{
		{`statuss == 200`, "unknown name statuss: there are answers, criticality, headers, json, latency, status, tls; a text stands in quotes", 1},
		{`status == "200"`, "== does not go between a number and a text", 8},
		{`latency > duration("8 parsecs")`, `"8 parsecs" is not a duration: write a number and a unit, such as 30s, 5m, 4h, 28d, 2w or 5y`, 20},
		{`criticality == "criticl"`, `criticality is never "criticl": its words are "critical", "major", "minor"`, 16},
		{`"x" != criticality`, `criticality is never "x": its words are "critical", "major", "minor"`, 1},
		{`criticality in ["major", "mn"]`, `criticality is never "mn": its words are "critical", "major", "minor"`, 26},
		{`tls.version == "1.1"`, `tls.version is never "1.1": its words are "1.2", "1.3"`, 16},
		{`status +`, "it ends too early: something is missing at its end", 8},
		{`status`, "it gives a number, not true or false: compare it with something", 1},
		{`status = 200`, "= compares nothing: write ==", 8},
		{`status == 200)`, `")" does not belong here`, 14},
		{`latency > 3`, `> does not go between a duration and a number; a duration is written as duration("800ms")`, 9},
		{`answers > 3`, "> does not go between a list and a number", 9},
		{`tls.dayz > 3`, "there is no dayz: there are days_left, version", 5},
	} {
		t.Run(test.source, func(t *testing.T) {
			_, err := expression.Compile(test.source, facts{}, expression.Condition)
			var fault *expression.Error
			if !errors.As(err, &fault) {
				t.Fatalf("got %v; want an *Error", err)
			}
			if test.message != "" && fault.Message != test.message {
				t.Errorf("message %q; want %q", fault.Message, test.message)
			}
			if fault.Line != 1 || fault.Column != test.column {
				t.Errorf("at %d:%d; want 1:%d (%s)", fault.Line, fault.Column, test.column, fault.Message)
			}
		})
	}
}

func TestWhatCannotBeWorkedOutSaysWhy(t *testing.T) {
	program, err := expression.Compile(`json.database == "up"`, facts{}, expression.Condition)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = program.Holds(facts{}); err == nil {
		t.Fatal("a page that is no JSON held the expectation")
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30s": 30 * time.Second, "1h30m": 90 * time.Minute, "28d": 28 * 24 * time.Hour, "2w": 14 * 24 * time.Hour,
		"5y": 5 * 365 * 24 * time.Hour, "0": 0, "0s": 0, "2.5s": 2500 * time.Millisecond, "800ms": 800 * time.Millisecond,
	} {
		if got, err := expression.ParseDuration(text); err != nil || got != want {
			t.Errorf("%s = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "5", "s", "-5s", "5 s", "1e9h", "5x", "1..5s", "400y"} {
		if got, err := expression.ParseDuration(text); err == nil {
			t.Errorf("%q was taken as %v", text, got)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0 s": 0, "340 ms": 340 * time.Millisecond, "1.24 s": 1240 * time.Millisecond, "4 min 5 s": 245 * time.Second,
		"2 h": 2 * time.Hour, "3 d 4 h": 76*time.Hour + 5*time.Minute, "1 h": time.Hour + 20*time.Second, "42 s": 42 * time.Second,
	} {
		if got := expression.FormatDuration(d); got != want {
			t.Errorf("%v = %q; want %q", d, got, want)
		}
	}
}

func TestFormatSize(t *testing.T) {
	for bytes, want := range map[int64]string{
		0: "0 B", 1: "1 B", 999: "999 B", 1000: "1 kB", 1500: "1.5 kB", 9949: "9.9 kB", 9950: "10 kB", 12_288: "12 kB", 999_499: "999 kB", 999_500: "1 MB",
		1_500_000: "1.5 MB", 11_480_000_000: "11 GB", 2_000_000_000_000: "2 TB", 5_000_000_000_000_000: "5000 TB",
	} {
		if got := expression.FormatSize(bytes); got != want {
			t.Errorf("%d: %s; want %s", bytes, got, want)
		}
	}
}
