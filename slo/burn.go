package slo

import (
	"slices"
	"time"
)

// Pair is two windows that have to burn faster than a rate, both, for an alert:
// the long one says that it matters, the short one that it still goes on.
type Pair struct {
	Long, Short time.Duration
	Burn        float64 // so many times what the objective allows
	Page        bool    // now, and not in working hours
}

// Pairs are those of the SRE Workbook (table 5-8), and sloth's third; worst
// first.
func Pairs() []Pair {
	const day = 24 * time.Hour
	return []Pair{
		{time.Hour, 5 * time.Minute, 14.4, true},
		{6 * time.Hour, 30 * time.Minute, 6, true},
		{day, 2 * time.Hour, 3, false},
		{3 * day, 6 * time.Hour, 1, false},
	}
}

// BurnWindows are the lengths of time that the pairs look at, shortest first.
func BurnWindows() []time.Duration {
	var all []time.Duration
	for _, p := range Pairs() {
		all = append(all, p.Long, p.Short)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Guard is how much a long window has to hold before it alerts, since few runs
// make a high rate by chance: at one run a minute and 99.9 %, one that fails is
// 16.7 times what an hour allows.
func (o *Objective) Guard() Least {
	least := o.Least
	if least.Bad == 0 {
		least.Bad = 3
		if o.Indicator == Heartbeat {
			least.Bad = 1
		}
	}
	if least.Samples == 0 {
		least.Samples = 10
		if o.Indicator == Heartbeat {
			least.Samples = 1
		}
	}
	return least
}

// BurnRate gives how many times faster than allowed bad events come: 1 spends
// the budget in just the window. Without events it is 0.
func (o *Objective) BurnRate(c Counts) float64 {
	if c.Events() == 0 {
		return 0
	}
	return float64(c.Bad) / float64(c.Events()) / o.allowance()
}

// Burning is how one pair of windows stands.
type Burning struct {
	Pair
	LongRate, ShortRate float64
	// Reachable says whether the objective can burn so fast at all: with
	// everything bad the rate is 1/(1 - objective).
	Reachable bool
	Exceeds   bool // both windows burn faster
	Held      bool // they do, but the guard holds the alert back
}

// Fires says whether the pair alerts.
func (b *Burning) Fires() bool { return b.Exceeds && !b.Held }

// Burning says how each pair stands, by the counts of the windows of
// BurnWindows up to now.
func (o *Objective) Burning(recent map[time.Duration]Counts) []Burning {
	var all []Burning
	guard := o.Guard()
	for _, p := range Pairs() {
		long, short := recent[p.Long], recent[p.Short]
		b := Burning{Pair: p, LongRate: o.BurnRate(long), ShortRate: o.BurnRate(short), Reachable: 1/o.allowance() >= p.Burn}
		b.Exceeds = b.LongRate >= p.Burn && b.ShortRate >= p.Burn
		b.Held = b.Exceeds && (long.Bad < guard.Bad || long.Events() < guard.Samples)
		all = append(all, b)
	}
	return all
}

// Alert is that an objective burns, kept from one look to the next.
type Alert struct {
	Objective string
	Pair      Pair
	Since     time.Time
	Held      time.Time // when some pair fired last
}

// Change is what one look makes of an alert.
type Change int

// What a look makes of an alert.
const (
	Stays  Change = iota
	Begins        // staff are told
	Worsens
	Ends
)

// Look says what becomes of an alert, nil for none, as the pairs stand now. It
// begins with the worst pair that fires, worsens when a page follows what was
// none, and ends when none has fired for as long as the short window of its
// pair: so what comes and goes is one alert.
func (o *Objective) Look(before *Alert, burning []Burning, now time.Time) (*Alert, Change) {
	i := slices.IndexFunc(burning, func(b Burning) bool { return b.Fires() })
	switch {
	case i < 0 && before == nil:
		return nil, Stays
	case i < 0 && now.Sub(before.Held) >= before.Pair.Short:
		return nil, Ends
	case i < 0:
		return before, Stays
	}
	worst := burning[i].Pair
	if before == nil {
		return &Alert{Objective: o.ID, Pair: worst, Since: now, Held: now}, Begins
	}
	after := *before
	after.Held = now
	if worst.Page && !before.Pair.Page {
		after.Pair = worst
		return &after, Worsens
	}
	return &after, Stays
}
