package console

import (
	"context"
	"strconv"
	"time"

	"daymark/access"
	"daymark/incident"
)

// Reports is where what users report comes from.
type Reports interface {
	// ListReports gives the reports that wait, those that are due first standing
	// first, or with All also those that are closed, the newest first.
	ListReports(ctx context.Context, q ReportQuery) ([]incident.Report, error)
	// Report gives one with what its reporter was told, oldest first; ErrNotFound
	// where there is none.
	Report(ctx context.Context, id string) (*incident.Report, []incident.Answer, error)
}

// ReportQuery says which reports are asked for.
type ReportQuery struct {
	All     bool
	After   time.Time // when the last one seen is due, or with All when it came; zero: from the beginning
	AfterID string    // of that one
	Most    int
}

type reportsAsked struct {
	allAsked
	paging
}

type reportRow struct {
	ID        string `json:"id"`
	Component string `json:"component"`
	At        Time   `json:"at"`
	Text      string `json:"text"`
	Contact   string `json:"contact" doc:"How to reach the reporter, for those who may see it; empty for others, and where they did not say."`
	Reachable bool   `json:"reachable" doc:"The reporter said how to reach them."`
	State     string `json:"state" words:"received,triaged,closed"`
	Outcome   string `json:"outcome,omitempty" words:"accepted,duplicate,not_ours"`
	Priority  string `json:"priority,omitempty" words:"P1,P2,P3,P4"`
	Of        string `json:"duplicate_of,omitempty"`
	Incident  string `json:"incident,omitempty"`
	Source    string `json:"source,omitempty" words:"page" doc:"page: a visitor reported it there; left out: staff wrote it down."`
	Language  string `json:"language,omitempty" doc:"That the reporter reads."`
	Began     string `json:"began,omitempty" doc:"When it began, in the reporter's words."`
	Due       Time   `json:"due" doc:"When it is answered at the latest."`
	Answered  bool   `json:"answered" doc:"Somebody of staff has told its reporter something."`
}

// reportOf tells of a report what who calls may see.
func reportOf(r *incident.Report, who access.Principal) reportRow {
	row := reportRow{
		ID: r.ID, Component: r.Component, At: Time{r.At}, Text: r.Text, Reachable: r.Contact != "", State: string(r.State), Outcome: string(r.Outcome),
		Priority: r.Priority.String(), Of: r.Of, Incident: r.Incident, Due: Time{r.Due},
		Source: r.Source, Language: r.Language, Began: r.Began, Answered: r.Answered,
	}
	if who.May(access.ReadContacts) {
		row.Contact = r.Contact
	}
	return row
}

func (a *API) listReports(ctx context.Context, call Call, asked reportsAsked) (page[reportRow], error) {
	query := ReportQuery{All: asked.Status == "all", Most: asked.Limit + 1}
	place, err := asked.parts(3)
	if err == nil && place != nil {
		var ms int64
		if ms, err = strconv.ParseInt(place[1], 10, 64); err != nil || place[0] != asked.Status {
			err = badCursor()
		}
		query.After, query.AfterID = time.UnixMilli(ms), place[2]
	}
	if err != nil {
		return page[reportRow]{}, err
	}
	found, err := a.Reports.ListReports(ctx, query)
	if err != nil {
		return page[reportRow]{}, err
	}
	return cut(found, asked.Limit, func(r *incident.Report) reportRow { return reportOf(r, call.Who) }, func(r *incident.Report) []string {
		at := r.Due
		if query.All {
			at = r.At
		}
		return []string{asked.Status, strconv.FormatInt(at.UnixMilli(), 10), r.ID}
	}), nil
}

type reportStory struct {
	reportRow
	Answers []answerRow `json:"answers" doc:"What the reporter was told, oldest first."`
}

type answerRow struct {
	At       Time   `json:"at"`
	By       string `json:"by,omitempty" doc:"The person who answered; left out: Daymark did, or the reporter wrote it."`
	Reporter bool   `json:"reporter,omitempty" doc:"The reporter wrote it."`
	State    string `json:"state" words:"received,triaged,closed" doc:"Where the report stood then."`
	Text     string `json:"text"`
}

func (a *API) readReport(ctx context.Context, call Call, asked idAsked) (reportStory, error) {
	r, answers, err := a.Reports.Report(ctx, asked.ID)
	if err != nil {
		return reportStory{}, err
	}
	story := reportStory{reportOf(r, call.Who), []answerRow{}}
	for _, x := range answers {
		story.Answers = append(story.Answers, answerRow{At: Time{x.At}, By: x.By, Reporter: x.Reporter, State: string(x.State), Text: x.Text})
	}
	return story, nil
}
