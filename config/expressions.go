package config

import (
	"errors"
	"strings"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/expression"
)

// expressions compiles what a check expects of the facts of its kind.
func (r *review) expressions(path string, check *checker.Check, kind checker.Kind) {
	facts := checker.FactsOf(kind)
	for _, group := range []struct {
		key     string
		sources []string
	}{
		{"expect", check.Expect},
		{"degraded", check.Degraded},
		{"warn", check.Warn},
	} {
		for i := range group.sources {
			r.compile(index(path+"."+group.key, i), &group.sources[i], facts, expression.Condition)
		}
	}
	if kind != checker.KindHTTP {
		return
	}
	for i, step := range check.HTTP.Steps {
		at := index(path+".http.steps", i)
		for j := range step.Expect {
			r.compile(index(at+".expect", j), &step.Expect[j], facts, expression.Condition)
		}
		for name, source := range step.Save {
			r.compile(at+".save."+name, &source, facts, expression.Value)
			step.Save[name] = source
		}
	}
}

func (r *review) severities() {
	table := &r.doc.Severities
	r.refers("severities.preset", table.Preset, "preset", incident.SeverityPresets())
	defer func() { *table = table.WithPreset() }() // what is written is what is checked
	for _, row := range []struct {
		key    string
		source *string
	}{{"P1", &table.P1}, {"P2", &table.P2}, {"P3", &table.P3}, {"P4", &table.P4}} {
		if *row.source != "" {
			r.compile("severities."+row.key, row.source, incident.SeverityFacts{}, expression.Condition)
		}
	}
}

// compile compiles an expression and tells its fault at its place in the
// file. The line end of a block goes, because people read the expression.
func (r *review) compile(path string, source *string, facts any, kind expression.Kind) {
	n := r.nodes[path]
	if n == nil || n.broken || n.shape == null || n.shape == mapping || n.shape == sequence || n.shape == truth {
		return // told by the decoder
	}
	*source = strings.TrimRight(*source, " \n")
	if *source == "" {
		r.at(path, "this is empty, and an expression is needed")
		return
	}
	_, err := expression.Compile(*source, facts, kind)
	var fault *expression.Error
	switch {
	case err == nil:
	case n.secret:
		r.at(path, "once its secret is filled in, this is not an expression that can be worked out")
	case errors.As(err, &fault):
		r.fault(r.source.within(n, fault.Line, fault.Column), path, "%s", fault.Message)
	default:
		r.at(path, "%s", err)
	}
}
