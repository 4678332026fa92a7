package incident

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"
)

// Try works out what would follow from a command at this moment, and changes
// nothing. What is not allowed is a *Refusal.
func (e *Engine) Try(ctx context.Context, by By, command Command) (Decision, error) {
	decision, err := e.try(by, command)
	if !errors.Is(err, errNotLoaded) {
		return decision, err
	}
	nothing := func(context.Context, Tx, *State, time.Time) (int64, error) { return 0, nil }
	if err := e.transact(ctx, nothing); err != nil { // it loads the state
		return Decision{}, fmt.Errorf("try a command: %w", err)
	}
	return e.try(by, command)
}

var errNotLoaded = errors.New("the state is not loaded")

func (e *Engine) try(by By, command Command) (Decision, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state == nil {
		return Decision{}, errNotLoaded
	}
	state, now := e.state.copy(), e.time()
	Decide(state, nil, e.policy, now)
	_, decision, err := Apply(state, command, by, e.policy, now)
	return decision, err
}

// copy gives a state in which something can be tried. It shares the runs, which
// results alone change.
func (s *State) copy() *State {
	c := *s
	c.Runs, c.Verdicts, c.Components, c.Baselines = maps.Clone(s.Runs), maps.Clone(s.Verdicts), maps.Clone(s.Components), maps.Clone(s.Baselines)
	c.rules = maps.Clone(s.rules)
	c.Incidents = copied(s.Incidents, (*Incident).Clone)
	c.Reviews = copied(s.Reviews, (*Review).Clone)
	c.Maintenances = copied(s.Maintenances, (*PlannedMaintenance).Clone)
	c.Overrides = copied(s.Overrides, func(o *Override) Override { return *o })
	c.Reports = copied(s.Reports, func(r *Report) Report { return *r })
	return &c
}

// copied gives a map whose values are copies.
func copied[V any](from map[string]*V, clone func(*V) V) map[string]*V {
	all := make(map[string]*V, len(from))
	for id, value := range from {
		own := clone(value)
		all[id] = &own
	}
	return all
}
