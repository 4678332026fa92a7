package console

import (
	"cmp"
	"context"
	"errors"
	"html/template"
	"strings"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/internal/prose"
)

// writeView is what the editor of an update offers.
type writeView struct {
	Templates []choice
	Phases    []choice
	Seen      int          // the number of the last update
	Refused   string       // why nothing can be published; empty: it can
	Preview   *previewView // nil: it is not known what would follow
}

// previewView is an update as people would get it.
type previewView struct {
	previewRow
	Asked bool // somebody asked to see it; else only its numbers are shown
	HTML  template.HTML
	Phase string
	Next  instant
	Ways  string // "18,240 by email, 212 by SMS"
	All   string // of them
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
		page.Write.Templates = append(page.Write.Templates, choice{t.ID, t.ID + ": " + beginning(t.Text, shownOfTemplate)})
	}
	page.Write.Seen = len(i.Updates)
	page.Write.Phases = []choice{{"", "As before: " + phaseWords[i.Phase]}}
	for _, phase := range []incident.Phase{incident.Investigating, incident.Identified, incident.Monitoring, incident.Resolved} {
		if phase != i.Phase {
			page.Write.Phases = append(page.Write.Phases, choice{string(phase), phaseWords[phase]})
		}
	}
	v.foresee(ctx, page)
	return nil
}

// foresee says what an update of this moment would come to: the one that
// somebody asks to see, or else any.
func (v *roomView) foresee(ctx context.Context, page *roomPage) {
	if asked, is := page.Form("update").Answer.(previewRow); is {
		page.Write.Preview = v.preview(&asked)
		page.Write.Preview.Asked = true
		return
	}
	row, err := v.site.API.previewUpdate(ctx, Call{Who: v.who}, publishAsked{idAsked: idAsked{v.story.ID}, What: v.story.Name})
	if refusal, is := errors.AsType[*incident.Refusal](err); is {
		if page.Form("update").Problem != "" {
			return // what was typed stays in sight
		}
		page.Write.Refused = sentence(refusal.Text)
		return
	}
	if err != nil { // the editor is needed all the same
		v.site.Logger.ErrorContext(ctx, "it is not known whom an update would reach", "incident", v.story.ID, "error", err)
		return
	}
	page.Write.Preview = v.preview(&row)
}

func (v *roomView) preview(row *previewRow) *previewView {
	english := lang.English()
	view := &previewView{
		previewRow: *row, HTML: prose.HTML(row.Text), Phase: phaseWords[incident.Phase(row.Phase)], Next: v.at(row.NextBy.Time), All: english.Number(row.Total),
	}
	var ways []string
	for _, r := range row.Readers {
		ways = append(ways, english.Number(r.Count)+" by "+channelWord(r.Channel))
	}
	view.Ways = english.List(ways)
	return view
}

// channelWord is how people read a channel.
func channelWord(channel string) string {
	switch channel {
	case "sms":
		return "SMS"
	case "voice":
		return "call"
	case "slack", "teams", "discord":
		return strings.ToUpper(channel[:1]) + channel[1:]
	case "pagerduty":
		return "PagerDuty"
	}
	return channel
}

// shownOfTemplate is how much of a template stands in the list.
const shownOfTemplate = 60

// beginning gives the beginning of a text.
func beginning(text string, most int) string {
	runes := []rune(text)
	return cmp.Or(string(runes[:min(len(runes), most)]), "empty")
}
