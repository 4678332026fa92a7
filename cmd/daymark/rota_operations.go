package main

import (
	"context"
	"net/http"
	"slices"
	"time"

	"daymark/incident"
	"daymark/support"
)

// handoverOrder asks for the note on a rota's next hand-over after a time.
type handoverOrder struct {
	Rota string    `json:"rota"`
	At   time.Time `json:"at"`
}

func controlRota(mux *http.ServeMux, o *operations) {
	mux.HandleFunc("POST /rota/handover", question(o.handover))
	mux.HandleFunc("POST /rota/callouts", question(o.callOuts))
	mux.HandleFunc("POST /rota/swaps", question(o.swaps))
}

// rosters reads the rotas of the configuration, one or all, with what people
// have swapped.
func (o *operations) rosters(ctx context.Context, rota string) ([]*support.Roster, error) {
	found, err := rosters(o.doc, rota)
	if err != nil {
		return nil, err
	}
	swaps, err := o.swaps(ctx, struct{}{})
	return swapped(found, swaps), err
}

// swaps lists all swaps.
func (o *operations) swaps(ctx context.Context, _ struct{}) ([]incident.Swap, error) {
	return o.core.store.Swaps(ctx, time.Time{})
}

// swapped puts swaps on top of rotas.
func swapped(rosters []*support.Roster, swaps []incident.Swap) []*support.Roster {
	all := make([]*support.Roster, len(rosters))
	for i, r := range rosters {
		all[i] = r.With(incident.CoversOf(swaps, r.ID()))
	}
	return all
}

// callOuts lists who was called in a month and the days around it: for each
// incident a person once, at their first call.
func (o *operations) callOuts(ctx context.Context, month time.Time) ([]support.CallOut, error) {
	called, err := o.core.store.CallOuts(ctx, month.AddDate(0, 0, -2), month.AddDate(0, 1, 2))
	return append([]support.CallOut{}, called...), err
}

// handover writes the note for a hand-over.
func (o *operations) handover(ctx context.Context, order handoverOrder) (string, error) {
	found, err := o.rosters(ctx, order.Rota)
	if err != nil {
		return "", err
	}
	open, err := o.core.store.OpenIncidents(ctx)
	if err != nil {
		return "", err
	}
	now := time.Now()
	works, err := o.core.store.Maintenances(ctx, now)
	if err != nil {
		return "", err
	}
	r, names := found[0], peopleNames(o.doc)
	ours := func(component string) bool {
		rota := rotaOf(o.doc, component)
		return rota == "" || rota == r.ID()
	}
	note := incident.HandoverNote{Rota: r.ID(), Written: now, Zone: r.Zone(), Names: names}
	at, off, on := r.NextHandover(order.At)
	if at.IsZero() { // nobody goes
		off = r.Scheduled(order.At)
		on = off
	}
	note.At, note.LeadOff, note.EngineerOff = at, names[off.Lead], names[off.Engineer]
	note.LeadOn, note.EngineerOn = names[on.Lead], names[on.Engineer]
	for i := range open {
		if rota := o.core.policy.RotaOf(&open[i]); rota == "" || rota == r.ID() {
			note.Incidents = append(note.Incidents, open[i])
		}
	}
	for i := range works {
		if slices.ContainsFunc(works[i].Components, ours) {
			note.Maintenances = append(note.Maintenances, works[i])
		}
	}
	return note.Markdown(), nil
}
