package console

import (
	"context"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/support"
)

// swaps is the part of the table by which people give turns on call to one
// another.
func (a *API) swaps() []Operation {
	return []Operation{
		read("/api/v1/rotas/{id}", access.ReadIncidents, "Who is on call for a rota in the days to come, and who is away.", a.readRota),
		read("/api/v1/rotas/{id}/swaps", access.ReadIncidents, "The swaps of a rota, those that end first standing first.", a.listSwaps),
		write("/api/v1/rotas/{id}/swaps", access.WriteTurns, "Offer a turn of one's own, or part of it, to somebody else; an editor does so for others, and arranges a swap for both.", a.offerSwap),
		write("/api/v1/swaps/{id}/accept", access.WriteTurns, "Take a turn that one was offered.", a.acceptSwap),
		write("/api/v1/swaps/{id}/withdraw", access.WriteTurns, "Take back a swap: an offer, or what is left of one that was accepted.", a.withdrawSwap),
	}
}

// RotaPlan is a rota in a time.
type RotaPlan struct {
	Zone   *time.Location
	Shifts []support.Shift
	Away   []support.Cover // without a role
}

type rotaAsked struct {
	idAsked
	Days int `query:"days" default:"28" least:"1" most:"400" doc:"How many days ahead."`
}

type rotaRow struct {
	ID       string       `json:"id"`
	Timezone string       `json:"timezone"`
	Shifts   []shiftRow   `json:"shifts" doc:"Times during which the same two are on call, in order."`
	Away     []absenceRow `json:"away"`
}

type shiftRow struct {
	From     Time   `json:"from"`
	To       Time   `json:"to"`
	Lead     string `json:"lead" doc:"Support Lead, by their id; empty: nobody."`
	Engineer string `json:"engineer" doc:"Support Engineer, by their id; empty: nobody."`
}

type absenceRow struct {
	Person string `json:"person" doc:"By their id."`
	From   Time   `json:"from"`
	To     Time   `json:"to"`
}

func (a *API) readRota(ctx context.Context, _ Call, asked rotaAsked) (rotaRow, error) {
	now := a.Now()
	plan, err := a.Rotas.Plan(ctx, asked.ID, now, now.AddDate(0, 0, asked.Days))
	if err != nil {
		return rotaRow{}, err
	}
	row := rotaRow{ID: asked.ID, Timezone: plan.Zone.String(), Shifts: []shiftRow{}, Away: []absenceRow{}}
	for _, s := range plan.Shifts {
		row.Shifts = append(row.Shifts, shiftRow{Time{s.From}, Time{s.To}, s.Lead, s.Engineer})
	}
	for _, away := range plan.Away {
		row.Away = append(row.Away, absenceRow{away.Person, Time{away.From}, Time{away.To}})
	}
	return row, nil
}

type swapsAsked struct {
	idAsked
	Status string `query:"status" words:"open,all" default:"open" doc:"open: those that are not over, nor withdrawn."`
}

type swapRow struct {
	ID       string `json:"id"`
	Rota     string `json:"rota" doc:"Its id."`
	Role     string `json:"role" words:"lead,engineer"`
	Giver    string `json:"giver" doc:"Whose turn it is, by their id."`
	Taker    string `json:"taker" doc:"Who takes it, by their id."`
	Starts   Time   `json:"starts"`
	Ends     Time   `json:"ends"`
	Note     string `json:"note,omitempty"`
	State    string `json:"state" words:"offered,accepted,withdrawn,lapsed" doc:"lapsed: nobody accepted it in time. Only what is accepted counts."`
	By       string `json:"by" doc:"Who asked for it."`
	Made     Time   `json:"made"`
	Accepted Time   `json:"accepted,omitzero"`
	Withdrew Time   `json:"withdrawn,omitzero"`
}

func swapOf(s *incident.Swap, now time.Time) swapRow {
	return swapRow{
		ID: s.ID, Rota: s.Rota, Role: string(s.Role), Giver: s.Giver, Taker: s.Taker, Starts: Time{s.From}, Ends: Time{s.To}, Note: s.Note, State: string(s.State(now)),
		By: s.By, Made: Time{s.Made}, Accepted: Time{s.Accepted}, Withdrew: Time{s.Ended},
	}
}

func (a *API) listSwaps(ctx context.Context, _ Call, asked swapsAsked) (page[swapRow], error) {
	now := a.Now()
	after := now
	if asked.Status == "all" {
		after = time.Time{}
	}
	found, err := a.Rotas.Swaps(ctx, asked.ID, after)
	var rows []swapRow
	for i := range found {
		if row := swapOf(&found[i], now); asked.Status == "all" || row.State == string(incident.SwapOffered) || row.State == string(incident.SwapAccepted) {
			rows = append(rows, row)
		}
	}
	return whole(rows), err
}

type offerAsked struct {
	idAsked
	Role     string `json:"role" words:"lead,engineer"`
	Giver    string `json:"giver,omitempty" doc:"Whose turn it is, by their id; left out: one's own. Another's is an editor's to give."`
	Taker    string `json:"taker" doc:"Who takes it, by their id."`
	Starts   Time   `json:"starts"`
	Ends     Time   `json:"ends"`
	Note     string `json:"note,omitempty" longest:"1000"`
	Arranged bool   `json:"arranged,omitempty" doc:"Both have agreed, so it counts at once: for an editor to say."`
}

func (a *API) offerSwap(ctx context.Context, call Call, asked offerAsked) (madeRow, error) {
	return a.give(ctx, call, incident.OfferSwap{
		Rota: asked.ID, Role: support.Role(asked.Role), Giver: asked.Giver, Taker: asked.Taker, From: asked.Starts.Time, To: asked.Ends.Time,
		Note: asked.Note, Arranged: asked.Arranged, Others: call.Who.May(access.WriteRotas),
	})
}

type swapAsked struct{ idAsked }

func (a *API) acceptSwap(ctx context.Context, call Call, asked swapAsked) (madeRow, error) {
	return a.give(ctx, call, incident.AcceptSwap{ID: asked.ID, Others: call.Who.May(access.WriteRotas)})
}

func (a *API) withdrawSwap(ctx context.Context, call Call, asked swapAsked) (madeRow, error) {
	return a.give(ctx, call, incident.WithdrawSwap{ID: asked.ID, Others: call.Who.May(access.WriteRotas)})
}
