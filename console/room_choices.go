package console

import (
	"cmp"

	"daymark/incident"
)

// mostTicked is how many components a form has a box for. Where there are more,
// some are named by their ids.
const (
	mostTicked = 40
	someNamed  = 8
)

func slots() []choice {
	all := make([]choice, someNamed)
	for i := range all {
		all[i].Name = "Component " + decimal(int64(i+1))
	}
	return all
}

// severities are all that there are, the worst first.
var severities = []string{"P1", "P2", "P3", "P4"}

// settable lists the statuses that a person can say of a component that is not
// well.
func settable() []choice {
	var all []choice
	for _, status := range []incident.Status{incident.Slow, incident.PartlyDown, incident.Down} {
		all = append(all, choice{string(status), viewStatus(status).Word})
	}
	return all
}

// components lists those of the configuration.
func (s *Site) components() []choice {
	var all []choice
	for i := range s.API.Components {
		all = append(all, choice{s.API.Components[i].ID, cmp.Or(s.API.Components[i].Name, s.API.Components[i].ID)})
	}
	return all
}

// Kinds lists what people write into the log.
func (p *roomPage) Kinds() []choice {
	var all []choice
	for _, k := range kindWords {
		switch incident.EntryKind(k.Kind) {
		case incident.Agreement, incident.Event, "update", "severity":
		case incident.Propose:
			if p.Proposes {
				all = append(all, choice{k.Kind, k.Name})
			}
		default:
			all = append(all, choice{k.Kind, k.Name})
		}
	}
	return all
}

// Severities lists all that there are.
func (p *roomPage) Severities() []string { return severities }

// Settable lists the statuses that a person can give a component.
func (p *roomPage) Settable() []choice {
	return append([]choice{{string(incident.Operational), viewStatus(incident.Operational).Word}}, settable()...)
}

// everybody lists the people of the configuration, but for who looks.
func (v *roomView) everybody() []choice {
	var all []choice
	for _, p := range v.site.API.People {
		if p.ID != v.who.Person {
			all = append(all, choice{p.ID, cmp.Or(p.Name, p.ID)})
		}
	}
	return all
}

// teams lists the teams that an incident can be passed to.
func (v *roomView) teams() []choice {
	var all []choice
	for _, t := range v.site.API.Teams {
		if t.ID != v.story.Care.Team {
			all = append(all, choice{t.ID, cmp.Or(t.Name, t.ID)})
		}
	}
	return all
}

// parts lists what the incident is about.
func (v *roomView) parts(affected []incident.Affected) []choice {
	var all []choice
	for _, a := range affected {
		all = append(all, choice{a.Component, v.site.API.componentName(a.Component)})
	}
	return all
}
