package console

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"daymark/access"
)

// tokenOf finds a token of a person, or anybody's where person is empty.
func (a *API) tokenOf(ctx context.Context, person, id string) (*access.APIToken, error) {
	tokens, err := a.Tokens.APITokens(ctx, person)
	if err != nil {
		return nil, err
	}
	for i := range tokens {
		if tokens[i].ID == id {
			return &tokens[i], nil
		}
	}
	return nil, ErrNotFound
}

type tokenAsked struct {
	Person string   `json:"person,omitempty" doc:"Whose it will be, by their id; left out: one's own. Only an administrator makes those of others."`
	Role   string   `json:"role" words:"reader,responder,editor,administrator" doc:"What it acts as: at most its person's role, and at most that of who makes it."`
	Scopes []string `json:"scopes,omitempty" words:"read,incidents,changes" doc:"What narrows it; left out: nothing."`
	Name   string   `json:"name,omitempty" longest:"80" doc:"What it is for, to know it again."`
	Days   int      `json:"days,omitempty" most:"730" doc:"How long it works; left out: 90."`
}

// tokenSecretRow is a new token.
type tokenSecretRow struct {
	ID      string `json:"id"`
	Secret  string `json:"secret" doc:"The token; it is given this once."`
	Expires Time   `json:"expires"`
}

func (tokenSecretRow) shownOn() string { return "/console/tokens" }

func (a *API) makeToken(ctx context.Context, call Call, asked tokenAsked) (tokenSecretRow, error) {
	token := &access.APIToken{Name: cmp.Or(asked.Name, "API"), Person: cmp.Or(asked.Person, call.Who.Person), Role: access.Role(asked.Role)}
	token.Expires = a.Now().Add(time.Duration(cmp.Or(asked.Days, int(access.DefaultTokenLife/(24*time.Hour)))) * 24 * time.Hour)
	for _, scope := range asked.Scopes {
		token.Scopes = append(token.Scopes, access.Scope(scope))
	}
	if err := mayMake(call.Who, token); err != nil {
		return tokenSecretRow{}, err
	}
	made, err := a.Tokens.MakeAPIToken(ctx, call, token)
	return tokenSecretRow{made.ID, made.Secret, Time{made.Expires}}, err
}

// mayMake says whether somebody may make a token: nobody makes what could do
// more than they can by themselves.
func mayMake(who access.Principal, token *access.APIToken) error {
	switch {
	case token.Person != who.Person && !who.May(access.WriteTokens):
		return &Fault{Status: http.StatusForbidden, Detail: "Only an administrator makes tokens for others."}
	case !who.Own().AtLeast(token.Role):
		return &Fault{Status: http.StatusForbidden, Detail: "You are " + string(who.Own()) + ": a token that you make cannot be " + string(token.Role) + "."}
	}
	return nil
}

func (a *API) rotateToken(ctx context.Context, call Call, asked rotateAsked) (tokenSecretRow, error) {
	person := call.Who.Person
	if call.Who.May(access.WriteTokens) {
		person = ""
	}
	old, err := a.tokenOf(ctx, person, asked.ID)
	if err != nil {
		return tokenSecretRow{}, err
	}
	if err := mayMake(call.Who, old); err != nil {
		return tokenSecretRow{}, err
	}
	made, err := a.Tokens.RotateAPIToken(ctx, call, asked.ID, asked.overlap())
	return tokenSecretRow{made.ID, made.Secret, Time{made.Expires}}, err
}
