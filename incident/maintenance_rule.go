package incident

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"daymark/support"
)

// Limits of recurring maintenance.
const (
	// MostAhead is how many times of one rule are planned at once at most.
	MostAhead = 32
	// mostLooked bounds how many times of a rule are looked at to find those
	// that are still to come: each day of 54 years.
	mostLooked = 20_000
)

// Recurrence is a recurring maintenance made ready. It does not change.
type Recurrence struct {
	Recurring
	first time.Time // as clocks show it, in UTC
	rule  *rrule.RRule
	zone  *time.Location
}

// NewRecurrence reads a recurring maintenance; its times are those of clocks
// in zone. Errors name the part that is wrong.
func NewRecurrence(recurring Recurring, zone *time.Location) (*Recurrence, error) {
	starts, err := support.ParseMoment(recurring.Starts, zone)
	if err != nil {
		return nil, fmt.Errorf("starts: %w", err)
	}
	r := &Recurrence{Recurring: recurring, first: asShown(starts, zone), zone: zone}
	if recurring.RRule == "" {
		return r, nil
	}
	// The rule is about what clocks show, so it is worked out where no clock
	// changes, and each time is then found in the zone.
	options, err := rrule.StrToROptionInLocation(recurring.RRule, zone)
	if err != nil {
		return nil, fmt.Errorf("rrule: %w", err)
	}
	if options.Freq > rrule.DAILY {
		return nil, errors.New("rrule: FREQ is one of YEARLY, MONTHLY, WEEKLY, DAILY")
	}
	options.Dtstart = r.first
	if !options.Until.IsZero() {
		options.Until = asShown(options.Until, zone)
	}
	if r.rule, err = rrule.NewRRule(*options); err != nil {
		return nil, fmt.Errorf("rrule: %s", strings.TrimSpace(err.Error()))
	}
	return r, nil
}

// asShown gives what clocks in zone show at a moment, as a time in UTC.
func asShown(at time.Time, zone *time.Location) time.Time {
	at = at.In(zone)
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
}

// Next lists, in order, at most so many times at which the maintenance begins,
// of those that end after a moment, and says whether there may be more. A
// time that clocks show twice is the first of the two, and one that a clock
// change leaves out is the moment of that change.
func (r *Recurrence) Next(after time.Time, most int) (starts []time.Time, more bool) {
	next := func() (time.Time, bool) { return time.Time{}, false }
	if r.rule != nil {
		next = r.rule.Iterator()
	} else if at := support.Shown(r.first, r.zone); at.Add(r.Lasts).After(after) {
		return []time.Time{at.UTC()}, false
	}
	for range mostLooked {
		shown, ok := next()
		if !ok {
			return starts, false
		}
		at := support.Shown(shown, r.zone).UTC()
		if !at.Add(r.Lasts).After(after) || slices.ContainsFunc(starts, at.Equal) {
			continue
		}
		if len(starts) == most {
			return starts, true
		}
		starts = append(starts, at)
	}
	return starts, false
}

// OccurrenceID names one time of a rule by all that it says, so that a changed
// rule plans anew.
func (r *Recurrence) OccurrenceID(starts time.Time) string {
	says := []string{"maintenance", r.ID, r.Name, r.Starts, r.RRule, r.Lasts.String(), r.zone.String()}
	return newID(starts, strings.Join(append(says, r.Components...), "\x00"))
}

// coming is what a State remembers of a rule, so that it is not worked out at
// each look.
type coming struct {
	starts []time.Time
	more   bool
}

// coming lists the times of a rule that are not over, MostAhead at most.
func (s *State) coming(r *Recurrence, now time.Time) []time.Time {
	known, has := s.rules[r.ID]
	over := 0
	for over < len(known.starts) && !known.starts[over].Add(r.Lasts).After(now) {
		over++
	}
	switch {
	case !has || over > 0 && known.more:
		known.starts, known.more = r.Next(now, MostAhead)
	case over > 0:
		known.starts = known.starts[over:]
	default:
		return known.starts
	}
	if s.rules == nil {
		s.rules = map[string]coming{}
	}
	s.rules[r.ID] = known
	return known.starts
}

// unplanned is why the configuration, and no person, has cancelled one.
const unplanned = "the configuration does not plan it any more"

// has says whether a time of a rule is planned, or was: one that has begun, or
// that a person cancelled, does not come again because its rule has changed.
func (s *State) has(r *Recurrence, starts time.Time) bool {
	id := r.OccurrenceID(starts)
	for _, m := range s.Maintenances {
		switch {
		case m.Rule != r.ID || !m.Starts.Equal(starts) || m.Stage == Cancelled && m.Why == unplanned:
		case m.ID == id || m.Stage != Scheduled:
			return true
		}
	}
	return false
}

// follows says whether the configuration still plans a maintenance of a rule.
func (p *Policy) follows(m *PlannedMaintenance) bool {
	return slices.ContainsFunc(p.recurring, func(r *Recurrence) bool { return r.ID == m.Rule && r.OccurrenceID(m.Starts) == m.ID })
}

// recur plans each time of a rule of which people are to hear by now.
func (d *decider) recur() {
	for _, r := range d.policy.recurring {
		for _, starts := range d.state.coming(r, d.now) {
			announce := starts.Add(-d.policy.announce)
			if announce.After(d.now) {
				break
			}
			if d.state.has(r, starts) {
				continue
			}
			m := &PlannedMaintenance{
				ID: r.OccurrenceID(starts), Rule: r.ID, Title: r.Name, Components: slices.Clone(r.Components), Stage: Scheduled,
				Announce: announce, Starts: starts, Ends: starts.Add(r.Lasts), Made: d.now,
			}
			d.state.Maintenances[m.ID] = m
			d.keep(m)
		}
	}
}

func (p *Policy) addMaintenance(rules MaintenanceRules) error {
	p.announce = cmp.Or(rules.Announce, DefaultAnnounce)
	for _, recurring := range rules.Recurring {
		r, err := NewRecurrence(recurring, p.zone)
		if err != nil {
			return fmt.Errorf("maintenance %s: %w", recurring.ID, err)
		}
		p.recurring = append(p.recurring, r)
	}
	return nil
}
