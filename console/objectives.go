package console

import (
	"context"
	"math"
	"time"

	"daymark/slo"
)

// Objectives is how the objectives of the configuration stand.
type Objectives interface {
	// Objectives gives all of them, in the order of the configuration, as they
	// stood a minute ago at most, and when that was.
	Objectives(ctx context.Context) ([]ObjectiveStanding, time.Time, error)
	// Availability gives what the runs of each component with checks came to in
	// the days from one midnight to another, in the order of the configuration.
	Availability(ctx context.Context, from, until time.Time) ([]Availability, error)
}

// Availability is what the runs of a component came to in a time.
type Availability struct {
	Component string
	slo.Standing
}

// ObjectiveStanding is one objective.
type ObjectiveStanding struct {
	slo.Objective
	slo.Standing
	Recent   map[time.Duration]slo.Counts // of the windows of Pairs
	Pairs    []slo.Burning
	Spent    []slo.Spending // by incident, oldest first; those of none last
	Course   []slo.Point    // when the budget was spent
	Alert    *slo.Alert     // nil: it does not burn
	Incident string         // that tells of the alert; "" for none
}

type objectiveRow struct {
	ID        string   `json:"id"`
	Component string   `json:"component" doc:"Its id."`
	Indicator string   `json:"indicator" doc:"availability, latency or heartbeat."`
	Threshold float64  `json:"threshold_seconds,omitempty" doc:"Of latency: an answer that took longer, by more than 2 %, is bad."`
	Objective float64  `json:"objective" doc:"Per cent of good events that are wanted."`
	Window    string   `json:"window" doc:"A rolling time such as 28d, or month."`
	From      Time     `json:"from" doc:"When the window begins."`
	Until     Time     `json:"until" doc:"When it ends: now, or the end of the month."`
	Since     Time     `json:"since,omitzero" doc:"The first run in it; left out: there is none."`
	Good      int      `json:"good" doc:"Events: runs that tell."`
	Bad       int      `json:"bad"`
	Unknown   int      `json:"unknown" doc:"Runs that could not tell. They are no events."`
	Excused   int      `json:"excused" doc:"Runs in a maintenance, which are no events."`
	Percent   *float64 `json:"percent,omitempty" doc:"Of good events; left out without events."`
	Coverage  float64  `json:"coverage_percent" doc:"Of the time since the first run, so much was measured."`
	Kept      *bool    `json:"kept,omitempty" doc:"The budget is not overspent so far; left out without events."`
	Allowed   float64  `json:"budget_events" doc:"So many events may be bad in the window; in a month by all that it will have from the first run on, at the rate so far."`
	Left      *float64 `json:"budget_left_percent,omitempty" doc:"Of the error budget; below 0 it is overspent, left out without events."`
	LeftTime  float64  `json:"budget_left_seconds" doc:"The same as a time of complete failure, of the time from the first run until the window ends."`

	Burn   []burnRow      `json:"burn" doc:"Pairs of windows, worst first."`
	Course []pointRow     `json:"course,omitempty" doc:"Of one objective alone: the budget over time, oldest first, by the hour or, where more than three days are known, by the day."`
	Spent  []spentRow     `json:"spent" doc:"Bad events by the incident that they came in, to the hour where their results are kept no more; those in none last."`
	Alert  *burnAlertsRow `json:"alert,omitempty" doc:"Staff are told that it burns too fast; left out: it does not."`
}

type burnRow struct {
	Long      float64 `json:"long_seconds"`
	Short     float64 `json:"short_seconds"`
	Threshold float64 `json:"threshold" doc:"So many times faster than allowed is too fast, in both windows."`
	LongRate  float64 `json:"long_rate"`
	ShortRate float64 `json:"short_rate"`
	Page      bool    `json:"page" doc:"It matters at once and not in working hours; what comes of it says slos[].alert of the configuration; nobody is called where it only tells or shows."`
	Reachable bool    `json:"reachable" doc:"The objective can burn so fast at all."`
	Fires     bool    `json:"fires"`
	Held      bool    `json:"held" doc:"Both burn too fast, but too few runs say so (least)."`
}

