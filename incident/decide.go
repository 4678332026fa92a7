package incident

import (
	"maps"
	"reflect"
	"slices"
	"time"
)

// Observation is one new run, as Decide sees it.
type Observation struct {
	Series
	Run
}

// Decision is all that changed, for a Store to keep in one transaction.
type Decision struct {
	Verdicts   []Verdict
	Components []ComponentChange
	Incidents  []Incident // whole, new and changed; Updates and Promise included
	Updates    []Update   // new
	Promises   []Promise  // new, and ended ones by incident and Made
	Severities []SeverityDecision
	Entries    []Entry          // new
	Alerts     []Alert          // new: messages due out to staff
	Overrides  []OverrideChange // set and ended
	Edits      []Edit           // of updates
	Left       []Left           // components that an incident is not about any more
	Reports    []Report         // of users, new and changed
	Answers    []Answer         // new: to reporters
	Reviews    []Review         // whole, new and changed
	Swaps      []Swap           // whole, new and changed

	Maintenances []PlannedMaintenance // whole, new and changed
	Silences     []Silence            // whole, new and changed
}

// ComponentChange is a component's new status and the one before.
type ComponentChange struct {
	ComponentStatus
	Before Status
}

// Empty says whether nothing changed.
func (d *Decision) Empty() bool {
	return len(d.Verdicts)+len(d.Components)+len(d.Incidents)+len(d.Overrides)+len(d.Reports)+len(d.Reviews)+len(d.Swaps)+len(d.Maintenances)+len(d.Alerts)+len(d.Silences) == 0
}

// Quiet says whether all that changed is for staff alone: warnings, and
// maintenance that was not announced yet.
func (d *Decision) Quiet() bool {
	return len(d.Verdicts)+len(d.Components)+len(d.Updates)+len(d.Promises) == 0 &&
		!slices.ContainsFunc(d.Incidents, func(inc Incident) bool { return !inc.Warns() }) &&
		!slices.ContainsFunc(d.Reviews, func(r Review) bool { return r.Public != "" || !r.Withdrawn.IsZero() }) &&
		!slices.ContainsFunc(d.Maintenances, func(m PlannedMaintenance) bool { return m.Public() })
}

// Decide advances the state by new observations, or, without any, by the
// passing of time, and gives what changed. It reads no clock, database or
// network: the same calls give the same decisions. Observing a run again
// changes nothing.
func Decide(state *State, observations []Observation, policy *Policy, now time.Time) Decision {
	d := newDecider(state, policy, now)
	before := d.snapshot()
	checks := d.observe(observations)
	if len(observations) == 0 {
		checks = policy.checkIDs()
	}
	d.judge(checks, len(observations) == 0)
	d.incidents(checks, before)
	state.Decided = now
	return d.Decision
}

type decider struct {
	Decision
	configured *Policy // without what people have swapped
	policy     *Policy
	state      *State
	now        time.Time
	joined     map[string]bool // incidents that components have joined
	hushed     []string        // components whose silence has just ended

	recalled *Incident // of State
}

func newDecider(state *State, policy *Policy, now time.Time) decider {
	return decider{configured: policy, policy: state.covered(policy), state: state, now: now, joined: map[string]bool{}}
}

// observe adds the runs and lists the checks that have a new one.
func (d *decider) observe(observations []Observation) []string {
	touched := map[string]bool{}
	for _, o := range observations {
		c := d.policy.checks[o.Check]
		if c == nil {
			continue
		}
		runs := d.state.Runs[o.Series]
		if runs == nil {
			runs = &Runs{}
			d.state.Runs[o.Series] = runs
		}
		o.Late = c.late > 0 && d.now.Sub(time.UnixMilli(o.At)) > c.late
		if runs.Add(o.Run, c.horizon, d.now.Add(MaxAhead)) {
			touched[o.Check] = true
		}
	}
	return slices.Sorted(maps.Keys(touched))
}

