package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"daymark/config"
	"daymark/incident"
	"daymark/support"
)

type rotaReport struct {
	configFlag
	Month string `help:"The month, such as 2026-11." required:"" placeholder:"YYYY-MM"`
	Rota  string `help:"The id of a rota; all of them when left out." placeholder:"ID"`
	SLA   string `help:"The SLA whose hours count as service hours; needed where the rota's components have several." name:"sla" placeholder:"ID"`
}

// Help gives an example.
func (rotaReport) Help() string {
	return `A row for each rota and person: the hours on call, those of them outside the service hours, and how often they were called. The hours are those of the
SLA of the components whose owner is on the rota. Hours are counted from the rota as the configuration has it now, with the swaps.

Example: daymark rota report --month 2026-11 > on-call.csv`
}

// Run prints the report.
func (c *rotaReport) Run(ctx context.Context, std streams, logging *logOptions) error {
	doc, rosters, err := rostersNow(ctx, c.configFlag, c.Rota, std, logging)
	if err != nil {
		return err
	}
	month, err := time.Parse("2006-01", c.Month)
	if err != nil {
		return usageError{fmt.Errorf("--month: %q is not a month: write year and month, such as 2026-11", c.Month)}
	}
	report, always, err := monthReport(doc, rosters, month, c.SLA)
	if err != nil {
		return err
	}
	for _, rota := range always { // it has to be seen, because the column is all zeros then
		_, _ = fmt.Fprintf(std.err, "rota %s: no SLA with hours is known for it, so no hour is outside them\n", rota)
	}
	err = ask(ctx, c.configFlag, std, logging, "/rota/callouts", month, &report.CallOuts, func(o *operations) (err error) {
		report.CallOuts, err = o.callOuts(ctx, month)
		return err
	})
	if err != nil {
		return err
	}
	return report.WriteCSV(std.out)
}

// monthReport prepares the report of a month but for the call-outs, and lists
// the rotas for which no hour is outside the service hours.
func monthReport(doc *config.Document, rosters []*support.Roster, month time.Time, sla string) (*support.MonthReport, []string, error) {
	report := &support.MonthReport{Month: month, Rotas: rosters, Service: map[string]*support.Calendar{}, Names: peopleNames(doc)}
	var always []string
	for _, r := range rosters {
		service, err := serviceHours(doc, r, sla)
		if err != nil {
			return nil, nil, err
		}
		if service.Always() {
			always = append(always, r.ID())
		}
		report.Service[r.ID()] = service
	}
	return report, always, nil
}

// serviceHours gives the hours of the one SLA of a rota's components that has
// some, or of the SLA that was named.
func serviceHours(doc *config.Document, r *support.Roster, named string) (*support.Calendar, error) {
	zone, err := time.LoadLocation(doc.Page.Timezone)
	if err != nil {
		return nil, fmt.Errorf("load the page's time zone: %w", err)
	}
	wanted := []string{named}
	if named == "" {
		wanted = slasOf(doc, r.ID())
	}
	var found []string
	var hours support.Hours
	for i := range doc.SLAs {
		sla := &doc.SLAs[i]
		if !slices.Contains(wanted, sla.ID) || named == "" && (sla.Hours.Always || sla.Hours.Days == "") {
			continue
		}
		found = append(found, sla.ID)
		hours = sla.Hours
	}
	switch {
	case named != "" && len(found) == 0:
		return nil, usageError{fmt.Errorf("there is no SLA %q in the configuration", named)}
	case len(found) > 1:
		return nil, usageError{fmt.Errorf("the components of rota %s have several SLAs with hours, %s: name one by --sla", r.ID(), strings.Join(found, ", "))}
	}
	if hours.Days == "" {
		hours.Always = true
	}
	return support.NewCalendar(hours, zone)
}

// slasOf lists the SLAs of the components that are a rota's.
func slasOf(doc *config.Document, rota string) []string {
	var all []string
	for i := range doc.Components {
		if c := &doc.Components[i]; rotaOf(doc, c.ID) == rota {
			all = append(all, c.SLA)
		}
	}
	return all
}

// rotaOf gives the rota of a component's owner, or "".
func rotaOf(doc *config.Document, component string) string {
	c := doc.Component(component)
	if c == nil {
		return ""
	}
	for i := range doc.Teams {
		if doc.Teams[i].ID == c.Owner {
			return doc.Teams[i].Rota
		}
	}
	return ""
}

// rostersOf reads the rotas of a configuration: the one that is named, or all.
func rostersOf(file, rota string, std streams) (*config.Document, []*support.Roster, error) {
	doc, err := loadConfig(file)
	if err != nil {
		return nil, nil, tellFaults(std, err)
	}
	rosters, err := rosters(doc, rota)
	return doc, rosters, err
}

// rostersNow is rostersOf with what people have swapped, which the running
// server knows, or the database when none runs.
func rostersNow(ctx context.Context, flag configFlag, rota string, std streams, logging *logOptions) (*config.Document, []*support.Roster, error) {
	doc, found, err := rostersOf(flag.Config, rota, std)
	if err != nil {
		return nil, nil, err
	}
	if _, err := os.Stat(filepath.Join(doc.Server.Data, databaseFile)); errors.Is(err, fs.ErrNotExist) {
		return doc, found, nil // there was no server yet, so nobody has swapped
	}
	var swaps []incident.Swap
	err = ask(ctx, flag, std, logging, "/rota/swaps", struct{}{}, &swaps, func(o *operations) (err error) {
		swaps, err = o.swaps(ctx, struct{}{})
		return err
	})
	return doc, swapped(found, swaps), err
}

func rosters(doc *config.Document, rota string) ([]*support.Roster, error) {
	zone, err := time.LoadLocation(doc.Page.Timezone)
	if err != nil {
		return nil, fmt.Errorf("load the page's time zone: %w", err)
	}
	var all, named []*support.Roster
	for _, r := range doc.Support.Rotas {
		roster, err := support.NewRoster(r, zone)
		if err != nil {
			return nil, err
		}
		all = append(all, roster)
		if r.ID == rota {
			named = append(named, roster)
		}
	}
	switch {
	case len(all) == 0:
		return nil, usageError{errors.New("the configuration has no rota: write one into support.rotas")}
	case rota == "":
		return all, nil
	case len(named) == 0:
		return nil, usageError{fmt.Errorf("there is no rota %q in the configuration; it has %s", rota, rotaIDs(all))}
	}
	return named, nil
}

func rotaIDs(rosters []*support.Roster) string {
	var ids []string
	for _, r := range rosters {
		ids = append(ids, r.ID())
	}
	return strings.Join(ids, ", ")
}

func peopleNames(doc *config.Document) map[string]string {
	names := map[string]string{}
	for i := range doc.Support.People {
		names[doc.Support.People[i].ID] = doc.Support.People[i].Name
	}
	return names
}

// atFlag reads --at in a zone; now where it is left out.
func atFlag(text string, zone *time.Location) (time.Time, error) {
	at, err := momentFlag("--at", text, zone)
	if at.IsZero() {
		at = time.Now()
	}
	return at.In(zone), err
}
