package console

import (
	"context"
	"time"

	"daymark/incident"
	"daymark/internal/civil"
)

type keepingAsked struct {
	Month string `query:"month" longest:"7" doc:"A calendar month in the page's zone: 2026-11. Left out: the last days."`
	Days  int    `query:"days" least:"1" most:"400" doc:"So many days before now, where no month is asked for; 30 when left out."`
}

type keepingRow struct {
	From         Time              `json:"from"`
	Until        Time              `json:"until"`
	Availability []availabilityRow `json:"availability" doc:"By component, in the order of the configuration."`
	Incidents    []incidentsRow    `json:"incidents" doc:"That were opened in the time, by the worst severity that they reached."`
	Promises     []countRow        `json:"promises" doc:"That were due in the time."`
	Exceptions   []exceptionRow    `json:"exceptions" doc:"Promises that were not kept."`
}

type availabilityRow struct {
	Component string   `json:"component,omitempty" doc:"Its id."`
	Percent   *float64 `json:"percent,omitempty" doc:"Good runs of all that could tell; left out where there is none."`
	Good      int      `json:"good"`
	Bad       int      `json:"bad"`
	Unknown   int      `json:"unknown" doc:"Runs that could not tell; they do not count."`
	Excused   int      `json:"excused" doc:"Runs in a maintenance, which do not count."`
	Coverage  float64  `json:"coverage_percent" doc:"Of the time since the first run in it, so much was measured."`
}

type incidentsRow struct {
	Severity  string   `json:"severity"`
	Incidents int      `json:"incidents"`
	Open      int      `json:"open" doc:"Of these, so many are not over."`
	Median    timesRow `json:"median" doc:"Half of those that came to the step took at most so long."`
	Latest    timesRow `json:"nine_of_ten" doc:"Nine of ten took at most so long."`
}

// timesRow is in seconds; 0: none came to it.
type timesRow struct {
	See         float64 `json:"see_seconds" doc:"From the first failure until the incident was opened."`
	Acknowledge float64 `json:"acknowledge_seconds" doc:"From then until somebody took a role."`
	Tell        float64 `json:"tell_seconds" doc:"From then until the first update."`
	Restore     float64 `json:"restore_seconds" doc:"From the first failure until it was over."`
}

// keepingSpan gives the time that is asked for.
func keepingSpan(asked keepingAsked, zone *time.Location, now time.Time) (from, until time.Time, err error) {
	if asked.Month != "" {
		month, err := time.Parse("2006-01", asked.Month)
		from = civil.Date(month.Year(), month.Month(), 1, zone)
		if err != nil || from.After(now) {
			return from, until, wrongly("query.month", "It is to be a month that has begun, such as 2026-11.")
		}
		return from, civil.Date(month.Year(), month.Month()+1, 1, zone), nil
	}
	days := asked.Days
	if days == 0 {
		days = 30
	}
	if days < 1 || days > 400 {
		return from, until, wrongly("query.days", "It is to be 1 to 400.")
	}
	return civil.Plus(now.In(zone), 1-days), now, nil
}

func (a *API) readKeeping(ctx context.Context, _ Call, asked keepingAsked) (keepingRow, error) {
	from, until, err := keepingSpan(asked, a.Zone, a.Now())
	if err != nil {
		return keepingRow{}, err
	}
	row := keepingRow{From: Time{from}, Until: Time{until}, Availability: []availabilityRow{}, Incidents: []incidentsRow{}}
	available, err := a.Objectives.Availability(ctx, from, until)
	if err != nil {
		return row, err
	}
	for i := range available {
		row.Availability = append(row.Availability, availabilityOf(&available[i]))
	}
	incidents, err := a.incidentsOf(ctx, IncidentQuery{From: from, Until: until})
	if err != nil {
		return row, err
	}
	for _, t := range incident.TallyTimes(incidents) {
		row.Incidents = append(row.Incidents, incidentsRow{t.Severity.String(), t.Incidents, t.Open, timesRowOf(t.Median), timesRowOf(t.Latest)})
	}
	due := until
	if asked.Month == "" { // until now: what is due later runs, or was kept already
		due = until.Add(promisesMost)
	}
	tally, err := a.tallyPromises(ctx, from, due)
	row.Promises, row.Exceptions = tally.Counts, tally.Exceptions
	return row, err
}

func availabilityOf(v *Availability) availabilityRow {
	r := availabilityRow{Component: v.Component, Good: v.Good, Bad: v.Bad, Unknown: v.Unknown, Excused: v.Excused, Coverage: floored(100*v.Coverage, 2)}
	if v.Known() {
		percent := floored(100*v.Ratio(), 4)
		r.Percent = &percent
	}
	return r
}

func timesRowOf(t incident.Times) timesRow {
	return timesRow{rounded(t.See.Seconds(), 3), rounded(t.Acknowledge.Seconds(), 3), rounded(t.Tell.Seconds(), 3), rounded(t.Restore.Seconds(), 3)}
}

// incidentsOf gives all incidents that a query asks for.
func (a *API) incidentsOf(ctx context.Context, q IncidentQuery) ([]incident.Incident, error) {
	var all []incident.Incident
	for q.Most = 200; ; q.Before = all[len(all)-1].ID {
		found, err := a.Incidents.ListIncidents(ctx, q)
		if err != nil {
			return nil, err
		}
		if all = append(all, found...); len(found) < q.Most {
			return all, nil
		}
	}
}
