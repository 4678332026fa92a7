package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"daymark/console"
	"daymark/incident"
	"daymark/support"
)

// rotaSource tells the console of rotas what the command line tells.
type rotaSource struct{ operations *operations }

// OnCall implements console.Rotas.
func (s rotaSource) OnCall(ctx context.Context, at time.Time) ([]console.OnCall, error) {
	if len(s.operations.doc.Support.Rotas) == 0 {
		return nil, nil
	}
	found, err := s.operations.rosters(ctx, "")
	var all []console.OnCall
	for _, r := range found {
		stand := r.Stand(at)
		all = append(all, console.OnCall{
			Rota: r.ID(), Lead: stand.Now.Lead, Engineer: stand.Now.Engineer, Until: stand.Until, NextLead: stand.Next.Lead, NextEngineer: stand.Next.Engineer,
		})
	}
	return all, err
}

// HandoverNote implements console.Rotas.
func (s rotaSource) HandoverNote(ctx context.Context, rota string, at time.Time) (string, error) {
	text, err := s.operations.handover(ctx, handoverOrder{Rota: rota, At: at})
	return text, asRefusal(err, incident.NotFound)
}

// HoursOnCall implements console.Rotas.
func (s rotaSource) HoursOnCall(ctx context.Context, month time.Time, rota, sla string) (string, error) {
	var found []*support.Roster
	if rota != "" || len(s.operations.doc.Support.Rotas) > 0 {
		var err error
		if found, err = s.operations.rosters(ctx, rota); err != nil {
			return "", asRefusal(err, incident.Invalid)
		}
	}
	report, _, err := monthReport(s.operations.doc, found, month, sla)
	if err != nil {
		return "", asRefusal(err, incident.Invalid)
	}
	if report.CallOuts, err = s.operations.callOuts(ctx, month); err != nil {
		return "", err
	}
	var text strings.Builder
	err = report.WriteCSV(&text)
	return text.String(), err
}

// Calendar implements console.Rotas.
func (s rotaSource) Calendar(ctx context.Context, person string, days int) (string, error) {
	found, err := s.operations.rosters(ctx, "")
	if err != nil {
		return "", asRefusal(err, incident.NotFound)
	}
	agenda, err := agendaOf(s.operations.doc, found, person, days, time.Now())
	if err != nil {
		return "", asRefusal(err, incident.NotFound)
	}
	var text strings.Builder
	err = agenda.WriteICalendar(&text)
	return text.String(), err
}

// Plan implements console.Rotas.
func (s rotaSource) Plan(ctx context.Context, rota string, from, to time.Time) (*console.RotaPlan, error) {
	found, err := s.operations.rosters(ctx, rota)
	if err != nil {
		return nil, asRefusal(err, incident.NotFound)
	}
	r := found[0]
	return &console.RotaPlan{Zone: r.Zone(), Shifts: r.Shifts(from, to), Away: r.Away(from, to)}, nil
}

// Swaps implements console.Rotas.
func (s rotaSource) Swaps(ctx context.Context, rota string, after time.Time) ([]incident.Swap, error) {
	if rota != "" {
		if _, err := rosters(s.operations.doc, rota); err != nil {
			return nil, asRefusal(err, incident.NotFound)
		}
	}
	found, err := s.operations.core.store.Swaps(ctx, after)
	return slices.DeleteFunc(found, func(x incident.Swap) bool { return rota != "" && x.Rota != rota }), err
}

// asRefusal gives what was asked wrongly as the refusal that the console tells
// of.
func asRefusal(err error, kind incident.RefusalKind) error {
	if _, is := errors.AsType[usageError](err); is {
		return &incident.Refusal{Kind: kind, Text: err.Error()}
	}
	return err
}
