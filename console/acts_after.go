package console

import (
	"daymark/incident"
)

type reportAsked struct {
	Component string `json:"component" doc:"By its id."`
	Text      string `json:"text" longest:"10000" doc:"What the user says."`
	Contact   string `json:"contact,omitempty" longest:"300" doc:"How to reach the user."`
}

func (q reportAsked) command() incident.Command {
	return incident.FileReport{Component: q.Component, Text: q.Text, Contact: q.Contact}
}

type triageAsked struct {
	idAsked
	Priority    string `json:"priority,omitempty" words:"P1,P2,P3,P4" doc:"Of one that is ours."`
	DuplicateOf string `json:"duplicate_of,omitempty" doc:"Another report that says the same."`
	NotOurs     bool   `json:"not_ours,omitempty"`
	Incident    string `json:"incident,omitempty" doc:"The incident that it belongs to."`
	Answer      string `json:"answer,omitempty" longest:"10000" doc:"What the reporter is told; left out: what follows from the rest."`
}

func (q triageAsked) command() incident.Command {
	return incident.TriageReport{
		Report: q.ID, Priority: severityOf(q.Priority), DuplicateOf: q.DuplicateOf, NotOurs: q.NotOurs, Incident: q.Incident, Answer: q.Answer,
	}
}

type answerAsked struct {
	idAsked
	Text  string `json:"text" longest:"10000" doc:"What the reporter is told."`
	Close bool   `json:"close,omitempty" doc:"It is over."`
}

func (q answerAsked) command() incident.Command {
	return incident.AnswerReport{Report: q.ID, Text: q.Text, Close: q.Close}
}

type reviewAsked struct {
	idAsked
	Due Time `json:"due"`
}

func (q reviewAsked) command() incident.Command {
	return incident.AskReview{Incident: q.ID, Due: q.Due.Time}
}

type reviewWritten struct {
	idAsked
	Summary *string `json:"summary,omitempty" longest:"10000" doc:"A part that is left out stays as it was; one that is empty is emptied."`
	Causes  *string `json:"causes,omitempty" longest:"10000"`
	Well    *string `json:"well,omitempty" longest:"10000"`
	Badly   *string `json:"badly,omitempty" longest:"10000"`
	Luck    *string `json:"luck,omitempty" longest:"10000"`
	Users   int     `json:"users,omitempty" most:"1000000000" doc:"How many were affected, as a person says."`
	NoUsers bool    `json:"no_users,omitempty" doc:"The number is taken back."`
	After   string  `json:"after,omitempty" doc:"The state of the review that its writer has seen: it is refused (409) where it would overwrite something that was written since. Left out: it is not asked."`
}

func (q reviewWritten) command() incident.Command {
	return incident.WriteReview{Incident: q.ID, Summary: q.Summary, Causes: q.Causes, Well: q.Well, Badly: q.Badly, Luck: q.Luck, Users: q.Users, NoUsers: q.NoUsers, After: q.After}
}

type actionAsked struct {
	idAsked
	Kind  string `json:"kind" words:"prevent,detect,mitigate,process"`
	Text  string `json:"text" longest:"10000" doc:"What is to be done."`
	Owner string `json:"owner" doc:"Who does it, by their id."`
	Due   Time   `json:"due"`
}

func (q actionAsked) command() incident.Command {
	return incident.AddAction{Incident: q.ID, Kind: incident.ActionKind(q.Kind), Text: q.Text, Owner: q.Owner, Due: q.Due.Time}
}

type changeAsked struct {
	idAsked
	numberAsked
	Owner string `json:"owner,omitempty" doc:"Who does it from now on, by their id; left out: as before."`
	Due   Time   `json:"due,omitzero" doc:"Left out: as before."`
}

func (q changeAsked) command() incident.Command {
	return incident.ChangeAction{Incident: q.ID, Number: q.Number, Owner: q.Owner, Due: q.Due.Time}
}

type finishAsked struct {
	idAsked
	numberAsked
}

func (q finishAsked) command() incident.Command {
	return incident.FinishAction{Incident: q.ID, Number: q.Number}
}

type learnedAsked struct {
	idAsked
	Text string `json:"text" longest:"10000" doc:"Markdown, as in updates. Given again, it replaces what was there."`
}

func (q learnedAsked) command() incident.Command {
	return incident.PublishReview{Incident: q.ID, Text: q.Text}
}

type signAsked struct{ idAsked }

func (q signAsked) command() incident.Command { return incident.SignReview{Incident: q.ID} }

type withdrawAsked struct{ idAsked }

func (q withdrawAsked) command() incident.Command { return incident.WithdrawReview{Incident: q.ID} }
