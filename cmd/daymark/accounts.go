package main

import (
	"context"
	"errors"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
	"daymark/store"
)

// staffAccounts are the accounts of the staff, as the console has them.
type staffAccounts struct {
	store  *store.Store
	engine *incident.Engine
	now    func() time.Time
}

// do changes something of an account, with its entry in the audit trail.
func (s staffAccounts) do(ctx context.Context, actor, action, object string, fn func(ctx context.Context, tx *store.Tx) error) error {
	return s.engine.Do(ctx, incident.Act{Actor: actor, Action: action, Object: object}, func(ctx context.Context, tx incident.Tx, _ time.Time) error {
		return fn(ctx, tx.(*store.Tx))
	})
}

// Account implements console.Accounts.
func (s staffAccounts) Account(ctx context.Context, person string) (*access.Account, error) {
	a, err := s.store.Account(ctx, person)
	return a, notFound(err)
}

// Invitation implements console.Accounts.
func (s staffAccounts) Invitation(ctx context.Context, hash string) (*access.Invitation, error) {
	i, err := s.store.Invitation(ctx, hash, s.now())
	return i, notFound(err)
}

// Welcome implements console.Accounts. That nobody has an account yet is part
// of what the first invitation says.
func (s staffAccounts) Welcome(ctx context.Context, hash string, account *access.Account) error {
	err := s.do(ctx, account.Person+" by invitation", "account made", account.Person, func(ctx context.Context, tx *store.Tx) error {
		invitation, err := tx.TakeInvitation(ctx, hash, s.now())
		if err != nil {
			return err
		}
		switch any, err := tx.AnyAccount(ctx); {
		case err != nil:
			return err
		case invitation.First() && any, !invitation.First() && invitation.Person != account.Person:
			return store.ErrNotFound
		}
		return errors.Join(tx.DropAccount(ctx, s.now(), account.Person), tx.PutAccount(ctx, account))
	})
	return notFound(err)
}

// change changes the account of a person, whom a session asks that is not over.
func (s staffAccounts) change(ctx context.Context, actor, action, person, session string, fn func(ctx context.Context, tx *store.Tx, a *access.Account) error) error {
	err := s.do(ctx, actor, action, person, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.SessionLasts(ctx, person, session, s.now()); err != nil {
			return err
		}
		account, err := tx.Account(ctx, person)
		if err != nil {
			return err
		}
		if err := fn(ctx, tx, account); err != nil {
			return err
		}
		return tx.PutAccount(ctx, account)
	})
	return notFound(err)
}

// SetPassword implements console.Accounts.
func (s staffAccounts) SetPassword(ctx context.Context, who access.Principal, hash string, changed time.Time, keep string) error {
	return s.change(ctx, who.Actor(), "password changed", who.Person, keep, func(ctx context.Context, tx *store.Tx, a *access.Account) error {
		a.Password, a.Changed = hash, changed
		return tx.EndSessions(ctx, s.now(), who.Person, "", keep)
	})
}

// SetFactor implements console.Accounts.
func (s staffAccounts) SetFactor(ctx context.Context, person string, factor []byte, step int64, codes []string, keep string) error {
	actor := access.Principal{Kind: access.BySession, Person: person}.Actor()
	return s.change(ctx, actor, "second factor set", person, keep, func(ctx context.Context, tx *store.Tx, a *access.Account) error {
		a.Factor, a.Step, a.Codes = factor, step, codes
		return tx.EndSessions(ctx, s.now(), person, "", keep)
	})
}

// SetCodes implements console.Accounts.
func (s staffAccounts) SetCodes(ctx context.Context, who access.Principal, codes []string, session string) error {
	return s.change(ctx, who.Actor(), "recovery codes made", who.Person, session, func(_ context.Context, _ *store.Tx, a *access.Account) error {
		a.Codes = codes
		return nil
	})
}

// UseCode implements console.Accounts.
func (s staffAccounts) UseCode(ctx context.Context, person string, step int64) (bool, error) {
	return s.store.UseCode(ctx, person, step)
}

// UseRecoveryCode implements console.Accounts.
func (s staffAccounts) UseRecoveryCode(ctx context.Context, person, code string) (bool, error) {
	err := s.do(ctx, person+" in the console", "recovery code used", person, func(ctx context.Context, tx *store.Tx) error {
		return tx.UseRecoveryCode(ctx, person, code)
	})
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// EndSessions implements console.Accounts.
func (s staffAccounts) EndSessions(ctx context.Context, who access.Principal, id, keep string) error {
	return notFound(s.do(ctx, who.Actor(), "sessions ended", who.Person, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.SessionLasts(ctx, who.Person, keep, s.now()); err != nil {
			return err
		}
		return tx.EndSessions(ctx, s.now(), who.Person, id, keep)
	}))
}

// Entered implements console.Accounts.
func (s staffAccounts) Entered(ctx context.Context, person, address string, now time.Time) error {
	return s.do(ctx, person+" in the console", "signed in", "from "+address, func(ctx context.Context, tx *store.Tx) error {
		return tx.NoteEntered(ctx, now, person)
	})
}

// staffSessions are the sessions, as the console has them.
type staffSessions struct{ *store.Store }

// SessionData implements console.Sessions.
func (s staffSessions) SessionData(ctx context.Context, hash string, now time.Time) ([]byte, time.Time, error) {
	data, seen, err := s.Store.SessionData(ctx, hash, now)
	return data, seen, notFound(err)
}

// newPasswords makes what hashes passwords.
var newPasswords = access.NewPasswords

// newSite makes the pages of the staff.
func (a *app) newSite() (*console.Site, error) {
	key, err := keyOf(a.doc.Server.Data, "accounts")
	if err != nil {
		return nil, err
	}
	seal, err := access.NewSeal(key)
	if err != nil {
		return nil, err
	}
	o := &operations{engine: a.engine, doc: a.doc, core: a.core}
	answers := a.page.Errors()
	return console.NewSite(console.SiteOptions{
		API: a.api, Accounts: staffAccounts{a.store, a.engine, a.now}, Sessions: staffSessions{a.store},
		Access: a.doc.Server.Access, Seal: seal, Passwords: newPasswords(), Name: a.doc.Page.Name, URL: a.doc.Page.URL, Zone: a.zone,
		RoleOf: o.roleNow, Elevating: staffElevations{a.store, o, a.now}, Refused: o.noteRefused, Styles: answers.Stylesheet, Errors: answers, Logger: a.log, Now: a.now,
		Watching: console.Watching{
			Strip:      a.page.Strip,
			Definition: func(check string) (string, error) { return definitionOf(a.doc, check) },
		},
		Print: printPDF(a),
	})
}

// roleNow gives what a person may be now: whoever is on call is responder at
// least.
func (o *operations) roleNow(ctx context.Context, person string, now time.Time) access.Role {
	role := o.roleOf(person)
	if !role.Staff() || role.AtLeast(access.Responder) || len(o.doc.Support.Rotas) == 0 {
		return role
	}
	found, err := o.rosters(ctx, "")
	if err != nil {
		return role // who cannot be known to be on call is not
	}
	for _, r := range found {
		if stand := r.Stand(now); stand.Now.Lead == person || stand.Now.Engineer == person {
			return access.Responder
		}
	}
	return role
}
