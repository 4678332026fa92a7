package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"daymark/console"
	"daymark/internal/pause"
)

type configVersions struct {
	configFlag
	Before int `help:"Only those before this version." placeholder:"NUMBER"`
}

// Help gives an example.
func (configVersions) Help() string {
	return `Newest first, with since when each ran, who applied it, and why; 100 at most.

Example: daymark config versions --config daymark.yaml`
}

// Run lists through the running server, or directly when none runs.
func (c *configVersions) Run(ctx context.Context, std streams, logging *logOptions) error {
	var versions []console.ConfigurationVersion
	order := versionOrder{Before: c.Before}
	err := ask(ctx, c.configFlag, std, logging, "/configuration/versions", order, &versions, func(o *operations) (err error) {
		versions, err = o.listVersions(ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	_, err = fmt.Fprintln(table, "VERSION\tSINCE\tFROM\tBY\tSHA-256\tWHY")
	for i := range versions {
		v := &versions[i]
		_, line := fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", v.Number, timeText(v.At), v.Origin, cmp.Or(printable(v.Author), "-"), v.SHA256[:12], printable(v.Why))
		err = errors.Join(err, line)
	}
	if err = errors.Join(err, table.Flush()); err != nil {
		return fmt.Errorf("print the versions: %w", err)
	}
	return nil
}

type configShow struct {
	configFlag
	Number int `arg:"" help:"The version."`
}

// Help gives an example.
func (configShow) Help() string {
	return `Secrets that were written out in it stand there as (hidden).

Example: daymark config show 12 > daymark.yaml`
}

// Run prints the text.
func (c *configShow) Run(ctx context.Context, std streams, logging *logOptions) error {
	v, err := versionOf(ctx, c.configFlag, std, logging, c.Number)
	if err != nil {
		return err
	}
	if !v.Kept {
		return usageError{fmt.Errorf("the text of version %d is not kept: it had a secret written out that could not be hidden", v.Number)}
	}
	_, err = io.WriteString(std.out, v.Text)
	return err
}

func versionOf(ctx context.Context, flag configFlag, std streams, logging *logOptions, number int) (*console.ConfigurationVersion, error) {
	var v *console.ConfigurationVersion
	order := versionOrder{Number: number}
	err := ask(ctx, flag, std, logging, "/configuration/show", order, &v, func(o *operations) (err error) {
		v, err = o.showVersion(ctx, order)
		return err
	})
	return v, err
}

type configDiff struct {
	configFlag
	From int `arg:"" help:"A version."`
	To   int `arg:"" help:"Another one."`
}

// Help gives an example.
func (configDiff) Help() string {
	return `The difference is written as a patch; nothing where there is none.

Example: daymark config diff 11 12`
}

// Run prints the difference.
func (c *configDiff) Run(ctx context.Context, std streams, logging *logOptions) error {
	from, err := versionOf(ctx, c.configFlag, std, logging, c.From)
	if err != nil {
		return err
	}
	to, err := versionOf(ctx, c.configFlag, std, logging, c.To)
	if err != nil {
		return err
	}
	_, err = io.WriteString(std.out, console.Difference(from.Text, to.Text, fmt.Sprintf("version %d", from.Number), fmt.Sprintf("version %d", to.Number)))
	return err
}

type configBack struct {
	configFlag
	Number int    `arg:"" help:"The version to go back to."`
	Why    string `help:"Why, for whoever looks at the versions." required:""`
}

// Help gives an example.
func (configBack) Help() string {
	return `The text of the older version is applied as a new one, and written to the file. It needs a running server whose
configuration says server.config: console; with file, write the text to the file yourself, by ` + "`daymark config show`" + `.

Example: daymark config back 11 --why "the new check was too strict"`
}

// backWithin is how long a version may take until it runs.
const backWithin = 2 * time.Minute

// Run has the running server go back, and waits for what becomes of it.
func (c *configBack) Run(ctx context.Context, std streams) error {
	doc, err := loadConfig(c.Config)
	if err != nil {
		return tellFaults(std, err)
	}
	data := doc.Server.Data
	var before int
	if err := askServer(ctx, data, "/configuration/back", versionOrder{Number: c.Number, Why: c.Why}, &before); errors.Is(err, errNoServer) {
		return usageError{fmt.Errorf("no server runs: write the text to the file, by `daymark config show %d`, and start one", c.Number)}
	} else if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, backWithin)
	defer cancel()
	for {
		var stand configurationStand
		if err := askServer(ctx, data, "/configuration/stand", struct{}{}, &stand); err != nil {
			return err
		}
		switch {
		case stand.Applying:
		case stand.Number == before:
			return fmt.Errorf("version %d goes on: %s", before, stand.Failed)
		default:
			_, err := fmt.Fprintf(std.out, "version %d runs, with the text of version %d\n", stand.Number, c.Number)
			return err
		}
		if err := pause.For(ctx, 200*time.Millisecond); err != nil {
			return fmt.Errorf("wait for the server: %w", err)
		}
	}
}
