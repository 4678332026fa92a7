package statuspage

import (
	"time"

	"daymark/incident"
	"daymark/internal/lang"
)

// The states of a promise that readers see.
const (
	promiseRunning = "running"
	promiseAuto    = "auto" // the last word was Daymark's own
	promiseLate    = "late"
)

// runs says whether a promise is owed now.
func runs(p *incident.Promise) bool { return p != nil && p.Ended.IsZero() && !p.Due.IsZero() }

// promise picks the promise that is due first among the open incidents.
func (b *builder) promise(open []incident.Incident) *Promise {
	var first *incident.Incident
	for i := range open {
		if !runs(open[i].Promise) {
			continue
		}
		if first == nil || open[i].Promise.Due.Before(first.Promise.Due) {
			first = &open[i]
		}
	}
	if first == nil {
		return nil
	}
	return b.promiseOf(first, len(open) > 1)
}

// promiseOf shows the clock of one incident.
func (b *builder) promiseOf(i *incident.Incident, several bool) *Promise {
	clockOf := func(at time.Time) Moment { return b.clock(at, b.now, b.Zone) }
	due, made := i.Promise.Due, i.Promise.Made
	p := &Promise{
		State:     promiseRunning,
		Heading:   b.sentence("next-update"),
		Due:       b.place("due-by", clockOf(due)),
		DueISO:    due.UTC().Format(time.RFC3339),
		MadeISO:   made.UTC().Format(time.RFC3339),
		Ruler:     ruler(made, due, b.now),
		Ends:      b.at("promised-end", clockOf(due).Text),
		Hint:      b.sentence("hear-by-then"),
		Countdown: true,
	}
	if several {
		p.Heading = b.with("next-update-on", lang.Values{"name": b.called(i)})
	}
	var last *incident.Update
	if len(i.Updates) > 0 {
		last = &i.Updates[len(i.Updates)-1]
	}
	p.Began = b.promiseBegan(clockOf(made).Text, last)
	if last != nil && last.Auto {
		p.State = promiseAuto
	}
	if late := b.now.Sub(due); late > 0 {
		p.State, p.Hint, p.Countdown = promiseLate, b.sentence("not-kept"), false
		// Whole minutes, so that the words move once a minute.
		p.Due = b.promisedLate(clockOf(due), max(time.Minute, late.Truncate(time.Minute)))
	}
	return p
}

// ruler draws a promise with a tick a minute, or wider ticks where that
// would be more than sixty.
func ruler(made, due, now time.Time) Ruler {
	whole := due.Sub(made)
	if whole <= 0 {
		return Ruler{Width: 300, Gone: 298}
	}
	ticks := min(60, max(10, int(whole/time.Minute)))
	r := Ruler{Width: ticks * 10}
	gone := float64(now.Sub(made)) / float64(whole)
	r.Gone = min(r.Width-2, max(0, int(gone*float64(r.Width))))
	return r
}

// Rest is where the ticks of what is left end.
func (r Ruler) Rest() int { return r.Width - 2 }

// End is where the line stands that the promise ends at.
func (r Ruler) End() int { return r.Width - 1 }
