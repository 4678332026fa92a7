package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"daymark/store"
)

type exportCommand struct {
	configFlag
	File string `arg:"" help:"The file to write, which is not there yet; - is standard output."`
}

// Help gives an example.
func (exportCommand) Help() string {
	return `The file holds all that the database holds at one moment, a row a line, as docs/export.md says. It works while the server runs, which waits for nothing, and while it does not. Passwords and tokens are in it as hashes; the keys of server.data/keys are not. Keep it as secret as a backup.

Example: daymark export everything.jsonl`
}

// Run writes an export.
func (c *exportCommand) Run(ctx context.Context, std streams) error {
	path, err := databaseOf(c.Config, std)
	if err != nil {
		return err
	}
	if c.File == "-" {
		_, err := store.Export(ctx, path, std.out)
		return err
	}
	var rows int64
	err = writeNamed(c.File, func(to io.Writer) error {
		rows, err = store.Export(ctx, path, to)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s: %d rows\n", c.File, rows)
	return err
}

// writeNamed writes a file that is not there yet, and gives it its name when
// all is on disk.
func writeNamed(path string, write func(to io.Writer) error) error {
	if _, err := os.Lstat(path); err == nil {
		return usageError{fmt.Errorf("%s is there already: name a file that is not", path)}
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.partial")
	if err != nil {
		return fmt.Errorf("make the file: %w", err)
	}
	err = write(file)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Link(file.Name(), path) // takes no place that another has taken since
	}
	return errors.Join(err, os.Remove(file.Name()))
}
