package console

import (
	"context"
	"slices"
	"strings"
	"time"

	"daymark/access"
	"daymark/incident"
)

func (a *API) slaRows() []Operation {
	return []Operation{
		read("/api/v1/slas/{id}/reports/{month}", access.ReadIncidents, "The report of an SLA for a month: availability with its coverage, incidents, promises with each that was not kept, and reviews with their actions.", a.readSLA),
	}
}

type slaAsked struct {
	ID    string `path:"id" doc:"Of the SLA."`
	Month string `path:"month" doc:"A calendar month in the page's zone: 2026-11."`
}

type slaRow struct {
	SLA          string            `json:"sla"`
	From         Time              `json:"from"`
	Until        Time              `json:"until"`
	Complete     bool              `json:"complete" doc:"The month is over."`
	Together     availabilityRow   `json:"together" doc:"Of all its components: 100 × good ÷ (good + bad), and the mean of their coverage. It has no component."`
	Availability []availabilityRow `json:"availability" doc:"By component, in the order of the configuration."`
	Incidents    []incidentRow     `json:"incidents" doc:"That affected one of its components in the month, newest first."`
	Promises     []countRow        `json:"promises" doc:"That were due in the month."`
	Exceptions   []exceptionRow    `json:"exceptions" doc:"Promises that were not kept."`
	Reviews      []reviewRow       `json:"reviews" doc:"Of these incidents, with their actions."`
}

// readSLA gives the report of an SLA for a month, such as 2026-11; ErrNotFound
// where there is no such SLA.
func (a *API) readSLA(ctx context.Context, _ Call, asked slaAsked) (slaRow, error) {
	if !slices.ContainsFunc(a.SLAs, func(s incident.SLA) bool { return s.ID == asked.ID }) {
		return slaRow{}, ErrNotFound
	}
	now := a.Now()
	from, until, err := keepingSpan(keepingAsked{Month: asked.Month}, a.Zone, now)
	if err != nil || asked.Month == "" {
		return slaRow{}, wrongly("path.month", "It is to be a month that has begun, such as 2026-11.")
	}
	row := slaRow{SLA: asked.ID, From: Time{from}, Until: Time{until}, Complete: !until.After(now), Availability: []availabilityRow{}, Incidents: []incidentRow{}, Promises: []countRow{}, Exceptions: []exceptionRow{}, Reviews: []reviewRow{}}
	parts := map[string]bool{}
	for i := range a.Components {
		if a.Components[i].SLA == asked.ID {
			parts[a.Components[i].ID] = true
		}
	}
	if err := a.slaAvailability(ctx, &row, parts); err != nil {
		return row, err
	}
	if err := a.slaIncidents(ctx, &row, parts, now); err != nil {
		return row, err
	}
	tally, err := a.readPromises(ctx, Call{}, promisesAsked{From: Time{from}, To: Time{until}})
	if err != nil {
		return row, err
	}
	is := func(sla string) bool { return slices.Contains(strings.Split(sla, "+"), asked.ID) }
	for _, n := range tally.Counts {
		if is(n.SLA) {
			row.Promises = append(row.Promises, n)
		}
	}
	for i := range tally.Exceptions {
		if is(tally.Exceptions[i].SLA) {
			row.Exceptions = append(row.Exceptions, tally.Exceptions[i])
		}
	}
	return row, nil
}

func (a *API) slaAvailability(ctx context.Context, row *slaRow, parts map[string]bool) error {
	available, err := a.Objectives.Availability(ctx, row.From.Time, row.Until.Time)
	if err != nil {
		return err
	}
	for i := range available {
		if v := &available[i]; parts[v.Component] {
			r := availabilityOf(v)
			row.Availability = append(row.Availability, r)
			row.Together.Good, row.Together.Bad = row.Together.Good+r.Good, row.Together.Bad+r.Bad
			row.Together.Unknown, row.Together.Excused = row.Together.Unknown+r.Unknown, row.Together.Excused+r.Excused
			row.Together.Coverage += r.Coverage
		}
	}
	if n := len(row.Availability); n > 0 {
		row.Together.Coverage = floored(row.Together.Coverage/float64(n), 2)
	}
	if all := row.Together.Good + row.Together.Bad; all > 0 {
		percent := floored(100*float64(row.Together.Good)/float64(all), 4)
		row.Together.Percent = &percent
	}
	return nil
}

func (a *API) slaIncidents(ctx context.Context, row *slaRow, parts map[string]bool, now time.Time) error {
	found, err := a.incidentsOf(ctx, IncidentQuery{Until: row.Until.Time, Lasted: row.From.Time})
	if err != nil {
		return err
	}
	ids := map[string]bool{}
	for i := range found {
		inc := &found[i]
		touched := slices.ContainsFunc(inc.Affected, func(f incident.Affected) bool {
			until := f.Until
			if until.IsZero() {
				until = inc.Resolved
			}
			if until.IsZero() {
				until = now
			}
			return parts[f.Component] && f.From.Before(row.Until.Time) && until.After(row.From.Time)
		})
		if touched && inc.Care.MergedInto == "" && !inc.Warns() {
			row.Incidents = append(row.Incidents, a.incident(inc))
			ids[inc.ID] = true
		}
	}
	reviews, err := a.Work.Reviews(ctx, true)
	if err != nil {
		return err
	}
	for i := range reviews {
		if ids[reviews[i].Incident] {
			row.Reviews = append(row.Reviews, reviewOf(&reviews[i]))
		}
	}
	return nil
}
