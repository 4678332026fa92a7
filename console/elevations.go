package console

import (
	"context"

	"daymark/access"
)

// Elevations is who rose above their role. What is not there is ErrNotFound.
type Elevations interface {
	// Elevations gives elevations, newest first: those before the one of an id,
	// or from the newest on where it is empty.
	Elevations(ctx context.Context, before string, most int) ([]access.Elevation, error)
	// Elevation gives one by its id.
	Elevation(ctx context.Context, id string) (*access.Elevation, error)
	// DoneIn gives what was done in one, oldest first.
	DoneIn(ctx context.Context, id string, most int) ([]AuditEntry, error)
	// EndElevation ends one that lasts, with its entry in the audit trail.
	EndElevation(ctx context.Context, who access.Principal, id string) error
}

// elevationRow is one elevation.
type elevationRow struct {
	ID     string    `json:"id"`
	Person string    `json:"person" doc:"Who; by their id."`
	Own    string    `json:"own" words:"reader,responder,editor,administrator" doc:"Their role without it."`
	Role   string    `json:"role" words:"reader,responder,editor,administrator" doc:"Their role by it."`
	Reason string    `json:"reason"`
	Began  Time      `json:"began"`
	Until  Time      `json:"until" doc:"Then it ends by itself."`
	Ended  Time      `json:"ended,omitzero" doc:"Where it ended before."`
	How    string    `json:"how,omitempty" doc:"Why it ended before."`
	Lasts  bool      `json:"lasts" doc:"It holds now."`
	Done   []doneRow `json:"done" doc:"What was done in it, oldest first; 200 at most."`
}

type doneRow struct {
	Seq    int64  `json:"seq" doc:"Of the entry in the audit trail."`
	At     Time   `json:"at"`
	Action string `json:"action"`
	Object string `json:"object"`
}

// mostDone is how much of what was done in an elevation is shown.
const mostDone = 200

func (a *API) listElevations(ctx context.Context, _ Call, asked paging) (page[elevationRow], error) {
	place, err := asked.parts(1)
	if err != nil {
		return page[elevationRow]{}, err
	}
	before := ""
	if place != nil {
		before = place[0]
	}
	found, err := a.Elevations.Elevations(ctx, before, asked.Limit+1)
	if err != nil {
		return page[elevationRow]{}, err
	}
	p := cut(found, asked.Limit, a.elevation, func(e *access.Elevation) []string { return []string{e.ID} })
	for i := range p.Items {
		if p.Items[i].Done, err = a.doneIn(ctx, p.Items[i].ID); err != nil {
			return page[elevationRow]{}, err
		}
	}
	return p, nil
}

func (a *API) elevation(e *access.Elevation) elevationRow {
	return elevationRow{
		ID: e.ID, Person: e.Person, Own: string(e.Own), Role: string(e.Role), Reason: e.Reason, Began: Time{e.Began}, Until: Time{e.Until},
		Ended: Time{e.Ended}, How: e.How, Lasts: e.Lasts(a.Now()),
	}
}

func (a *API) doneIn(ctx context.Context, id string) ([]doneRow, error) {
	entries, err := a.Elevations.DoneIn(ctx, id, mostDone)
	rows := []doneRow{}
	for _, e := range entries {
		rows = append(rows, doneRow{e.Seq, Time{e.At}, e.Action, e.Object})
	}
	return rows, err
}

// endElevation ends an elevation. Doing it twice is doing it once.
func (a *API) endElevation(ctx context.Context, call Call, asked idAsked) (madeRow, error) {
	e, err := a.Elevations.Elevation(ctx, asked.ID)
	switch {
	case err != nil:
		return madeRow{}, err
	case !owns(call.Who, e.Person) && !call.Who.May(access.WriteAccounts):
		return madeRow{}, ErrNotFound
	case !e.Lasts(a.Now()):
		return madeRow{e.ID}, nil
	}
	return madeRow{e.ID}, a.Elevations.EndElevation(ctx, call.Who, e.ID)
}
