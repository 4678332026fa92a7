package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"modernc.org/sqlite"

	"daymark/internal/pause"
)

// BackupOptions say what a backup is to hold.
type BackupOptions struct {
	From  string            // the database; it may be in use
	To    string            // the file to make, which is not there yet
	Files map[string][]byte // what belongs to the database, by its path in the data folder
	Made  time.Time
}

// Backup is what a file that was made by MakeBackup holds.
type Backup struct {
	Made   time.Time
	Bytes  int64            // of the file
	Schema int64            // the last migration that it has
	Rows   map[string]int64 // by the table
	Files  map[string][]byte
}

// Total gives the rows of all tables.
func (b *Backup) Total() int64 {
	var total int64
	for _, rows := range b.Rows {
		total += rows
	}
	return total
}

// The copy is made in steps of so many pages (4 MB), and rests after each as
// long as it took: so it takes at most half of what the disk gives.
const (
	backupPages   = 1000
	backupResting = 250 * time.Millisecond // at most
)

// partial ends the name of a backup that is being made.
const partial = ".partial"

// MakeBackup copies a database that may be in use to one file, as it is at one
// moment, verifies the copy, and only then gives it its name. Readers and the
// writer do not wait for it; until it ends, the write-ahead log grows. A kill
// leaves a file TO.….partial at most. errors.Is(err, fs.ErrExist) holds where
// the file is there already.
func MakeBackup(ctx context.Context, o BackupOptions) (*Backup, error) {
	if _, err := os.Lstat(o.To); err == nil {
		return nil, fmt.Errorf("%s: %w", o.To, fs.ErrExist)
	}
	file, err := os.CreateTemp(filepath.Dir(o.To), filepath.Base(o.To)+".*"+partial)
	if err != nil {
		return nil, fmt.Errorf("make the backup: %w", err)
	}
	path := file.Name()
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("make the backup: %w", err)
	}
	made, err := fillBackup(ctx, path, o)
	if err == nil {
		err = nameBackup(path, o.To)
	}
	if err != nil {
		return nil, errors.Join(err, removeDatabase(path))
	}
	return made, nil
}

func fillBackup(ctx context.Context, path string, o BackupOptions) (*Backup, error) {
	rows, err := copyDatabase(ctx, o.From, path)
	if err != nil {
		return nil, fmt.Errorf("copy %s: %w", o.From, explain(err))
	}
	if err := describeBackup(ctx, path, rows, o); err != nil {
		return nil, fmt.Errorf("write down what the backup holds: %w", explain(err))
	}
	return VerifyBackup(ctx, path)
}

