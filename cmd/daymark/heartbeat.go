package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"daymark/config"
	"daymark/internal/expression"
)

type heartbeatCommands struct {
	Create heartbeatCreate `cmd:"" help:"Make the address that a job calls, and print it, once."`
	Rotate heartbeatRotate `cmd:"" help:"Make a new address; the old one works for a while longer."`
	List   heartbeatList   `cmd:"" help:"List the heartbeats: when they were called and when they are due."`
	Revoke heartbeatRevoke `cmd:"" help:"End all addresses of a heartbeat at once."`
}

// Help gives an example.
func (heartbeatCommands) Help() string { return "Example: daymark heartbeat create nightly-backup" }

type heartbeatCreate struct {
	configFlag
	ID string `arg:"" help:"The id of the heartbeat's check."`
}

// Help gives an example.
func (heartbeatCreate) Help() string {
	return `Only a hash of the address is kept: note it now. From now on the job is awaited. It works whether the server runs or not.

Example: daymark heartbeat create nightly-backup`
}

// Run makes the address and prints it.
func (c *heartbeatCreate) Run(ctx context.Context, std streams, logging *logOptions) error {
	var address string
	err := heartbeatCommand(ctx, std, logging, c.Config, "create", heartbeatOrder{Check: c.ID}, &address, (*operations).createHeartbeat)
	if err != nil {
		return err
	}
	return printAddress(std, address)
}

type heartbeatRotate struct {
	configFlag
	ID      string `arg:"" help:"The id of the heartbeat's check."`
	Overlap string `help:"For how long the old address still works; 0 ends it at once." default:"1d" placeholder:"TIME"`
}

// Help gives an example.
func (heartbeatRotate) Help() string {
	return `Example: daymark heartbeat rotate nightly-backup --overlap 2h`
}

// Run makes the new address and prints it.
func (c *heartbeatRotate) Run(ctx context.Context, std streams, logging *logOptions) error {
	overlap, err := expression.ParseDuration(c.Overlap)
	if err != nil {
		return usageError{fmt.Errorf("--overlap: %w", err)}
	}
	var address string
	err = heartbeatCommand(ctx, std, logging, c.Config, "rotate", heartbeatOrder{Check: c.ID, Overlap: overlap}, &address, (*operations).rotateHeartbeat)
	if err != nil {
		return err
	}
	return printAddress(std, address)
}

type heartbeatRevoke struct {
	configFlag
	ID string `arg:"" help:"The id of the heartbeat's check."`
}

// Help gives an example.
func (heartbeatRevoke) Help() string {
	return `After it, nothing can call and no call is awaited, until create gives a new address.

Example: daymark heartbeat revoke nightly-backup`
}

// Run ends the addresses.
func (c *heartbeatRevoke) Run(ctx context.Context, std streams, logging *logOptions) error {
	var ended int64
	err := heartbeatCommand(ctx, std, logging, c.Config, "revoke", heartbeatOrder{Check: c.ID}, &ended, (*operations).revokeHeartbeat)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("%d addresses", ended)
	if ended == 1 {
		what = "1 address"
	}
	_, err = fmt.Fprintf(std.out, "%s of %s revoked\n", what, c.ID)
	return err
}

type heartbeatList struct{ configFlag }

// Help gives an example.
func (heartbeatList) Help() string { return "Example: daymark heartbeat list" }

// Run prints the heartbeats.
func (c *heartbeatList) Run(ctx context.Context, std streams, logging *logOptions) error {
	var rows []heartbeatRow
	err := heartbeatCommand(ctx, std, logging, c.Config, "list", heartbeatOrder{}, &rows,
		func(o *operations, ctx context.Context, _ heartbeatOrder) ([]heartbeatRow, error) {
			return o.listHeartbeats(ctx)
		})
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		_, err := fmt.Fprintln(std.out, "The configuration has no heartbeats.")
		return err
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tCOMPONENT\tDUE\tGRACE\tLAST CALL\tNEXT DUE BY\tADDRESSES") // Flush tells of any fault
	when := func(at time.Time, never string) string {
		if at.IsZero() {
			return never
		}
		return at.Local().Format("2006-01-02 15:04:05 MST")
	}
	for _, row := range rows {
		addresses := fmt.Sprint(row.Addresses)
		switch {
		case row.Addresses == 0:
			addresses = "none: daymark heartbeat create " + row.ID
		case !row.Ends.IsZero():
			addresses += ", the old until " + when(row.Ends, "")
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", // as above
			row.ID, row.Component, row.Due, row.Grace, when(row.Called, "never"), when(row.Next, "not awaited"), addresses)
	}
	return table.Flush()
}

// heartbeatCommand asks the running server, or does it itself when none runs.
func heartbeatCommand[T any](ctx context.Context, std streams, logging *logOptions, path, word string, order heartbeatOrder, answer *T,
	do func(*operations, context.Context, heartbeatOrder) (T, error),
) error {
	doc, err := loadConfig(path)
	if err != nil {
		return tellFaults(std, err)
	}
	err = orderHeartbeat(ctx, doc, word, order, answer)
	if errors.Is(err, errNoServer) {
		err = withEngine(ctx, path, std, logging, func(o *operations) (err error) {
			*answer, err = do(o, ctx, order)
			return err
		})
	}
	return err
}

func orderHeartbeat(ctx context.Context, doc *config.Document, word string, order heartbeatOrder, answer any) error {
	body, err := json.Marshal(order)
	if err != nil {
		return fmt.Errorf("write down what is asked: %w", err)
	}
	return callControl(ctx, doc.Server.Data, "/heartbeats/"+word, body, answer)
}

// printAddress prints the address alone, for scripts, and tells people beside
// it what to do with it.
func printAddress(std streams, address string) error {
	if _, err := fmt.Fprintln(std.out, address); err != nil {
		return err
	}
	_, err := fmt.Fprintf(std.err, `It is shown this once: only a hash is kept. Let the job call it when it has ended well:

  curl -fsS -m 10 --retry 3 %[1]s

or tell its start, and its end with exit code and the end of its log:

  curl -fsS -m 10 --retry 3 %[1]s/start
  ./job > job.log 2>&1; curl -fsS -m 10 --retry 3 --data-binary @job.log %[1]s/$?
`, address)
	return err
}
