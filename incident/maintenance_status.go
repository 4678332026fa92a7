package incident

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"daymark/checker"
)

// maintenanceOf gives the maintenance that a component is under, or nil. One
// that an open incident is about when it begins stays as it is measured, until
// that incident is over: what visitors were told of does not go away.
func (p *Policy) maintenanceOf(component string, s *State, now time.Time) *PlannedMaintenance {
	var under *PlannedMaintenance
	for _, m := range s.Maintenances {
		lasts := m.Stage == InProgress || m.Stage == Verifying && !p.measuredSince(component, m.Over, s, now)
		if lasts && slices.Contains(m.Components, component) &&
			(under == nil || m.Began.Before(under.Began) || m.Began.Equal(under.Began) && m.ID < under.ID) {
			under = m
		}
	}
	if under == nil || s.suffers(component, under.Began) {
		return nil
	}
	return under
}

// suffers says whether an open incident is about a component that did not
// work again before a moment. What was over with an incident that was reopened
// since stays over.
func (s *State) suffers(component string, before time.Time) bool {
	for _, inc := range s.Incidents {
		if !inc.Open() || inc.Warns() {
			continue
		}
		for _, a := range inc.thisTime() {
			if a.Component == component && (a.Until.IsZero() || a.Until.After(before)) {
				return true
			}
		}
	}
	return false
}

// unshown says whether a component of a maintenance in progress is not shown
// under it yet, though it should be.
func (p *Policy) unshown(m *PlannedMaintenance, s *State, now time.Time) bool {
	return slices.ContainsFunc(m.Components, func(component string) bool {
		return p.components[component] != nil && s.Components[component].Status != Maintenance && p.maintenanceOf(component, s, now) != nil
	})
}

// shown gives a component's status with maintenance in view: measured is what
// its checks say.
func (d *decider) shown(measured, before ComponentStatus) ComponentStatus {
	if len(d.state.Maintenances) == 0 && before.Status != Maintenance {
		return measured
	}
	if m := d.policy.maintenanceOf(measured.Component, d.state, d.now); m != nil {
		status := ComponentStatus{Component: measured.Component, Status: Maintenance, Since: later(m.Began, before.Since), Reason: m.Title}
		if before.Status == Maintenance {
			status.Since = before.Since
		}
		return status
	}
	if before.Status != Maintenance || measured.Status == Maintenance {
		return measured
	}
	last := d.state.lastOver(measured.Component)
	own := last != nil && last.Over.After(before.Since)
	if c := d.policy.components[measured.Component]; !own && c.derived() {
		return measured // what it is derived from was worked on
	}
	measured.Since = d.now
	if own { // what was in it does not count
		measured.Since = later(last.Over, before.Since)
		if measured.Status.Badness() > 0 {
			measured.Reason += fmt.Sprintf("; still so after the maintenance %q, which was over at %s", last.Title, d.policy.clock(last.Over, d.now))
		}
	}
	return measured
}

// lastOver gives the maintenance of a component that was over last, or nil.
func (s *State) lastOver(component string) *PlannedMaintenance {
	var last *PlannedMaintenance
	for _, id := range slices.Sorted(maps.Keys(s.Maintenances)) {
		m := s.Maintenances[id]
		if !m.Over.IsZero() && slices.Contains(m.Components, component) && (last == nil || m.Over.After(last.Over)) {
			last = m
		}
	}
	return last
}

// excused lists the results, of those that are fresh, that ran in a
// maintenance of their component.
func (e *Engine) excused(state *State, results []checker.Result, fresh []bool) []checker.Result {
	if len(state.Maintenances) == 0 {
		return nil
	}
	var all []checker.Result
	for i := range results {
		component := e.policy.Component(results[i].Check)
		if !fresh[i] {
			continue
		}
		for _, m := range state.Maintenances {
			if m.Covers(results[i].At) && slices.Contains(m.Components, component) && !state.suffers(component, m.Starts) {
				all = append(all, results[i])
				break
			}
		}
	}
	return all
}

// findMaintenance adds what maintenance has to do with what fails.
func (p *Policy) findMaintenance(f *Finding, state *State, now time.Time) {
	if len(state.Maintenances) == 0 {
		return
	}
	if last := state.lastOver(f.Component); last != nil && last.Over.Equal(f.Since) {
		f.Maintained = last.Over
	}
	for _, id := range p.order {
		if m := p.maintenanceOf(id, state, now); m != nil && m.Public() && p.dependsOn(f.Component, id) {
			f.Needs = append(f.Needs, id)
		}
	}
}
