package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
	"daymark/internal/expression"
	"daymark/store"
)

// tokenOrder is what a command asks of tokens.
type tokenOrder struct {
	ID      string         `json:"id,omitempty"`
	Person  string         `json:"person,omitempty"`
	Role    access.Role    `json:"role,omitempty"`
	Scopes  []access.Scope `json:"scopes,omitempty"`
	Name    string         `json:"name,omitempty"`
	Life    time.Duration  `json:"life,omitempty"`    // of a new one
	Overlap time.Duration  `json:"overlap,omitempty"` // for how long the old one still works
	Reason  string         `json:"reason,omitempty"`
}

// madeToken is a new token; Secret is given this once.
type madeToken struct {
	ID      string    `json:"id"`
	Secret  string    `json:"secret"`
	Expires time.Time `json:"expires"`
}

// roleOf gives the role of a person of the configuration; "" where there is no
// such person.
func (o *operations) roleOf(person string) access.Role {
	if p := o.doc.Person(person); p != nil {
		return access.Role(p.Role)
	}
	return ""
}

// createAPIToken makes a token for a person and gives it, once.
func (o *operations) createAPIToken(ctx context.Context, order tokenOrder) (madeToken, error) {
	if err := o.knowsPerson(order.Person); err != nil {
		return madeToken{}, err
	}
	return o.addToken(ctx, byCommand(), "API token created", &access.APIToken{
		Name: cmp.Or(order.Name, "API"), Person: order.Person, Role: order.Role, Scopes: order.Scopes, Expires: time.Now().Add(order.Life),
	}, nothingMore)
}

// byCommand is a call of the command line.
func byCommand() console.Call { return console.Call{Who: access.CommandLine()} }

// nothingMore is what is done beside making a token where nothing is.
func nothingMore(context.Context, *store.Tx, time.Time) error { return nil }

// rotateAPIToken makes a new token like an old one, which works on for a
// while. The new one lasts as long as the old one did from its beginning.
func (o *operations) rotateAPIToken(ctx context.Context, order tokenOrder) (madeToken, error) {
	return o.replaceToken(ctx, byCommand(), order)
}

func (o *operations) replaceToken(ctx context.Context, call console.Call, order tokenOrder) (madeToken, error) {
	if order.Overlap < 0 || order.Overlap > maxOverlap {
		return madeToken{}, usageError{fmt.Errorf("the old token can work on for %s at most", expression.FormatDuration(maxOverlap))}
	}
	old, err := o.core.store.APIToken(ctx, order.ID)
	switch now := time.Now(); {
	case errors.Is(err, store.ErrNotFound):
		return madeToken{}, noToken(order.ID)
	case err != nil:
		return madeToken{}, err
	case !old.Works(now):
		return madeToken{}, usageError{fmt.Errorf("the token %s has ended already: `daymark token create` makes another", order.ID)}
	default:
		next := *old
		next.Expires = now.Add(old.Expires.Sub(old.Created))
		return o.addToken(ctx, call, "API token rotated", &next, func(ctx context.Context, tx *store.Tx, now time.Time) error {
			return tx.ReplaceAPIToken(ctx, order.ID, now.Add(order.Overlap))
		})
	}
}

// addToken keeps a new token with its entry in the audit trail, and what has
// to be done in the same transaction.
func (o *operations) addToken(ctx context.Context, call console.Call, action string, token *access.APIToken, also func(context.Context, *store.Tx, time.Time) error) (madeToken, error) {
	now := time.Now()
	if err := token.Validate(now, o.roleOf(token.Person)); err != nil {
		return madeToken{}, usageError{err}
	}
	secret, hash := access.NewAPIToken()
	token.ID = store.NewTokenID(now)
	act := incident.Act{Actor: call.Who.Actor(), Action: action, Object: describe(token)}
	err := o.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, now time.Time) error {
		rows := tx.(*store.Tx)
		if err := once(ctx, rows, now, call); err != nil {
			return err
		}
		return errors.Join(also(ctx, rows, now), rows.AddAPIToken(ctx, now, hash, token))
	})
	if err != nil {
		return madeToken{}, err
	}
	return madeToken{ID: token.ID, Secret: secret, Expires: token.Expires}, nil
}

// describe is how the audit trail names a token.
func describe(t *access.APIToken) string {
	words := []string{t.Name, "of " + t.Person, string(t.Role)}
	for _, scope := range t.Scopes {
		words = append(words, "only "+string(scope))
	}
	return t.ID + " (" + strings.Join(words, ", ") + ")"
}

