package console

import (
	"context"
	"slices"
	"time"

	"daymark/access"
	"daymark/support"
)

// Staff is how the people of the configuration sign in. What is not there is
// ErrNotFound; each change is in the audit trail.
type Staff interface {
	// Accounts gives all accounts, by person.
	Accounts(ctx context.Context) ([]access.Account, error)
	// EverySession gives everybody's sessions that are not over, the latest used
	// first.
	EverySession(ctx context.Context, now time.Time) ([]access.Session, error)
	// Invite makes the link by which a person makes their account.
	Invite(ctx context.Context, call Call, person string) (link string, expires time.Time, err error)
	// RemoveAccount takes away how a person signs in.
	RemoveAccount(ctx context.Context, who access.Principal, person string) error
	// SignOut ends the session of an id of a person, or all of theirs where id
	// is empty.
	SignOut(ctx context.Context, who access.Principal, person, id string) error
}

// owns says whether something of a person is who calls's to change. What
// leaked narrowed changes nothing but itself.
func owns(who access.Principal, person string) bool {
	return who.Person == person && len(who.Scopes) == 0
}

// staffRow is one of the people of the configuration.
type staffRow struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"`
	Role    string      `json:"role" words:"reader,responder,editor,administrator" doc:"Of the configuration. Who is on call is responder at least."`
	May     []string    `json:"may" words:"lead,engineer" doc:"Which roles of an incident they may take."`
	OnCall  []string    `json:"on_call" doc:"The rotas of which they are on call now."`
	Account *accountRow `json:"account,omitempty" doc:"How they sign in to the console; only for administrators, and left out where they have no account."`
}

type accountRow struct {
	Created      Time `json:"created"`
	SecondFactor bool `json:"second_factor"`
	Codes        int  `json:"recovery_codes" doc:"That are left."`
	SignedIn     Time `json:"signed_in,omitzero" doc:"Last; left out: never since the account was made."`
	Sessions     int  `json:"sessions" doc:"That are not over."`
}

func (a *API) listPeople(ctx context.Context, call Call, _ nothing) (page[staffRow], error) {
	stands, err := a.Rotas.OnCall(ctx, a.Now())
	if err != nil {
		return page[staffRow]{}, err
	}
	accounts := map[string]*accountRow{}
	if call.Who.May(access.ReadAccounts) {
		if accounts, err = a.accounts(ctx); err != nil {
			return page[staffRow]{}, err
		}
	}
	var rows []staffRow
	for i := range a.People {
		p := &a.People[i]
		row := staffRow{ID: p.ID, Name: p.Name, Role: roleOf(p), May: append([]string{}, p.May...), OnCall: []string{}, Account: accounts[p.ID]}
		for _, s := range stands {
			if s.Lead == p.ID || s.Engineer == p.ID {
				row.OnCall = append(row.OnCall, s.Rota)
			}
		}
		rows = append(rows, row)
	}
	return whole(rows), nil
}

func roleOf(p *support.Person) string {
	if p.Role == "" {
		return string(access.Reader)
	}
	return p.Role
}

func (a *API) accounts(ctx context.Context) (map[string]*accountRow, error) {
	found, err := a.Staff.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	sessions, err := a.Staff.EverySession(ctx, a.Now())
	rows := map[string]*accountRow{}
	for i := range found {
		x := &found[i]
		rows[x.Person] = &accountRow{Created: Time{x.Created}, SecondFactor: len(x.Factor) > 0, Codes: len(x.Codes), SignedIn: Time{x.Entered}}
	}
	for i := range sessions {
		if row := rows[sessions[i].Person]; row != nil && sessions[i].Stage == access.SignedIn {
			row.Sessions++
		}
	}
	return rows, err
}

// knows gives ErrNotFound for somebody whom the configuration does not have.
func (a *API) knows(person string) error {
	if slices.ContainsFunc(a.People, func(p support.Person) bool { return p.ID == person }) {
		return nil
	}
	return ErrNotFound
}

// invitedRow is a link by which somebody makes their account.
type invitedRow struct {
	Person  string `json:"person"`
	Link    string `json:"link" doc:"It works once, and is given this once."`
	Expires Time   `json:"expires"`
}

func (invitedRow) shownOn() string { return "/console/people" }

func (a *API) invite(ctx context.Context, call Call, asked idAsked) (invitedRow, error) {
	if err := a.knows(asked.ID); err != nil {
		return invitedRow{}, err
	}
	link, expires, err := a.Staff.Invite(ctx, call, asked.ID)
	return invitedRow{asked.ID, link, Time{expires}}, err
}

// confirmAsked names a person, and their id once more.
type confirmAsked struct {
	idAsked
	Confirm string `json:"confirm" doc:"The id once more, so that nobody else is meant."`
}

func (a *API) removeAccount(ctx context.Context, call Call, asked confirmAsked) (madeRow, error) {
	if err := confirmed(asked.Confirm, asked.ID); err != nil {
		return madeRow{}, err
	}
	return madeRow{asked.ID}, a.Staff.RemoveAccount(ctx, call.Who, asked.ID)
}

func (a *API) signOutPerson(ctx context.Context, call Call, asked confirmAsked) (madeRow, error) {
	if err := a.knows(asked.ID); err != nil {
		return madeRow{}, err
	}
	if err := confirmed(asked.Confirm, asked.ID); err != nil {
		return madeRow{}, err
	}
	return madeRow{asked.ID}, a.Staff.SignOut(ctx, call.Who, asked.ID, "")
}
