package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"daymark/store"
)

type importData struct {
	configFlag
	File string `arg:"" help:"What daymark export wrote; - is standard input."`
}

// Help gives an example.
func (importData) Help() string {
	return `It makes the database of server.data, where there is none yet. The file is looked through to its end: where it was cut off or does not agree with itself, nothing is left of it. An export of an older version is brought up to date.
Copy server.data/keys of where it was exported too, before the server starts: see docs/export.md.

Example: daymark import data everything.jsonl`
}

// Run imports.
func (c *importData) Run(ctx context.Context, std streams) (err error) {
	doc, err := loadConfig(c.Config)
	if err != nil {
		return tellFaults(std, err)
	}
	from := std.in
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return usageError{err}
		}
		defer func() { _ = file.Close() }() // it was read
		from = file
	}
	unlock, err := lockData(doc.Server.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	path := filepath.Join(doc.Server.Data, databaseFile)
	rows, err := store.Import(ctx, from, path)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: import into a data folder (server.data) without a database", path)
	}
	if err != nil {
		return fmt.Errorf("import %s: %w", c.File, err)
	}
	_, err = fmt.Fprintf(std.out, "%s: %d rows\n", path, rows)
	return err
}
