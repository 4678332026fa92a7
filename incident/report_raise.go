package incident

import (
	"fmt"

	"daymark/internal/expression"
)

// askFor asks the Lead on call for an incident of what users report alike, as
// soon as somebody is on call, unless it is looked at by then.
func (d *decider) askFor(r *Report) {
	if !r.Asks {
		return
	}
	rule := d.policy.raise()
	n := d.policy.reporters(r.Component, d.state, r.At, func(other *Report) bool { return other.Incident == "" && !other.At.After(r.At) })
	open, _ := d.candidates(r.Component)
	lead := d.policy.leadFor(r.Component, d.now)
	switch {
	case r.State != Received || n < rule.Count || open != nil && open.Affects(r.Component): // it is known
	case lead == "":
		return
	default:
		when := ""
		if r.At.Before(d.now) {
			when = ", the last at " + d.policy.clock(r.At, d.now)
		}
		d.Alerts = append(d.Alerts, Alert{
			At: d.now, Kind: ReportsAlert, Component: r.Component, Person: lead,
			Text: fmt.Sprintf("%d people reported a problem with %s within %s%s, and no incident is open. Is it one? The last: %s",
				n, d.policy.name(r.Component), expression.FormatDuration(rule.Within), when, r.Text),
		})
	}
	r.Asks = false
	d.keepReport(r)
}
