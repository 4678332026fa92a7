package console

import (
	"context"
	"time"

	"daymark/incident"
)

// Rotas is who supports the components. What is not there is ErrNotFound.
type Rotas interface {
	// OnCall says who is on call at a moment, by rota.
	OnCall(ctx context.Context, at time.Time) ([]OnCall, error)
	// HandoverNote writes the note for a rota's next hand-over after a moment, as
	// Markdown.
	HandoverNote(ctx context.Context, rota string, at time.Time) (string, error)
	// HoursOnCall writes the hours on call of a month, as CSV; rota and sla may be
	// empty.
	HoursOnCall(ctx context.Context, month time.Time, rota, sla string) (string, error)
	// Plan gives a rota from one moment to another.
	Plan(ctx context.Context, rota string, from, to time.Time) (*RotaPlan, error)
	// Swaps gives the swaps of a rota that end after a moment, those that end
	// first standing first; of all rotas where it is "".
	Swaps(ctx context.Context, rota string, after time.Time) ([]incident.Swap, error)
	// Calendar writes a person's turns of so many days as iCalendar.
	Calendar(ctx context.Context, person string, days int) (string, error)
}

// OnCall is who is on call for a rota; ids, and "" is nobody.
type OnCall struct {
	Rota                   string
	Lead, Engineer         string
	Until                  time.Time // zero: nothing changes within 400 days
	NextLead, NextEngineer string
}

type onCallAsked struct {
	At Time `query:"at" doc:"Left out: now."`
}

type onCallRow struct {
	Rota         string `json:"rota" doc:"Its id."`
	Lead         string `json:"lead" doc:"Support Lead, by their id; empty: nobody."`
	Engineer     string `json:"engineer" doc:"Support Engineer, by their id; empty: nobody."`
	Until        Time   `json:"until,omitzero" doc:"When anybody comes or goes; left out: not within 400 days."`
	NextLead     string `json:"next_lead" doc:"From then on."`
	NextEngineer string `json:"next_engineer"`
}

func (a *API) listOnCall(ctx context.Context, _ Call, asked onCallAsked) (page[onCallRow], error) {
	found, err := a.Rotas.OnCall(ctx, a.at(asked.At))
	var rows []onCallRow
	for _, s := range found {
		rows = append(rows, onCallRow{s.Rota, s.Lead, s.Engineer, Time{s.Until}, s.NextLead, s.NextEngineer})
	}
	return whole(rows), err
}

// at gives a moment that was asked for, or now.
func (a *API) at(asked Time) time.Time {
	if asked.IsZero() {
		return a.Now()
	}
	return asked.Time
}

// textRow is a document for another program.
type textRow struct {
	MediaType string `json:"media_type" words:"text/markdown,text/csv,text/calendar"`
	Text      string `json:"text" doc:"The document."`
}

type noteAsked struct {
	idAsked
	At Time `query:"at" doc:"The hand-over after this time; left out: after now."`
}

func (a *API) readHandover(ctx context.Context, _ Call, asked noteAsked) (textRow, error) {
	text, err := a.Rotas.HandoverNote(ctx, asked.ID, a.at(asked.At))
	return textRow{"text/markdown", text}, err
}

type hoursAsked struct {
	Month string `query:"month" doc:"Such as 2026-11; left out: this month, in UTC."`
	Rota  string `query:"rota" doc:"Its id; left out: all."`
	SLA   string `query:"sla" doc:"The SLA whose hours count as service hours; needed where the rota's components have several."`
}

func (a *API) readHours(ctx context.Context, _ Call, asked hoursAsked) (textRow, error) {
	month := a.Now().UTC()
	if asked.Month != "" {
		var err error
		if month, err = time.Parse("2006-01", asked.Month); err != nil {
			return textRow{}, wrongly("query.month", "It is to be a year and a month, such as 2026-11.")
		}
	}
	text, err := a.Rotas.HoursOnCall(ctx, time.Date(month.Year(), month.Month(), 1, 0, 0, 0, 0, time.UTC), asked.Rota, asked.SLA)
	return textRow{"text/csv", text}, err
}

type calendarAsked struct {
	idAsked
	Days int `query:"days" default:"90" least:"1" most:"400" doc:"How many days ahead."`
}

func (a *API) readCalendar(ctx context.Context, _ Call, asked calendarAsked) (textRow, error) {
	text, err := a.Rotas.Calendar(ctx, asked.ID, asked.Days)
	return textRow{"text/calendar", text}, err
}
