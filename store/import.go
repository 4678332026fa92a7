package store

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
)

// mostExported is the longest line of an export, in bytes: more than any piece
// of evidence.
const mostExported = 256 << 20

// importing ends the name of a database that is being made of an export.
const importing = ".importing"

// Import makes a database of what Export wrote, where there is none:
// errors.Is(err, fs.ErrExist) where there is one. The tables become those of
// the export's version, and are then brought up to date. The database gets its
// name when all rows are there and agree with each other, so a kill leaves
// PATH.importing at most. It holds one row in memory.
func Import(ctx context.Context, from io.Reader, path string) (rows int64, err error) {
	if _, err := os.Lstat(path); err == nil {
		return 0, fmt.Errorf("%s: %w", path, fs.ErrExist)
	}
	making := path + importing
	if err := removeDatabase(making); err != nil {
		return 0, fmt.Errorf("remove an import that was cut off: %w", err)
	}
	if err := create(making); err != nil {
		return 0, err
	}
	rows, err = fillImport(ctx, from, making)
	if err == nil {
		err = nameBackup(making, path)
	}
	if err != nil {
		return 0, errors.Join(err, removeDatabase(making))
	}
	return rows, nil
}

func fillImport(ctx context.Context, from io.Reader, path string) (rows int64, err error) {
	// Nothing is lost with a database that is not finished: it needs no journal.
	db, err := sql.Open("sqlite", databaseURI(path, "journal_mode(OFF)", "synchronous(OFF)", "foreign_keys(0)", "temp_store(MEMORY)"))
	if err != nil {
		return 0, fmt.Errorf("make %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	in := &importer{db: db, lines: bufio.NewScanner(from), inserts: map[string]*insert{}}
	in.lines.Buffer(make([]byte, 0, 1<<16), mostExported)
	if err := in.all(ctx); err != nil {
		return 0, err
	}
	if err := migrate(ctx, db); err != nil {
		return 0, fmt.Errorf("bring what was imported up to date: %w", explain(err))
	}
	return in.rows, agrees(ctx, db.QueryContext)
}

// agrees looks through what was imported: whether all that is pointed at is
// there, and whether the file is whole.
func agrees(ctx context.Context, query querier) error {
	lost, err := collect(ctx, query, func(rows *sql.Rows) (name string, err error) { return name, rows.Scan(&name) },
		`SELECT DISTINCT "table" || ' points at rows of ' || parent || ' that are not there' FROM pragma_foreign_key_check`)
	if err != nil {
		return explain(err)
	}
	if len(lost) > 0 {
		return fmt.Errorf("the export does not agree with itself: %s", strings.Join(lost, "; "))
	}
	faults, err := collect(ctx, query, func(rows *sql.Rows) (fault string, err error) { return fault, rows.Scan(&fault) }, "PRAGMA integrity_check(3)")
	if err != nil {
		return explain(err)
	}
	if !slices.Equal(faults, []string{"ok"}) {
		return fmt.Errorf("the database that was made is damaged: %s", strings.Join(faults, "; "))
	}
	return nil
}

// importer reads the lines of one export.
type importer struct {
	db      *sql.DB
	tx      *sql.Tx
	lines   *bufio.Scanner
	number  int // of the line
	rows    int64
	inserts map[string]*insert
}

// insert writes rows of one table.
type insert struct {
	statement *sql.Stmt
	columns   []column
}

func (in *importer) all(ctx context.Context) error {
	kind, line, err := in.next()
	var head exportHeader
	if err == nil && kind == exportHead {
		err = json.Unmarshal(line, &head)
	}
	switch newest, unknown := newestMigration(); {
	case errors.Is(err, io.EOF):
		return errors.New("this is no export of Daymark: it is empty")
	case err != nil:
		return err
	case unknown != nil:
		return unknown
	case kind != exportHead:
		return fmt.Errorf("this is no export of Daymark: its first line is no {%q: …}", exportHead)
	case head.Version > exportVersion || head.Schema > newest:
		return fmt.Errorf("the export is of a newer version of Daymark (form %d, tables of version %d; this program knows %d and %d): import it with that one", head.Version, head.Schema, exportVersion, newest)
	case head.Version < 1 || head.Schema < 1:
		return fmt.Errorf("the export is of no version that there is: form %d, tables of version %d", head.Version, head.Schema)
	}
	if err := migrateTo(ctx, in.db, head.Schema); err != nil {
		return fmt.Errorf("make the tables: %w", explain(err))
	}
	if in.tx, err = in.db.BeginTx(ctx, nil); err != nil {
		return explain(err)
	}
	defer func() { _ = in.tx.Rollback() }() // after the commit it does nothing
	if err := in.body(ctx); err != nil {
		return err
	}
	if err := in.tx.Commit(); err != nil {
		return fmt.Errorf("keep what was imported: %w", explain(err))
	}
	return nil
}

func (in *importer) body(ctx context.Context) error {
	for {
		kind, line, err := in.next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("the export was cut off after line %d: its last line is no {%q: …}", in.number, exportEnd)
		}
		if err != nil {
			return err
		}
		if kind == exportEnd {
			return in.end(line)
		}
		if err := in.row(ctx, kind, line); err != nil {
			return fmt.Errorf("line %d: %w", in.number, explain(err))
		}
		in.rows++
	}
}

func (in *importer) end(line []byte) error {
	var end exportTrailer
	if err := json.Unmarshal(line, &end); err != nil {
		return fmt.Errorf("line %d: %w", in.number, err)
	}
	if end.Rows != in.rows {
		return fmt.Errorf("the export holds %d rows, and held %d when it was made", in.rows, end.Rows)
	}
	if _, _, err := in.next(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("line %d: there is something after the end", in.number)
	}
	return nil
}

// next reads a line: its kind, and what it says of it.
func (in *importer) next() (kind string, line json.RawMessage, err error) {
	if !in.lines.Scan() {
		if err := in.lines.Err(); err != nil {
			return "", nil, fmt.Errorf("read after line %d: %w", in.number, err)
		}
		return "", nil, io.EOF
	}
	in.number++
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(in.lines.Bytes(), &parts); err != nil || len(parts) != 1 {
		return "", nil, fmt.Errorf("line %d is no JSON object with one key", in.number)
	}
	for kind, line = range parts {
	}
	return kind, line, nil
}

func (in *importer) row(ctx context.Context, table string, line []byte) error {
	into, err := in.insertOf(ctx, table)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var row map[string]any
	if err := decoder.Decode(&row); err != nil {
		return fmt.Errorf("%s: it is no object: %w", table, err)
	}
	values := make([]any, len(into.columns))
	for i, c := range into.columns {
		if values[i], err = readExported(row[c.name]); err != nil {
			return fmt.Errorf("%s.%s: %w", table, c.name, err)
		}
		delete(row, c.name)
	}
	for name := range row {
		return fmt.Errorf("%s has no %q", table, name)
	}
	if _, err := into.statement.ExecContext(ctx, values...); err != nil {
		return fmt.Errorf("%s: %w", table, err)
	}
	return nil
}

func (in *importer) insertOf(ctx context.Context, table string) (*insert, error) {
	if into := in.inserts[table]; into != nil {
		return into, nil
	}
	columns, err := columnsOf(ctx, in.tx.QueryContext, table)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(Exported, table) || len(columns) == 0 {
		return nil, fmt.Errorf("there is no kind of row %q", table)
	}
	names, marks := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i], marks[i] = quoteName(c.name), "?"
	}
	statement, err := in.tx.PrepareContext(ctx, "INSERT INTO "+quoteName(table)+" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(marks, ", ")+")")
	if err != nil {
		return nil, err
	}
	in.inserts[table] = &insert{statement, columns}
	return in.inserts[table], nil
}

func readExported(value any) (any, error) {
	switch value := value.(type) {
	case nil, string:
		return value, nil
	case json.Number:
		return value.Int64()
	case map[string]any:
		for key, encoded := range value {
			text, ok := encoded.(string)
			if len(value) != 1 || !ok {
				break
			}
			data, err := base64.StdEncoding.DecodeString(text)
			switch {
			case err != nil:
				return nil, err
			case key == exportedBytes:
				return data, nil
			case key == exportedText:
				return string(data), nil
			}
		}
	}
	return nil, errors.New("it is neither a whole number nor text nor bytes")
}

// migrateTo is migrate up to a version.
func migrateTo(ctx context.Context, db *sql.DB, version int64) error {
	provider, err := migrationsOf(db)
	if err != nil {
		return err
	}
	if _, err := provider.UpTo(ctx, version); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

func migrationsOf(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return provider, nil
}