// endToken ends a token; whose has to be its person, where that is not empty.
// It looks before it writes, so that a call that changes nothing costs no
// transaction and no entry.
func (o *operations) endToken(ctx context.Context, r console.Revocation) (*access.APIToken, error) {
	token, err := o.core.store.APIToken(ctx, r.ID)
	if err != nil {
		return nil, notFound(err)
	}
	if r.Person != "" && token.Person != r.Person {
		return nil, console.ErrNotFound
	}
	if !token.Revoked.IsZero() {
		return token, nil
	}
	object := describe(token)
	if r.Reason != "" {
		object += ": " + r.Reason
	}
	act := incident.Act{Actor: r.Who.Actor(), Action: "API token revoked", Object: object}
	err = o.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, now time.Time) (err error) {
		token, err = tx.(*store.Tx).RevokeAPIToken(ctx, now, r.ID)
		return err
	})
	return token, err
}

// revokeAPIToken ends a token for the command line, and gives its name.
func (o *operations) revokeAPIToken(ctx context.Context, order tokenOrder) (string, error) {
	ended, err := o.endToken(ctx, console.Revocation{Who: access.CommandLine(), ID: order.ID, Reason: order.Reason})
	if errors.Is(err, console.ErrNotFound) {
		return "", noToken(order.ID)
	}
	if err != nil {
		return "", err
	}
	return describe(ended), nil
}

func noToken(id string) error {
	return usageError{fmt.Errorf("there is no token %q: `daymark token list` lists them", id)}
}

// tokenLine is one line of `daymark token list`.
type tokenLine struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Person   string         `json:"person"`
	Role     access.Role    `json:"role"`
	Scopes   []access.Scope `json:"scopes"`
	Created  time.Time      `json:"created"`
	Expires  time.Time      `json:"expires"`
	Revoked  time.Time      `json:"revoked,omitzero"`
	LastUsed time.Time      `json:"last_used,omitzero"`
	State    string         `json:"state"` // works, or why not
}

func (o *operations) listAPITokens(ctx context.Context, order tokenOrder) ([]tokenLine, error) {
	tokens, err := o.core.store.APITokens(ctx, order.Person)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	lines := []tokenLine{}
	for i := range tokens {
		t := &tokens[i]
		line := tokenLine{
			ID: t.ID, Name: t.Name, Person: t.Person, Role: t.Role, Scopes: append([]access.Scope{}, t.Scopes...),
			Created: t.Created, Expires: t.Expires, Revoked: t.Revoked, LastUsed: t.LastUsed, State: "works",
		}
		owner := o.roleOf(t.Person)
		if _, err := t.Accept(now, owner); err != nil {
			line.State = err.Error()
		} else if !owner.AtLeast(t.Role) {
			line.State = fmt.Sprintf("works as %s, the role of its owner", owner)
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// noteRefusal writes a refused write into the audit trail.
func (o *operations) noteRefusal(ctx context.Context, who access.Principal, right access.Right, what string) error {
	return o.noteRefused(ctx, who.Actor(), string(right), what)
}

// noteRefused writes into the audit trail that something was refused, for want
// of a right or for what was wrong.
func (o *operations) noteRefused(ctx context.Context, actor, why, what string) error {
	act := incident.Act{Actor: actor, Action: "refused: " + why, Object: what}
	return o.engine.Do(ctx, act, func(context.Context, incident.Tx, time.Time) error { return nil })
}

// staffTokens are the tokens, as the console has them.
type staffTokens struct {
	*store.Store
	operations *operations
}

// RevokeAPIToken implements console.Tokens.
func (s staffTokens) RevokeAPIToken(ctx context.Context, r console.Revocation) (*access.APIToken, error) {
	return s.operations.endToken(ctx, r)
}

// MakeAPIToken implements console.Tokens.
func (s staffTokens) MakeAPIToken(ctx context.Context, call console.Call, token *access.APIToken) (console.MadeSecret, error) {
	err := s.operations.knowsPerson(token.Person)
	var made madeToken
	if err == nil {
		made, err = s.operations.addToken(ctx, call, "API token created", token, nothingMore)
	}
	return console.MadeSecret(made), asRefusal(err, incident.Invalid)
}

// RotateAPIToken implements console.Tokens.
func (s staffTokens) RotateAPIToken(ctx context.Context, call console.Call, id string, overlap time.Duration) (console.MadeSecret, error) {
	made, err := s.operations.replaceToken(ctx, call, tokenOrder{ID: id, Overlap: overlap})
	return console.MadeSecret(made), asRefusal(err, incident.Conflict)
}
