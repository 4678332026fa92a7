package incident

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// takesIn says whether components that fail may become part of an incident: it
// is open, about what fails, and not one that staff wrote for themselves.
func (i *Incident) takesIn() bool {
	return i.Open() && !i.Warns() && (!i.ByHand() || i.Public())
}

// home gives the incident that a component without checks belongs to while it
// fails: where a person has put it; while a person tells how it is, where it
// is; else where the worst is of what it depends on, and of several that are
// alike where it is already. Nil: it works, or no incident is about it or what
// it depends on.
func (p *Policy) home(component string, state *State) *Incident {
	c := p.components[component]
	if c == nil || !c.derived() || state.Components[component].Status.Badness() == 0 {
		return nil
	}
	var is, was *Incident
	for _, id := range slices.Sorted(maps.Keys(state.Incidents)) {
		inc := state.Incidents[id]
		switch {
		case !inc.takesIn() || !inc.Affects(component):
		case inc.ByHand() || !p.hasCause(inc, component):
			return inc
		case is == nil && inc.lasts(component):
			is = inc
		case was == nil:
			was = inc
		}
	}
	if state.Overrides[component] != nil {
		return cmp.Or(is, was)
	}
	var home *Incident
	worst := 0
	for _, id := range c.DependsOn {
		bad := state.Components[id].Status.Badness()
		if bad == 0 || bad < worst {
			continue
		}
		inc := p.incidentOf(id, state)
		if inc != nil && (bad > worst || inc == is || home != is && inc.ID < home.ID) {
			home, worst = inc, bad
		}
	}
	return home
}

// hasCause says whether an incident is about something that a component
// depends on.
func (p *Policy) hasCause(inc *Incident, component string) bool {
	return slices.ContainsFunc(inc.Affected, func(a Affected) bool { return p.dependsOn(component, a.Component) })
}

// incidentOf gives the incident that a failing component is part of, or nil.
func (p *Policy) incidentOf(component string, state *State) *Incident {
	if home := p.home(component, state); home != nil {
		return home
	}
	for _, id := range slices.Sorted(maps.Keys(state.Incidents)) {
		if inc := state.Incidents[id]; inc.takesIn() && inc.Affects(component) {
			return inc
		}
	}
	return nil
}

// lasts says whether a component fails in the incident, as last seen.
func (i *Incident) lasts(component string) bool {
	return slices.ContainsFunc(i.Affected, func(a Affected) bool { return a.Component == component && a.Until.IsZero() })
}

// elsewhere says whether a component of an incident fails for another cause:
// then another incident tells of it.
func (p *Policy) elsewhere(inc *Incident, component string, state *State) bool {
	home := p.home(component, state)
	return home != nil && home != inc && !inc.ByHand()
}

// goHome takes a component that has no checks, and fails, out of an incident
// whose cause is not the one that it fails for any more, into that one's.
func (d *decider) goHome(component string) {
	home := d.policy.home(component, d.state)
	if home == nil {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(d.state.Incidents)) {
		inc := d.state.Incidents[id]
		if inc == home || inc.ByHand() || !inc.takesIn() || !inc.lasts(component) || len(inc.Affected) == 1 {
			continue
		}
		at := slices.IndexFunc(inc.Affected, func(a Affected) bool { return a.Component == component })
		if !home.Affects(component) {
			home.Affected = append(home.Affected, inc.Affected[at])
			d.joined[home.ID] = true
		}
		inc.Affected, inc.EaseSince = slices.Delete(inc.Affected, at, at+1), time.Time{}
		inc.Name = d.policy.public.tell(inc, false)
		d.Left = append(d.Left, Left{inc.ID, component})
		for _, r := range d.state.openReports() {
			if r.Incident == inc.ID && r.Component == component {
				r.Incident = home.ID
				d.keepReport(r)
			}
		}
	}
}
