package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
)

type subscriberCommand struct {
	Import subscriberImport `cmd:"" help:"Add subscribers from a CSV file."`
}

// Help gives an example.
func (subscriberCommand) Help() string { return "Example: daymark subscriber import people.csv" }

type subscriberImport struct {
	configFlag
	File string `arg:"" help:"The CSV file." type:"existingfile"`
}

// configFlag names the configuration, wherever a command needs it.
type configFlag struct {
	Config string `help:"The configuration file." default:"daymark.yaml" type:"path" env:"DAYMARK_CONFIG"`
}

// Help gives an example.
func (subscriberImport) Help() string {
	return `The first line names the columns: channel,address,name,confirmed,components,severity and, if wanted, updates.
channel is email or sms; components are ids separated by spaces, all when empty; severity is the least that is told,
all when empty; updates is all or edges (beginning, worsening and end), all for email and edges for sms when empty.
Only a subscriber whose "confirmed" says yes is ever told. Somebody who has ended a subscription stays out of it.

Example: daymark subscriber import people.csv`
}

// Run imports through the running server, or directly when none runs.
func (c *subscriberImport) Run(ctx context.Context, std streams, logging *logOptions) error {
	doc, err := loadConfig(c.Config)
	if err != nil {
		return tellFaults(std, err)
	}
	csv, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("read the subscribers: %w", err)
	}
	if len(csv) > maxControlBody {
		return usageError{fmt.Errorf("%s is larger than 10 MB: import it in parts", c.File)}
	}
	var counts imported
	err = callControl(ctx, doc.Server.Data, "/subscribers", csv, &counts)
	if errors.Is(err, errNoServer) {
		err = withEngine(ctx, c.Config, std, logging, func(o *operations) (err error) {
			counts, err = o.importSubscribers(ctx, bytes.NewReader(csv))
			return err
		})
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%d added, %d changed, %d left alone because they ended their subscription\n", counts.Added, counts.Changed, counts.Ended)
	return err
}
