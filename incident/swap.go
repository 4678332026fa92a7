package incident

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"daymark/support"
)

// Swap is a place of a rota that one person gives another for a time. It counts
// once it is accepted.
type Swap struct {
	ID       string
	Rota     string
	Role     support.Role
	Giver    string // who has the place by the rota
	Taker    string // who has it instead
	From, To time.Time
	Note     string
	By       string // who asked for it
	Made     time.Time
	Accepted time.Time
	Ended    time.Time // when it was withdrawn
}

// SwapState is where a swap stands.
type SwapState string

// The states of a swap.
const (
	SwapOffered   SwapState = "offered"
	SwapAccepted  SwapState = "accepted"
	SwapWithdrawn SwapState = "withdrawn"
	SwapLapsed    SwapState = "lapsed" // nobody accepted it in time
)

// State gives where a swap stands.
func (s *Swap) State(now time.Time) SwapState {
	switch {
	case !s.Ended.IsZero():
		return SwapWithdrawn
	case !s.Accepted.IsZero():
		return SwapAccepted
	case !now.Before(s.To):
		return SwapLapsed
	}
	return SwapOffered
}

// CoversOf gives what swaps of a rota make of it: those that were accepted, in
// the order in which they were.
func CoversOf(swaps []Swap, rota string) []support.Cover {
	accepted := slices.DeleteFunc(slices.Clone(swaps), func(s Swap) bool { return s.Rota != rota || s.Accepted.IsZero() || !s.To.After(s.From) })
	slices.SortStableFunc(accepted, func(a, b Swap) int { return cmp.Or(a.Accepted.Compare(b.Accepted), cmp.Compare(a.ID, b.ID)) })
	covers := make([]support.Cover, len(accepted))
	for i, s := range accepted {
		covers[i] = support.Cover{Role: s.Role, Person: s.Taker, From: s.From, To: s.To}
	}
	return covers
}

// swapsOf lists the swaps that a state knows but one, in order of their ids.
func (s *State) swapsOf(but string) []Swap {
	var all []Swap
	for _, id := range slices.Sorted(maps.Keys(s.Swaps)) {
		if id != but {
			all = append(all, *s.Swaps[id])
		}
	}
	return all
}

// covered gives a policy whose rotas are as people have swapped.
func (s *State) covered(p *Policy) *Policy {
	if len(s.Swaps) == 0 {
		return p
	}
	if s.swapped != nil && s.swappedFrom == p {
		return s.swapped
	}
	with := *p
	with.rosters = map[string]*support.Roster{}
	for id, roster := range p.rosters {
		with.rosters[id] = roster.With(CoversOf(s.swapsOf(""), id))
	}
	s.swapped, s.swappedFrom = &with, p
	return s.swapped
}

func (d *decider) keepSwap(s *Swap) {
	kept := *s
	d.state.Swaps[s.ID] = &kept
	d.state.swapped = nil
	d.policy = d.state.covered(d.configured)
	d.Swaps = append(d.Swaps, kept)
}
