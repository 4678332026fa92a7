package console

import (
	"context"
	"fmt"
	"slices"
	"time"

	"daymark/incident"
)

type idAsked struct {
	ID string `path:"id" doc:"The id."`
}

func (q idAsked) of() string { return q.ID }

type incidentStory struct {
	incidentRow
	Timeline   []momentRow   `json:"timeline" doc:"What happened, oldest first."`
	Updates    []updateRow   `json:"updates" doc:"What the public was told, oldest first."`
	Severities []severityRow `json:"severities" doc:"Each severity that it had, with the facts behind it, oldest first."`
	Promises   []promiseRow  `json:"promises" doc:"Each promise, oldest first."`
	Entries    []entryRow    `json:"entries" doc:"The timeline that staff keep, oldest first."`
	Proposals  []proposalRow `json:"proposals" doc:"How each fix that was proposed stands, oldest first."`
}

type entryRow struct {
	Number int    `json:"number" doc:"From 1."`
	At     Time   `json:"at"`
	By     string `json:"by" doc:"A person; empty: Daymark."`
	Kind   string `json:"kind" words:"hypothesis,test,action,proposal,agreement,decision,note,event" doc:"event: what somebody did, as Daymark notes it."`
	Of     int    `json:"of,omitempty" doc:"The number of the proposal that it is about."`
	Done   bool   `json:"done,omitempty" doc:"The fix is done."`
	Text   string `json:"text"`
}

type momentRow struct {
	At   Time   `json:"at"`
	Kind string `json:"kind" words:"affected,works,severity,update,promise,entry" doc:"affected: a component began to fail; promise: one ended."`
	Text string `json:"text" doc:"For people."`
}

type updateRow struct {
	ID       string      `json:"id"`
	Number   int         `json:"number" doc:"From 1."`
	Kind     string      `json:"kind" words:"opened,reopened,worsened,progress,ended"`
	Phase    string      `json:"phase" words:"investigating,identified,monitoring,resolved"`
	Severity string      `json:"severity" words:"P1,P2,P3,P4"`
	At       Time        `json:"at"`
	Text     string      `json:"text"`
	Auto     bool        `json:"auto" doc:"Written by Daymark from what it measured."`
	By       string      `json:"by,omitempty" doc:"Who wrote it."`
	Edited   Time        `json:"edited,omitzero" doc:"When its text was last put right."`
	Told     []toldRow   `json:"told,omitempty" doc:"What it told before that, oldest first."`
	Promised Time        `json:"promised,omitzero" doc:"When it was owed by."`
	NextBy   Time        `json:"next_by,omitzero" doc:"When the next one was promised."`
	Channels []string    `json:"channels" doc:"Who was told besides the page."`
	Changes  []changeRow `json:"changes" doc:"Each component attached at that moment."`
}

type toldRow struct {
	Text  string `json:"text"`
	Until Time   `json:"until"`
	By    string `json:"by" doc:"Who put it right."`
}

type changeRow struct {
	Component string `json:"component"`
	Before    string `json:"before" words:"operational,degraded_performance,partial_outage,major_outage,under_maintenance,unknown"`
	After     string `json:"after" words:"operational,degraded_performance,partial_outage,major_outage,under_maintenance,unknown"`
}

type severityRow struct {
	At       Time     `json:"at"`
	Severity string   `json:"severity" words:"P1,P2,P3,P4"`
	By       string   `json:"by,omitempty" doc:"Who chose it; left out: the facts gave it."`
	Reason   string   `json:"reason" doc:"For people."`
	Clause   string   `json:"clause" doc:"The expression of the row that held; empty: none did."`
	Facts    factsRow `json:"facts"`
}

type factsRow struct {
	Availability   string  `json:"availability" words:"none,partial,full"`
	Criticality    string  `json:"criticality" words:"critical,major,minor"`
	Available      float64 `json:"available" doc:"Weighted share of the page's components that work, 0 to 1."`
	RegionsFailing int     `json:"regions_failing"`
	ErrorRate      float64 `json:"error_rate" doc:"Share of failed runs, 0 to 1."`
	LatencyP95     float64 `json:"latency_p95_ms" doc:"Milliseconds."`
	LatencyRatio   float64 `json:"latency_ratio"`
	UsersReporting int     `json:"users_reporting"`
}

