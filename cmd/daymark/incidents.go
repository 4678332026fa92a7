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
	List        incidentList        `cmd:"" help:"List the incidents that are open, warnings included."`
	Show        incidentShow        `cmd:"" help:"Show one incident with its timeline."`
	Open        incidentOpen        `cmd:"" help:"Open an incident by hand."`
	Acknowledge incidentAcknowledge `cmd:"" help:"Take a role of an incident."`
	Handover    incidentHandover    `cmd:"" help:"Pass a role on to somebody else."`
	Pass        incidentPass        `cmd:"" help:"Pass an incident to another team."`
	Call        incidentCall        `cmd:"" help:"Call in help by name."`
	Write       incidentWrite       `cmd:"" help:"Write a hypothesis, a test, an action, a proposal, an agreement, a decision or a note."`
	Publish     incidentPublish     `cmd:"" help:"Publish an update."`
	Edit        incidentEdit        `cmd:"" help:"Put the text of an update right."`
	Revise      incidentRevise      `cmd:"" help:"Choose the severity."`
	Lock        incidentLock        `cmd:"" help:"Keep Daymark from resolving an incident."`
	Merge       incidentMerge       `cmd:"" help:"Make an incident part of another."`
	Split       incidentSplit       `cmd:"" help:"Let components go on as an incident of their own."`
	Resolve     incidentResolve     `cmd:"" help:"End an incident."`
	Promises    incidentPromises    `cmd:"" help:"Count the promises that were kept and broken in a time."`
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
	rows := []string{"ID\tSINCE\tSEVERITY\tSEEN BY\tCOMPONENTS\tREASON"}
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
			inc.ID, timeText(inc.Since), inc.Severity, seen, strings.Join(inc.Components, ", "), shortened(printable(reason)),
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
