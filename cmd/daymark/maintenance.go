package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"daymark/internal/expression"
	"daymark/support"
)

type maintenanceCommands struct {
	Plan   maintenancePlan   `cmd:"" help:"Plan work on components: their checks open nothing while it goes on."`
	List   maintenanceList   `cmd:"" help:"List the maintenance that is to come, goes on, or was done lately."`
	Extend maintenanceExtend `cmd:"" help:"Let a maintenance last longer."`
	End    maintenanceEnd    `cmd:"" help:"End a maintenance that goes on before its time."`
	Cancel maintenanceCancel `cmd:"" help:"Cancel a maintenance that has not begun."`
}

// Help gives an example.
func (maintenanceCommands) Help() string {
	return `Example: daymark maintenance plan "New disks" --components api --starts 2026-12-01T22:00 --lasts 2h`
}

type maintenancePlan struct {
	actFlags
	Title      string   `arg:"" help:"What visitors read: \"New disks\"."`
	Components []string `help:"The ids of the components that are worked on." required:"" placeholder:"ID,…"`
	Starts     string   `help:"When it begins, in the page's zone unless it names one; now when left out." placeholder:"TIME"`
	Lasts      string   `help:"How long it lasts, such as 2h." required:"" placeholder:"TIME"`
	Announce   string   `help:"When visitors see it first; maintenance.announce before it begins when left out." placeholder:"TIME"`
	Text       string   `help:"What visitors have to know of it."`
	JSON       bool     `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (maintenancePlan) Help() string {
	return `It is announced on the page, begins and ends by itself. While it lasts, and until what was worked on has been measured
anew, its components are under maintenance and their checks open no incident. It works whether the server runs or not,
but only a running server begins and ends it.

Example: daymark maintenance plan "New disks" --components api --starts 2026-12-01T22:00 --lasts 2h`
}

// Run plans it.
func (c *maintenancePlan) Run(ctx context.Context, std streams, logging *logOptions) error {
	zone, err := pageZone(c.Config, std)
	if err != nil {
		return err
	}
	order := maintenanceOrder{Person: c.As, Verb: "plan", Title: c.Title, Text: c.Text, Components: c.Components}
	if order.Starts, err = momentFlag("--starts", c.Starts, zone); err != nil {
		return err
	}
	if order.Announce, err = momentFlag("--announce", c.Announce, zone); err != nil {
		return err
	}
	if order.Lasts, err = expression.ParseDuration(c.Lasts); err != nil {
		return usageError{fmt.Errorf("--lasts: %w", err)}
	}
	return orderMaintenance(ctx, c.configFlag, std, logging, order, zone, c.JSON)
}

type maintenanceExtend struct {
	actFlags
	ID   string `arg:"" help:"Of the maintenance, as list has it."`
	By   string `help:"How much longer, such as 30m." required:"" placeholder:"TIME"`
	JSON bool   `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (maintenanceExtend) Help() string {
	return `Example: daymark maintenance extend mi5b2k9q0x3a --by 30m`
}

// Run extends it.
func (c *maintenanceExtend) Run(ctx context.Context, std streams, logging *logOptions) error {
	by, err := expression.ParseDuration(c.By)
	if err != nil {
		return usageError{fmt.Errorf("--by: %w", err)}
	}
	return orderMaintenanceIn(ctx, c.configFlag, std, logging, maintenanceOrder{Person: c.As, Verb: "extend", ID: c.ID, By: by}, c.JSON)
}

type maintenanceEnd struct {
	actFlags
	ID   string `arg:"" help:"Of the maintenance, as list has it."`
	Why  string `help:"Why, for staff."`
	JSON bool   `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (maintenanceEnd) Help() string {
	return `What still fails after it is an incident, as soon as its checks have run anew.

Example: daymark maintenance end mi5b2k9q0x3a`
}

// Run ends it.
func (c *maintenanceEnd) Run(ctx context.Context, std streams, logging *logOptions) error {
	return orderMaintenanceIn(ctx, c.configFlag, std, logging, maintenanceOrder{Person: c.As, Verb: "end", ID: c.ID, Why: c.Why}, c.JSON)
}

type maintenanceCancel struct {
	actFlags
	ID   string `arg:"" help:"Of the maintenance, as list has it."`
	Why  string `help:"Why, for staff."`
	JSON bool   `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (maintenanceCancel) Help() string {
	return `One time of a recurring maintenance can be cancelled too; the others stay.

Example: daymark maintenance cancel mi5b2k9q0x3a --why "the supplier is ill"`
}

// Run cancels it.
func (c *maintenanceCancel) Run(ctx context.Context, std streams, logging *logOptions) error {
	return orderMaintenanceIn(ctx, c.configFlag, std, logging, maintenanceOrder{Person: c.As, Verb: "cancel", ID: c.ID, Why: c.Why}, c.JSON)
}

type maintenanceList struct {
	configFlag
	JSON bool `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (maintenanceList) Help() string {
	return `What was done in the last 30 days is listed too. Recurring maintenance is listed from when it is announced.

Example: daymark maintenance list`
}

// Run lists.
func (c *maintenanceList) Run(ctx context.Context, std streams, logging *logOptions) error {
	zone, err := pageZone(c.Config, std)
	if err != nil {
		return err
	}
	rows := []maintenanceRow{}
	err = ask(ctx, c.configFlag, std, logging, "/maintenance/list", struct{}{}, &rows, func(o *operations) (err error) {
		rows, err = o.listMaintenance(ctx, struct{}{})
		return err
	})
	switch {
	case err != nil:
		return err
	case c.JSON:
		return printJSON(std.out, rows)
	case len(rows) == 0:
		_, err := fmt.Fprintln(std.out, "no maintenance is planned")
		return err
	}
	return printMaintenance(std.out, rows, zone)
}

func printMaintenance(w io.Writer, rows []maintenanceRow, zone *time.Location) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	lines := []string{"ID\tSTAGE\tSEEN BY\tSTARTS\tENDS\tCOMPONENTS\tTITLE"}
	for _, row := range rows {
		seen := "staff"
		if row.Public {
			seen = "everybody"
		}
		lines = append(lines, strings.Join([]string{
			row.ID, row.Stage, seen, zoned(row.Starts, zone), zoned(row.Ends, zone), strings.Join(row.Components, ", "), shortened(printable(row.Title)),
		}, "\t"))
	}
	_, err := fmt.Fprintln(table, strings.Join(lines, "\n"))
	if err = errors.Join(err, table.Flush()); err != nil {
		return fmt.Errorf("print the maintenance: %w", err)
	}
	return nil
}

// zoned writes a time as clocks in a zone show it, with the zone's name.
func zoned(at time.Time, zone *time.Location) string {
	return at.In(zone).Format("2006-01-02 15:04 MST")
}

// orderMaintenanceIn is orderMaintenance in the page's zone.
func orderMaintenanceIn(ctx context.Context, flag configFlag, std streams, logging *logOptions, order maintenanceOrder, asJSON bool) error {
	zone, err := pageZone(flag.Config, std)
	if err != nil {
		return err
	}
	return orderMaintenance(ctx, flag, std, logging, order, zone, asJSON)
}

// orderMaintenance has it done by the running server, or directly when none
// runs, and prints what became of it.
func orderMaintenance(ctx context.Context, flag configFlag, std streams, logging *logOptions, order maintenanceOrder, zone *time.Location, asJSON bool) error {
	var row maintenanceRow
	err := ask(ctx, flag, std, logging, "/maintenance", order, &row, func(o *operations) (err error) {
		row, err = o.maintain(ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(std.out, row)
	}
	return printMaintenance(std.out, []maintenanceRow{row}, zone)
}

// pageZone gives the zone of a configuration's page.
func pageZone(file string, std streams) (*time.Location, error) {
	doc, err := loadConfig(file)
	if err != nil {
		return nil, tellFaults(std, err)
	}
	zone, err := time.LoadLocation(doc.Page.Timezone)
	if err != nil {
		return nil, fmt.Errorf("load the page's time zone: %w", err)
	}
	return zone, nil
}

// momentFlag reads a day and time, in a zone unless it names its own; zero
// where there is none.
func momentFlag(name, text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := support.ParseMoment(text, zone)
	if err != nil {
		return time.Time{}, usageError{fmt.Errorf("%s: %w", name, err)}
	}
	return at, nil
}
