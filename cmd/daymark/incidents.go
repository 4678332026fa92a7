package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"daymark/incident"
)

type incidentCommands struct {
	List incidentList `cmd:"" help:"List the incidents that are open, warnings included."`
}

// Help gives an example.
func (incidentCommands) Help() string { return "Example: daymark incident list" }

type incidentList struct {
	configFlag
	JSON bool `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (incidentList) Help() string {
	return `What is for staff alone is listed too: warnings of checks, and other incidents that visitors do not see. The newest
stand first. It works whether the server runs or not.

Example: daymark incident list`
}

// openIncident is what a list tells of an incident.
type openIncident struct {
	ID         string    `json:"id"`
	Severity   string    `json:"severity"`
	Phase      string    `json:"phase"`
	Since      time.Time `json:"since"`
	Public     bool      `json:"public"`
	Check      string    `json:"check,omitempty"` // whose warning it is
	Components []string  `json:"components"`
	Name       string    `json:"name"`
	Reason     string    `json:"reason"`
}

// Run lists through the running server, or directly when none runs.
func (c *incidentList) Run(ctx context.Context, std streams, logging *logOptions) error {
	open := []openIncident{}
	err := ask(ctx, c.configFlag, std, logging, "/incidents", struct{}{}, &open, func(o *operations) (err error) {
		open, err = o.openIncidents(ctx, struct{}{})
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, open)
	}
	if len(open) == 0 {
		_, err := fmt.Fprintln(std.out, "no incident is open")
		return err
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	rows := []string{"SINCE\tSEVERITY\tSEEN BY\tCOMPONENTS\tREASON"}
	for _, inc := range open {
		seen := "staff"
		if inc.Public {
			seen = "everybody"
		}
		reason := strings.TrimPrefix(inc.Reason, inc.Severity+": ")
		if inc.Check != "" {
			reason = "warning of " + inc.Check + ": " + reason
		}
		rows = append(rows, strings.Join([]string{
			timeText(inc.Since), inc.Severity, seen, strings.Join(inc.Components, ", "), shortened(printable(reason)),
		}, "\t"))
	}
	if _, err := fmt.Fprintln(table, strings.Join(rows, "\n")); err != nil {
		return fmt.Errorf("print the incidents: %w", err)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the incidents: %w", err)
	}
	return nil
}

// openIncidents gives the incidents that are not over.
func (o *operations) openIncidents(ctx context.Context, _ struct{}) ([]openIncident, error) {
	found, err := o.core.store.OpenIncidents(ctx)
	if err != nil {
		return nil, err
	}
	open := []openIncident{}
	for i := range found {
		open = append(open, tellIncident(&found[i]))
	}
	return open, nil
}

func tellIncident(inc *incident.Incident) openIncident {
	told := openIncident{
		ID: inc.ID, Severity: inc.Severity.String(), Phase: string(inc.Phase), Since: inc.Since, Public: inc.Public(), Check: inc.Check,
		Name: inc.Name, Reason: inc.Reason,
	}
	for _, a := range inc.Affected {
		told.Components = append(told.Components, a.Component)
	}
	return told
}
