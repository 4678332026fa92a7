package checker

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"daymark/internal/expression"
	"daymark/internal/redact"
)

// runSteps makes the requests of a check one after another and carries saved
// values on. It stops at the first step that fails. The check's own
// expressions then judge the last answer, with the latency of all steps.
func runSteps(ctx context.Context, job *Job, exchanger *exchanger) Result {
	var result Result
	last, total, warnings := &answer{}, time.Duration(0), []string(nil)
	saved := map[string]any{}
	story, asked := &story{exchanger: exchanger}, &archive{}
	for i := range job.HTTP.Steps {
		step := inherit(job.HTTP.Steps[i], &job.HTTP.Request)
		name := nameOf(&step, i)
		got, problem := runStep(ctx, &step, exchanger, saved, &result, name)
		total += got.facts.Latency
		if took := sum(got.timings); len(got.timings) > 0 {
			result.Timings = append(result.Timings, Timing{name, took})
			for _, part := range got.timings {
				result.Timings = append(result.Timings, Timing{name + "/" + part.Name, part.Duration})
			}
		}
		for _, warning := range got.warnings {
			warnings = append(warnings, "step "+name+": "+warning)
		}
		story.add(name, got, problem)
		asked.add(name, got, problem)
		if problem != nil {
			for j := i + 1; j < len(job.HTTP.Steps); j++ {
				story.missed(nameOf(&job.HTTP.Steps[j], j))
			}
			conclude(&result, job, &answer{warnings: warnings, evidence: story.tell},
				&fault{problem.outcome, "step " + name + ": " + problem.reason})
			asked.attach(&result, job.Title(), exchanger.saved())
			hideSaved(&result, exchanger.saved())
			return result
		}
		last = got
	}
	whole := &answer{facts: last.facts, warnings: warnings, evidence: story.tell}
	whole.facts.Latency, result.Latency = total, total
	conclude(&result, job, whole, nil)
	asked.attach(&result, job.Title(), exchanger.saved())
	hideSaved(&result, exchanger.saved())
	return result
}

// saved knows the values that steps saved.
func (e *exchanger) saved() redact.Redactor { return redact.New(e.secrets...).WithWords(e.words...) }

// hideSaved takes what was saved out of what a result says in words.
func hideSaved(result *Result, saved redact.Redactor) {
	result.Reason = saved.String(result.Reason)
	for i := range result.Warnings {
		result.Warnings[i] = saved.String(result.Warnings[i])
	}
	for i := range result.Expectations {
		result.Expectations[i].Actual = saved.String(result.Expectations[i].Actual)
	}
}

func nameOf(step *HTTPStep, i int) string {
	if step.Name != "" {
		return step.Name
	}
	return strconv.Itoa(i + 1)
}

// runStep makes one request, judges it and saves its values.
func runStep(ctx context.Context, step *HTTPStep, exchanger *exchanger, saved map[string]any, result *Result, name string) (*answer, *fault) {
	request, problem := fillIn(&step.Request, saved)
	if problem != nil {
		return &answer{}, problem
	}
	got, problem := exchanger.do(ctx, request)
	answers := Expectation{Expression: name + ": answers", Effect: effectExpect, Met: problem == nil, Actual: got.brief()}
	if problem != nil {
		answers.Actual = problem.reason
	}
	if problem == nil || problem.outcome == Failed {
		result.Expectations = append(result.Expectations, answers)
	}
	if problem != nil {
		return got, problem
	}
	expect := step.Expect
	if len(expect) == 0 {
		expect = []string{"status < 400"}
	}
	for _, source := range expect {
		program, err := expression.Compile(source, HTTPFacts{}, expression.Condition)
		if err != nil {
			return got, unknown(fmt.Sprintf("the expectation %q is no expression: %s", source, err))
		}
		holds, err := program.Holds(got.facts)
		actual := ""
		if err != nil {
			actual = err.Error()
		} else {
			actual = program.Explain(got.facts)
		}
		result.Expectations = append(result.Expectations,
			Expectation{Expression: name + ": " + source, Effect: effectExpect, Met: holds, Actual: actual})
		if !holds && problem == nil {
			problem = failed(actual)
		}
	}
	if problem != nil {
		return got, problem
	}
	return got, save(step.Save, &got.facts, saved, exchanger)
}

// save works out the values that later steps use.
func save(wanted map[string]string, facts *HTTPFacts, saved map[string]any, exchanger *exchanger) *fault {
	names := make([]string, 0, len(wanted))
	for name := range wanted {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		program, err := expression.Compile(wanted[name], HTTPFacts{}, expression.Value)
		if err != nil {
			return unknown(fmt.Sprintf("what to save as %s is no expression: %s", name, err))
		}
		value, err := program.Eval(*facts)
		if err != nil {
			return failed("nothing can be saved as " + name + ": " + err.Error())
		}
		if value == nil {
			return failed("nothing can be saved as " + name + ": " + wanted[name] + " is not there")
		}
		saved[name] = value
		exchanger.hide(value)
	}
	return nil
}

// hide keeps a saved value out of what is told. A short one may as well be a
// part of something else, and is hidden only where it stands alone; a word
// such as true says nothing.
func (e *exchanger) hide(value any) {
	switch v := value.(type) {
	case bool:
		return
	case []any:
		for _, one := range v {
			e.hide(one)
		}
	case map[string]any:
		for _, one := range v {
			e.hide(one)
		}
	}
	text := textOf(value)
	if len(text) < 8 {
		e.words = append(e.words, redact.Forms(text)...)
		return
	}
	e.secrets = append(e.secrets, redact.Forms(text)...)
}

// textOf writes a saved value as a request would carry it.
func textOf(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int, int64, bool:
		return fmt.Sprint(v)
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(encoded)
}

// inherit gives a step the way to connect that the check names for all; what
// is sent is each step's own.
func inherit(step HTTPStep, all *Request) HTTPStep {
	for _, setting := range []struct {
		own *string
		all string
	}{
		{&step.Proxy, all.Proxy},
		{&step.CA, all.CA},
		{&step.ClientCert, all.ClientCert},
		{&step.ClientKey, all.ClientKey},
		{&step.Version, all.Version},
		{&step.Resolver, all.Resolver},
	} {
		if *setting.own == "" {
			*setting.own = setting.all
		}
	}
	if step.IP == 0 {
		step.IP = all.IP
	}
	if step.MaxBody == 0 {
		step.MaxBody = all.MaxBody
	}
	if step.Redirects == nil {
		step.Redirects = all.Redirects
	}
	return step
}

func sum(timings []Timing) time.Duration {
	total := time.Duration(0)
	for _, timing := range timings {
		total += timing.Duration
	}
	return total
}
