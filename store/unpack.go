package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// UnpackBackup verifies a backup and makes the database of it at a path where
// nothing is. What belongs to the database is in the backup's Files.
func UnpackBackup(ctx context.Context, from, to string) (*Backup, error) {
	b, err := VerifyBackup(ctx, from)
	if err != nil {
		return nil, err
	}
	newest, err := newestMigration()
	if err != nil {
		return nil, err
	}
	if b.Schema > newest {
		return nil, fmt.Errorf("%s is of a newer version of Daymark (its tables are of version %d, this program knows %d): restore it with that one", from, b.Schema, newest)
	}
	err = copyTo(from, to)
	if err == nil {
		err = stripBackup(ctx, to)
	}
	if err == nil {
		err = syncPath(to)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("unpack %s: %w", from, explain(err)), removeDatabase(to))
	}
	return b, nil
}

// newestMigration gives the number of the last migration of this program.
func newestMigration() (int64, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("read the migrations: %w", err)
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(files[len(files)-1], "migrations/"), "_")
	return strconv.ParseInt(number, 10, 64)
}

func copyTo(from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }() // it was read
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

// stripBackup removes what only a backup has.
func stripBackup(ctx context.Context, path string) (err error) {
	db, err := sql.Open("sqlite", databaseURI(path, "journal_mode(DELETE)", "synchronous(FULL)"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, name := range ownTables {
		if _, err := db.ExecContext(ctx, "DROP TABLE "+name); err != nil {
			return err
		}
	}
	return nil
}