type spentRow struct {
	Incident string `json:"incident,omitempty" doc:"Its id; left out: no incident was open."`
	Bad      int    `json:"bad"`
}

type pointRow struct {
	From    Time    `json:"from"`
	Until   Time    `json:"until"`
	Good    int     `json:"good"`
	Bad     int     `json:"bad"`
	Unknown int     `json:"unknown"`
	Excused int     `json:"excused"`
	Left    float64 `json:"budget_left_percent" doc:"When it ended, of the budget of the whole window as it is now."`
}

type burnAlertsRow struct {
	Since     Time    `json:"since"`
	Long      float64 `json:"long_seconds" doc:"Of the pair that fired."`
	Threshold float64 `json:"threshold"`
	Incident  string  `json:"incident,omitempty" doc:"That tells of it."`
}

func (a *API) listObjectives(ctx context.Context, _ Call, _ nothing) (page[objectiveRow], error) {
	all, _, err := a.Objectives.Objectives(ctx)
	if err != nil {
		return page[objectiveRow]{}, err
	}
	rows := make([]objectiveRow, len(all))
	for i := range all {
		rows[i] = objectiveRowOf(&all[i])
	}
	return whole(rows), nil
}

func (a *API) readObjective(ctx context.Context, _ Call, asked idAsked) (objectiveRow, error) {
	all, _, err := a.Objectives.Objectives(ctx)
	if err != nil {
		return objectiveRow{}, err
	}
	for i := range all {
		if all[i].ID != asked.ID {
			continue
		}
		row := objectiveRowOf(&all[i])
		for _, p := range all[i].Course {
			row.Course = append(row.Course, pointRow{Time{p.From}, Time{p.Until}, p.Good, p.Bad, p.Unknown, p.Excused, floored(100*p.Left, 1)})
		}
		return row, nil
	}
	return objectiveRow{}, ErrNotFound
}

func objectiveRowOf(o *ObjectiveStanding) objectiveRow {
	row := objectiveRow{
		ID: o.ID, Component: o.Component, Indicator: o.Indicator, Threshold: o.Threshold.Seconds(), Objective: o.Objective.Objective, Window: o.Window.String(),
		From: Time{o.From}, Until: Time{o.Until}, Since: Time{o.Since}, Good: o.Good, Bad: o.Bad, Unknown: o.Unknown, Excused: o.Excused,
		Coverage: floored(100*o.Coverage, 2), Allowed: rounded(o.Allowed, 2), LeftTime: floored(o.LeftTime.Seconds(), 0),
		Burn: []burnRow{}, Spent: []spentRow{},
	}
	if o.Known() {
		percent, left := floored(100*o.Ratio(), 4), floored(100*o.Left, 1)
		kept := o.Kept()
		row.Percent, row.Left, row.Kept = &percent, &left, &kept
	}
	for _, b := range o.Pairs {
		row.Burn = append(row.Burn, burnRow{
			b.Long.Seconds(), b.Short.Seconds(), b.Burn, rounded(b.LongRate, 2), rounded(b.ShortRate, 2), b.Page, b.Reachable, b.Fires(), b.Held,
		})
	}
	for _, s := range o.Spent {
		row.Spent = append(row.Spent, spentRow{s.Incident, s.Bad})
	}
	if o.Alert != nil {
		row.Alert = &burnAlertsRow{Time{o.Alert.Since}, o.Alert.Pair.Long.Seconds(), o.Alert.Pair.Burn, o.Incident}
	}
	return row
}

func rounded(value float64, places int) float64 {
	scale := math.Pow10(places)
	return math.Round(value*scale) / scale
}

// floored never says more than is so: 99.99999 is not 100.
func floored(value float64, places int) float64 { return slo.Floor(value, places) }
