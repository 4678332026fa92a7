package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"daymark/config"
	"daymark/console"
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
	f := store.Foresee(growing, size.Used, free+size.File-size.Used)
	told := console.Storage{File: size.File, Used: f.Used, Free: f.Free, PerDay: f.PerDay, Steady: f.Steady, SteadyIn: f.SteadyIn, Full: f.Full, FullIn: f.FullIn}
	for _, g := range growing {
		told.Kinds = append(told.Kinds, console.StorageKind{Kind: g.Kind, PerDay: g.PerDay, Keep: g.Keep})
	}
	return told, nil
}

type sizeCommand struct {
	configFlag
	JSON bool `help:"As JSON." name:"json"`
}

// Help gives an example.
func (sizeCommand) Help() string {
	return `How large the database is, what comes each day, how large it becomes, and whether the disk has room for that. It is worked out from the last 24 hours.

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
	_, _ = fmt.Fprintf(table, "database\t%s, %s of it in use\nfree on the disk\t%s\ngrows by\t%s a day\n", sizeOf(told.File), sizeOf(told.Used), sizeOf(told.Free), sizeOf(told.PerDay)) // Flush tells of any fault
	for _, k := range told.Kinds {
		kept := "for ever"
		if k.Keep > 0 {
			kept = "for " + shortly(k.Keep)
		}
		_, _ = fmt.Fprintf(table, "  %s\t%s come a day, kept %s\n", k.Kind, sizeOf(k.PerDay), kept)
	}
	_, _ = fmt.Fprintf(table, "becomes\t%s\n", told.Says(sizeOf))
	return table.Flush()
}

// size says how the database grows.
func (o *operations) size(ctx context.Context, _ struct{}) (console.Storage, error) {
	return storage{o.core.store, o.doc, time.Now}.Storage(ctx)
}