// copyDatabase copies the pages as one transaction sees them, and counts the
// rows in the same one.
func copyDatabase(ctx context.Context, from, to string) (rows map[string]int64, err error) {
	db, err := open(from, true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return nil, err
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") }() // it wrote nothing
	if rows, err = countRows(ctx, conn.QueryContext); err != nil {
		return nil, err
	}
	return rows, conn.Raw(func(driver any) error { return copyPages(ctx, driver, to) })
}

func copyPages(ctx context.Context, driver any, to string) error {
	source, ok := driver.(interface {
		NewBackup(to string) (*sqlite.Backup, error)
	})
	if !ok {
		return errors.New("this driver makes no copies")
	}
	// Nothing is lost with a copy that is not finished: it needs no journal.
	copying, err := source.NewBackup(databaseURI(to, "journal_mode(OFF)", "synchronous(OFF)"))
	if err != nil {
		return err
	}
	for more := true; more; {
		began := time.Now()
		if more, err = copying.Step(backupPages); err == nil && more {
			err = pause.For(ctx, min(time.Since(began), backupResting))
		}
		if err != nil {
			return errors.Join(err, copying.Finish())
		}
	}
	return copying.Finish()
}

// ownTables are those that only a backup has.
var ownTables = []string{"backup", "backup_rows", "backup_files"}

func countRows(ctx context.Context, query querier) (map[string]int64, error) {
	names, err := collect(ctx, query, func(rows *sql.Rows) (name string, err error) { return name, rows.Scan(&name) },
		`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	if err != nil {
		return nil, err
	}
	counts := map[string]int64{}
	for _, name := range names {
		if slices.Contains(ownTables, name) {
			continue
		}
		rows, err := collect(ctx, query, scanNumber, `SELECT count(*) FROM "`+strings.ReplaceAll(name, `"`, `""`)+`"`)
		if err != nil {
			return nil, fmt.Errorf("count %s: %w", name, err)
		}
		counts[name] = rows[0]
	}
	return counts, nil
}

func scanNumber(rows *sql.Rows) (number int64, err error) { return number, rows.Scan(&number) }

// describeBackup adds to the copy what it holds, and what belongs to it.
func describeBackup(ctx context.Context, path string, rows map[string]int64, o BackupOptions) (err error) {
	db, err := sql.Open("sqlite", databaseURI(path, "journal_mode(DELETE)", "synchronous(FULL)"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit it does nothing
	if _, err := tx.ExecContext(ctx, `CREATE TABLE backup (made INTEGER NOT NULL);
		CREATE TABLE backup_rows (name TEXT PRIMARY KEY, rows INTEGER NOT NULL);
		CREATE TABLE backup_files (path TEXT PRIMARY KEY, data BLOB NOT NULL);`); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO backup (made) VALUES (?)", o.Made.UnixMilli()); err != nil {
		return err
	}
	for name, count := range rows {
		if _, err := tx.ExecContext(ctx, "INSERT INTO backup_rows (name, rows) VALUES (?, ?)", name, count); err != nil {
			return err
		}
	}
	for path, data := range o.Files {
		if _, err := tx.ExecContext(ctx, "INSERT INTO backup_files (path, data) VALUES (?, ?)", path, data); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// nameBackup gives a finished copy its name, on disk.
func nameBackup(from, to string) error {
	if err := syncPath(from); err != nil {
		return fmt.Errorf("write the backup to disk: %w", err)
	}
	// A link takes no place that another has taken since.
	if err := os.Link(from, to); err != nil {
		return fmt.Errorf("name the backup: %w", err)
	}
	if err := errors.Join(os.Remove(from), syncPath(filepath.Dir(to))); err != nil {
		return fmt.Errorf("name the backup: %w", err)
	}
	return nil
}

func syncPath(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

func removeDatabase(path string) error {
	var err error
	for _, end := range []string{"", "-journal", "-wal", "-shm"} {
		if failure := os.Remove(path + end); !errors.Is(failure, fs.ErrNotExist) {
			err = errors.Join(err, failure)
		}
	}
	return err
}

// VerifyBackup looks through the whole of a backup, and counts its rows. An
// error says that it is no good.
func VerifyBackup(ctx context.Context, path string) (_ *Backup, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the backup %s cannot be read: there is no such file", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open the backup: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file: name one that daymark backup made", path)
	}
	db, err := sql.Open("sqlite", databaseURI(path)+"&mode=ro")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	b := &Backup{Bytes: info.Size()}
	if err := b.read(ctx, db.QueryContext); err != nil {
		return nil, fmt.Errorf("%s: %w", path, explainBackup(err))
	}
	faults, err := collect(ctx, db.QueryContext, func(rows *sql.Rows) (fault string, err error) { return fault, rows.Scan(&fault) }, "PRAGMA integrity_check(3)")
	if err != nil {
		return nil, fmt.Errorf("check %s: %w", path, explainBackup(err))
	}
	if !slices.Equal(faults, []string{"ok"}) {
		return nil, fmt.Errorf("%s is damaged: %s", path, strings.Join(faults, "; "))
	}
	rows, err := countRows(ctx, db.QueryContext)
	if err != nil {
		return nil, fmt.Errorf("check %s: %w", path, explainBackup(err))
	}
	if !maps.Equal(rows, b.Rows) {
		return nil, fmt.Errorf("%s is damaged: its tables hold %v rows, and held %v when they were copied", path, rows, b.Rows)
	}
	return b, nil
}

// explainBackup is explain for a file that is a backup itself.
func explainBackup(err error) error {
	return explainAs(err, "the file is damaged or no backup: take another one")
}

// read reads what a backup says of itself.
func (b *Backup) read(ctx context.Context, query querier) error {
	found, err := collect(ctx, query, scanNumber, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'backup_rows'")
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errors.New("it is a database, but no backup that Daymark made")
	}
	b.Rows, b.Files = map[string]int64{}, map[string][]byte{}
	for _, part := range []struct {
		text string
		scan func(*sql.Rows) error
	}{
		{"SELECT made, (SELECT max(version_id) FROM goose_db_version) FROM backup", func(rows *sql.Rows) error {
			var made int64
			err := rows.Scan(&made, &b.Schema)
			b.Made = time.UnixMilli(made).UTC()
			return err
		}},
		{"SELECT name, rows FROM backup_rows", func(rows *sql.Rows) error {
			var name string
			var count int64
			err := rows.Scan(&name, &count)
			b.Rows[name] = count
			return err
		}},
		{"SELECT path, data FROM backup_files", func(rows *sql.Rows) error {
			var path string
			var data []byte
			err := rows.Scan(&path, &data)
			b.Files[path] = data
			return err
		}},
	} {
		_, err := collect(ctx, query, func(rows *sql.Rows) (struct{}, error) { return struct{}{}, part.scan(rows) }, part.text)
		if err != nil {
			return err
		}
	}
	return nil
}

func databaseURI(path string, pragmas ...string) string {
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: url.Values{"_pragma": append(pragmas, "busy_timeout(10000)")}.Encode()}).String()
}
