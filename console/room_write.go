package console

import (
	"cmp"
	"context"

	"daymark/incident"
)

// writeView is what the editor of an update offers.
type writeView struct {
	Templates []choice
	Phases    []choice
	Next      instant // when the next word is owed now; its ISO is empty where none is
	Seen      int     // the number of the last update
	Refused   string  // why nothing can be published; empty: it can
}

// offer fills in what only who works on the incident sees.
func (v *roomView) offer(ctx context.Context, page *roomPage) error {
	i := &v.story.Incident
	page.People, page.Teams, page.Parts = v.everybody(), v.teams(), v.parts(i.Affected)
	open, err := v.site.API.Incidents.ListIncidents(ctx, IncidentQuery{Open: true, Most: mostOpen})
	if err != nil {
		return err
	}
	for k := range open {
		if open[k].ID != i.ID && !open[k].Warns() {
			page.Others = append(page.Others, choice{open[k].ID, open[k].Severity.String() + " " + open[k].Name})
		}
	}
	for _, t := range v.site.API.Templates {
		page.Write.Templates = append(page.Write.Templates, choice{t.ID, t.ID + ": " + cut1(t.Text, shownOfTemplate)})
	}
	page.Write.Seen = len(i.Updates)
	page.Write.Phases = []choice{{"", "As before: " + phaseWords[i.Phase]}}
	for _, phase := range []incident.Phase{incident.Investigating, incident.Identified, incident.Monitoring, incident.Resolved} {
		if phase != i.Phase {
			page.Write.Phases = append(page.Write.Phases, choice{string(phase), phaseWords[phase]})
		}
	}
	if i.Promise != nil {
		page.Write.Next = v.at(i.Promise.Due)
	}
	if !i.Public() {
		page.Write.Refused = "This incident is " + i.Severity.String() + ", which is for staff alone. Change its severity first, and then publish."
	}
	return nil
}

// shownOfTemplate is how much of a template stands in the list.
const shownOfTemplate = 60

// cut1 gives the beginning of a text.
func cut1(text string, most int) string {
	runes := []rune(text)
	return cmp.Or(string(runes[:min(len(runes), most)]), "empty")
}
