package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"daymark/internal/expression"
)

// sentence says what users notice: "Sign in is not available",
// "Sign in and Shop API are slow".
func (p *Policy) sentence(inc *Incident) string { return p.tell(inc, "is", "are") }

// sentenceOf gives the sentence of an incident: what a person wrote, or what
// fails.
func (p *Policy) sentenceOf(inc *Incident) string {
	if inc.ByHand() {
		return inc.Name
	}
	return p.sentence(inc)
}

// pastSentence says what users noticed, once it is over.
func (p *Policy) pastSentence(inc *Incident) string { return p.tell(inc, "was", "were") }

// tell speaks of what fails now, or, when nothing does any more, of all that
// failed at its worst.
func (p *Policy) tell(inc *Incident, one, many string) string {
	all, status := inc.thisTime(), func(a Affected) Status { return a.Worst }
	if failing := slices.DeleteFunc(slices.Clone(all), func(a Affected) bool { return a.Status.Badness() == 0 }); len(failing) > 0 && inc.Open() {
		all, status = failing, func(a Affected) Status { return a.Status }
	}
	worst := Operational
	for _, a := range all {
		if status(a).Badness() > worst.Badness() {
			worst = status(a)
		}
	}
	var names []string
	for _, a := range p.ordered(all) {
		if status(a) == worst {
			names = append(names, p.name(a.Component))
		}
	}
	if len(names) > 2 {
		names = append(names[:2], fmt.Sprintf("%d more", len(names)-2))
	}
	verb := one
	if len(names) > 1 {
		verb = many
	}
	switch worst {
	case Down:
		return list(names) + " " + verb + " not available"
	case PartlyDown:
		return list(names) + " " + verb + " partly not available"
	}
	return list(names) + " " + verb + " slow"
}

// ordered puts components in the page's order.
func (p *Policy) ordered(affected []Affected) []Affected {
	all := slices.Clone(affected)
	index := func(id string) int {
		if c := p.components[id]; c != nil {
			return c.index
		}
		return len(p.order)
	}
	slices.SortStableFunc(all, func(a, b Affected) int { return index(a.Component) - index(b.Component) })
	return all
}

// factsText is what Daymark publishes by itself: what it measures, and
// nothing that it does not know.
func (p *Policy) factsText(inc *Incident, state *State, now time.Time) string {
	var lines []string
	for _, a := range p.ordered(inc.thisTime()) {
		status := state.Components[a.Component].Status
		name := p.name(a.Component)
		switch {
		case status.Badness() > 0:
			lines = append(lines, name+" "+being(status)+p.from(a.Component, state, now)+" since "+p.clock(a.From, now)+"."+p.aboutMaintenance(a, state, now))
		case status == Unmeasured:
			lines = append(lines, "We cannot tell at the moment whether "+name+" works.")
		default:
			lines = append(lines, name+" works again.")
		}
	}
	return strings.Join(lines, " ")
}

func being(status Status) string {
	switch status {
	case Down:
		return "is not available"
	case PartlyDown:
		return "is partly not available"
	}
	return "is slow"
}

// from names the regions that a component fails from now, or "".
func (p *Policy) from(component string, state *State, now time.Time) string {
	failing, telling := p.regionsOf(component, state, now)
	switch {
	case len(failing) == 0:
		return ""
	case len(failing) == len(telling) && len(failing) > 1:
		return " from any region that we measure"
	}
	return " from " + p.regionNames(failing)
}

// regionsOf lists the regions that a component fails from now, and those that
// can tell.
func (p *Policy) regionsOf(component string, state *State, now time.Time) (failing, telling []string) {
	for _, check := range p.components[component].checks() {
		n := p.count(p.checks[check], state, state.Verdicts[check], now)
		failing = append(failing, n.failing...)
		telling = append(telling, n.telling...)
	}
	return distinct(failing), distinct(telling)
}

func (c *componentPolicy) checks() []string {
	if c == nil {
		return nil
	}
	ids := make([]string, len(c.Checks))
	for i := range c.Checks {
		ids[i] = c.Checks[i].ID
	}
	return ids
}

// endText tells what it was and how long.
func (p *Policy) endText(inc *Incident) string {
	var lines []string
	for _, a := range p.ordered(inc.thisTime()) {
		if a.Worst.Badness() == 0 {
			continue // a person named it, and nothing was measured
		}
		lasted := a.Until.Sub(a.From)
		line := fmt.Sprintf("%s works again since %s.", p.name(a.Component), p.clock(a.Until, a.Until))
		if lasted >= time.Second {
			line += fmt.Sprintf(" It %s for %s.", was(a.Worst), expression.FormatDuration(lasted.Round(time.Second)))
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, " ")
}

func was(status Status) string {
	return strings.Replace(being(status), "is", "was", 1)
}

// clock writes a time of day in the page's zone, with the date unless it is today.
func (p *Policy) clock(at, now time.Time) string {
	at, now = at.In(p.zone), now.In(p.zone)
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04")
	}
	return at.Format("15:04 on 2 January")
}

func distinct(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
