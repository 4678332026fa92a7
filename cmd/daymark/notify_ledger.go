package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"daymark/notify"
)

type notifyLedger struct {
	configFlag
	Incident string `arg:"" help:"The incident."`
	Channel  string `help:"Only by this channel." placeholder:"CHANNEL"`
	State    string `help:"Only those that stand so, such as dead or undelivered." placeholder:"STATE"`
	Counts   bool   `help:"Only how many stand where."`
	JSON     bool   `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (notifyLedger) Help() string {
	return `Staff stand first, then each subscriber with what they were told, the oldest first. It works whether the server runs or
not, and shows addresses whole.

Example: daymark notify ledger mx4pg8n4n7vc --state undelivered`
}

// Run reads in parts, so that no ledger is too long.
func (c *notifyLedger) Run(ctx context.Context, std streams, logging *logOptions) error {
	order := ledgerOrder{Query: notify.LedgerQuery{Incident: c.Incident, Channel: c.Channel, State: notify.State(c.State)}}
	var all ledger
	for {
		var part ledger
		err := ask(ctx, c.configFlag, std, logging, "/deliveries/ledger", order, &part, func(o *operations) (err error) {
			part, err = o.ledger(ctx, order)
			return err
		})
		if err != nil {
			return err
		}
		all.Counts = part.Counts
		if c.Counts {
			break
		}
		all.Rows = append(all.Rows, part.Rows...)
		if len(part.Rows) < ledgerPart {
			break
		}
		order.Query.After = part.Rows[len(part.Rows)-1].At()
	}
	if c.JSON {
		return printJSON(std.out, all)
	}
	return c.print(std, &all)
}

func (c *notifyLedger) print(std streams, all *ledger) error {
	if len(all.Counts) == 0 {
		_, err := fmt.Fprintln(std.out, "nobody was to be told of it")
		return err
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	rows := []string{"CHANNEL\tSTATE\tCOUNT"}
	for _, count := range all.Counts {
		rows = append(rows, fmt.Sprintf("%s\t%s\t%d", count.Channel, count.State, count.Count))
	}
	if len(all.Rows) > 0 {
		rows = append(rows, "", "ID\tUPDATE\tWHO\tCHANNEL\tSTATE\tSINCE\tATTEMPTS\tWHY")
	}
	for i := range all.Rows {
		r := &all.Rows[i]
		rows = append(rows, strings.Join([]string{
			r.ID, whatOf(r), printable(cmp.Or(r.Address, r.Name)), r.Channel, string(r.State), timeText(r.Changed), fmt.Sprint(r.Attempts), shortened(printable(cmp.Or(r.Reason, inMessageOf(r)))),
		}, "\t"))
	}
	if _, err := fmt.Fprintln(table, strings.Join(rows, "\n")); err != nil {
		return fmt.Errorf("print the ledger: %w", err)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the ledger: %w", err)
	}
	return nil
}

// inMessageOf says in whose message a delivery went; "" for its own.
func inMessageOf(r *notify.LedgerRow) string {
	if r.Carrier == "" || r.Carrier == r.ID {
		return ""
	}
	return "in the message of " + r.Carrier
}

// whatOf says what a delivery tells.
func whatOf(r *notify.LedgerRow) string {
	if r.Update > 0 {
		return fmt.Sprint(r.Update)
	}
	return shortened(printable(r.Title))
}

type notifyDelivery struct {
	configFlag
	ID   string `arg:"" help:"The delivery."`
	JSON bool   `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (notifyDelivery) Help() string {
	return "Example: daymark notify delivery mx4pg8n4n7vc-mhwz4k1q0c2f9a7b31"
}

// Run tells the story.
func (c *notifyDelivery) Run(ctx context.Context, std streams, logging *logOptions) error {
	order := ledgerOrder{ID: c.ID}
	var story notify.DeliveryStory
	err := ask(ctx, c.configFlag, std, logging, "/deliveries/show", order, &story, func(o *operations) (err error) {
		story, err = o.delivery(ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, story)
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	line := func(parts ...string) {
		_, _ = fmt.Fprintln(table, strings.Join(parts, "\t")) // Flush tells of any fault
	}
	line("delivery", story.ID)
	line("incident", cmp.Or(story.Incident, "none"))
	line("tells", cmp.Or(printable(story.Title), fmt.Sprintf("update %d", story.Update)))
	line("to", printable(strings.TrimSpace(story.Name+" "+story.Address)), "by "+story.Channel)
	line("queued", timeText(story.Created), "wanted until "+timeText(story.Expires))
	for _, e := range story.Events {
		line(string(e.State), timeText(e.At), printable(e.Reason), cmp.Or(e.Provider, e.Successor))
	}
	if n := len(story.Events); n == 0 || story.Events[n-1].State != story.State {
		line(string(story.State), timeText(story.Changed), printable(story.Reason), story.Provider)
	}
	for _, id := range story.Together {
		line("in one message with", id)
	}
	if story.Again != "" {
		line("repeats", story.Again)
	}
	for _, id := range story.Copies {
		line("repeated by", id)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the delivery: %w", err)
	}
	return nil
}

type notifyResend struct {
	configFlag
	ID    string `arg:"" help:"The delivery."`
	Again bool   `help:"Send it even where they may have it already."`
}

// Help gives an example.
func (notifyResend) Help() string {
	return `It goes out as a new delivery that names the first. Where the first may have arrived, --again says that a second copy is
meant. What waits to be sent, what a newer update replaced and what nobody is to hear of is not sent.

Example: daymark notify resend mx4pg8n4n7vc-mhwz4k1q0c2f9a7b31`
}

// Run queues it.
func (c *notifyResend) Run(ctx context.Context, std streams, logging *logOptions) error {
	order := ledgerOrder{ID: c.ID, Second: c.Again}
	var made string
	err := ask(ctx, c.configFlag, std, logging, "/deliveries/resend", order, &made, func(o *operations) (err error) {
		made, err = o.resendByCommand(ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s is queued\n", made)
	return err
}
