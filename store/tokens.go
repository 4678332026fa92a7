package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// AddAgentToken keeps the hash of a new token of a region and gives its id.
func (t *Tx) AddAgentToken(ctx context.Context, now time.Time, hash, region string) (string, error) {
	id := newID(now)
	if _, err := t.exec(ctx, "INSERT INTO agent_tokens (id, hash, region, created) VALUES (?, ?, ?, ?)", id, hash, region, now.UnixMilli()); err != nil {
		return "", fmt.Errorf("add an agent's token: %w", err)
	}
	return id, nil
}

// ErrNotFound is what a read answers for what is not there.
var ErrNotFound = errors.New("not found")

// AgentToken finds a token by its hash; ErrNotFound where there is none or it
// was revoked.
func (s *Store) AgentToken(ctx context.Context, hash string) (id, region string, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT id, region FROM agent_tokens WHERE hash = ? AND revoked IS NULL", hash).Scan(&id, &region)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", ErrNotFound
	}
	if err != nil {
		return "", "", fmt.Errorf("look up an agent's token: %w", err)
	}
	return id, region, nil
}
