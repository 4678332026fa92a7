package config

import (
	"strings"
	"time"

	"daymark/incident"
	"daymark/internal/expression"
)

// looksAhead is how many times of a recurring maintenance are looked at to
// tell those that overlap.
const looksAhead = 100

func (r *review) maintenance(path string, recurring *incident.Recurring, known known) {
	r.once(path+".components", recurring.Components)
	for i, component := range recurring.Components {
		r.refers(index(path+".components", i), component, "component", known.components)
	}
	if recurring.Lasts > incident.LongestMaintenance {
		r.at(path+".lasts", "maintenance lasts %s at most", expression.FormatDuration(incident.LongestMaintenance))
	}
	for _, part := range []string{".starts", ".lasts", ".rrule"} {
		if r.broken(path+part) || part != ".rrule" && !r.has(path+part) {
			return
		}
	}
	zone, err := time.LoadLocation(r.doc.Page.Timezone)
	if err != nil {
		return // told by the format
	}
	if recurring.RRule != "" && badRule(recurring.RRule) != "" {
		return // told by the format
	}
	rule, err := incident.NewRecurrence(*recurring, zone)
	if err != nil {
		r.at(path+".rrule", "it cannot be worked out: %s", strings.TrimPrefix(err.Error(), "rrule: "))
		return
	}
	starts, _ := rule.Next(time.Time{}, looksAhead)
	if len(starts) == 0 {
		r.at(path+".rrule", "it never comes: change the rule or the day on which it starts")
	}
	for i := range starts[:max(0, len(starts)-1)] {
		if next := starts[i+1]; next.Before(starts[i].Add(recurring.Lasts)) {
			r.at(path+".lasts", "it would still go on when it comes again, %s: let it last no longer than the time between",
				next.In(zone).Format("Mon 2 Jan 2006 15:04"))
			break
		}
	}
}
