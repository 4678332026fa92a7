package incident

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// derived says whether a component has no check of its own, so that what it
// depends on tells how it is.
func (c *componentPolicy) derived() bool { return len(c.Checks) == 0 && len(c.DependsOn) > 0 }

// derive gives a component the worst status of what it depends on. What is not
// measured, or under maintenance, counts for nothing.
func (p *Policy) derive(c *componentPolicy, state *State, now time.Time) ComponentStatus {
	worst := ComponentStatus{Status: Unmeasured}
	var reasons []string
	for _, id := range c.DependsOn {
		status := state.Components[id]
		if status.Status == "" || status.Status == Unmeasured || status.Status == Maintenance {
			continue
		}
		if status.Status.Badness() > 0 {
			reasons = append(reasons, p.name(id)+" "+being(status.Status))
		}
		worse := status.Status.Badness() - worst.Status.Badness()
		if worst.Status == Unmeasured || worse > 0 || worse == 0 && status.Since.Before(worst.Since) {
			worst = status // of several that are as bad, the first that was
		}
	}
	worst.Component, worst.Reason = c.ID, strings.Join(reasons, "; ")
	if worst.Status == Unmeasured {
		worst.Reason = "not measured"
	}
	before := state.Components[c.ID]
	switch {
	case before.Status == worst.Status:
		worst.Since = before.Since
	case worst.Status.Badness() > before.Status.Badness():
		worst.Since = later(worst.Since, before.Since) // two statuses cannot hold at once
	default:
		worst.Since = now
	}
	return worst
}

// downstream lists components with those that are derived from them, each
// after all that it is derived from.
func (p *Policy) downstream(ids map[string]bool) []string {
	for _, id := range p.derived {
		ids[id] = ids[id] || slices.ContainsFunc(p.components[id].DependsOn, func(other string) bool { return ids[other] })
	}
	measured := func(id string) bool { return p.components[id] == nil || !p.components[id].derived() }
	all := slices.DeleteFunc(slices.Sorted(maps.Keys(ids)), func(id string) bool { return !ids[id] || !measured(id) })
	return append(all, slices.DeleteFunc(slices.Clone(p.derived), func(id string) bool { return !ids[id] })...)
}

// derivedInOrder lists the derived components, each after those that it is
// derived from.
func (p *Policy) derivedInOrder() []string {
	var all []string
	seen := map[string]bool{}
	var add func(id string)
	add = func(id string) {
		c := p.components[id]
		if c == nil || seen[id] || !c.derived() {
			return
		}
		seen[id] = true
		for _, other := range c.DependsOn {
			add(other)
		}
		all = append(all, id)
	}
	for _, id := range p.order {
		add(id)
	}
	return all
}
