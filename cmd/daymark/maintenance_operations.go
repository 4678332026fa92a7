package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"daymark/incident"
)

// maintenanceOrder is what a command asks of maintenance.
type maintenanceOrder struct {
	Person     string        `json:"person"`
	Verb       string        `json:"verb"` // plan, extend, end, cancel
	ID         string        `json:"id,omitempty"`
	Title      string        `json:"title,omitempty"`
	Text       string        `json:"text,omitempty"`
	Components []string      `json:"components,omitempty"`
	Starts     time.Time     `json:"starts,omitzero"`
	Announce   time.Time     `json:"announce,omitzero"`
	Lasts      time.Duration `json:"lasts,omitempty"`
	By         time.Duration `json:"by,omitempty"`
	Why        string        `json:"why,omitempty"`
}

// maintenanceRow is what is told of a maintenance.
type maintenanceRow struct {
	ID         string    `json:"id"`
	Stage      string    `json:"stage"`
	Public     bool      `json:"public"` // visitors see it
	Rule       string    `json:"rule,omitempty"`
	Title      string    `json:"title"`
	Text       string    `json:"text,omitempty"`
	Components []string  `json:"components"`
	Announce   time.Time `json:"announce"`
	Starts     time.Time `json:"starts"`
	Ends       time.Time `json:"ends"`          // when it was over, once it is
	Done       time.Time `json:"done,omitzero"` // completed or cancelled
	Why        string    `json:"why,omitempty"`
}

func controlMaintenance(mux *http.ServeMux, o *operations) {
	mux.HandleFunc("POST /maintenance", question(o.maintain))
	mux.HandleFunc("POST /maintenance/list", question(o.listMaintenance))
}

// maintain does what a person asks of maintenance.
func (o *operations) maintain(ctx context.Context, order maintenanceOrder) (maintenanceRow, error) {
	var command incident.Command
	switch order.Verb {
	case "plan":
		command = incident.PlanMaintenance{
			Title: order.Title, Text: order.Text, Components: order.Components,
			Announce: order.Announce, Starts: order.Starts, Lasts: order.Lasts,
		}
	case "extend":
		command = incident.ExtendMaintenance{ID: order.ID, By: order.By}
	case "end":
		command = incident.EndMaintenance{ID: order.ID, Why: order.Why}
	case "cancel":
		command = incident.CancelMaintenance{ID: order.ID, Why: order.Why}
	default:
		return maintenanceRow{}, usageError{fmt.Errorf("nothing is called %q", order.Verb)}
	}
	id, err := o.command(ctx, order.Person, command)
	if err != nil {
		return maintenanceRow{}, err
	}
	m, err := o.core.store.Maintenance(ctx, id)
	if err != nil || m == nil {
		return maintenanceRow{}, err
	}
	return tellMaintenance(m), nil
}

// listedMaintenance is how long maintenance that is done stays in the list.
const listedMaintenance = 30 * 24 * time.Hour

func (o *operations) listMaintenance(ctx context.Context, _ struct{}) ([]maintenanceRow, error) {
	found, err := o.core.store.Maintenances(ctx, time.Now().Add(-listedMaintenance))
	if err != nil {
		return nil, err
	}
	rows := []maintenanceRow{}
	for i := range found {
		rows = append(rows, tellMaintenance(&found[i]))
	}
	return rows, nil
}

func tellMaintenance(m *incident.PlannedMaintenance) maintenanceRow {
	row := maintenanceRow{
		ID: m.ID, Stage: string(m.Stage), Public: m.Public(), Rule: m.Rule, Title: m.Title, Text: m.Text, Components: m.Components,
		Announce: m.Announce, Starts: m.Starts, Ends: m.Ends, Done: m.Done, Why: m.Why,
	}
	if !m.Over.IsZero() {
		row.Ends = m.Over
	}
	return row
}
