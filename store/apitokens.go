package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"daymark/access"
)

const apiTokenColumns = "SELECT id, name, person, role, scopes, created, expires, revoked, last_used FROM api_tokens "

// NewTokenID gives an id for a token: those made later sort after it.
func NewTokenID(now time.Time) string { return newID(now) }

// AddAPIToken keeps a new token, which has its id, with the hash of its secret.
// Those that ended long ago are deleted; the audit trail still has them.
func (t *Tx) AddAPIToken(ctx context.Context, now time.Time, hash string, token *access.APIToken) error {
	scopes, err := encode(append([]access.Scope{}, token.Scopes...))
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, "DELETE FROM api_tokens WHERE min(expires, coalesce(revoked, expires)) < ?", now.AddDate(0, 0, -endedKept).UnixMilli()); err != nil {
		return fmt.Errorf("delete old API tokens: %w", err)
	}
	if _, err := t.exec(ctx, "INSERT INTO api_tokens (id, hash, name, person, role, scopes, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		token.ID, hash, token.Name, token.Person, token.Role, scopes, now.UnixMilli(), token.Expires.UnixMilli()); err != nil {
		return fmt.Errorf("add an API token: %w", err)
	}
	return nil
}

// RevokeAPIToken ends a token at once and gives it as it is then; ErrNotFound
// where there is none. One that was revoked before stays as it was.
func (t *Tx) RevokeAPIToken(ctx context.Context, now time.Time, id string) (*access.APIToken, error) {
	if _, err := t.exec(ctx, "UPDATE api_tokens SET revoked = ? WHERE id = ? AND revoked IS NULL", now.UnixMilli(), id); err != nil {
		return nil, fmt.Errorf("revoke an API token: %w", err)
	}
	return oneAPIToken(ctx, t.query, "id", id)
}

// ReplaceAPIToken lets a token end at a moment, if it does not end sooner.
func (t *Tx) ReplaceAPIToken(ctx context.Context, id string, ends time.Time) error {
	if _, err := t.exec(ctx, "UPDATE api_tokens SET expires = min(expires, ?) WHERE id = ?", ends.UnixMilli(), id); err != nil {
		return fmt.Errorf("let an API token end: %w", err)
	}
	return nil
}

// APIToken gives a token by its id, whether or not it still works; ErrNotFound
// where there is none.
func (s *Store) APIToken(ctx context.Context, id string) (*access.APIToken, error) {
	return oneAPIToken(ctx, s.readers.QueryContext, "id", id)
}

// APITokenByHash finds a token by the hash of its secret, whether or not it
// still works; ErrNotFound where there is none.
func (s *Store) APITokenByHash(ctx context.Context, hash string) (*access.APIToken, error) {
	return oneAPIToken(ctx, s.readers.QueryContext, "hash", hash)
}

// APITokens gives the tokens of a person, or of everybody where person is
// empty, newest first, those that have ended included.
func (s *Store) APITokens(ctx context.Context, person string) ([]access.APIToken, error) {
	tokens, err := collect(ctx, s.readers.QueryContext, scanAPIToken, apiTokenColumns+"WHERE ? = '' OR person = ? ORDER BY id DESC", person, person)
	if err != nil {
		return nil, fmt.Errorf("read the API tokens: %w", explain(err))
	}
	return tokens, nil
}

// NoteAPITokenUse notes that a token was used, at most once a minute.
func (s *Store) NoteAPITokenUse(ctx context.Context, now time.Time, id string) error {
	return s.transact(ctx, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.exec(ctx, "UPDATE api_tokens SET last_used = ? WHERE id = ? AND (last_used IS NULL OR last_used <= ?)",
			now.UnixMilli(), id, now.Add(-time.Minute).UnixMilli()); err != nil {
			return fmt.Errorf("note the use of an API token: %w", err)
		}
		return nil
	})
}

// oneAPIToken finds by a column that has each value once.
func oneAPIToken(ctx context.Context, query querier, column, value string) (*access.APIToken, error) {
	found, err := collect(ctx, query, scanAPIToken, apiTokenColumns+"WHERE "+column+" = ?", value)
	switch {
	case err != nil:
		return nil, fmt.Errorf("look up an API token: %w", explain(err))
	case len(found) == 0:
		return nil, ErrNotFound
	}
	return &found[0], nil
}

func scanAPIToken(rows *sql.Rows) (token access.APIToken, err error) {
	var scopes string
	var created, expires, revoked, used sql.NullInt64
	if err := rows.Scan(&token.ID, &token.Name, &token.Person, &token.Role, &scopes, &created, &expires, &revoked, &used); err != nil {
		return token, err
	}
	token.Created, token.Expires, token.Revoked, token.LastUsed = moment(created), moment(expires), moment(revoked), moment(used)
	if err := json.Unmarshal([]byte(scopes), &token.Scopes); err != nil {
		return token, fmt.Errorf("read the scopes of token %s: %w", token.ID, err)
	}
	return token, nil
}
