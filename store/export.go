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
	"strconv"
	"strings"
	"unicode/utf8"
)

// exportVersion is of the form of the lines, not of the tables.
const exportVersion = 1

// The lines that are no row.
const (
	exportHead = "daymark"
	exportEnd  = "end"
)

// exportHeader is the first line.
type exportHeader struct {
	Version int   `json:"version"`
	Schema  int64 `json:"schema"` // the last migration of the tables
}

// exportTrailer is the last line: without it, the file was cut off.
type exportTrailer struct {
	Rows int64 `json:"rows"`
}

// Exported are the tables of an export, in its order. docs/export.md says what
// is in each.
var Exported = []string{
	"configurations",
	"series", "results", "strikes", "strike_spans", "day_zone", "rollups", "excused", "evidence_runs", "evidence", "verdicts", "verdict_changes", "components", "component_changes",
	"incidents", "affected", "severity_decisions", "updates", "update_edits", "promises", "entries", "overrides", "reviews",
	"events", "audit", "alerts", "reports", "answers", "maintenances", "silences", "changes", "swaps", "objective_alerts", "commands",
	"heartbeats", "heartbeat_tokens", "agent_tokens", "api_tokens", "accounts", "elevations",
	"subscribers", "suppressions", "storms", "held_updates", "deliveries", "delivery_events", "attachments", "hook_failures", "channel_troubles", "canaries", "sms_days",
}

// NotExported are the other tables, with the reason.
var NotExported = map[string]string{
	"goose_db_version": "the version of the tables is in the first line",
	"alive":            "it is written to find out whether writing works",
	"evidence_total":   "it follows from evidence_runs",
	"sessions":         "who was signed in is not on another machine",
	"invitations":      "links that are good for a day are made again",
	"sign_ups":         "they bound what comes in a day",
	"report_mails":     "they bound what goes out in a day",
	"backup_runs":      "they are of the backups of one machine",
}

// Export writes all that a database holds as JSON Lines, as it is at one
// moment, and gives the number of rows. The database may be in use, and its
// readers and the writer do not wait; until it ends, the write-ahead log grows.
// It holds one row in memory. What was exported twice from the same rows is the
// same, byte by byte.
func Export(ctx context.Context, path string, to io.Writer) (rows int64, err error) {
	db, err := open(path, true)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("open %s: %w", path, explain(err))
	}
	defer func() { _ = tx.Rollback() }() // it wrote nothing
	out := &exporter{to: bufio.NewWriterSize(to, 1<<16), query: tx.QueryContext}
	if err := out.all(ctx); err != nil {
		return 0, fmt.Errorf("export %s: %w", path, explain(err))
	}
	if err := out.to.Flush(); err != nil {
		return 0, fmt.Errorf("write the export: %w", err)
	}
	return out.rows, nil
}

// exporter writes the lines of one export.
type exporter struct {
	to    *bufio.Writer
	query querier
	line  bytes.Buffer
	rows  int64
}

func (e *exporter) all(ctx context.Context) error {
	schema, err := collect(ctx, e.query, scanNumber, "SELECT max(version_id) FROM goose_db_version")
	if err != nil {
		return err
	}
	if err := e.mark(exportHead, exportHeader{Version: exportVersion, Schema: schema[0]}); err != nil {
		return err
	}
	for _, table := range Exported {
		if err := e.table(ctx, table); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return e.mark(exportEnd, exportTrailer{Rows: e.rows})
}

func (e *exporter) mark(name string, value any) error {
	line, err := json.Marshal(map[string]any{name: value})
	if err != nil {
		return err
	}
	_, err = e.to.Write(append(line, '\n'))
	return err
}

// column is one of a table; key is its place in the primary key, from 1.
type column struct {
	name string
	key  int
}

func columnsOf(ctx context.Context, query querier, table string) ([]column, error) {
	return collect(ctx, query, func(rows *sql.Rows) (c column, err error) { return c, rows.Scan(&c.name, &c.key) },
		"SELECT name, pk FROM pragma_table_info(?) ORDER BY cid", table)
}

// table writes the rows of a table in the order of its primary key.
func (e *exporter) table(ctx context.Context, table string) error {
	columns, err := columnsOf(ctx, e.query, table)
	if err != nil {
		return err
	}
	if len(columns) == 0 {
		return nil // tables of an older version
	}
	names, keys := make([]string, len(columns)), make([]string, len(columns))
	primary := 0
	for i, c := range columns {
		if names[i] = quoteName(c.name); c.key > 0 {
			keys[c.key-1] = names[i]
			primary++
		}
	}
	if primary == 0 {
		return errors.New("it has no primary key to be ordered by")
	}
	rows, err := e.query(ctx, "SELECT "+strings.Join(names, ", ")+" FROM "+quoteName(table)+" ORDER BY "+strings.Join(keys[:primary], ", "))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells of any fault
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := e.row(table, columns, values); err != nil {
			return err
		}
		e.rows++
	}
	return rows.Err()
}

// row writes one row; what is NULL is left out.
func (e *exporter) row(table string, columns []column, values []any) error {
	e.line.Reset()
	e.line.WriteString(`{"` + table + `":{`)
	written := 0
	for i, value := range values {
		if value == nil {
			continue
		}
		if written++; written > 1 {
			e.line.WriteByte(',')
		}
		e.line.WriteString(`"` + columns[i].name + `":`)
		if err := writeExported(&e.line, value); err != nil {
			return fmt.Errorf("%s: %w", columns[i].name, err)
		}
	}
	e.line.WriteString("}}\n")
	_, err := e.line.WriteTo(e.to)
	return err
}

// A value that JSON has no form for is an object with one of these keys.
const (
	exportedBytes = "base64"      // bytes
	exportedText  = "base64_text" // text that is no UTF-8
)

func writeExported(to *bytes.Buffer, value any) error {
	switch value := value.(type) {
	case int64:
		to.WriteString(strconv.FormatInt(value, 10))
	case string:
		if !utf8.ValidString(value) {
			to.WriteString(`{"` + exportedText + `":"` + base64.StdEncoding.EncodeToString([]byte(value)) + `"}`)
			return nil
		}
		encoder := json.NewEncoder(to)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(value); err != nil {
			return err
		}
		to.Truncate(to.Len() - 1) // the end of the line
	case []byte:
		to.WriteString(`{"` + exportedBytes + `":"` + base64.StdEncoding.EncodeToString(value) + `"}`)
	default:
		return fmt.Errorf("a %T has no form in an export", value)
	}
	return nil
}

func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
