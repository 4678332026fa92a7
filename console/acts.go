package console

import (
	"context"
	"strings"

	"daymark/access"
	"daymark/incident"
	"daymark/support"
)

// Commands does what people ask for. What is not allowed is an
// *incident.Refusal.
type Commands interface {
	Command(ctx context.Context, by incident.By, key string, command incident.Command) (made string, err error)
}

// madeRow is what a command answers.
type madeRow struct {
	Made string `json:"made" doc:"The id of what was made or acted on; for an entry or an action its number."`
}

// asks is a question that makes a command.
type asks interface{ command() incident.Command }

// act makes a row that gives a command.
func act[Q asks](a *API, path, summary string) Operation {
	return write(path, access.WriteIncidents, summary, func(ctx context.Context, call Call, asked Q) (madeRow, error) {
		return a.give(ctx, call, asked.command())
	})
}

// give gives a command for who calls.
func (a *API) give(ctx context.Context, call Call, command incident.Command) (madeRow, error) {
	key := call.Key
	if key != "" {
		key = call.Who.Via() + " " + key // nobody's key is another's
	}
	made, err := a.Commands.Command(ctx, byOf(call.Who), key, command)
	return madeRow{made}, err
}

// byOf says who gives a command.
func byOf(who access.Principal) incident.By {
	return incident.By{Person: who.Person, Via: strings.TrimPrefix(who.Via(), "by ")}
}

// acts is the part of the table that works on incidents.
func (a *API) acts() []Operation {
	return []Operation{
		act[openAsked](a, "/api/v1/incidents", "Open an incident by hand."),
		act[acknowledgeAsked](a, "/api/v1/incidents/{id}/acknowledge", "Take a role of an incident oneself."),
		act[handOverAsked](a, "/api/v1/incidents/{id}/handover", "Pass a role on to somebody else."),
		act[passAsked](a, "/api/v1/incidents/{id}/pass", "Pass an incident to another team."),
		act[callAsked](a, "/api/v1/incidents/{id}/call", "Call in help by name."),
		act[entryAsked](a, "/api/v1/incidents/{id}/entries", "Write an entry of the timeline."),
		write("/api/v1/incidents/{id}/entries/{number}/ask", access.WriteIncidents, "Ask the stakeholder, who may have no role, to agree to a proposal by a link.", a.askAgreement),
		act[publishAsked](a, "/api/v1/incidents/{id}/updates", "Publish an update."),
		act[editAsked](a, "/api/v1/incidents/{id}/updates/{number}/edit", "Put the text of an update right."),
		act[reviseAsked](a, "/api/v1/incidents/{id}/severity", "Choose the severity."),
		act[lockAsked](a, "/api/v1/incidents/{id}/lock", "Keep Daymark from resolving an incident, or let it again."),
		actOn[mergeAsked](a, "/api/v1/incidents/{id}/merge", "Make an incident part of another.", a.nameOfIncident),
		act[splitAsked](a, "/api/v1/incidents/{id}/split", "Let components go on as an incident of their own."),
		act[resolveAsked](a, "/api/v1/incidents/{id}/resolve", "End an incident."),
		act[statusAsked](a, "/api/v1/components/{id}/status", "Set the status of a component by hand."),
		act[clearAsked](a, "/api/v1/components/{id}/status/clear", "Leave the status of a component to its checks again."),
		act[reportAsked](a, "/api/v1/reports", "Write down what a user reports."),
		act[triageAsked](a, "/api/v1/reports/{id}/triage", "Say what a report is."),
		act[answerAsked](a, "/api/v1/reports/{id}/answers", "Tell a reporter something, and close the report where it is over."),
		act[reviewAsked](a, "/api/v1/incidents/{id}/review/ask", "Ask for a review that no SLA asks for."),
		act[reviewWritten](a, "/api/v1/incidents/{id}/review", "Write parts of a review."),
		act[actionAsked](a, "/api/v1/incidents/{id}/review/actions", "Add an action to a review."),
		act[changeAsked](a, "/api/v1/incidents/{id}/review/actions/{number}/change", "Give an action another owner or another date."),
		act[finishAsked](a, "/api/v1/incidents/{id}/review/actions/{number}/done", "Say that an action is done."),
		act[signAsked](a, "/api/v1/incidents/{id}/review/sign", "Sign a review off."),
		act[learnedAsked](a, "/api/v1/incidents/{id}/review/publish", "Show visitors what was learned, on the incident's page."),
		act[withdrawAsked](a, "/api/v1/incidents/{id}/review/withdraw", "Take what visitors read of a review off the page."),
		act[planAsked](a, "/api/v1/maintenance", "Plan work on components."),
		act[extendAsked](a, "/api/v1/maintenance/{id}/extend", "Let a maintenance last longer."),
		act[endAsked](a, "/api/v1/maintenance/{id}/end", "End a maintenance that goes on before its time."),
		actOn[cancelAsked](a, "/api/v1/maintenance/{id}/cancel", "Cancel a maintenance that has not begun.", a.titleOfMaintenance),
	}
}

