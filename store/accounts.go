package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"daymark/access"
)

const accountColumns = "SELECT person, password, secret, step, codes, created, changed, entered FROM accounts "

// Account gives the account of a person; ErrNotFound where there is none.
func (s *Store) Account(ctx context.Context, person string) (*access.Account, error) {
	return oneAccount(ctx, s.readers.QueryContext, person)
}

// Account is that of the store, in the transaction.
func (t *Tx) Account(ctx context.Context, person string) (*access.Account, error) {
	return oneAccount(ctx, t.query, person)
}

func oneAccount(ctx context.Context, query querier, person string) (*access.Account, error) {
	found, err := collect(ctx, query, scanAccount, accountColumns+"WHERE person = ?", person)
	switch {
	case err != nil:
		return nil, fmt.Errorf("look up an account: %w", explain(err))
	case len(found) == 0:
		return nil, ErrNotFound
	}
	return &found[0], nil
}

// Accounts gives all accounts, by person.
func (s *Store) Accounts(ctx context.Context) ([]access.Account, error) {
	found, err := collect(ctx, s.readers.QueryContext, scanAccount, accountColumns+"ORDER BY person")
	if err != nil {
		return nil, fmt.Errorf("read the accounts: %w", explain(err))
	}
	return found, nil
}

func scanAccount(rows *sql.Rows) (a access.Account, err error) {
	var codes string
	var created, changed, entered sql.NullInt64
	if err := rows.Scan(&a.Person, &a.Password, &a.Factor, &a.Step, &codes, &created, &changed, &entered); err != nil {
		return a, err
	}
	a.Created, a.Changed, a.Entered = moment(created), moment(changed), moment(entered)
	if err := json.Unmarshal([]byte(codes), &a.Codes); err != nil {
		return a, fmt.Errorf("read the recovery codes of %s: %w", a.Person, err)
	}
	return a, nil
}

// AnyAccount says whether somebody has an account.
func (t *Tx) AnyAccount(ctx context.Context) (bool, error) {
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (n int, err error) { return n, rows.Scan(&n) }, "SELECT count(*) FROM accounts")
	if err != nil {
		return false, fmt.Errorf("count the accounts: %w", err)
	}
	return found[0] > 0, nil
}

// PutAccount keeps an account, in place of the one that its person had.
func (t *Tx) PutAccount(ctx context.Context, a *access.Account) error {
	codes, err := encode(append([]string{}, a.Codes...))
	if err != nil {
		return err
	}
	var factor any
	if len(a.Factor) > 0 {
		factor = a.Factor
	}
	_, err = t.exec(ctx, `INSERT INTO accounts (person, password, secret, step, codes, created, changed) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (person) DO UPDATE SET password = excluded.password, secret = excluded.secret, step = excluded.step,
		codes = excluded.codes, created = excluded.created, changed = excluded.changed`,
		a.Person, a.Password, factor, a.Step, codes, a.Created.UnixMilli(), a.Changed.UnixMilli())
	if err != nil {
		return fmt.Errorf("keep an account: %w", err)
	}
	return nil
}

// NoteEntered notes that a person has signed in.
func (t *Tx) NoteEntered(ctx context.Context, now time.Time, person string) error {
	if _, err := t.exec(ctx, "UPDATE accounts SET entered = ? WHERE person = ?", now.UnixMilli(), person); err != nil {
		return fmt.Errorf("note a sign-in: %w", err)
	}
	return nil
}

// DropAccount takes an account away, with the sessions and the invitation of
// its person.
func (t *Tx) DropAccount(ctx context.Context, now time.Time, person string) error {
	for _, text := range []string{"DELETE FROM accounts WHERE person = ?", "DELETE FROM sessions WHERE person = ?", "DELETE FROM invitations WHERE person = ?"} {
		if _, err := t.exec(ctx, text, person); err != nil {
			return fmt.Errorf("take an account away: %w", err)
		}
	}
	return t.endWithSessions(ctx, now)
}

// AddInvitation keeps an invitation by the hash of its secret; the one that
// its person had before opens nothing any more.
func (t *Tx) AddInvitation(ctx context.Context, hash string, i *access.Invitation) error {
	if _, err := t.exec(ctx, "INSERT INTO invitations (hash, person, made, expires) VALUES (?, ?, ?, ?) ON CONFLICT (person) DO UPDATE SET hash = excluded.hash, made = excluded.made, expires = excluded.expires",
		hash, i.Person, i.Made.UnixMilli(), i.Expires.UnixMilli()); err != nil {
		return fmt.Errorf("keep an invitation: %w", err)
	}
	return nil
}

// Invitation finds an invitation that is good at a time by the hash of its
// secret; ErrNotFound where there is none.
func (s *Store) Invitation(ctx context.Context, hash string, now time.Time) (*access.Invitation, error) {
	return oneInvitation(ctx, s.readers.QueryContext, hash, now)
}

// TakeInvitation is Invitation, and after it there is none.
func (t *Tx) TakeInvitation(ctx context.Context, hash string, now time.Time) (*access.Invitation, error) {
	i, err := oneInvitation(ctx, t.query, hash, now)
	if err != nil {
		return nil, err
	}
	if _, err := t.exec(ctx, "DELETE FROM invitations WHERE hash = ?", hash); err != nil {
		return nil, fmt.Errorf("take an invitation: %w", err)
	}
	return i, nil
}

func oneInvitation(ctx context.Context, query querier, hash string, now time.Time) (*access.Invitation, error) {
	found, err := collect(ctx, query, func(rows *sql.Rows) (i access.Invitation, err error) {
		var made, expires sql.NullInt64
		err = rows.Scan(&i.Person, &made, &expires)
		i.Made, i.Expires = moment(made), moment(expires)
		return i, err
	}, "SELECT person, made, expires FROM invitations WHERE hash = ? AND expires > ?", hash, now.UnixMilli())
	switch {
	case err != nil:
		return nil, fmt.Errorf("look up an invitation: %w", explain(err))
	case len(found) == 0:
		return nil, ErrNotFound
	}
	return &found[0], nil
}
