package console

import (
	"context"
	"strings"

	"daymark/access"
)

// confirmedAsked is part of what asks for something that is not undone.
type confirmedAsked struct {
	Confirm string `json:"confirm,omitempty" longest:"1000" doc:"The name of what it is done to, once more; where it is given it has to be right."`
}

func (q confirmedAsked) named() string { return q.Confirm }

// actOn makes a row that gives a command about something with a name. Whoever
// names it, as the forms of the pages ask, names the right one.
func actOn[Q interface {
	asks
	of() string // its id
	named() string
}](a *API, path, summary string, name func(ctx context.Context, id string) (string, error)) Operation {
	return write(path, access.WriteIncidents, summary, func(ctx context.Context, call Call, asked Q) (madeRow, error) {
		if given := asked.named(); given != "" {
			meant, err := name(ctx, asked.of())
			if err == nil {
				err = confirmed(oneLine(given), oneLine(meant))
			}
			if err != nil {
				return madeRow{}, err
			}
		}
		return a.give(ctx, call, asked.command())
	})
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
