package console

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"daymark/incident"
)

// maintenanceShown bounds what is listed.
const maintenanceShown = 30 * 24 * time.Hour

type maintenanceRow struct {
	ID         string   `json:"id"`
	Stage      string   `json:"stage" words:"scheduled,in_progress,verifying,completed,cancelled"`
	Public     bool     `json:"public" doc:"Visitors see it."`
	Rule       string   `json:"rule,omitempty" doc:"The recurring maintenance that it is a time of."`
	Title      string   `json:"title"`
	Text       string   `json:"text"`
	Components []string `json:"components"`
	Announce   Time     `json:"announce" doc:"When visitors see it first."`
	Starts     Time     `json:"starts"`
	Ends       Time     `json:"ends"`
	Over       Time     `json:"over,omitzero" doc:"When the work was over."`
	Done       Time     `json:"done,omitzero" doc:"When it was completed or cancelled."`
	Why        string   `json:"why,omitempty"`
}

func (a *API) listMaintenance(ctx context.Context, _ Call, _ nothing) (page[maintenanceRow], error) {
	found, err := a.Work.Maintenances(ctx, a.Now().Add(-maintenanceShown))
	var rows []maintenanceRow
	for i := range found {
		rows = append(rows, maintenanceOf(&found[i]))
	}
	return whole(rows), err
}

func maintenanceOf(m *incident.PlannedMaintenance) maintenanceRow {
	return maintenanceRow{
		ID: m.ID, Stage: string(m.Stage), Public: m.Public(), Rule: m.Rule, Title: m.Title, Text: m.Text, Components: append([]string{}, m.Components...),
		Announce: Time{m.Announce}, Starts: Time{m.Starts}, Ends: Time{m.Ends}, Over: Time{m.Over}, Done: Time{m.Done}, Why: m.Why,
	}
}

// maintenance gives one; ErrNotFound where there is none.
func (a *API) maintenance(ctx context.Context, id string) (*incident.PlannedMaintenance, error) {
	m, err := a.Work.Maintenance(ctx, id)
	if err == nil && m == nil {
		err = ErrNotFound
	}
	return m, err
}

func (a *API) readMaintenance(ctx context.Context, _ Call, asked idAsked) (maintenanceRow, error) {
	m, err := a.maintenance(ctx, asked.ID)
	if err != nil {
		return maintenanceRow{}, err
	}
	return maintenanceOf(m), nil
}

type ruleRow struct {
	ID         string   `json:"id"`
	Name       string   `json:"name" doc:"What visitors read."`
	Components []string `json:"components" doc:"Ids."`
	Minutes    int      `json:"minutes" doc:"How long it lasts."`
	RRule      string   `json:"rrule,omitempty" doc:"As RFC 5545 has it; left out: once."`
	Next       []Time   `json:"next" doc:"When it begins the next times, those that go on included."`
}

// rulesAhead is how many times of a rule are told.
const rulesAhead = 5

func (a *API) listRules(context.Context, Call, nothing) (page[ruleRow], error) {
	var rows []ruleRow
	for _, rule := range a.Recurring {
		row := ruleRow{ID: rule.ID, Name: rule.Name, Components: append([]string{}, rule.Components...), Minutes: int(rule.Lasts / time.Minute), RRule: rule.RRule, Next: []Time{}}
		starts, _ := rule.Next(a.Now(), rulesAhead)
		for _, at := range starts {
			row.Next = append(row.Next, Time{at})
		}
		rows = append(rows, row)
	}
	return whole(rows), nil
}

type audienceAsked struct {
	Components string `query:"components" longest:"10000" doc:"Ids, joined by commas; left out: who hears of all maintenance."`
}

type audienceRow struct {
	Told     int            `json:"told" doc:"How many hear of it."`
	Channels []channelCount `json:"channels" doc:"By channel."`
}

type channelCount struct {
	Channel string `json:"channel"`
	Told    int    `json:"told"`
}

func (a *API) countAudience(ctx context.Context, _ Call, asked audienceAsked) (audienceRow, error) {
	components := strings.FieldsFunc(asked.Components, func(r rune) bool { return r == ',' })
	counts, err := a.Work.MaintenanceAudience(ctx, components)
	row := audienceRow{Channels: []channelCount{}}
	for _, channel := range slices.Sorted(maps.Keys(counts)) {
		row.Told += counts[channel]
		row.Channels = append(row.Channels, channelCount{channel, counts[channel]})
	}
	return row, err
}

type planAsked struct {
	Title      string   `json:"title" longest:"255" doc:"What visitors read."`
	Text       string   `json:"text,omitempty" longest:"10000" doc:"What visitors have to know of it."`
	Components []string `json:"components" doc:"Those that are worked on, by their ids."`
	Starts     Time     `json:"starts,omitzero" doc:"Left out: now."`
	Announce   Time     `json:"announce,omitzero" doc:"When visitors see it first; left out: maintenance.announce before it begins."`
	Minutes    int      `json:"minutes" least:"1" most:"129600" doc:"How long it lasts."`
}

func (q planAsked) command() incident.Command {
	return incident.PlanMaintenance{
		Title: q.Title, Text: q.Text, Components: q.Components, Starts: q.Starts.Time, Announce: q.Announce.Time, Lasts: time.Duration(q.Minutes) * time.Minute,
	}
}

type extendAsked struct {
	idAsked
	Minutes int `json:"minutes" least:"1" most:"129600" doc:"By how much."`
}

func (q extendAsked) command() incident.Command {
	return incident.ExtendMaintenance{ID: q.ID, By: time.Duration(q.Minutes) * time.Minute}
}

type endAsked struct {
	idAsked
	Why string `json:"why,omitempty" longest:"1000"`
}

func (q endAsked) command() incident.Command { return incident.EndMaintenance{ID: q.ID, Why: q.Why} }

type cancelAsked struct {
	idAsked
	confirmedAsked
	Why string `json:"why,omitempty" longest:"1000"`
}

func (q cancelAsked) command() incident.Command {
	return incident.CancelMaintenance{ID: q.ID, Why: q.Why}
}
