package incident

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// templateVariables are what a template may name, as {{name}}.
var templateVariables = []string{"components", "status", "since", "severity", "regions"}

var placeholder = regexp.MustCompile(`\{\{\s*(\w*)\s*\}\}`)

// CheckTemplate says what is wrong with the text of a template.
func CheckTemplate(text string) error {
	for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(templateVariables, found[1]) {
			return fmt.Errorf("{{%s}} is no variable of a template: it knows {{%s}}", found[1], strings.Join(templateVariables, "}}, {{"))
		}
	}
	return nil
}

// fill writes a template for an incident as it stands.
func (d *decider) fill(inc *Incident, text string) string {
	all := d.policy.ordered(inc.thisTime())
	if bad := slices.DeleteFunc(slices.Clone(all), func(a Affected) bool { return a.Status.Badness() == 0 }); len(bad) > 0 {
		all = bad
	}
	var names, regions []string
	worst, since := Operational, time.Time{}
	for _, a := range all {
		names = append(names, d.policy.public.Component(a.Component))
		failing, _ := d.policy.regionsOf(a.Component, d.state, d.now)
		regions = append(regions, failing...)
		if a.Status.Badness() > worst.Badness() {
			worst = a.Status
		}
		if since.IsZero() || a.From.Before(since) {
			since = a.From
		}
	}
	if since.IsZero() {
		since = inc.Since
	}
	saying := "works"
	if worst != Operational {
		saying = sayingOf(worst)
	}
	public := d.policy.public
	value := map[string]string{
		"components": public.Language.List(names), "status": public.Language.Count("template."+saying, len(names), nil),
		"since": public.Language.Clock(since, d.now, d.policy.zone), "severity": inc.Severity.String(),
		"regions": public.Language.List(named(distinct(regions), d.policy.regionName)),
	}
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		return value[placeholder.FindStringSubmatch(found)[1]]
	})
}
