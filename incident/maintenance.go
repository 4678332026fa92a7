package incident

import (
	"maps"
	"slices"
	"time"
)

// Stage is where a maintenance stands.
type Stage string

// The stages of a maintenance.
const (
	Scheduled  Stage = "scheduled"
	InProgress Stage = "in_progress"
	Verifying  Stage = "verifying" // the work is over, and its components are measured anew
	Completed  Stage = "completed"
	Cancelled  Stage = "cancelled"
)

// stages is the table of allowed transitions.
var stages = map[Stage][]Stage{
	Scheduled:  {InProgress, Cancelled},
	InProgress: {Verifying},
	Verifying:  {Completed},
}

// PlannedMaintenance is work that was planned on some components. From Began
// to Over they are under maintenance, and stay so while they are verified:
// their checks go on and open nothing. What fails then counts since Over.
type PlannedMaintenance struct {
	ID         string
	Rule       string // the recurring one that it follows from; empty: a person planned it
	Title      string
	Text       string // for visitors; may be empty
	Components []string
	Stage      Stage
	Announce   time.Time // visitors see it from then on
	Starts     time.Time // as planned
	Ends       time.Time // as planned, or as extended
	Moves      []Move    // of its end, oldest first; the last mostMoves
	Made       time.Time
	Announced  time.Time // zero: staff alone know of it
	Began      time.Time // Starts, even where nobody ran at that moment
	Over       time.Time // when the work ended: Ends, or earlier by a person
	Done       time.Time // when it was completed or cancelled
	Updated    time.Time // the last change of any kind
	Why        string    // why it was cancelled, or ended before its time
}

// Move is a change of when a maintenance is to end.
type Move struct {
	At   time.Time `json:"at"`
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// mostMoves is how many moves are remembered.
const mostMoves = 50

// VerifyAtMost bounds how long a maintenance that is over waits for its checks
// to have run.
const VerifyAtMost = 15 * time.Minute

// maintenanceKept is how long one that is done is remembered, so that results
// that come late are known to have run in it. No result comes later. One that
// is done before its time is remembered until that is over, too, so that its
// rule does not plan it again.
const maintenanceKept = maxAge

func (m *PlannedMaintenance) forgotten(now time.Time) bool {
	return m.Ended() && now.Sub(m.Done) > maintenanceKept && now.After(m.Ends)
}

// Clone copies it, so that a decision holds what it was then.
func (m *PlannedMaintenance) Clone() PlannedMaintenance {
	c := *m
	c.Components, c.Moves = slices.Clone(m.Components), slices.Clone(m.Moves)
	return c
}

// Ended says whether nothing more will come of it.
func (m *PlannedMaintenance) Ended() bool { return m.Stage == Completed || m.Stage == Cancelled }

// Public says whether visitors see it.
func (m *PlannedMaintenance) Public() bool { return !m.Announced.IsZero() }

// Covers says whether a run that was scheduled at a moment ran in it.
func (m *PlannedMaintenance) Covers(at time.Time) bool {
	from, to := m.Starts, m.Ends
	switch m.Stage {
	case Cancelled:
		return false
	case Verifying, Completed:
		to = m.Over
	}
	return !at.Before(from) && at.Before(to)
}

// to moves the maintenance where the table of stages allows it.
func (m *PlannedMaintenance) to(stage Stage) bool {
	if !slices.Contains(stages[m.Stage], stage) {
		return false
	}
	m.Stage = stage
	return true
}

// maintain takes each maintenance as far as the time allows, and gives the
// components whose status may follow from one.
func (d *decider) maintain() map[string]bool {
	touched := map[string]bool{}
	if len(d.policy.recurring) > 0 {
		d.recur()
	}
	for _, id := range slices.Sorted(maps.Keys(d.state.Maintenances)) {
		m := d.state.Maintenances[id]
		was := *m
		d.step(m)
		changed := was.Stage != m.Stage || was.Announced != m.Announced
		if changed {
			d.keep(m)
		}
		if !changed && m.Stage != InProgress && m.Stage != Verifying {
			if m.forgotten(d.now) {
				delete(d.state.Maintenances, id)
			}
			continue
		}
		for _, component := range m.Components {
			if d.policy.components[component] != nil {
				touched[component] = true
			}
		}
	}
	return touched
}

// keep puts a maintenance that changed into the decision.
func (d *decider) keep(m *PlannedMaintenance) {
	m.Updated = d.now
	d.Maintenances = slices.DeleteFunc(d.Maintenances, func(have PlannedMaintenance) bool { return have.ID == m.ID })
	d.Maintenances = append(d.Maintenances, m.Clone())
}

// step takes one maintenance as far as it goes. The times that it notes are
// those that were planned, so that a late look changes none.
func (d *decider) step(m *PlannedMaintenance) {
	if m.Stage == Scheduled && m.Rule != "" && !d.policy.follows(m) && m.to(Cancelled) {
		m.Done, m.Why = d.now, unplanned
		return
	}
	if m.Announced.IsZero() && !m.Ended() && !d.now.Before(m.Announce) {
		m.Announced = m.Announce
	}
	if m.Stage == Scheduled && !d.now.Before(m.Starts) && m.to(InProgress) {
		m.Began = m.Starts
	}
	if m.Stage == InProgress && !d.now.Before(m.Ends) && m.to(Verifying) {
		m.Over = m.Ends
	}
	if m.Stage == Verifying && d.verified(m) && m.to(Completed) {
		m.Done = d.now
	}
}

// verified says whether all that was worked on was measured since.
func (d *decider) verified(m *PlannedMaintenance) bool {
	return !slices.ContainsFunc(m.Components, func(component string) bool { return !d.policy.measuredSince(component, m.Over, d.state, d.now) })
}

// measuredSince says whether each check of a component has run since a moment,
// in each region that is heard, as often as it takes to turn its verdict: then
// no run of before decides it any more. It waits VerifyAtMost.
func (p *Policy) measuredSince(component string, moment time.Time, state *State, now time.Time) bool {
	if !now.Before(moment.Add(VerifyAtMost)) {
		return true
	}
	for _, check := range p.components[component].checks() {
		c := p.checks[check]
		for _, region := range c.regions {
			runs := state.Runs[Series{check, region}]
			latest, ok := runs.latest()
			switch {
			case !ok && now.Sub(state.Loaded) <= c.stale:
				return false // it has not spoken since the server began
			case !ok || c.overdue(latest, state, now):
				continue
			}
			need := max(c.downRuns, c.upRuns)
			if len(runs.list) < need || runs.list[len(runs.list)-need].At <= moment.UnixMilli() {
				return false
			}
		}
	}
	return true
}

// maintenanceDue gives, by due, each time at which a maintenance has to be
// looked at.
func (s *State) maintenanceDue(policy *Policy, now time.Time, due func(time.Time)) {
	for _, m := range s.Maintenances {
		if m.Announced.IsZero() && !m.Ended() {
			due(m.Announce)
		}
		switch m.Stage {
		case Scheduled:
			due(m.Starts)
			if m.Rule != "" && !policy.follows(m) {
				due(now)
			}
		case InProgress:
			due(m.Ends)
			if policy.unshown(m, s, now) {
				due(now)
			}
		case Verifying:
			if policy.unshown(m, s, now) {
				due(now)
			}
			due(m.Over.Add(VerifyAtMost))
		case Completed, Cancelled:
		}
	}
	for _, r := range policy.recurring {
		for _, starts := range s.coming(r, now) {
			if !s.has(r, starts) {
				due(starts.Add(-policy.announce))
				break
			}
		}
	}
}
