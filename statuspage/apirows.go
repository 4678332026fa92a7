package statuspage

import (
	"cmp"
	"regexp"
	"slices"
	"time"

	"daymark/incident"
	"daymark/internal/prose"
	"daymark/statuspage/wire"
)

// wireComponents gives groups and components in one flat list by position,
// in which those of one position keep the page's order.
func (r *rendering) wireComponents() []wire.Component {
	all := []wire.Component{}
	pageID, top := r.wirePage().ID, 0
	for _, s := range r.page.layout.sections() {
		if s.group == nil {
			for _, c := range s.components {
				top++
				all = append(all, r.wireComponent(c, top, nil))
			}
			continue
		}
		top++
		group := wire.Component{
			ID: wire.ID("group", s.group.ID), Name: s.group.Name, Position: top, PageID: pageID, Group: true, Components: []string{},
		}
		var statuses []incident.Status
		var members []wire.Component
		for i, c := range s.components {
			member := r.wireComponent(c, i+1, &group.ID)
			members = append(members, member)
			statuses = append(statuses, member.Status)
			group.Components = append(group.Components, member.ID)
			if i == 0 || member.CreatedAt.Before(group.CreatedAt.Time) {
				group.CreatedAt = member.CreatedAt
			}
			if member.UpdatedAt.After(group.UpdatedAt.Time) {
				group.UpdatedAt = member.UpdatedAt
			}
		}
		group.Status = wire.Worst(statuses)
		all = append(append(all, group), members...)
	}
	slices.SortStableFunc(all, func(a, b wire.Component) int { return cmp.Compare(a.Position, b.Position) })
	return all
}

func (r *rendering) wireComponent(c incident.Component, position int, group *string) wire.Component {
	state, found := r.snapshot.Components[c.ID]
	row := wire.Component{
		ID: wire.ID("component", c.ID), Name: c.Name, Status: known(r.lastKnown[c.ID]), Position: position,
		Description: wire.Text(c.Description), Showcase: shows(c, "uptime"), GroupID: group, PageID: r.wirePage().ID,
	}
	created := state.Created
	if !found || created.IsZero() {
		created = r.updated() // never measured: known since the page is
	}
	row.CreatedAt, row.UpdatedAt = wire.Time{Time: created}, wire.Time{Time: latest(created, state.Since)}
	if found && !state.Created.IsZero() {
		row.StartDate = wire.Text(state.Created.In(r.page.layout.Zone).Format(time.DateOnly))
	}
	return row
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// wireIncidents gives incidents as they are, newest first.
func (r *rendering) wireIncidents(incidents []incident.Incident) []wire.Incident {
	all := make([]wire.Incident, 0, len(incidents))
	for i := range incidents {
		all = append(all, r.wireIncident(&incidents[i]))
	}
	newestFirst(all)
	return all
}

func newestFirst(all []wire.Incident) {
	slices.SortStableFunc(all, func(a, b wire.Incident) int { return b.CreatedAt.Compare(a.CreatedAt.Time) })
}

// wireReviewed is an incident with what was learned from it, which is its
// newest update. Its status says so: clients count it as over.
func (r *rendering) wireReviewed(i *incident.Incident, l Learned) wire.Incident {
	row := r.wireIncident(i)
	if l.Text == "" || i.Open() {
		return row
	}
	at := wire.Time{Time: l.At}
	row.Status, row.UpdatedAt = wire.Postmortem, wire.Time{Time: latest(row.UpdatedAt.Time, l.At)}
	row.Updates = slices.Insert(row.Updates, 0, wire.Update{
		ID: wire.ID("update", i.ID+" review"), Status: wire.Postmortem, Body: l.Text, IncidentID: row.ID,
		CreatedAt: at, UpdatedAt: at, DisplayAt: at,
	})
	return row
}

func (r *rendering) wireIncident(i *incident.Incident) wire.Incident {
	row := wire.Incident{
		ID: wireID("incident", i.ID), Name: short(i.Name), Status: string(i.Phase),
		CreatedAt: wire.Time{Time: i.Opened}, UpdatedAt: wire.Time{Time: latest(i.Opened, i.Updated)},
		MonitoringAt: wire.At(i.Monitoring), ResolvedAt: wire.At(i.Resolved), Impact: string(i.Worst.Impact()),
		Shortlink: r.page.layout.Options.URL + incidentPath(i.ID), StartedAt: wire.Time{Time: i.Since}, PageID: r.wirePage().ID,
		Updates: []wire.Update{}, Components: []wire.Component{},
	}
	for n := len(i.Updates) - 1; n >= 0; n-- {
		row.Updates = append(row.Updates, r.wireUpdate(&i.Updates[n], row.ID))
	}
	rows := r.wireComponents()
	for _, a := range i.Affected {
		id := wire.ID("component", a.Component)
		if at := slices.IndexFunc(rows, func(c wire.Component) bool { return c.ID == id }); at >= 0 {
			row.Components = append(row.Components, rows[at])
		}
	}
	return row
}

// body is an update in plain words, as programs read it.
func body(u *incident.Update) string {
	if u.Measured() {
		return u.Text
	}
	return prose.Text(u.Text)
}

func (r *rendering) wireUpdate(u *incident.Update, incidentID string) wire.Update {
	at := wire.Time{Time: u.At}
	row := wire.Update{
		ID: wireID("update", u.ID), Status: string(u.Phase), Body: body(u), IncidentID: incidentID,
		CreatedAt: at, UpdatedAt: wire.Time{Time: latest(u.At, u.Edited)}, DisplayAt: at, DeliverNotifications: len(u.Channels) > 0,
	}
	for _, c := range u.Changes {
		row.AffectedComponents = append(row.AffectedComponents, wire.Affected{
			Code: wire.ID("component", c.Component), Name: r.fullName(c.Component), OldStatus: known(c.Old), NewStatus: known(c.New),
		})
	}
	return row
}

// fullName is "Group - Component", or the bare name without a group.
func (r *rendering) fullName(id string) string {
	c, found := r.page.layout.component(id)
	if !found {
		return id
	}
	for _, g := range r.page.layout.Groups {
		if g.ID == c.Group {
			return g.Name + " - " + c.Name
		}
	}
	return c.Name
}

var plainID = regexp.MustCompile(`^[a-z0-9]+$`)

// wireID keeps an id that clients can carry, and derives one from any other.
func wireID(kind, id string) string {
	if plainID.MatchString(id) {
		return id
	}
	return wire.ID(kind, id)
}

// short cuts a name at the 255 characters that clients make room for.
func short(name string) string {
	runes := []rune(name)
	if len(runes) > 255 {
		return string(runes[:254]) + "…"
	}
	return name
}
