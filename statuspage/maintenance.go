package statuspage

import (
	"context"
	"html/template"
	"slices"
	"time"

	"daymark/incident"
	"daymark/statuspage/wire"
)

// Planned lists maintenance that is to come or goes on.
type Planned struct {
	Items []PlannedView
}

// PlannedView is one maintenance in the list.
type PlannedView struct {
	ID     string
	Link   string
	When   Moment
	Until  string
	Name   string
	Status incident.Status // under_maintenance while it goes on; empty before
	Word   string
	Of     string // what it is of, and what to expect, a sentence
	HTML   template.HTML
}

// planned lists maintenance, the next first. What lies further ahead than
// mostPlanned is left for later.
func (b *builder) planned() Planned {
	var p Planned
	for i := range b.snapshot.Maintenances {
		m := &b.snapshot.Maintenances[i]
		if m.Ended() || len(p.Items) == mostPlanned {
			continue
		}
		v := PlannedView{
			ID: "m-" + m.ID, Link: maintenancePath(m.ID), When: b.dateOf(m.Starts, b.Zone), Until: b.plannedTime(m.Starts, m.Ends, b.Zone), Name: m.Title, HTML: b.written(m.Text),
			Of: b.plannedOf(b.componentNames(m.Components), m.Stage),
		}
		if m.Stage != incident.Scheduled {
			v.Status, v.Word = incident.Maintenance, b.stageWord(m.Stage)
		}
		p.Items = append(p.Items, v)
	}
	return p
}

const mostPlanned = 20

// plannedEnd is when the last maintenance that goes on is to be over; zero:
// none does.
func (b *builder) plannedEnd() time.Time {
	var end time.Time
	for i := range b.snapshot.Maintenances {
		if m := &b.snapshot.Maintenances[i]; m.Stage == incident.InProgress {
			end = latest(end, m.Ends)
		}
	}
	return end
}

func (b *builder) componentNames(ids []string) []string {
	var names []string
	for _, c := range b.Components {
		if slices.Contains(ids, c.ID) {
			names = append(names, b.name(c.ID))
		}
	}
	return names
}

// wireMaintenances gives those of the page's maintenances that keep holds for,
// newest first.
func (r *rendering) wireMaintenances(keep func(incident.Stage) bool) []wire.Incident {
	return r.wirePlanned(r.snapshot.Maintenances, keep)
}

func (r *rendering) wirePlanned(of []incident.PlannedMaintenance, keep func(incident.Stage) bool) []wire.Incident {
	all := []wire.Incident{}
	for i := range of {
		if m := &of[i]; keep(m.Stage) {
			all = append(all, r.wireMaintenance(m))
		}
	}
	newestFirst(all)
	return all
}

func upcoming(s incident.Stage) bool   { return s == incident.Scheduled }
func active(s incident.Stage) bool     { return s == incident.InProgress || s == incident.Verifying }
func unfinished(s incident.Stage) bool { return upcoming(s) || active(s) }
func anyStage(incident.Stage) bool     { return true }

func maintenancesAnswer(keep func(incident.Stage) bool) func(context.Context, *rendering, int) (any, error) {
	return func(_ context.Context, r *rendering, page int) (any, error) {
		return wire.MaintenancesAnswer{Page: r.wirePage(), Maintenances: nth(r.wireMaintenances(keep), page)}, nil
	}
}

func (r *rendering) wireMaintenance(m *incident.PlannedMaintenance) wire.Incident {
	row := wire.Incident{
		ID: wireID("maintenance", m.ID), Name: short(m.Title), Status: string(m.Stage),
		CreatedAt: wire.Time{Time: m.Announced}, UpdatedAt: wire.Time{Time: latest(m.Announced, m.Updated)}, Impact: wire.IndicatorMaintenance,
		Shortlink: r.page.layout.Options.URL + maintenancePath(m.ID), StartedAt: wire.Time{Time: m.Announced}, PageID: r.wirePage().ID,
		ScheduledFor: wire.At(m.Starts), ScheduledUntil: wire.At(workOver(m)), Updates: []wire.Update{}, Components: []wire.Component{},
	}
	if m.Stage == incident.Completed {
		row.ResolvedAt = wire.At(m.Done)
	}
	for _, u := range r.page.layout.workUpdates(m) {
		at := wire.Time{Time: u.at}
		row.Updates = append(row.Updates, wire.Update{
			ID: wire.ID("update", m.ID+" "+u.key), Status: string(u.stage), Body: u.text, IncidentID: row.ID,
			CreatedAt: at, UpdatedAt: at, DisplayAt: at,
		})
	}
	rows := r.wireComponents()
	for _, component := range m.Components {
		id := wire.ID("component", component)
		if at := slices.IndexFunc(rows, func(c wire.Component) bool { return c.ID == id }); at >= 0 {
			row.Components = append(row.Components, rows[at])
		}
	}
	return row
}
