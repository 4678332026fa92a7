package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
	"daymark/store"
)

// personOrder is what a command asks of a person's account.
type personOrder struct {
	Person string `json:"person"`
}

// madeInvitation is a link by which an account is made, given this once.
type madeInvitation struct {
	Link    string    `json:"link"`
	Expires time.Time `json:"expires"`
}

// knowsPerson refuses somebody whom the configuration does not have.
func (o *operations) knowsPerson(person string) error {
	if o.roleOf(person) != "" {
		return nil
	}
	var known []string
	for i := range o.doc.Support.People {
		known = append(known, o.doc.Support.People[i].ID)
	}
	hint := "it has nobody: add somebody to support.people"
	if len(known) > 0 {
		hint = "it has " + strings.Join(known, ", ")
	}
	return usageError{fmt.Errorf("there is no person %q in the configuration; %s", person, hint)}
}

// invite makes a link by which a person makes their account.
func (o *operations) invite(ctx context.Context, order personOrder) (madeInvitation, error) {
	if err := o.knowsPerson(order.Person); err != nil {
		return madeInvitation{}, err
	}
	return o.invitation(ctx, byCommand(), order.Person, "invited to the console", access.InvitationLife)
}

// invitation makes a link for a person, or for the first administrator.
func (o *operations) invitation(ctx context.Context, call console.Call, person, action string, life time.Duration) (madeInvitation, error) {
	secret, now := access.NewSecret(), time.Now()
	made := &access.Invitation{Person: person, Made: now, Expires: now.Add(life)}
	act := incident.Act{Actor: call.Who.Actor(), Action: action, Object: person}
	err := o.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, now time.Time) error {
		if err := once(ctx, tx.(*store.Tx), now, call); err != nil {
			return err
		}
		return tx.(*store.Tx).AddInvitation(ctx, access.HashToken(secret), made)
	})
	if err != nil {
		return madeInvitation{}, err
	}
	return madeInvitation{Link: strings.TrimSuffix(o.doc.Page.URL, "/") + "/console/welcome/" + secret, Expires: made.Expires}, nil
}

// dropAccount takes away how a person signs in: password, second factor,
// sessions.
func (o *operations) dropAccount(ctx context.Context, order personOrder) (string, error) {
	_, err := o.core.store.Account(ctx, order.Person)
	if errors.Is(err, store.ErrNotFound) {
		return "", usageError{fmt.Errorf("%q has no account: `daymark person list` shows who has one", order.Person)}
	}
	if err != nil {
		return "", err
	}
	return order.Person, o.removeAccount(ctx, access.CommandLine(), order.Person)
}

func (o *operations) removeAccount(ctx context.Context, who access.Principal, person string) error {
	act := incident.Act{Actor: who.Actor(), Action: "account removed", Object: person}
	return o.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, _ time.Time) error {
		return tx.(*store.Tx).DropAccount(ctx, o.core.now(), person)
	})
}

// personLine is one line of `daymark person list`.
type personLine struct {
	Person  string      `json:"person"`
	Name    string      `json:"name"`
	Role    access.Role `json:"role"`
	Account string      `json:"account"` // none, without a second factor, with a second factor, of somebody who has left
	Changed time.Time   `json:"password_changed,omitzero"`
	Codes   int         `json:"recovery_codes"`
	Browser int         `json:"sessions"`
}

// listPeople gives everybody of the configuration, and accounts whose person
// has left it.
func (o *operations) listPeople(ctx context.Context, _ struct{}) ([]personLine, error) {
	accounts, err := o.core.store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	of := map[string]*access.Account{}
	for i := range accounts {
		of[accounts[i].Person] = &accounts[i]
	}
	lines := []personLine{}
	add := func(line personLine) error {
		if a := of[line.Person]; a != nil {
			line.Changed, line.Codes = a.Changed, len(a.Codes)
			if line.Account == "" {
				line.Account = "without a second factor"
				if len(a.Factor) > 0 {
					line.Account = "with a second factor"
				}
			}
			sessions, err := o.core.store.Sessions(ctx, line.Person, time.Now())
			if err != nil {
				return err
			}
			line.Browser = len(sessions)
			delete(of, line.Person)
		}
		if line.Account == "" {
			line.Account = "none"
		}
		lines = append(lines, line)
		return nil
	}
	for i := range o.doc.Support.People {
		p := &o.doc.Support.People[i]
		if err := add(personLine{Person: p.ID, Name: p.Name, Role: access.Role(p.Role)}); err != nil {
			return nil, err
		}
	}
	for i := range accounts {
		if of[accounts[i].Person] != nil {
			if err := add(personLine{Person: accounts[i].Person, Account: "of somebody who has left: it opens nothing"}); err != nil {
				return nil, err
			}
		}
	}
	return lines, nil
}

// inviteFirst makes the link of the first administrator where nobody has an
// account yet, and writes it into the log, from where the one who installs
// Daymark takes it.
func (a *app) inviteFirst(ctx context.Context) error {
	accounts, err := a.store.Accounts(ctx)
	if err != nil || len(accounts) > 0 {
		return err
	}
	o := &operations{engine: a.engine, doc: a.doc, core: a.core}
	made, err := o.invitation(ctx, console.Call{Who: access.Daymark()}, "", "first account offered", access.FirstLife)
	if err != nil {
		return err
	}
	a.log.Info("nobody has an account in the console yet; this link makes the first one, once, within a day", "link", made.Link)
	return nil
}
