package console

import (
	"context"
	"time"

	"daymark/incident"
)

// Promises adds up what was promised.
type Promises interface {
	// TallyPromises adds up the promises that were due from one moment until
	// another.
	TallyPromises(ctx context.Context, from, to time.Time) (incident.PromiseTally, error)
}

// promisesShown is how far back promises are added up where nobody says, and
// promisesMost how long the time is at most.
const (
	promisesShown = 30 * 24 * time.Hour
	promisesMost  = 400 * 24 * time.Hour
)

type promisesAsked struct {
	From Time `query:"from" doc:"Left out: 30 days before to."`
	To   Time `query:"to" doc:"Left out: now. At most 400 days later."`
}

type tallyRow struct {
	From       Time           `json:"from"`
	To         Time           `json:"to"`
	Counts     []countRow     `json:"counts" doc:"By SLA, severity and kind; of the promises that were due in that time."`
	Exceptions []exceptionRow `json:"exceptions" doc:"Each that was not kept, those that were due first standing first."`
}

type countRow struct {
	SLA       string `json:"sla" doc:"Of the components; of several, joined by +, since the strictest of them counts."`
	Severity  string `json:"severity" words:"P1,P2,P3,P4" doc:"That the incident had when it was promised."`
	Kind      string `json:"kind" words:"first,update,acknowledge,resolve"`
	ByPerson  int    `json:"kept_by_person"`
	ByFacts   int    `json:"kept_by_facts" doc:"Daymark published, or everything worked again."`
	Broken    int    `json:"broken"`
	Late      int    `json:"late" doc:"Due, and nobody has kept it yet."`
	Running   int    `json:"running"`
	CalledOff int    `json:"called_off" doc:"Before its due time: neither kept nor broken."`
}

type exceptionRow struct {
	Incident string `json:"incident" doc:"Its id."`
	Name     string `json:"name" doc:"Of the incident."`
	SLA      string `json:"sla"`
	Severity string `json:"severity" words:"P1,P2,P3,P4"`
	Kind     string `json:"kind" words:"first,update,acknowledge,resolve"`
	Made     Time   `json:"made"`
	Due      Time   `json:"due"`
	Ended    Time   `json:"ended,omitzero"`
	State    string `json:"state" words:"broken,late"`
}

func (a *API) readPromises(ctx context.Context, _ Call, asked promisesAsked) (tallyRow, error) {
	from, to := asked.From.Time, asked.To.Time
	if to.IsZero() {
		to = a.Now()
	}
	if from.IsZero() {
		from = to.Add(-promisesShown)
	}
	if !to.After(from) || to.Sub(from) > promisesMost {
		return tallyRow{}, wrongly("query.to", "It is to be later than from, by 400 days at most.")
	}
	return a.tallyPromises(ctx, from, to)
}

func (a *API) tallyPromises(ctx context.Context, from, to time.Time) (tallyRow, error) {
	tally, err := a.Promises.TallyPromises(ctx, from, to)
	if err != nil {
		return tallyRow{}, err
	}
	row := tallyRow{From: Time{tally.From}, To: Time{tally.To}, Counts: []countRow{}, Exceptions: []exceptionRow{}}
	for _, n := range tally.Counts {
		row.Counts = append(row.Counts, countRow{
			SLA: n.SLA, Severity: n.Severity.String(), Kind: string(n.Kind), ByPerson: n.ByPerson, ByFacts: n.ByFacts, Broken: n.Broken, Late: n.Late, Running: n.Running, CalledOff: n.CalledOff,
		})
	}
	for i := range tally.Exceptions {
		e := &tally.Exceptions[i]
		row.Exceptions = append(row.Exceptions, exceptionRow{
			Incident: e.Incident, Name: e.Name, SLA: e.SLA, Severity: e.Severity.String(), Kind: string(e.Kind), Made: Time{e.Made}, Due: Time{e.Due}, Ended: Time{e.Ended}, State: string(e.State),
		})
	}
	return row, nil
}