type openAsked struct {
	Name       string         `json:"name" longest:"10000" doc:"What users notice."`
	Severity   string         `json:"severity" words:"P1,P2,P3,P4" doc:"P4 is for staff alone."`
	Components []statusOfPart `json:"components,omitempty" doc:"What it is about."`
	What       string         `json:"what,omitempty" longest:"10000" doc:"The first update."`
	Doing      string         `json:"doing,omitempty" longest:"10000" doc:"What you do about it."`
	YouCan     string         `json:"you_can,omitempty" longest:"10000" doc:"What users can do meanwhile."`
}

type statusOfPart struct {
	Component string `json:"component" doc:"Its id."`
	Status    string `json:"status,omitempty" words:"degraded_performance,partial_outage,major_outage" doc:"Until the incident is over; left out: as its checks say."`
}

func (q openAsked) command() incident.Command {
	c := incident.Open{Name: q.Name, Severity: severityOf(q.Severity), What: q.What, Doing: q.Doing, YouCan: q.YouCan}
	for _, part := range q.Components {
		c.Components = append(c.Components, incident.OpenComponent{Component: part.Component, Status: incident.Status(part.Status)})
	}
	return c
}

type acknowledgeAsked struct {
	idAsked
	Role string `json:"role" words:"lead,engineer"`
}

func (q acknowledgeAsked) command() incident.Command {
	return incident.Acknowledge{Incident: q.ID, Role: support.Role(q.Role)}
}

type handOverAsked struct {
	idAsked
	Role string `json:"role" words:"lead,engineer"`
	To   string `json:"to" doc:"A person, by their id."`
	Note string `json:"note,omitempty" longest:"10000" doc:"What they should know."`
}

func (q handOverAsked) command() incident.Command {
	return incident.HandOver{Incident: q.ID, Role: support.Role(q.Role), To: q.To, Note: q.Note}
}

type passAsked struct {
	idAsked
	Team   string `json:"team" doc:"By its id."`
	Reason string `json:"reason" longest:"10000"`
}

func (q passAsked) command() incident.Command {
	return incident.PassTo{Incident: q.ID, Team: q.Team, Reason: q.Reason}
}

type callAsked struct {
	idAsked
	Person string `json:"person" doc:"By their id."`
	Text   string `json:"text" longest:"10000" doc:"What for."`
}

func (q callAsked) command() incident.Command {
	return incident.CallIn{Incident: q.ID, Person: q.Person, Text: q.Text}
}

type entryAsked struct {
	idAsked
	Kind string `json:"kind" words:"hypothesis,test,action,proposal,agreement,decision,note"`
	Text string `json:"text" longest:"10000"`
	Of   int    `json:"of,omitempty" most:"10000" doc:"The number of the proposal that it is about."`
	Done bool   `json:"done,omitempty" doc:"For an action: the fix is done."`
}