// judge works out the verdicts of these checks and the statuses that follow;
// with all, those of every component, because the configuration may have
// changed since.
func (d *decider) judge(checks []string, all bool) {
	components := d.maintain()
	if all {
		for _, id := range d.policy.order {
			components[id] = true
		}
	}
	for _, id := range checks {
		c := d.policy.checks[id]
		before := d.state.Verdicts[id]
		verdict := d.policy.verdict(c, d.state, d.now)
		if verdict == before {
			continue
		}
		d.state.Verdicts[id] = verdict
		components[c.component] = true
		if verdict.Word != before.Word {
			d.Verdicts = append(d.Verdicts, verdict)
		}
	}
	for _, id := range d.policy.downstream(components) {
		if d.state.Overrides[id] != nil && d.policy.components[id] != nil {
			d.expire(d.policy.components[id])
		}
		before := d.state.Components[id]
		status := d.shown(d.policy.status(d.policy.components[id], d.state, d.now), before)
		if status == before {
			continue
		}
		d.state.Components[id] = status
		if status.Status != before.Status {
			d.Components = append(d.Components, ComponentChange{status, before.Status})
		}
	}
}

// incidents opens, joins and reopens for components that fail now, does the
// same for these checks' warnings, then takes each open incident a step
// further. before is what they were at the beginning.
func (d *decider) incidents(checks []string, before map[string]Incident) {
	d.endSilences()
	for _, change := range d.Components {
		if c := d.policy.components[change.Component]; change.Status.Badness() > 0 && d.policy.heard(c, d.state) {
			d.place(change.ComponentStatus)
		}
	}
	d.unheard()
	for _, id := range d.policy.derived {
		d.goHome(id)
	}
	d.warn(checks)
	d.reports()
	d.reviews()
	for _, id := range slices.Sorted(maps.Keys(d.state.Incidents)) {
		inc := d.state.Incidents[id]
		if inc.Open() && !inc.Warns() {
			d.advance(inc)
		}
		old, existed := before[id]
		if !existed || !reflect.DeepEqual(old, inc.Clone()) {
			inc.Updated = d.now
			d.Incidents = append(d.Incidents, inc.Clone())
		}
	}
}

// snapshot forgets the incidents that cannot reopen any more, as reading the
// state anew would, and copies the others, to tell later which changed.
func (d *decider) snapshot() map[string]Incident {
	before := make(map[string]Incident, len(d.state.Incidents))
	for id, inc := range d.state.Incidents {
		if !inc.Open() && d.now.Sub(inc.Resolved) >= d.policy.rules.ReopenWithin {
			delete(d.state.Incidents, id)
			continue
		}
		before[id] = inc.Clone()
	}
	d.oldReports()
	return before
}

// NextDue gives when Decide has to run without observations at the latest;
// zero: never. It follows from stored times alone, so no restart loses one.
func NextDue(state *State, policy *Policy, now time.Time) time.Time {
	policy = state.covered(policy)
	var next time.Time
	due := func(at time.Time) {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, inc := range state.Incidents {
		if !inc.Open() || inc.Warns() { // results alone end a warning
			continue
		}
		due(state.Decided.Add(factsAge)) // facts age too
		if inc.Promise != nil && inc.Public() {
			due(inc.Promise.publishAt())
		}
		due(policy.nudgeDue(inc, now))
		due(policy.callDue(inc, state.Decided))
		due(policy.endDue(inc, state, now))
		if !inc.EaseSince.IsZero() {
			due(inc.EaseSince.Add(policy.rules.EaseAfter))
		}
	}
	due(policy.reportDue(state, now))
	due(policy.reviewDue(state))
	state.maintenanceDue(policy, now, due)
	for _, s := range state.Silences {
		due(s.Until)
	}
	for _, c := range policy.checks {
		due(c.silentAt(state, now))
		if verdict := state.Verdicts[c.ID]; verdict.Word != CannotSay && verdict.Word != "" && c.silent(state, now) {
			due(now)
		}
	}
	return next
}

// factsAge is how often an open incident is looked at without a new result.
const factsAge = 15 * time.Second

func (p *Policy) checkIDs() []string { return slices.Sorted(maps.Keys(p.checks)) }
