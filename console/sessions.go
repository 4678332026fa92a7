package console

import (
	"context"
	"net/http"

	"daymark/access"
)

type sessionsAsked struct {
	Person string `query:"person" doc:"Only of this person, by their id."`
}

// browserRow is one browser that somebody is signed in with.
type browserRow struct {
	ID      string `json:"id"`
	Person  string `json:"person" doc:"Whose it is."`
	Browser string `json:"browser" doc:"As it calls itself; empty: it does not."`
	Address string `json:"address" doc:"From where they signed in."`
	Began   Time   `json:"began"`
	Seen    Time   `json:"seen" doc:"When it was used last, to the minute."`
	Expires Time   `json:"expires" doc:"Unless it is used before."`
}

func (a *API) listSessions(ctx context.Context, call Call, asked sessionsAsked) (page[browserRow], error) {
	if !call.Who.May(access.ReadAccounts) {
		if asked.Person != "" && asked.Person != call.Who.Person {
			return page[browserRow]{}, &Fault{Status: http.StatusForbidden, Detail: "Only an administrator sees the sessions of others."}
		}
		asked.Person = call.Who.Person
	}
	found, err := a.Staff.EverySession(ctx, a.Now())
	var rows []browserRow
	for _, x := range found {
		if x.Stage == access.SignedIn && (asked.Person == "" || asked.Person == x.Person) {
			rows = append(rows, browserRow{x.ID, x.Person, x.Browser, x.Address, Time{x.Began}, Time{x.Seen}, Time{x.Expires}})
		}
	}
	return whole(rows), err
}

// endSession signs one browser out.
func (a *API) endSession(ctx context.Context, call Call, asked idAsked) (madeRow, error) {
	found, err := a.Staff.EverySession(ctx, a.Now())
	if err != nil {
		return madeRow{}, err
	}
	for i := range found {
		if x := &found[i]; x.ID == asked.ID && (owns(call.Who, x.Person) || call.Who.May(access.WriteAccounts)) {
			return madeRow{x.ID}, a.Staff.SignOut(ctx, call.Who, x.Person, x.ID)
		}
	}
	return madeRow{}, ErrNotFound
}
