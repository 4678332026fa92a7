package statuspage

import (
	"net/url"
	"slices"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/internal/prose"
)

// maintenancePath is the address of a maintenance's page.
func maintenancePath(id string) string { return "/maintenance/" + url.PathEscape(id) }

// workUpdate is a step of a maintenance, or a move of its end.
type workUpdate struct {
	key   string         // among those of this maintenance; it never changes
	stage incident.Stage // where it stood then
	moved bool
	at    time.Time
	text  string
}

// workUpdates are what there is to say of a maintenance, newest first.
func (l *Layout) workUpdates(m *incident.PlannedMaintenance) []workUpdate {
	var all []workUpdate
	add := func(u workUpdate) {
		if !u.at.IsZero() {
			all = append(all, u)
		}
	}
	step := func(stage incident.Stage, at time.Time, text string) {
		add(workUpdate{key: string(stage), stage: stage, at: at, text: text})
	}
	switch m.Stage {
	case incident.Cancelled:
		step(incident.Cancelled, m.Done, l.sentence("maintenance-cancelled"))
	case incident.Completed:
		step(incident.Completed, m.Done, l.sentence("maintenance-completed"))
	case incident.Scheduled, incident.InProgress, incident.Verifying:
	}
	step(incident.Verifying, m.Over, l.sentence("maintenance-verifying"))
	for _, v := range slices.Backward(m.Moves) {
		if v.At.Before(m.Announced) {
			continue // nobody was told of another end
		}
		u := workUpdate{key: "moved " + iso(v.At), stage: incident.Scheduled, moved: true, at: v.At, text: l.with("maintenance-moved", lang.Values{
			"to": l.clock(v.To, m.Starts, l.Zone).Text, "from": l.clock(v.From, m.Starts, l.Zone).Text,
		})}
		if !m.Began.IsZero() && !v.At.Before(m.Began) {
			u.stage = incident.InProgress
		}
		add(u)
	}
	step(incident.InProgress, m.Began, l.sentence("maintenance-began"))
	step(incident.Scheduled, m.Announced, announced(m.Title, prose.Text(m.Text)))
	slices.SortStableFunc(all, func(a, b workUpdate) int { return b.at.Compare(a.at) })
	return all
}

// workOver is when a maintenance is over, or is planned to be.
func workOver(m *incident.PlannedMaintenance) time.Time {
	if !m.Over.IsZero() {
		return m.Over
	}
	return m.Ends
}

// stageHeading heads a step of a maintenance.
func (s speech) stageHeading(u *workUpdate) string {
	if u.moved {
		return s.sentence("stage-moved")
	}
	return s.sentence("stage-head-" + string(u.stage))
}

// workSpan writes from when to when with the whole day, and the zone where a
// clock change lies between.
func (l *Layout) workSpan(from, to time.Time) string {
	from, to = from.In(l.Zone), to.In(l.Zone)
	values := lang.Values{"from": l.LongClock(from), "to": l.clock(to, from, l.Zone).Text, "first": from.Format("MST"), "second": to.Format("MST")}
	if values["first"] != values["second"] {
		return l.with("work-span-zones", values)
	}
	return l.with("work-span", values)
}
