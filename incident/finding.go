package incident

import (
	"slices"
	"time"

	"daymark/internal/lang"
)

// Finding is what an update that Daymark writes by itself says of one component,
// before it is put into words: each reader gets it in their language.
type Finding struct {
	Component  string        `json:"component"`
	Status     Status        `json:"status"`            // operational: it works again; unknown: nobody can tell
	Since      time.Time     `json:"since,omitzero"`    // it fails, or, when it is over, it works again
	Regions    []string      `json:"regions,omitempty"` // ids of those that it fails from, unless Everywhere
	Everywhere bool          `json:"everywhere,omitempty"`
	Maintained time.Time     `json:"maintained,omitzero"` // when planned maintenance of it was over, and it began to fail
	Needs      []string      `json:"needs,omitempty"`     // ids of components under planned maintenance that it needs
	Worst      Status        `json:"worst,omitempty"`     // of what is over; empty: it goes on
	Lasted     time.Duration `json:"lasted,omitempty"`    // of what is over
	Eased      time.Duration `json:"eased,omitempty"`     // of that, it was not at its worst
}

// wordings makes the policy's own: that of the page's first language, in which
// what is published is kept, and the English that staff read.
func (p *Policy) wordings(tag string) {
	in := func(l *lang.Language) *Wording {
		return &Wording{
			Language: l, Zone: p.zone,
			Component: func(id string) string { return p.nameIn(id, l.Tag) },
			Region:    func(id string) string { return p.regionName(id) },
			Place:     p.place,
		}
	}
	p.public, p.staff = in(lang.Or(tag)), in(lang.English())
}

// place is a component's on the page.
func (p *Policy) place(component string) int {
	if c := p.components[component]; c != nil {
		return c.index
	}
	return len(p.order)
}

// nameIn names a component in a language.
func (p *Policy) nameIn(id, language string) string {
	if c := p.components[id]; c != nil && c.Names[language] != "" {
		return c.Names[language]
	}
	return p.name(id)
}

// ordered puts components in the page's order.
func (p *Policy) ordered(affected []Affected) []Affected { return p.public.ordered(affected) }

// findings is what Daymark measures of an incident, and nothing that it does not
// know.
func (p *Policy) findings(inc *Incident, state *State, now time.Time) []Finding {
	var all []Finding
	for _, a := range p.ordered(inc.thisTime()) {
		if p.elsewhere(inc, a.Component, state) {
			continue
		}
		f := Finding{Component: a.Component, Status: state.Components[a.Component].Status}
		if a.unseen(state) {
			f.Status = Unmeasured
		}
		if f.Status.Badness() > 0 {
			f.Since = a.From
			failing, telling := p.regionsOf(a.Component, state, now)
			if f.Everywhere = len(failing) == len(telling) && len(failing) > 1; !f.Everywhere {
				f.Regions = failing
			}
			p.findMaintenance(&f, state, now)
		}
		all = append(all, f)
	}
	return all
}

// endFindings is what it was and how long, and of what nobody measures any more
// not that it works. What a person named, and was not measured, is left out, and
// so is what fails again in another incident.
func (p *Policy) endFindings(inc *Incident, state *State) []Finding {
	var all []Finding
	for _, a := range p.ordered(inc.thisTime()) {
		if a.Worst.Badness() > 0 && !p.elsewhere(inc, a.Component, state) {
			status := Operational
			if a.Status == Unmeasured || a.unseen(state) {
				status = Unmeasured
			}
			all = append(all, Finding{Component: a.Component, Status: status, Since: a.Until, Worst: a.Worst, Lasted: a.Until.Sub(a.From), Eased: inc.Better(a.Component)})
		}
	}
	return all
}

// unseen says whether a component went from failing to maintenance: nobody has
// seen it work since.
func (a *Affected) unseen(state *State) bool {
	now := state.Components[a.Component]
	return now.Status == Maintenance && !a.Until.Before(now.Since)
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

// being says a status to staff.
func being(status Status) string {
	switch status {
	case Down:
		return "is not available"
	case PartlyDown:
		return "is partly not available"
	}
	return "is slow"
}

// clock writes a time of day in the page's zone, for staff, with the date
// unless it is today.
func (p *Policy) clock(at, now time.Time) string { return p.staff.Language.Clock(at, now, p.zone) }

func distinct(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
