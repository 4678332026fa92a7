package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/lang"
	"daymark/statuspage"
	"daymark/store"
)

type incidentShow struct {
	configFlag
	ID string `arg:"" help:"The incident."`
}

// Help gives an example.
func (incidentShow) Help() string {
	return `All that is known of one incident: severity with its reason, who is on it, what is promised, what was told, and the
timeline that staff keep.

Example: daymark incident show mx4pg8n4n7vc`
}

// Run shows through the running server, or directly when none runs.
func (c *incidentShow) Run(ctx context.Context, std streams, logging *logOptions) error {
	var shown store.IncidentStory
	err := ask(ctx, c.configFlag, std, logging, "/incidents/show", c.ID, &shown, func(o *operations) (err error) {
		shown, err = o.showIncident(ctx, c.ID)
		return err
	})
	if err != nil {
		return err
	}
	return printIncident(std.out, &shown)
}

func (o *operations) showIncident(ctx context.Context, id string) (store.IncidentStory, error) {
	story, err := o.core.store.IncidentStory(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return store.IncidentStory{}, usageError{fmt.Errorf("there is no incident %q", id)}
	}
	if err != nil {
		return store.IncidentStory{}, err
	}
	return *story, nil
}

// draftReview writes the review of an incident from what is known.
func (o *operations) draftReview(ctx context.Context, id string) (string, error) {
	draft, err := o.reviewDraft(ctx, id)
	if err != nil {
		return "", err
	}
	return draft.Markdown(), nil
}

// reviewDraft gathers what is known of an incident that is reviewed.
func (o *operations) reviewDraft(ctx context.Context, id string) (*incident.Draft, error) {
	story, err := o.showIncident(ctx, id)
	if err != nil {
		return nil, err
	}
	draft := &incident.Draft{
		Incident: story.Incident, Entries: story.Entries, Promises: story.Promises, Severities: story.Severities, Zone: o.core.zone, Now: time.Now(),
		Region: o.regionName, Component: o.componentName, Word: func(s incident.Status) string { return statuspage.StatusWord(lang.English(), s) },
	}
	if draft.Reports, err = o.core.store.ReportsOf(ctx, id); err != nil {
		return nil, err
	}
	if draft.Runs, err = o.runsDuring(ctx, draft); err != nil {
		return nil, err
	}
	review, err := o.core.store.Review(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case review == nil:
		return nil, noReview(id)
	}
	draft.Review = *review
	return draft, nil
}

// runsDuring counts the runs of the checks of what an incident was about.
func (o *operations) runsDuring(ctx context.Context, d *incident.Draft) ([]incident.RunCount, error) {
	checks := map[string]*checker.Check{}
	for _, a := range d.Incident.Affected {
		if c := o.doc.Component(a.Component); c != nil {
			for i := range c.Checks {
				checks[c.Checks[i].ID] = &c.Checks[i]
			}
		}
	}
	runs, err := o.core.store.RunsDuring(ctx, slices.Sorted(maps.Keys(checks)), d.Incident.Since, cmp.Or(d.Incident.Resolved, d.Now))
	for i := range runs {
		check := checks[runs[i].Check]
		runs[i].Name, runs[i].Journey, runs[i].RegionName = check.Name, check.Browser != nil, o.regionName(runs[i].Region)
	}
	return runs, err
}

// regionName names a region of the configuration, or gives its id.
func (o *operations) regionName(id string) string {
	for _, r := range o.doc.Regions {
		if r.ID == id {
			return cmp.Or(r.Name, id)
		}
	}
	return id
}

// componentName names a component of the configuration, or gives its id.
func (o *operations) componentName(id string) string {
	if c := o.doc.Component(id); c != nil {
		return cmp.Or(c.Name, id)
	}
	return id
}

func printIncident(w io.Writer, shown *store.IncidentStory) error {
	inc := &shown.Incident
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(parts ...string) {
		_, _ = fmt.Fprintln(table, strings.Join(parts, "\t")) // Flush tells of any fault
	}
	line("incident", inc.ID)
	line("name", printable(inc.Name))
	line("severity", printable(inc.Reason))
	line("phase", string(inc.Phase)+", since "+timeText(inc.Since))
	line("lead", nobodyIs(inc.Care.Holders.Lead, "nobody yet"))
	line("engineer", nobodyIs(inc.Care.Holders.Engineer, "nobody yet"))
	if inc.Promise != nil {
		line("promised", promised(inc.Promise))
	}
	for i := range inc.Clocks {
		line("promised", promised(&inc.Clocks[i]))
	}
	for _, a := range inc.Affected {
		until := ""
		if !a.Until.IsZero() {
			until = " until " + timeText(a.Until)
		}
		line("component", fmt.Sprintf("%s: %s, from %s%s", a.Component, a.Status, timeText(a.From), until))
	}
	for _, u := range inc.Updates {
		by := u.By
		if u.Auto {
			by = "Daymark"
		}
		line(fmt.Sprintf("update %d", u.Number), timeText(u.At), by, printable(u.Text))
	}
	for _, e := range shown.Entries {
		line(fmt.Sprintf("%d %s", e.Number, e.Kind), timeText(e.At), e.By, printable(e.Text))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the incident: %w", err)
	}
	return nil
}

func promised(p *incident.Promise) string {
	text := p.Kind.Title() + " by " + timeText(p.Due)
	if p.Due.Before(time.Now()) {
		text += ", which is over"
	}
	return text
}

// nobodyIs gives a person, or a word for nobody.
func nobodyIs(person, word string) string {
	if person == "" {
		return word
	}
	return person
}
