package incident

import (
	"slices"
	"strings"
	"time"

	"daymark/checker"
)

// status gives a component's status: what a person set, or what its checks say.
func (p *Policy) status(c *componentPolicy, state *State, now time.Time) ComponentStatus {
	o := state.Overrides[c.ID]
	if o == nil {
		return p.measured(c, state, now)
	}
	status := ComponentStatus{Component: c.ID, Status: o.Status, Since: o.At, Reason: "set by hand: " + o.Reason}
	if before := state.Components[c.ID]; before.Status == status.Status || before.Since.After(status.Since) {
		status.Since = before.Since
	}
	return status
}

// measured works out a component's status from the verdicts of its checks.
func (p *Policy) measured(c *componentPolicy, state *State, now time.Time) ComponentStatus {
	before := state.Components[c.ID]
	if c.derived() {
		return p.derive(c, state, now)
	}
	status, reason := p.statusOf(c, state)
	if before.Status == status {
		before.Reason = reason
		return before
	}
	since := now
	for _, check := range c.Checks {
		// A failure began when its first run failed, not when the quorum was reached.
		if v := state.Verdicts[check.ID]; status.Badness() > before.Status.Badness() && v.Word == CheckDown && v.Since.Before(since) {
			since = v.Since
		}
	}
	// Never before the last change: two statuses cannot hold at once.
	return ComponentStatus{Component: c.ID, Status: status, Since: later(since, before.Since), Reason: reason}
}

// statusOf: a failing check gives the status that it `means`; without one the
// share of failing checks decides. What is not measured counts for nothing.
func (p *Policy) statusOf(c *componentPolicy, state *State) (Status, string) {
	var measured, down, impaired int
	worst := Operational
	var reasons []string
	for _, check := range c.Checks {
		verdict := state.Verdicts[check.ID]
		switch verdict.Word {
		case CheckDown:
			measured++
			down++
			if means := Status(check.Means); means.Badness() > worst.Badness() {
				worst = means
			}
		case Impaired:
			measured++
			impaired++
		case Up:
			measured++
		}
		if verdict.Word == CheckDown || verdict.Word == Impaired {
			reasons = append(reasons, check.Title()+": "+verdict.Reason)
		}
	}
	share := Operational
	switch {
	case measured == 0:
		return Unmeasured, "not measured"
	case down == measured:
		share = Down
	case down > 0:
		share = PartlyDown
	case impaired > 0:
		share = Slow
	}
	if worst.Badness() < share.Badness() && !p.allMean(c, state) {
		worst = share
	}
	return worst, strings.Join(reasons, "; ")
}

// allMean says whether each check that is down names the status that it
// means, so that the share of failing checks adds nothing.
func (p *Policy) allMean(c *componentPolicy, state *State) bool {
	any := false
	for _, check := range c.Checks {
		if state.Verdicts[check.ID].Word == CheckDown {
			if check.Means == "" {
				return false
			}
			any = true
		}
	}
	return any
}

// awaitsNothing says whether no check of a component can ever tell again: it
// has none, or only heartbeats whose addresses were revoked, which is the one
// thing that makes a heartbeat unknown. One without checks awaits nothing where
// nothing that it depends on does.
func (p *Policy) awaitsNothing(c *componentPolicy, state *State) bool {
	if c == nil {
		return true // it is not configured any more
	}
	if state.Overrides[c.ID] != nil {
		return false
	}
	if c.derived() {
		return !slices.ContainsFunc(c.DependsOn, func(id string) bool { return !p.awaitsNothing(p.components[id], state) })
	}
	for i := range c.Checks {
		latest, ok := state.Runs[Series{c.Checks[i].ID, p.checks[c.Checks[i].ID].regions[0]}].latest()
		if c.Checks[i].Heartbeat == nil || !ok || latest.Outcome != checker.Unknown {
			return false
		}
	}
	return true
}
