package browser

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
	"time"

	"daymark/checker"
	"daymark/internal/expression"
)

//go:embed report/journey.css
var reportStyle string

//go:embed report/journey.html
var reportPage string

// report is what journey.html shows: one page that needs nothing else and runs
// nothing.
type report struct {
	Policy, Title, Word, Class, Shape, Sentence, Reason, Check, Stamp, When, Page, PageTitle string

	Style     template.CSS
	Steps     []reportStep
	Rules     []reportRule
	Facts     []reportFact
	Picture   template.URL
	NoPicture string
	Shots     []reportShot
	Tree      []*heard
	NoTree    string
	Console   []reportLine
	Requests  []reportRequest

	MoreConsole, Span, RequestsNote string
	PictureNote, HARNote            string
	Omitted                         []string
}

type (
	reportStep struct {
		Number            int
		Name, Took, Class string
	}
	reportRule struct {
		Mark, Expression, Actual string
		Met                      bool
	}
	reportFact struct{ Name, Value string }
	reportShot struct {
		Name    string
		Picture template.URL
	}
	reportLine struct {
		Level, Text, Where string
		Bad                bool
	}
	reportRequest struct {
		Method, Address, Status, Kind, Size, Began, Took string
		From, Wait, Answered, Take                       int // thousandths of the whole time
		Bad                                              bool
	}
)

const (
	reportName = "journey.html"
	reportType = "text/html; charset=utf-8"
)

// look is word and shape of an outcome, as everywhere in Daymark.
type look struct{ word, shape string }

func looksOf(outcome checker.Outcome) look {
	switch outcome {
	case checker.OK:
		return look{"works", "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm-.9 10.4L3.9 8.2l1.2-1.2 2 2 3.9-3.9 1.2 1.2Z"}
	case checker.Degraded:
		return look{"degraded", "M8 1.2 15.6 14.6H.4Z"}
	case checker.Failed:
		return look{"failed", "M8 .2 15.8 8 8 15.8.2 8Zm0 6.7L6.3 5.2 5.2 6.3 6.9 8 5.2 9.7l1.1 1.1L8 9.1l1.7 1.7 1.1-1.1L9.1 8l1.7-1.7-1.1-1.1Z"}
	}
	return look{"not measured", "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm0 2a5 5 0 1 1 0 10A5 5 0 0 1 8 3Z"}
}

// page writes the report.
func (r *report) page() ([]byte, error) {
	sum := sha256.Sum256([]byte(reportStyle))
	r.Style = template.CSS(reportStyle)
	r.Policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; base-uri 'none'; form-action 'none'"
	parsed, err := template.New(reportName).Parse(reportPage)
	if err != nil {
		return nil, fmt.Errorf("read the report's template: %w", err)
	}
	var page bytes.Buffer
	if err := parsed.Execute(&page, r); err != nil {
		return nil, fmt.Errorf("write the report: %w", err)
	}
	return page.Bytes(), nil
}

// data writes bytes as an address that holds them.
func data(mediaType string, content []byte) template.URL {
	if len(content) == 0 {
		return ""
	}
	return template.URL("data:" + mediaType + ";base64," + base64.StdEncoding.EncodeToString(content))
}

// spell writes a time span as people say it: 12 ms, 1.2 s.
func spell(span time.Duration) string {
	if span < time.Second {
		return fmt.Sprintf("%d ms", span.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", span.Seconds())
}

// stepsOf tells of each step how it went.
func (j *journey) stepsOf() []reportStep {
	var all []reportStep
	for i := range j.job.Browser.Steps {
		step := reportStep{Number: i + 1, Name: clip(j.redact(title(&j.job.Browser.Steps[i], veil{j.redact})), 200)}
		switch {
		case i >= len(j.result.Timings):
			step.Took, step.Class = "not run", "idle"
		case i == len(j.result.Timings)-1 && j.broke:
			step.Took, step.Class = "failed after "+spell(j.result.Timings[i].Duration), "bad"
		default:
			step.Took = spell(j.result.Timings[i].Duration)
		}
		all = append(all, step)
	}
	return all
}

func (j *journey) rulesOf() []reportRule {
	var all []reportRule
	for _, rule := range j.result.Expectations {
		mark := "holds"
		switch {
		case rule.Effect == "degraded" && !rule.Met:
			mark = "degraded"
		case rule.Effect == "degraded":
			mark = "not degraded"
		case rule.Effect == "warn" && !rule.Met:
			mark = "warning"
		case rule.Effect == "warn":
			mark = "no warning"
		case !rule.Met:
			mark = "failed"
		}
		actual := strings.TrimPrefix(rule.Actual, "`"+rule.Expression+"`: ")
		all = append(all, reportRule{mark, rule.Expression, actual, rule.Met})
	}
	return all
}

func factsOf(facts *checker.BrowserFacts) []reportFact {
	if facts == nil {
		return nil
	}
	all := []reportFact{
		{"All steps", spell(facts.Duration)},
		{"First byte", spell(facts.TTFB)},
		{"DOM ready", spell(facts.DOMReady)},
		{"Loaded", spell(facts.Load)},
		{"Largest paint (LCP)", spell(facts.LCP)},
		{"Layout shift (CLS)", fmt.Sprintf("%.3f", facts.CLS)},
		{"Blocked (TBT)", spell(facts.TBT)},
		{"Requests", fmt.Sprint(facts.Requests)},
		{"Failed requests", fmt.Sprint(facts.FailedRequests)},
		{"Console errors", fmt.Sprint(facts.ConsoleErrors)},
		{"Received", expression.FormatSize(int64(facts.Bytes))},
	}
	by := facts.BytesBy
	for _, kind := range []struct {
		name  string
		bytes int
	}{{"Documents", by.Document}, {"Styles", by.Stylesheet}, {"Scripts", by.Script}, {"Images", by.Image}, {"Fonts", by.Font}, {"Fetched", by.Fetch}, {"Media", by.Media}, {"Other", by.Other}} {
		if kind.bytes > 0 {
			all = append(all, reportFact{kind.name, expression.FormatSize(int64(kind.bytes))})
		}
	}
	return all
}

// because is the reason without what the sentence says already.
func (j *journey) because() string {
	if j.broke && len(j.result.Timings) > 0 {
		step, _, _ := strings.Cut(j.result.Timings[len(j.result.Timings)-1].Name, ",")
		return strings.TrimPrefix(j.result.Reason, step+", ")
	}
	return j.result.Reason
}

// sentence is what the report says first.
func (j *journey) sentence() string {
	name := "“" + j.redact(j.job.Title()) + "” "
	switch {
	case j.result.Outcome == checker.OK:
		return name + "works."
	case j.result.Outcome == checker.Degraded:
		return name + "works, but not as it should."
	case j.broke && len(j.result.Timings) > 0:
		step, _, _ := strings.Cut(j.result.Timings[len(j.result.Timings)-1].Name, ",")
		return name + "failed at " + step + "."
	}
	return name + "does not do what is expected."
}
