package console

import (
	"context"
	"strings"

	"daymark/incident"
)

type reviewRow struct {
	Incident string      `json:"incident"`
	Name     string      `json:"name" doc:"Of the incident."`
	Severity string      `json:"severity" words:"P1,P2,P3,P4"`
	Due      Time        `json:"due"`
	Leads    []string    `json:"leads" doc:"Who were Support Lead of the incident, the last of them last: they do not sign the review off."`
	Summary  string      `json:"summary"`
	Causes   string      `json:"causes"`
	Well     string      `json:"well"`
	Badly    string      `json:"badly"`
	Luck     string      `json:"luck"`
	Users    int         `json:"users,omitempty" doc:"How many were affected, as a person says."`
	State    string      `json:"state" doc:"Names what is written of it: give it as after where you write more."`
	SignedBy string      `json:"signed_by,omitempty"`
	Signed   Time        `json:"signed,omitzero"`
	Public   string      `json:"public,omitempty" doc:"What visitors read of it."`
	Shown    Time        `json:"published,omitzero"`
	Actions  []actionRow `json:"actions"`
}

type actionRow struct {
	Number int    `json:"number"`
	Kind   string `json:"kind" words:"prevent,detect,mitigate,process"`
	Text   string `json:"text"`
	Owner  string `json:"owner"`
	Due    Time   `json:"due"`
	Done   Time   `json:"done,omitzero"`
}

func (a *API) listReviews(ctx context.Context, _ Call, asked allAsked) (page[reviewRow], error) {
	found, err := a.Work.Reviews(ctx, asked.Status == "all")
	var rows []reviewRow
	for i := range found {
		rows = append(rows, reviewOf(&found[i]))
	}
	return whole(rows), err
}

func reviewOf(r *incident.Review) reviewRow {
	row := reviewRow{
		Incident: r.Incident, Name: r.Name, Severity: r.Severity.String(), Due: Time{r.Due}, Leads: append([]string{}, r.Leads...), Summary: r.Summary, Causes: r.Causes, Well: r.Well,
		Badly: r.Badly, Luck: r.Luck, Users: r.Users, State: r.State(), SignedBy: r.SignedBy, Signed: Time{r.Signed}, Public: r.Public, Shown: Time{r.Published}, Actions: []actionRow{},
	}
	for _, x := range r.Actions {
		row.Actions = append(row.Actions, actionRow{Number: x.Number, Kind: string(x.Kind), Text: x.Text, Owner: x.Owner, Due: Time{x.Due}, Done: Time{x.Done}})
	}
	return row
}

func (a *API) readReview(ctx context.Context, _ Call, asked idAsked) (reviewRow, error) {
	r, err := a.review(ctx, asked.ID)
	if err != nil {
		return reviewRow{}, err
	}
	return reviewOf(r), nil
}

// review gives the review of an incident; ErrNotFound where there is none.
func (a *API) review(ctx context.Context, id string) (*incident.Review, error) {
	r, err := a.Work.Review(ctx, id)
	if err == nil && r == nil {
		err = ErrNotFound
	}
	return r, err
}

func (a *API) readDraft(ctx context.Context, _ Call, asked idAsked) (textRow, error) {
	draft, err := a.Work.Draft(ctx, asked.ID)
	if err != nil {
		return textRow{}, err
	}
	return textRow{"text/markdown", draft.Markdown()}, nil
}

func (a *API) exportActions(ctx context.Context, _ Call, _ nothing) (textRow, error) {
	found, err := a.Work.Reviews(ctx, false)
	if err != nil {
		return textRow{}, err
	}
	var text strings.Builder
	err = incident.WriteActionsCSV(&text, found)
	return textRow{"text/csv", text.String()}, err
}
