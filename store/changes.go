package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// changesKept is how many changes are kept at most.
const changesKept = 10_000

// Change is a deployment, a switch, or the like.
type Change struct {
	ID         string
	At         time.Time
	What       string
	Components []string
	Link       string
	Who        string
	Author     string
}

// ChangeQuery says which changes are asked for; what is empty asks for all.
type ChangeQuery struct {
	Since, Until time.Time // both included
	Component    string    // of it, or of none that is known
	BeforeAt     time.Time // with BeforeID: where the list goes on; zero: its beginning
	BeforeID     string
	Most         int
}

// AddChange keeps a change and gives its id. Where there are too many, the
// oldest go.
func (t *Tx) AddChange(ctx context.Context, now time.Time, c *Change) (string, error) {
	components, err := encode(append([]string{}, c.Components...))
	if err != nil {
		return "", err
	}
	id := newID(now)
	if _, err := t.exec(ctx, "INSERT INTO changes (id, at, what, components, link, who, author, made) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		id, c.At.UnixMilli(), c.What, components, c.Link, c.Who, c.Author, now.UnixMilli()); err != nil {
		return "", fmt.Errorf("save a change: %w", err)
	}
	if _, err := t.exec(ctx, "DELETE FROM changes WHERE id IN (SELECT id FROM changes ORDER BY at DESC, id DESC LIMIT -1 OFFSET ?)", changesKept); err != nil {
		return "", fmt.Errorf("delete old changes: %w", err)
	}
	return id, nil
}

// Changes gives changes, newest first.
func (s *Store) Changes(ctx context.Context, q ChangeQuery) ([]Change, error) {
	before := millisOr(q.BeforeAt, 1<<62)
	changes, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (c Change, err error) {
		var at sql.NullInt64
		var components string
		if err := rows.Scan(&c.ID, &at, &c.What, &components, &c.Link, &c.Who, &c.Author); err != nil {
			return c, err
		}
		c.At = moment(at)
		return c, json.Unmarshal([]byte(components), &c.Components)
	}, `SELECT id, at, what, components, link, who, author FROM changes WHERE at >= ? AND at <= ? AND (at < ? OR at = ? AND id < ?)
		AND (? = '' OR components = '[]' OR EXISTS (SELECT 1 FROM json_each(components) WHERE value = ?)) ORDER BY at DESC, id DESC LIMIT ?`,
		millisOr(q.Since, -1<<62), millisOr(q.Until, 1<<62), before, before, q.BeforeID, q.Component, q.Component, q.Most)
	if err != nil {
		return nil, fmt.Errorf("read the changes: %w", explain(err))
	}
	return changes, nil
}