func (q entryAsked) command() incident.Command {
	return incident.Write{Incident: q.ID, Kind: incident.EntryKind(q.Kind), Text: q.Text, Of: q.Of, Done: q.Done}
}

type publishAsked struct {
	idAsked
	Phase    string `json:"phase,omitempty" words:"investigating,identified,monitoring,resolved" doc:"Left out: as before."`
	Template string `json:"template,omitempty" doc:"One of incidents.templates, for what is not said otherwise."`
	What     string `json:"what,omitempty" longest:"10000" doc:"What is so, in what users notice."`
	Doing    string `json:"doing,omitempty" longest:"10000" doc:"What you do about it."`
	YouCan   string `json:"you_can,omitempty" longest:"10000" doc:"What users can do meanwhile."`
	NextBy   Time   `json:"next_by,omitzero" doc:"When the next word comes, where that is sooner than the SLA says."`
	After    *int   `json:"after,omitempty" most:"10000" doc:"The number of the last update that its writer has seen, 0 for none: it is refused (409) where there is a newer one. Left out: it is not asked."`
}

func (q publishAsked) command() incident.Command {
	c := incident.Publish{
		Incident: q.ID, Phase: incident.Phase(q.Phase), Template: q.Template, What: q.What, Doing: q.Doing, YouCan: q.YouCan, NextBy: q.NextBy.Time,
	}
	if q.After != nil {
		c.Ordered, c.After = true, *q.After
	}
	return c
}

type editAsked struct {
	idAsked
	numberAsked
	Text string `json:"text" longest:"10000" doc:"As it should read."`
}

type numberAsked struct {
	Number int `path:"number" least:"1" most:"10000" doc:"The number."`
}

func (q editAsked) command() incident.Command {
	return incident.EditUpdate{Incident: q.ID, Number: q.Number, Text: q.Text}
}

type reviseAsked struct {
	idAsked
	Severity string `json:"severity" words:"P1,P2,P3,P4,facts" doc:"facts: that of the facts again."`
	Reason   string `json:"reason" longest:"10000"`
}

func (q reviseAsked) command() incident.Command {
	return incident.Revise{Incident: q.ID, Severity: severityOf(q.Severity), Reason: q.Reason}
}

type lockAsked struct {
	idAsked
	Locked bool `json:"locked"`
}

func (q lockAsked) command() incident.Command {
	return incident.Lock{Incident: q.ID, Locked: q.Locked}
}

type mergeAsked struct {
	idAsked
	confirmedAsked
	Into string `json:"into" doc:"The other incident, by its id."`
}

func (q mergeAsked) command() incident.Command { return incident.Merge{Incident: q.ID, Into: q.Into} }

type splitAsked struct {
	idAsked
	Components []string `json:"components" doc:"Those that go on, by their ids."`
	Reason     string   `json:"reason" longest:"10000"`
}

func (q splitAsked) command() incident.Command {
	return incident.Split{Incident: q.ID, Components: q.Components, Reason: q.Reason}
}

type resolveAsked struct {
	idAsked
	Text string `json:"text,omitempty" longest:"10000" doc:"The last word; left out: the facts."`
}

func (q resolveAsked) command() incident.Command {
	return incident.Resolve{Incident: q.ID, Text: q.Text}
}

type statusAsked struct {
	idAsked
	Status string `json:"status" words:"operational,degraded_performance,partial_outage,major_outage"`
	Locked bool   `json:"locked,omitempty" doc:"Until it is cleared; else until the checks say something new."`
	Reason string `json:"reason" longest:"10000"`
}

func (q statusAsked) command() incident.Command {
	return incident.SetStatus{Component: q.ID, Status: incident.Status(q.Status), Locked: q.Locked, Reason: q.Reason}
}

type clearAsked struct{ idAsked }

func (q clearAsked) command() incident.Command { return incident.ClearStatus{Component: q.ID} }