type promiseRow struct {
	Kind  string `json:"kind" words:"first,update,acknowledge,resolve" doc:"first: the first word; update: the next one."`
	Made  Time   `json:"made"`
	Due   Time   `json:"due"`
	Ended Time   `json:"ended,omitzero" doc:"When the word came, or the incident ended."`
	How   string `json:"how,omitempty" words:"person,facts,replaced,over" doc:"What ended it; replaced or over before its due time: neither kept nor broken."`
	State string `json:"state" words:"running,late,kept,broken,called_off" doc:"late: it is due and runs still."`
}

func (a *API) readIncident(ctx context.Context, _ Call, asked idAsked) (incidentStory, error) {
	found, err := a.Incidents.Incident(ctx, asked.ID)
	if err != nil {
		return incidentStory{}, err
	}
	story := incidentStory{
		incidentRow: a.incident(&found.Incident),
		Timeline:    []momentRow{}, Updates: []updateRow{}, Severities: []severityRow{}, Promises: []promiseRow{}, Entries: []entryRow{}, Proposals: a.proposals(&found.Incident),
	}
	for i := range found.Updates {
		row := updateOf(&found.Updates[i])
		for _, e := range found.Edits {
			if e.Update == row.ID {
				row.Told = append(row.Told, toldRow{e.Before, Time{e.At}, e.By})
			}
		}
		story.Updates = append(story.Updates, row)
	}
	for i := range found.Severities {
		story.Severities = append(story.Severities, severityRowOf(&found.Severities[i]))
	}
	for i := range found.Promises {
		story.Promises = append(story.Promises, a.promise(&found.Promises[i]))
	}
	for _, e := range found.Entries {
		story.Entries = append(story.Entries, entryRow{Number: e.Number, At: Time{e.At}, By: e.By, Kind: string(e.Kind), Of: e.Of, Done: e.Done, Text: e.Text})
	}
	story.Timeline = append(story.Timeline, timeline(&story)...)
	return story, nil
}

func updateOf(u *incident.Update) updateRow {
	row := updateRow{
		ID: u.ID, Number: u.Number, Kind: string(u.Kind), Phase: string(u.Phase), Severity: u.Severity.String(), At: Time{u.At}, Text: u.Text, Auto: u.Auto,
		By: u.By, Edited: Time{u.Edited},
		Promised: Time{u.Promised}, NextBy: Time{u.NextBy}, Channels: append([]string{}, u.Channels...), Changes: []changeRow{},
	}
	for _, c := range u.Changes {
		row.Changes = append(row.Changes, changeRow{Component: c.Component, Before: string(c.Old), After: string(c.New)})
	}
	return row
}

func severityRowOf(d *incident.SeverityDecision) severityRow {
	f := d.Facts
	return severityRow{At: Time{d.At}, Severity: d.Severity.String(), By: d.By, Reason: d.Reason, Clause: d.Clause, Facts: factsRow{
		Availability: f.Availability, Criticality: f.Criticality, Available: f.Available, RegionsFailing: f.RegionsFailing, ErrorRate: f.ErrorRate,
		LatencyP95: milliseconds(f.LatencyP95), LatencyRatio: f.LatencyRatio, UsersReporting: f.UsersReporting,
	}}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (a *API) promise(p *incident.Promise) promiseRow {
	return promiseRow{
		Kind: string(p.Kind), Made: Time{p.Made}, Due: Time{p.Due}, Ended: Time{p.Ended}, How: string(p.How), State: string(p.State(a.Now())),
	}
}

// timeline puts together what happened, in order of time.
func timeline(story *incidentStory) []momentRow {
	var all []momentRow
	for _, f := range story.Affected {
		all = append(all, momentRow{f.From, "affected", f.Name + " began to fail."})
		if !f.Until.IsZero() {
			all = append(all, momentRow{f.Until, "works", f.Name + " works again."})
		}
	}
	for _, s := range story.Severities {
		all = append(all, momentRow{s.At, "severity", s.Reason})
	}
	for _, u := range story.Updates {
		all = append(all, momentRow{u.At, "update", u.Text})
	}
	for _, p := range story.Promises {
		if !p.Ended.IsZero() && p.State != string(incident.PromiseCalledOff) {
			text := fmt.Sprintf("%s, due by %s: %s.", incident.PromiseKind(p.Kind).Title(), p.Due.UTC().Format("15:04:05 MST"), p.State)
			all = append(all, momentRow{p.Ended, "promise", text})
		}
	}
	for _, e := range story.Entries {
		all = append(all, momentRow{e.At, "entry", e.Text})
	}
	slices.SortStableFunc(all, func(a, b momentRow) int { return a.At.Compare(b.At.Time) })
	return all
}
