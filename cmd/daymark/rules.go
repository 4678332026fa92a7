package main

import (
	"fmt"
	"time"

	"daymark/config"
	"daymark/notify"
	"daymark/slo"
)

// ruleFile is a file of rules for Prometheus.
type ruleFile struct {
	Groups []ruleGroup `yaml:"groups"`
}

type ruleGroup struct {
	Name  string `yaml:"name"`
	Rules []rule `yaml:"rules"`
}

type rule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for,omitempty"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// prometheusRules gives an alert for each objective and pair of windows, over
// what /metrics says: Daymark has counted already, late results and
// maintenance included.
func prometheusRules(doc *config.Document) []any {
	file := ruleFile{Groups: []ruleGroup{}}
	for i := range doc.SLOs {
		o := &doc.SLOs[i]
		group := ruleGroup{Name: "daymark-slo-" + o.ID}
		guard := o.Guard()
		for _, p := range slo.Pairs() {
			severity := "ticket"
			if p.Page {
				severity = "page"
			}
			group.Rules = append(group.Rules, rule{
				Alert: "DaymarkErrorBudgetBurn",
				Expr: fmt.Sprintf(`daymark_slo_burn_rate{slo=%[1]q,window=%[2]q} >= %[4]s
  and on (instance, slo) daymark_slo_burn_rate{slo=%[1]q,window=%[3]q} >= %[4]s
  and on (instance, slo) daymark_slo_window_events{slo=%[1]q,window=%[2]q,verdict="bad"} >= %[5]d
  and on (instance, slo) sum by (instance, slo) (daymark_slo_window_events{slo=%[1]q,window=%[2]q}) >= %[6]d
`, o.ID, windowLabel(p.Long), windowLabel(p.Short), short(p.Burn), guard.Bad, guard.Samples),
				// The window is that of the rate; said here, it tells the rules apart.
				Labels: map[string]string{"severity": severity, "slo": o.ID, "component": o.Component, "window": windowLabel(p.Long)},
				Annotations: map[string]string{
					"summary":     fmt.Sprintf("%s spends its error budget more than %s times too fast", doc.Component(o.Component).Name, short(p.Burn)),
					"description": fmt.Sprintf("Over %s, and over %s too. The objective %s is %s %%.", lengthOf(p.Long), lengthOf(p.Short), o.ID, short(o.Objective)),
					"runbook":     doc.Page.URL + "/console/runbooks#" + string(notify.RunbookBurnRate),
					"link":        doc.Page.URL + "/console/objectives/" + o.ID,
				},
			})
		}
		file.Groups = append(file.Groups, group)
	}
	return []any{file}
}

func lengthOf(d time.Duration) string {
	if d == time.Hour {
		return "an hour"
	}
	if d == 24*time.Hour {
		return "a day"
	}
	return shortly(d)
}
