package statuspage

import (
	"slices"
	"time"

	"daymark/incident"
	"daymark/support"
)

// owed is what an incident's components are promised at its worst severity:
// the strictest of their SLAs, with days of 24 hours; 0: not promised.
type owed struct {
	update, resolve time.Duration
	calendar        *support.Calendar // in which resolve counts; nil: at all hours
	inHours         bool              // some of it counts within service hours alone
}

func (l *Layout) owed(i *incident.Incident) owed {
	var o owed
	stricter := func(given *support.Span, have time.Duration) bool {
		return given != nil && given.Length() > 0 && (have == 0 || given.Length() < have)
	}
	for _, a := range i.Affected {
		c, found := l.component(a.Component)
		if !found {
			continue
		}
		at := slices.IndexFunc(l.SLAs, func(s incident.SLA) bool { return s.ID == c.SLA })
		if at < 0 {
			continue
		}
		p := l.SLAs[at].For(i.Worst)
		if p == nil {
			continue
		}
		calendar := l.calendar(l.SLAs[at].Hours)
		if stricter(p.Update, o.update) {
			o.update = p.Update.Length()
			o.inHours = o.inHours || calendar != nil
		}
		if stricter(p.Resolve, o.resolve) {
			o.resolve, o.calendar = p.Resolve.Length(), calendar
			o.inHours = o.inHours || calendar != nil
		}
	}
	return o
}

// calendar makes service hours ready; nil: always, or hours that cannot be
// read, which the configuration has refused.
func (l *Layout) calendar(hours support.Hours) *support.Calendar {
	if hours.Days == "" {
		return nil
	}
	calendar, err := support.NewCalendar(hours, l.Zone)
	if err != nil || calendar.Always() {
		return nil
	}
	return calendar
}

// took gives how long an incident took, as its resolve time counts.
func (o *owed) took(i *incident.Incident) time.Duration {
	if o.calendar == nil {
		return i.Resolved.Sub(i.Since)
	}
	return o.calendar.Between(i.Since, i.Resolved)
}
