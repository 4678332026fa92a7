package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/goccy/go-yaml"

	"daymark/config"
	"daymark/slo"
)

type sloCommands struct {
	List   sloList   `cmd:"" help:"Say how the objectives stand."`
	Export sloExport `cmd:"" help:"Write the objectives as OpenSLO, or as rules for Prometheus."`
}

// Help gives an example.
func (sloCommands) Help() string { return "Example: daymark slo list" }

type sloList struct {
	configFlag
	JSON bool `help:"As JSON." name:"json"`
}

// Help gives an example.
func (sloList) Help() string {
	return `How much of each error budget is left, and whether it is spent too fast. The exit status is 0, whatever it says.

Example: daymark slo list`
}

// objectiveLine is how one objective stands, for the command line.
type objectiveLine struct {
	ID        string   `json:"id"`
	Component string   `json:"component"`
	Indicator string   `json:"indicator"`
	Objective float64  `json:"objective"`
	Window    string   `json:"window"`
	Events    int      `json:"events"`
	Bad       int      `json:"bad"`
	Percent   *float64 `json:"percent"` // of good events; null without any
	Left      *float64 `json:"budget_left_percent"`
	Coverage  float64  `json:"coverage_percent"`
	Burns     bool     `json:"burns_too_fast"`
}

// Run lists through the running server, or directly when none runs.
func (c *sloList) Run(ctx context.Context, std streams, logging *logOptions) error {
	var lines []objectiveLine
	err := ask(ctx, c.configFlag, std, logging, "/slos", struct{}{}, &lines, func(o *operations) (err error) {
		lines, err = o.objectiveLines(ctx, struct{}{})
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, append([]objectiveLine{}, lines...))
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "OBJECTIVE\tCOMPONENT\tWANTED\tWINDOW\tGOOD\tBUDGET LEFT\tCOVERED\t") // Flush tells
	for _, l := range lines {
		burns := ""
		if l.Burns {
			burns = "burns too fast"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s %%\t%s\t%s\t%s\t%s %%\t%s\n", l.ID, l.Component, short(l.Objective), l.Window, percentOr(l.Percent), percentOr(l.Left), short(l.Coverage), burns)
	}
	return table.Flush()
}

func short(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }

func percentOr(value *float64) string {
	if value == nil {
		return "-"
	}
	return short(*value) + " %"
}

// objectiveLines says how the objectives stand.
func (o *operations) objectiveLines(ctx context.Context, _ struct{}) ([]objectiveLine, error) {
	all, _, err := newObjectives(o.core, o.doc, slog.New(slog.DiscardHandler), func() {}).Objectives(ctx)
	if err != nil {
		return nil, err
	}
	lines := make([]objectiveLine, len(all))
	for i := range all {
		s := &all[i]
		lines[i] = objectiveLine{
			ID: s.ID, Component: s.Component, Indicator: s.Indicator, Objective: s.Objective.Objective, Window: s.Window.String(),
			Events: s.Events(), Bad: s.Bad, Coverage: slo.Floor(100*s.Coverage, 1), Burns: s.Alert != nil,
		}
		if s.Known() {
			percent, left := slo.Floor(100*s.Ratio(), 3), slo.Floor(100*s.Left, 1)
			lines[i].Percent, lines[i].Left = &percent, &left
		}
	}
	return lines, nil
}

type sloExport struct {
	configFlag
	As string `help:"openslo, or prometheus: rules over what /metrics says." enum:"openslo,prometheus" default:"openslo"`
}

// Help gives an example.
func (sloExport) Help() string {
	return `The objectives of the configuration as documents of OpenSLO v1: a service for each component, an objective for each of its own, a condition and a policy for each pair of windows that alerts. Where the numbers come from is the API: /api/v1/slos/ID.

For Prometheus it writes alert rules, one for each objective and pair of windows.

Example: daymark slo export --as prometheus > daymark-slo.rules.yml`
}

// Run exports.
func (c *sloExport) Run(std streams) error {
	doc, err := loadConfig(c.Config)
	if err != nil {
		return tellFaults(std, err)
	}
	if c.As == "prometheus" {
		return writeDocuments(std, prometheusRules(doc))
	}
	return writeDocuments(std, openSLO(doc))
}

func writeDocuments(std streams, documents []any) error {
	for i, document := range documents {
		text, err := yaml.Marshal(document)
		if err != nil {
			return fmt.Errorf("write the objectives: %w", err)
		}
		if i > 0 {
			text = append([]byte("---\n"), text...)
		}
		if _, err := std.out.Write(text); err != nil {
			return err
		}
	}
	return nil
}

// openDocument is one document of OpenSLO v1.
type openDocument struct {
	APIVersion string       `yaml:"apiVersion"`
	Kind       string       `yaml:"kind"`
	Metadata   openMetadata `yaml:"metadata"`
	Spec       any          `yaml:"spec"`
}

type openMetadata struct {
	Name        string `yaml:"name"`
	DisplayName string `yaml:"displayName,omitempty"`
}

type openObjective struct {
	Description     string       `yaml:"description"`
	Service         string       `yaml:"service"`
	Indicator       openInline   `yaml:"indicator"`
	TimeWindow      []openWindow `yaml:"timeWindow"`
	BudgetingMethod string       `yaml:"budgetingMethod"`
	Objectives      []openTarget `yaml:"objectives"`
	AlertPolicies   []openRef    `yaml:"alertPolicies,omitempty"`
}

type openInline struct {
	Metadata openMetadata `yaml:"metadata"`
	Spec     struct {
		Ratio openRatio `yaml:"ratioMetric"`
	} `yaml:"spec"`
}

type openRatio struct {
	Counter bool       `yaml:"counter"`
	Good    openMetric `yaml:"good"`
	Total   openMetric `yaml:"total"`
}

type openMetric struct {
	Source struct {
		Type string            `yaml:"type"`
		Spec map[string]string `yaml:"spec"`
	} `yaml:"metricSource"`
}

type openWindow struct {
	Duration string        `yaml:"duration"`
	Rolling  bool          `yaml:"isRolling"`
	Calendar *openCalendar `yaml:"calendar,omitempty"`
}

type openCalendar struct {
	Start string `yaml:"startTime"`
	Zone  string `yaml:"timeZone"`
}

type openTarget struct {
	DisplayName string  `yaml:"displayName"`
	Target      float64 `yaml:"target"`
}

type openRef struct {
	Ref string `yaml:"alertPolicyRef"`
}

type openPolicy struct {
	Description string          `yaml:"description"`
	Breaching   bool            `yaml:"alertWhenBreaching"`
	Resolved    bool            `yaml:"alertWhenResolved"`
	NoData      bool            `yaml:"alertWhenNoData"`
	Conditions  []openCondition `yaml:"conditions"`
	Targets     []any           `yaml:"notificationTargets"`
}

type openCondition struct {
	Kind     string       `yaml:"kind"`
	Metadata openMetadata `yaml:"metadata"`
	Spec     struct {
		Description string        `yaml:"description"`
		Severity    string        `yaml:"severity"`
		Condition   openThreshold `yaml:"condition"`
	} `yaml:"spec"`
}

type openThreshold struct {
	Kind      string  `yaml:"kind"`
	Op        string  `yaml:"op"`
	Threshold float64 `yaml:"threshold"`
	Lookback  string  `yaml:"lookbackWindow"`
	After     string  `yaml:"alertAfter"`
}

const openVersion = "openslo/v1"

// openSLO gives the documents of a configuration's objectives.
func openSLO(doc *config.Document) []any {
	var all []any
	seen := map[string]bool{}
	policies := false
	for i := range doc.SLOs {
		o := &doc.SLOs[i]
		component := doc.Component(o.Component)
		if !seen[o.Component] {
			seen[o.Component] = true
			all = append(all, openDocument{openVersion, "Service", openMetadata{o.Component, component.Name}, map[string]string{"description": component.Description}})
		}
		spec := openObjective{
			Description: "Of " + component.Name + ", as Daymark measures it: " + o.Indicator, Service: o.Component, BudgetingMethod: "Occurrences",
			Objectives: []openTarget{{o.ID, math.Round(o.Objective*1e6) / 1e8}}, TimeWindow: []openWindow{windowOf(o, doc.Page.Timezone)},
		}
		spec.Indicator.Metadata.Name = o.ID + "-" + o.Indicator
		spec.Indicator.Spec.Ratio = openRatio{Counter: true, Good: metricOf(doc, o, "good"), Total: metricOf(doc, o, "good + bad")}
		if alerting(o) {
			policies = true
			for _, p := range slo.Pairs() {
				spec.AlertPolicies = append(spec.AlertPolicies, openRef{policyName(p)})
			}
		}
		all = append(all, openDocument{openVersion, "SLO", openMetadata{o.ID, component.Name}, spec})
	}
	if policies {
		for _, p := range slo.Pairs() {
			all = append(all, openDocument{openVersion, "AlertPolicy", openMetadata{Name: policyName(p)}, policyOf(p)})
		}
	}
	return all
}

func windowOf(o *slo.Objective, zone string) openWindow {
	if o.Window.Month {
		return openWindow{Duration: "1M", Calendar: &openCalendar{"2026-01-01 00:00:00", zone}}
	}
	return openWindow{Duration: openDuration(o.Window), Rolling: true}
}

// openDuration writes a time as OpenSLO has it: a whole number of one unit.
func openDuration(w slo.Window) string {
	if text := w.String(); strings.HasSuffix(text, "d") {
		return text
	}
	return strconv.Itoa(int(w.Rolling.Minutes())) + "m"
}

func metricOf(doc *config.Document, o *slo.Objective, field string) openMetric {
	var m openMetric
	m.Source.Type = "Daymark"
	m.Source.Spec = map[string]string{"url": doc.Page.URL + "/api/v1/slos/" + o.ID, "field": field}
	return m
}

func policyName(p slo.Pair) string {
	return "burns-" + strings.ReplaceAll(short(p.Burn), ".", "-") + "-times"
}

func policyOf(p slo.Pair) openPolicy {
	policy := openPolicy{Description: fmt.Sprintf("Both windows burn more than %s times faster than allowed.", short(p.Burn)), Breaching: true, Resolved: true, Targets: []any{}}
	severity := "ticket"
	if p.Page {
		severity = "page"
	}
	c := openCondition{Kind: "AlertCondition", Metadata: openMetadata{Name: policyName(p)}}
	c.Spec.Severity = severity
	c.Spec.Description = fmt.Sprintf("Over %s, and over %s too.", lengthOf(p.Long), lengthOf(p.Short))
	c.Spec.Condition = openThreshold{Kind: "burnrate", Op: "gte", Threshold: p.Burn, Lookback: openDuration(slo.Window{Rolling: p.Long}), After: openDuration(slo.Window{Rolling: p.Short})}
	policy.Conditions = []openCondition{c}
	return policy
}
