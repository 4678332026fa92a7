package console

import (
	"context"
	"net/http"
	"time"

	"daymark/access"
)

// Tokens is where tokens are kept.
type Tokens interface {
	// APITokens gives the tokens of a person, or everybody's where person is
	// empty, newest first, those that have ended included.
	APITokens(ctx context.Context, person string) ([]access.APIToken, error)
	// RevokeAPIToken ends a token at once, with its entry in the audit trail,
	// and gives it as it is then. One that was revoked before stays as it was,
	// without another entry. person, where it is not empty, is whose it has to
	// be. ErrNotFound where there is none of that person.
	RevokeAPIToken(ctx context.Context, r Revocation) (*access.APIToken, error)
	// MakeAPIToken makes a token, with its entry in the audit trail, and gives
	// its secret. What is wrong with it is an *incident.Refusal.
	MakeAPIToken(ctx context.Context, call Call, token *access.APIToken) (MadeSecret, error)
	// RotateAPIToken makes a token like the one of an id, which works on for a
	// while.
	RotateAPIToken(ctx context.Context, call Call, id string, overlap time.Duration) (MadeSecret, error)
}

// Revocation is who ends which token and why.
type Revocation struct {
	Who    access.Principal
	ID     string
	Person string // whose it has to be; "": anybody's
	Reason string
}

type tokensAsked struct {
	Person string `query:"person" doc:"Only of this person, by their id."`
}

type tokenRow struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Person   string   `json:"person" doc:"Whose it is."`
	Role     string   `json:"role" words:"reader,responder,editor,administrator" doc:"It acts as this, or as its person where their role is lower."`
	Scopes   []string `json:"scopes" words:"read,incidents,changes" doc:"What narrows it; empty: nothing."`
	Works    bool     `json:"works" doc:"It was not revoked and has not expired."`
	Created  Time     `json:"created"`
	Expires  Time     `json:"expires"`
	Revoked  Time     `json:"revoked,omitzero"`
	LastUsed Time     `json:"last_used,omitzero" doc:"To the minute."`
}

func (a *API) listTokens(ctx context.Context, call Call, asked tokensAsked) (page[tokenRow], error) {
	if !call.Who.May(access.ReadTokens) {
		if asked.Person != "" && asked.Person != call.Who.Person {
			return page[tokenRow]{}, &Fault{Status: http.StatusForbidden, Detail: "Only an administrator sees the tokens of others."}
		}
		asked.Person = call.Who.Person
	}
	tokens, err := a.Tokens.APITokens(ctx, asked.Person)
	if err != nil {
		return page[tokenRow]{}, err
	}
	var rows []tokenRow
	for i := range tokens {
		rows = append(rows, a.token(&tokens[i]))
	}
	return whole(rows), nil
}

func (a *API) token(t *access.APIToken) tokenRow {
	row := tokenRow{
		ID: t.ID, Name: t.Name, Person: t.Person, Role: string(t.Role), Scopes: []string{}, Works: t.Works(a.Now()),
		Created: Time{t.Created}, Expires: Time{t.Expires}, Revoked: Time{t.Revoked}, LastUsed: Time{t.LastUsed},
	}
	for _, scope := range t.Scopes {
		row.Scopes = append(row.Scopes, string(scope))
	}
	return row
}

type revokeAsked struct {
	ID      string `path:"id" doc:"The token's id."`
	Reason  string `json:"reason,omitempty" doc:"Why, for the audit trail."`
	Confirm string `json:"confirm,omitempty" doc:"The token's name, or an agent's region, once more; where it is given it has to be right. The forms of the console ask for it."`
}

// confirms says whether what is meant has to be named once more. The API does
// without: a secret that leaked is ended in one call, by its id.
func (q *revokeAsked) confirms(call Call) bool { return call.Form || q.Confirm != "" }

// revokeToken ends a token. Doing it twice is doing it once, with or without a
// key.
func (a *API) revokeToken(ctx context.Context, call Call, asked revokeAsked) (tokenRow, error) {
	if len(call.Who.Scopes) > 0 && asked.ID != call.Who.Token {
		return tokenRow{}, ErrNotFound // what leaked narrowed ends nothing but itself
	}
	order := Revocation{Who: call.Who, ID: asked.ID, Reason: asked.Reason}
	if !call.Who.May(access.WriteTokens) {
		order.Person = call.Who.Person
	}
	if asked.confirms(call) {
		meant, err := a.tokenOf(ctx, order.Person, asked.ID)
		if err != nil {
			return tokenRow{}, err
		}
		if err := confirmed(asked.Confirm, meant.Name); err != nil {
			return tokenRow{}, err
		}
	}
	token, err := a.Tokens.RevokeAPIToken(ctx, order)
	if err != nil {
		return tokenRow{}, err
	}
	return a.token(token), nil
}
