package checker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"daymark/internal/expression"
)

// Runner runs one job once and says what it saw. It fills in everything of
// the Result but Check, Region, At, Started, Duration and Attempts. It honours ctx, whose
// deadline is the attempt's timeout, and answers even when ctx ends: an
// answer that did not come in time is `failed`, a fault of the agent itself
// is `unknown`. A Runner is safe for concurrent use.
type Runner interface {
	Run(ctx context.Context, job *Job) Result
}

// Sink takes finished results. An error means that none was taken and the
// same results have to be given again; taking one twice changes nothing.
type Sink interface {
	Submit(ctx context.Context, results []Result) error
}

// Job is a check made ready to run: its one kind known, its expressions
// compiled. It is safe for concurrent use.
type Job struct {
	Check
	// Secrets are texts that the agent filled in, in every form that a page
	// may repeat: nothing that a run keeps may show them.
	Secrets []string

	kind    Kind
	rules   []rule
	missing *MissingError // references to the agent's environment that nobody filled in
}

type rule struct {
	effect  string
	program *expression.Program
}

// The effects of an expression.
const (
	effectExpect   = "expect"
	effectDegraded = "degraded"
	effectWarn     = "warn"
)

// Prepare compiles a check. Errors name the check and the expression.
func Prepare(check Check) (*Job, error) {
	kind, err := check.Kind()
	if err != nil {
		return nil, fmt.Errorf("check %s: %w", check.ID, err)
	}
	job := &Job{Check: check, kind: kind}
	_, _, err = Expand(check, func(string) (string, bool) { return "", false })
	if lacks, ok := errors.AsType[*MissingError](err); ok {
		job.missing = lacks
	}
	for _, group := range []struct {
		effect  string
		sources []string
	}{
		{effectExpect, check.expectations(kind)},
		{effectDegraded, check.Degraded},
		{effectWarn, check.Warn},
	} {
		for _, source := range group.sources {
			program, err := expression.Compile(source, FactsOf(kind), expression.Condition)
			if err != nil {
				return nil, fmt.Errorf("check %s: %s %q: %w", check.ID, group.effect, source, err)
			}
			job.rules = append(job.rules, rule{group.effect, program})
		}
	}
	return job, nil
}

// Expects says whether some expectation of the check looks at a fact.
func (j *Job) Expects(fact string) bool {
	return slices.ContainsFunc(j.rules, func(r rule) bool {
		return r.effect == effectExpect && slices.Contains(r.program.Facts(), fact)
	})
}

// Kind gives the job's kind.
func (j *Job) Kind() Kind { return j.kind }

// expectations gives what is expected when the check says nothing.
func (c *Check) expectations(kind Kind) []string {
	if len(c.Expect) > 0 {
		return c.Expect
	}
	switch kind {
	case KindHTTP:
		if len(c.HTTP.Steps) == 0 {
			return []string{"status < 400"}
		}
	case KindDNS:
		return []string{"len(answers) > 0"}
	case KindICMP:
		return []string{"loss < 1"}
	case KindGRPC:
		return []string{`health == "SERVING"`}
	case KindHeartbeat:
		return []string{"exit_code == 0"}
	}
	return nil
}

// Judge works the expressions out over the facts of a run that got an answer
// and fills in Outcome, Reason, Warnings and Expectations of the result.
func (j *Job) Judge(facts any, result *Result) {
	result.Outcome = OK
	var failed, slow []string
	for _, rule := range j.rules {
		holds, err := rule.program.Holds(facts)
		actual := ""
		if err != nil {
			actual = err.Error()
		} else {
			actual = rule.program.Explain(facts)
		}
		met := err == nil && holds == (rule.effect == effectExpect)
		result.Expectations = append(result.Expectations,
			Expectation{Expression: rule.program.String(), Effect: rule.effect, Met: met, Actual: actual})
		switch {
		case met:
		case rule.effect == effectExpect || err != nil && rule.effect == effectDegraded:
			failed = append(failed, actual)
		case rule.effect == effectDegraded:
			slow = append(slow, actual)
		default:
			result.Warnings = append(result.Warnings, actual)
		}
	}
	switch {
	case len(failed) > 0:
		result.Outcome = Failed
	case len(slow) > 0:
		result.Outcome = Degraded
	}
	result.Reason = clip(strings.Join(slices.Concat(failed, slow), "; "), MaxReason)
}

func clip(text string, most int) string {
	if len(text) <= most { // in bytes, so in characters too
		return text
	}
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
