package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"
)

// Configuration is one version of the configuration that the server ran with.
type Configuration struct {
	Number int
	At     time.Time // since when it ran
	Author string    // as the audit trail names them; "" where nobody is known
	Origin string    // file, console, command line
	Why    string
	SHA256 string // of the text as it was written, in hexadecimal
	Size   int    // of that text, in bytes
	Hidden int    // secrets that were written out
	Kept   bool   // its text is kept
	Text   string // with those secrets hidden; "" in lists
}

// ConfigurationQuery asks for versions; zero values ask for all.
type ConfigurationQuery struct {
	Before       int       // those before this number
	Since, Until time.Time // those that began from Since on, and before Until
	Most         int
}

// Bounds of what is kept of configurations; the newest is kept in any case.
const (
	configurationsKept = 500
	configurationsSize = 64 << 20 // bytes of their texts together
)

// HashConfiguration is how a version knows its text, as it is written, again.
func HashConfiguration(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// AddConfiguration keeps the next version, gives it its number, and drops old
// ones that there is no room for.
func (t *Tx) AddConfiguration(ctx context.Context, v *Configuration) error {
	numbers, err := collect(ctx, t.query, func(rows *sql.Rows) (n int, err error) { return n, rows.Scan(&n) }, "SELECT coalesce(max(number), 0) FROM configurations")
	if err != nil {
		return fmt.Errorf("number a configuration: %w", err)
	}
	v.Number = numbers[0] + 1
	text := sql.NullString{String: v.Text, Valid: v.Kept}
	if _, err := t.exec(ctx, "INSERT INTO configurations (number, at, author, origin, why, sha256, size, hidden, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		v.Number, v.At.UnixMilli(), v.Author, v.Origin, v.Why, v.SHA256, v.Size, v.Hidden, text); err != nil {
		return fmt.Errorf("keep a configuration: %w", err)
	}
	return t.trimConfigurations(ctx)
}

func (t *Tx) trimConfigurations(ctx context.Context) error {
	type row struct {
		number int
		size   int64
	}
	rows, err := collect(ctx, t.query, func(rows *sql.Rows) (r row, err error) { return r, rows.Scan(&r.number, &r.size) },
		"SELECT number, coalesce(length(CAST(text AS BLOB)), 0) FROM configurations ORDER BY number DESC")
	if err != nil {
		return fmt.Errorf("measure the configurations: %w", err)
	}
	var size int64
	for i, r := range rows {
		if size += r.size; i > 0 && (i >= configurationsKept || size > configurationsSize) {
			if _, err := t.exec(ctx, "DELETE FROM configurations WHERE number <= ?", r.number); err != nil {
				return fmt.Errorf("drop old configurations: %w", err)
			}
			break
		}
	}
	return nil
}

const configurationColumns = "SELECT number, at, author, origin, why, sha256, size, hidden, text IS NOT NULL"

// Configurations lists versions without their texts, newest first: those
// before a number, and those that began in a span of time.
func (s *Store) Configurations(ctx context.Context, q ConfigurationQuery) ([]Configuration, error) {
	found, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (Configuration, error) {
		return scanConfiguration(rows)
	}, configurationColumns+` FROM configurations WHERE (?1 = 0 OR number < ?1) AND (?2 IS NULL OR at >= ?2) AND (?3 IS NULL OR at < ?3)
		ORDER BY number DESC LIMIT ?4`, q.Before, millis(q.Since), millis(q.Until), q.Most)
	if err != nil {
		return nil, fmt.Errorf("read the configurations: %w", explain(err))
	}
	return found, nil
}

// Configuration gives a version with its text; ErrNotFound where there is none
// or none any more.
func (s *Store) Configuration(ctx context.Context, number int) (*Configuration, error) {
	found, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (Configuration, error) {
		var text string
		v, err := scanConfiguration(rows, &text)
		v.Text = text
		return v, err
	}, configurationColumns+", coalesce(text, '') FROM configurations WHERE number = ?", number)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read configuration %d: %w", number, explain(err))
	case len(found) == 0:
		return nil, ErrNotFound
	}
	return &found[0], nil
}

func scanConfiguration(rows *sql.Rows, more ...any) (v Configuration, err error) {
	var at int64
	columns := append([]any{&v.Number, &at, &v.Author, &v.Origin, &v.Why, &v.SHA256, &v.Size, &v.Hidden, &v.Kept}, more...)
	err = rows.Scan(columns...)
	v.At = time.UnixMilli(at).UTC()
	return v, err
}
