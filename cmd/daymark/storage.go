package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"text/tabwriter"
	"time"

	"daymark/checker"
	"daymark/config"
	"daymark/console"
	"daymark/internal/expression"
	"daymark/store"
)

// storage says how the database grows, for the console and the command line.
type storage struct {
	store *store.Store
	doc   *config.Document
	now   func() time.Time
}

// Storage implements console.StorageSource.
func (s storage) Storage(ctx context.Context) (console.Storage, error) {
	size, err := s.store.Size(ctx)
	if err != nil {
		return console.Storage{}, err
	}
	free, err := freeIn(s.doc.Server.Data)
	if err != nil {
		return console.Storage{}, err
	}
	growing, err := s.store.Growing(ctx, retentionOf(s.doc), s.now())
	if err != nil {
		return console.Storage{}, err
	}
	copies, err := copiesOf(s.doc, s.now())
	if err != nil {
		return console.Storage{}, err
	}
	f := store.Foresee(growing, size.Used, free+size.File-size.Used, copies)
	told := console.Storage{File: size.File, Used: f.Used, Free: f.Free, PerDay: f.PerDay, Steady: f.Steady, SteadyIn: f.SteadyIn, Backups: f.Copies, Full: f.Full, FullIn: f.FullIn}
	for _, g := range growing {
		told.Kinds = append(told.Kinds, console.StorageKind{Kind: g.Kind, PerDay: g.PerDay, Keep: g.Keep})
	}
	return told, nil
}

// copiesOf says which backups lie on the disk of the database, and come there.
func copiesOf(doc *config.Document, now time.Time) (store.Copies, error) {
	o := doc.Server.Backup
	to := backupsFolder(doc)
	names, err := backupsIn(to)
	if err != nil {
		return store.Copies{}, err
	}
	if same, err := sameDisk(to, doc.Server.Data); err != nil || !same {
		return store.Copies{}, err
	}
	var copies store.Copies
	for _, name := range names {
		info, err := os.Stat(filepath.Join(to, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // it went just now
		}
		if err != nil {
			return copies, fmt.Errorf("look at the backups: %w", err)
		}
		copies.Sizes = append(copies.Sizes, info.Size())
	}
	if o.Schedule == "" {
		return copies, nil
	}
	schedule, err := checker.ParseSchedule(o.Schedule)
	if err != nil {
		return copies, fmt.Errorf("read when to make a backup (server.backup): %w", err)
	}
	copies.Keep = o.Keep
	// The two that are next say how often: what is between them differs by an
	// hour where clocks are changed, and from month to month.
	next := schedule.Next(now)
	copies.Every = schedule.Next(next).Sub(next)
	return copies, nil
}

// sameDisk says whether two folders are on one file system. One that is not
// there yet is where it will be made.
func sameDisk(one, other string) (bool, error) {
	devices := [2]uint64{}
	for i, dir := range []string{one, other} {
		for {
			var found syscall.Stat_t
			err := syscall.Stat(dir, &found)
			if err == nil {
				devices[i] = found.Dev
				break
			}
			if up := filepath.Dir(dir); errors.Is(err, fs.ErrNotExist) && up != dir {
				dir = up
				continue
			}
			return false, fmt.Errorf("look at the disk of %s: %w", dir, err)
		}
	}
	return devices[0] == devices[1], nil
}

type sizeCommand struct {
	configFlag
	JSON bool `help:"As JSON." name:"json"`
}

// Help gives an example.
func (sizeCommand) Help() string {
	return `How large the database is, what comes each day, how large it becomes, and whether the disk has room for that. It is worked out from the last 24 hours, with the backups that are on the same disk.

Example: daymark size`
}

// Run asks the running server, or looks directly when none runs.
func (c *sizeCommand) Run(ctx context.Context, std streams, logging *logOptions) error {
	var told console.Storage
	err := ask(ctx, c.configFlag, std, logging, "/size", struct{}{}, &told, func(o *operations) (err error) {
		told, err = o.size(ctx, struct{}{})
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, told)
	}
	return printSize(std.out, &told)
}

func printSize(w io.Writer, told *console.Storage) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(table, "database\t%s, %s of it in use\nfree on the disk\t%s\ngrows by\t%s a day\n", expression.FormatSize(told.File), expression.FormatSize(told.Used), expression.FormatSize(told.Free), expression.FormatSize(told.PerDay)) // Flush tells of any fault
	for _, k := range told.Kinds {
		kept := "for ever"
		if k.Keep > 0 {
			kept = "for " + shortly(k.Keep)
		}
		_, _ = fmt.Fprintf(table, "  %s\t%s come a day, kept %s\n", k.Kind, expression.FormatSize(k.PerDay), kept)
	}
	_, _ = fmt.Fprintf(table, "becomes\t%s\n", told.Says())
	if told.Backups > 0 {
		_, _ = fmt.Fprintf(table, "backups beside it\t%s then, on the same disk\n", expression.FormatSize(told.Backups))
	}
	return table.Flush()
}

// size says how the database grows.
func (o *operations) size(ctx context.Context, _ struct{}) (console.Storage, error) {
	return storage{o.core.store, o.doc, time.Now}.Storage(ctx)
}
