package console

import (
	"context"
	"time"

	"daymark/incident"
)

// Work is what staff have to do beside incidents.
type Work interface {
	// Reviews gives the reviews with something left to do, or all.
	Reviews(ctx context.Context, all bool) ([]incident.Review, error)
	// Review gives the review of an incident, or nil.
	Review(ctx context.Context, id string) (*incident.Review, error)
	// Draft gives what a review is written from. An incident that is not there,
	// or has no review, is an *incident.Refusal.
	Draft(ctx context.Context, id string) (*incident.Draft, error)
	// Maintenances gives the maintenance that is not done, and that which was
	// done after a moment.
	Maintenances(ctx context.Context, doneAfter time.Time) ([]incident.PlannedMaintenance, error)
}

// maintenanceShown bounds what is listed.
const maintenanceShown = 30 * 24 * time.Hour

type allAsked struct {
	Status string `query:"status" words:"open,all" default:"open" doc:"open: those with something left to do."`
}

type maintenanceRow struct {
	ID         string   `json:"id"`
	Stage      string   `json:"stage" words:"scheduled,in_progress,verifying,completed,cancelled"`
	Public     bool     `json:"public" doc:"Visitors see it."`
	Rule       string   `json:"rule,omitempty" doc:"The recurring maintenance that it is a time of."`
	Title      string   `json:"title"`
	Text       string   `json:"text"`
	Components []string `json:"components"`
	Announce   Time     `json:"announce" doc:"When visitors see it first."`
	Starts     Time     `json:"starts"`
	Ends       Time     `json:"ends"`
	Over       Time     `json:"over,omitzero" doc:"When the work was over."`
	Done       Time     `json:"done,omitzero" doc:"When it was completed or cancelled."`
	Why        string   `json:"why,omitempty"`
}

func (a *API) listMaintenance(ctx context.Context, _ Call, _ nothing) (page[maintenanceRow], error) {
	found, err := a.Work.Maintenances(ctx, a.Now().Add(-maintenanceShown))
	var rows []maintenanceRow
	for _, m := range found {
		rows = append(rows, maintenanceRow{
			ID: m.ID, Stage: string(m.Stage), Public: m.Public(), Rule: m.Rule, Title: m.Title, Text: m.Text, Components: append([]string{}, m.Components...),
			Announce: Time{m.Announce}, Starts: Time{m.Starts}, Ends: Time{m.Ends}, Over: Time{m.Over}, Done: Time{m.Done}, Why: m.Why,
		})
	}
	return whole(rows), err
}

type planAsked struct {
	Title      string   `json:"title" longest:"255" doc:"What visitors read."`
	Text       string   `json:"text,omitempty" longest:"10000" doc:"What visitors have to know of it."`
	Components []string `json:"components" doc:"Those that are worked on, by their ids."`
	Starts     Time     `json:"starts,omitzero" doc:"Left out: now."`
	Announce   Time     `json:"announce,omitzero" doc:"When visitors see it first; left out: maintenance.announce before it begins."`
	Minutes    int      `json:"minutes" least:"1" most:"129600" doc:"How long it lasts."`
}

func (q planAsked) command() incident.Command {
	return incident.PlanMaintenance{
		Title: q.Title, Text: q.Text, Components: q.Components, Starts: q.Starts.Time, Announce: q.Announce.Time, Lasts: time.Duration(q.Minutes) * time.Minute,
	}
}

type extendAsked struct {
	idAsked
	Minutes int `json:"minutes" least:"1" most:"129600" doc:"By how much."`
}

func (q extendAsked) command() incident.Command {
	return incident.ExtendMaintenance{ID: q.ID, By: time.Duration(q.Minutes) * time.Minute}
}

type endAsked struct {
	idAsked
	Why string `json:"why,omitempty" longest:"1000"`
}

func (q endAsked) command() incident.Command { return incident.EndMaintenance{ID: q.ID, Why: q.Why} }

type cancelAsked struct {
	idAsked
	Why string `json:"why,omitempty" longest:"1000"`
}

func (q cancelAsked) command() incident.Command {
	return incident.CancelMaintenance{ID: q.ID, Why: q.Why}
}
