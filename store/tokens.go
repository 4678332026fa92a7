package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"daymark/access"
)

// AddAgentToken keeps a new token, which gets its id, with the hash of its
// secret.
func (t *Tx) AddAgentToken(ctx context.Context, now time.Time, hash string, token *access.AgentToken) error {
	token.ID, token.Created = newID(now), now
	if _, err := t.exec(ctx, "INSERT INTO agent_tokens (id, hash, region, name, created) VALUES (?, ?, ?, ?, ?)", token.ID, hash, token.Region, token.Name, now.UnixMilli()); err != nil {
		return fmt.Errorf("add an agent's token: %w", err)
	}
	return nil
}

// ErrNotFound is what a read answers for what is not there.
var ErrNotFound = errors.New("not found")

// AgentToken finds a token that works at a time by its hash; ErrNotFound where
// there is none.
func (s *Store) AgentToken(ctx context.Context, hash string, now time.Time) (*access.AgentToken, error) {
	found, err := collect(ctx, s.readers.QueryContext, scanAgentToken, agentTokenColumns+"WHERE hash = ?", hash)
	switch {
	case err != nil:
		return nil, fmt.Errorf("look up an agent's token: %w", explain(err))
	case len(found) == 0 || !found[0].Works(now):
		return nil, ErrNotFound
	}
	return &found[0], nil
}

const agentTokenColumns = "SELECT id, region, name, created, ends, revoked, heard, agent, version FROM agent_tokens "

// AgentTokens gives all tokens of agents, newest first.
func (s *Store) AgentTokens(ctx context.Context) ([]access.AgentToken, error) {
	found, err := collect(ctx, s.readers.QueryContext, scanAgentToken, agentTokenColumns+"ORDER BY id DESC")
	if err != nil {
		return nil, fmt.Errorf("read the agents' tokens: %w", explain(err))
	}
	return found, nil
}

func scanAgentToken(rows *sql.Rows) (t access.AgentToken, err error) {
	var created, ends, revoked, heard sql.NullInt64
	err = rows.Scan(&t.ID, &t.Region, &t.Name, &created, &ends, &revoked, &heard, &t.Agent, &t.Version)
	t.Created, t.Ends, t.Revoked, t.Heard = moment(created), moment(ends), moment(revoked), moment(heard)
	return t, err
}

// RevokeAgentToken ends a token at once.
func (t *Tx) RevokeAgentToken(ctx context.Context, now time.Time, id string) error {
	if _, err := t.exec(ctx, "UPDATE agent_tokens SET revoked = ? WHERE id = ? AND revoked IS NULL", now.UnixMilli(), id); err != nil {
		return fmt.Errorf("revoke an agent's token: %w", err)
	}
	return nil
}

// ReplaceAgentToken lets a token end at a moment, if it does not end sooner.
func (t *Tx) ReplaceAgentToken(ctx context.Context, id string, ends time.Time) error {
	if _, err := t.exec(ctx, "UPDATE agent_tokens SET ends = min(coalesce(ends, ?), ?) WHERE id = ?", ends.UnixMilli(), ends.UnixMilli(), id); err != nil {
		return fmt.Errorf("let an agent's token end: %w", err)
	}
	return nil
}

// HearAgents notes from whom something was heard: the id of each token, when,
// and how its agent calls itself.
func (s *Store) HearAgents(ctx context.Context, heard []access.AgentToken) error {
	if len(heard) == 0 {
		return nil
	}
	return s.transact(ctx, func(ctx context.Context, t *Tx) error {
		for i := range heard {
			h := &heard[i]
			if _, err := t.exec(ctx, "UPDATE agent_tokens SET heard = ?, agent = ?, version = ? WHERE id = ? AND coalesce(heard, 0) < ?",
				h.Heard.UnixMilli(), h.Agent, h.Version, h.ID, h.Heard.UnixMilli()); err != nil {
				return fmt.Errorf("note that an agent was heard: %w", err)
			}
		}
		return nil
	})
}
