package console

import (
	"context"

	"daymark/access"
)

type meRow struct {
	Person string    `json:"person" doc:"Id in the configuration."`
	Name   string    `json:"name"`
	Role   string    `json:"role" words:"reader,responder,editor,administrator" doc:"That counts now."`
	Rights []string  `json:"rights" doc:"What may be done, scopes considered."`
	Token  *tokenRow `json:"token,omitempty" doc:"By which the call came."`
}

func (a *API) readMe(ctx context.Context, call Call, _ nothing) (meRow, error) {
	me := meRow{Person: call.Who.Person, Role: string(call.Who.Role), Rights: []string{}}
	for i := range a.People {
		if a.People[i].ID == me.Person {
			me.Name = a.People[i].Name
		}
	}
	for _, grant := range access.Grants() {
		if call.Who.May(grant.Right) {
			me.Rights = append(me.Rights, string(grant.Right))
		}
	}
	tokens, err := a.Tokens.APITokens(ctx, me.Person)
	if err != nil {
		return meRow{}, err
	}
	for i := range tokens {
		if tokens[i].ID == call.Who.Token {
			token := a.token(&tokens[i])
			me.Token = &token
		}
	}
	return me, nil
}
