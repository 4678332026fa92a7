package console

import (
	"context"
	"net/http"
	"strings"

	"daymark/access"
	"daymark/internal/web"
)

// confirmedAsked is part of what asks for something that is not undone.
type confirmedAsked struct {
	Confirm string `json:"confirm" longest:"1000" doc:"The name of what it is done to, once more: it is not undone."`
}

func (q confirmedAsked) named() string { return q.Confirm }

// actOn makes a row that gives a command about something, and is not undone:
// whoever gives it names what it is done to.
func actOn[Q interface {
	asks
	of() string // its id
	named() string
}](a *API, path, summary string, name func(ctx context.Context, id string) (string, error)) Operation {
	return write(path, access.WriteIncidents, summary, func(ctx context.Context, call Call, asked Q) (madeRow, error) {
		meant, err := name(ctx, asked.of())
		if err == nil {
			err = confirmed(oneLine(asked.named()), oneLine(meant))
		}
		if err != nil {
			return madeRow{}, err
		}
		return a.give(ctx, call, asked.command())
	})
}

// confirmed refuses what names nothing, or something else than is meant.
func confirmed(given, meant string) error {
	if given == meant {
		return nil
	}
	detail := "This was not done: what you typed to confirm it is something else."
	if given == "" {
		detail = "This was not done: it is not undone, and so it is confirmed by a name."
	}
	return &Fault{
		Status: http.StatusUnprocessableEntity, Detail: detail,
		Wrong: []web.Wrong{{Where: "body.confirm", Detail: "It is to be " + meant + "."}},
	}
}

// oneLine gives a text as a page shows it: with single blanks.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func (a *API) nameOfIncident(ctx context.Context, id string) (string, error) {
	story, err := a.Incidents.Incident(ctx, id)
	if err != nil {
		return "", err
	}
	return story.Name, nil
}

func (a *API) titleOfMaintenance(ctx context.Context, id string) (string, error) {
	m, err := a.maintenance(ctx, id)
	if err != nil {
		return "", err
	}
	return m.Title, nil
}
