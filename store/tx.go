package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Tx is one write transaction.
type Tx struct {
	store *Store
	job   *job
}

// OnRollback implements incident.Tx.
func (t *Tx) OnRollback(fn func()) { t.job.rollback = append(t.job.rollback, fn) }

func (t *Tx) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	statement, err := t.store.writer.prepare(ctx, query) //nolint:sqlclosecheck // kept with the connection
	if err != nil {
		return nil, err
	}
	result, err := statement.ExecContext(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", firstWords(query), err)
	}
	return result, nil
}

func (t *Tx) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	statement, err := t.store.writer.prepare(ctx, query) //nolint:sqlclosecheck // kept with the connection
	if err != nil {
		return nil, err
	}
	rows, err := statement.QueryContext(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", firstWords(query), err)
	}
	return rows, nil
}

// connection is the writer's one connection with its prepared statements.
// Only the writer's goroutine uses it.
type connection struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

func (c *connection) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if statement := c.prepared[query]; statement != nil {
		return statement, nil
	}
	statement, err := c.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare %s: %w", firstWords(query), err)
	}
	c.prepared[query] = statement
	return statement, nil
}

func (c *connection) run(ctx context.Context, query string) error {
	statement, err := c.prepare(ctx, query) //nolint:sqlclosecheck // kept with the connection
	if err != nil {
		return err
	}
	_, err = statement.ExecContext(ctx)
	return err
}

// rollback ends a failed transaction; SQLite ends some by itself.
func (c *connection) rollback(ctx context.Context) error {
	err := c.run(ctx, "ROLLBACK")
	if err != nil && strings.Contains(err.Error(), "no transaction is active") {
		return nil
	}
	return err
}

func (c *connection) close() error {
	var err error
	for _, statement := range c.prepared {
		err = errors.Join(err, statement.Close())
	}
	return errors.Join(err, c.conn.Close())
}

// firstWords names a query in an error: "INSERT INTO results".
func firstWords(query string) string {
	words := strings.Fields(query)
	return strings.Join(words[:min(3, len(words))], " ")
}

// millis writes a time as the database has it; a zero time is NULL.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// moment reads a time of the database.
func moment(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}

// encodeTimes writes times as a JSON array of milliseconds.
func encodeTimes(times []time.Time) (string, error) {
	list := make([]int64, len(times))
	for i, at := range times {
		list[i] = at.UnixMilli()
	}
	return encode(list)
}

func decodeTimes(text string) ([]time.Time, error) {
	var list []int64
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("read times: %w", err)
	}
	var times []time.Time
	for _, ms := range list {
		times = append(times, time.UnixMilli(ms).UTC())
	}
	return times, nil
}

func encode(value any) (string, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("encode %T: %w", value, err)
	}
	return string(data), nil
}
