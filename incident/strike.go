package incident

import (
	"slices"
	"time"

	"daymark/checker"
)

// MaxStrike is how long a time is that is struck out at once.
const MaxStrike = 24 * time.Hour

// Strike is a false alarm that a person struck out: the runs of a check in a
// time that failed or were degraded count as such that could not tell, until it
// is undone.
type Strike struct {
	ID          string
	Check       string
	Component   string // of the check
	Region      string // "": all
	From, Until time.Time
	Reason      string
	By          string
	Made        time.Time
	Runs        int       // that it struck out
	Undone      time.Time // zero: it is in force
	UndoneBy    string
}

// NewStrike gives the strike that a person asks for, which ends now at the
// latest, or a *Refusal.
func (p *Policy) NewStrike(asked Strike, by By, now time.Time) (Strike, error) {
	c := p.checks[asked.Check]
	if c == nil {
		return asked, refuse(NotFound, "there is no check %q in the configuration", asked.Check)
	}
	reason, err := written("the reason", asked.Reason)
	if err != nil {
		return asked, err
	}
	asked.Until = earliest(asked.Until, now.Add(time.Millisecond)) // what comes is not judged yet
	switch {
	case asked.Region != "" && !slices.Contains(c.regions, asked.Region):
		return asked, refuse(Invalid, "the check does not run in a region %q", asked.Region)
	case asked.From.After(now):
		return asked, refuse(Invalid, "a time to come is not struck out: nothing is known of it yet")
	case !asked.Until.After(asked.From):
		return asked, refuse(Invalid, "the time ends before it begins")
	case asked.Until.Sub(asked.From) > MaxStrike:
		return asked, refuse(Invalid, "24 hours at most are struck out at once")
	}
	asked.ID, asked.Component, asked.Reason, asked.By, asked.Made = newID(now, "strike/"+asked.Check+"/"+asked.Region+"/"+asked.From.String()+asked.Until.String()), c.component, reason, by.String(), now
	return asked, nil
}

// Span is a time, up to its end.
type Span struct{ From, Until time.Time }

// PastRun is a run of long ago.
type PastRun struct {
	Region  string
	At      time.Time
	Outcome checker.Outcome // as it counts now
	Was     checker.Outcome // as it was before it was struck out; else the same
}

// StrikeReach is how long before and after a strike runs are looked at, to know
// what the check said: as long as it remembers.
func (p *Policy) StrikeReach(check string) time.Duration {
	if c := p.checks[check]; c != nil {
		return c.horizon + c.stale
	}
	return 0
}

// ChecksBeside lists the other checks of a check's component.
func (p *Policy) ChecksBeside(check string) []string {
	var all []string
	if c := p.checks[check]; c != nil {
		for _, other := range p.components[c.component].checks() {
			if other != check {
				all = append(all, other)
			}
		}
	}
	return all
}

// Unfounded gives the parts of the bad times of a component that the results
// of a check alone had made and, now that some are struck out, make no more.
// bad are its bad times, others those of its other checks; runs are those of
// the check around all of them, in order of time.
func (p *Policy) Unfounded(check string, runs []PastRun, bad, others []Span) []Span {
	c := p.checks[check]
	if c == nil {
		return nil
	}
	before, after := p.badTimes(c, runs, true), p.badTimes(c, runs, false)
	var all []Span
	for _, span := range bad {
		if !slices.ContainsFunc(before, span.touches) {
			continue // something else made it
		}
		all = append(all, span.Without(append(slices.Clone(after), others...))...)
	}
	return all
}

// badTimes replays the runs of a check and gives when it was not up. With
// struck, those that are struck out are what they were before.
func (p *Policy) badTimes(c *checkPolicy, runs []PastRun, struck bool) []Span {
	var all []Span
	state := NewState(time.Time{})
	var last time.Time
	look := func(now time.Time) {
		was := state.Verdicts[c.ID]
		is := p.verdict(c, state, now)
		state.Verdicts[c.ID] = is
		wrong := func(w VerdictWord) bool { return w == CheckDown || w == Impaired }
		switch {
		case !wrong(was.Word) && wrong(is.Word):
			all = append(all, Span{From: is.Since, Until: now})
		case wrong(was.Word):
			all[len(all)-1].Until = now
		}
		last = now
	}
	for _, r := range runs {
		if silent := last.Add(c.stale + time.Millisecond); !last.IsZero() && r.At.After(silent) {
			look(silent)
		}
		series := Series{c.ID, r.Region}
		if state.Runs[series] == nil {
			state.Runs[series] = &Runs{}
		}
		outcome := r.Outcome
		if struck {
			outcome = r.Was
		}
		state.Runs[series].Add(Run{At: r.At.UnixMilli(), Outcome: outcome}, c.horizon, r.At)
		look(r.At)
	}
	return all
}

func (s Span) touches(other Span) bool {
	return !other.From.After(s.Until) && !other.Until.Before(s.From)
}

// Without gives what is left of it beside other spans, in order.
func (s Span) Without(taken []Span) []Span {
	taken = slices.Clone(taken)
	slices.SortFunc(taken, func(a, b Span) int { return a.From.Compare(b.From) })
	var left []Span
	at := s.From
	for _, t := range taken {
		if t.From.After(at) && at.Before(s.Until) {
			left = append(left, Span{at, earliest(t.From, s.Until)})
		}
		at = later(at, t.Until)
	}
	if at.Before(s.Until) {
		left = append(left, Span{at, s.Until})
	}
	return slices.DeleteFunc(left, func(one Span) bool { return !one.Until.After(one.From) })
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
