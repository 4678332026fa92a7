package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"daymark/console"
	"daymark/notify"
	"daymark/store"
)

type subscriberCommand struct {
	List     subscriberList     `cmd:"" help:"List subscribers, or count them."`
	Add      subscriberAdd      `cmd:"" help:"Add a subscriber."`
	End      subscriberEnd      `cmd:"" help:"End a subscription."`
	Import   subscriberImport   `cmd:"" help:"Add subscribers from a CSV file."`
	Export   subscriberExport   `cmd:"" help:"Print subscribers as CSV."`
	Data     subscriberData     `cmd:"" help:"Print all that is held about one address, for its person."`
	Erase    subscriberErase    `cmd:"" help:"Delete all that is held about one address."`
	Suppress subscriberSuppress `cmd:"" help:"Never send anything to an address again."`
	Allow    subscriberAllow    `cmd:"" help:"No longer leave an address alone."`
}

// Help gives an example.
func (subscriberCommand) Help() string { return "Example: daymark subscriber import people.csv" }

// configFlag names the configuration, wherever a command needs it.
type configFlag struct {
	Config string `help:"The configuration file." default:"daymark.yaml" type:"path" env:"DAYMARK_CONFIG"`
}

// tend does something about subscribers through the running server, or
// directly when none runs.
func (f configFlag) tend(ctx context.Context, std streams, logging *logOptions, order console.SubscriberOrder) (answer console.SubscriberAnswer, err error) {
	err = ask(ctx, f, std, logging, "/subscribers", order, &answer, func(o *operations) (err error) {
		answer, err = o.tendSubscribers(ctx, order)
		return err
	})
	return answer, err
}

type subscriberImport struct {
	configFlag
	File string `arg:"" help:"The CSV file." type:"path"`
}

// Help gives an example.
func (subscriberImport) Help() string {
	return `The first line names the columns: channel,address,name,confirmed,components,severity and, if wanted, updates, maintenance, language and incident.
channel is email, sms, webhook, slack, teams or discord; components are ids separated by spaces, all when empty;
severity is the least that is told, all when empty; updates is all or edges (beginning, worsening and end), edges for sms
and all for others when empty; maintenance is yes or no; language is one of the page's; incident is the only one that they hear of, all when empty.
What the file has no column for (maintenance, language, incident) stays as it is for those who are there already.
Who is not "confirmed" gets a message that asks to confirm it, and nothing else before. Somebody who has ended a
subscription, or is suppressed, stays out of it.

Example: daymark subscriber import people.csv`
}

// Run imports through the running server, or directly when none runs.
func (c *subscriberImport) Run(ctx context.Context, std streams, logging *logOptions) error {
	csv, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("read the subscribers: %w", err)
	}
	if len(csv) > maxImport {
		return usageError{fmt.Errorf("%s is larger than 8 MB: import it in parts", c.File)}
	}
	counts, err := c.tend(ctx, std, logging, console.SubscriberOrder{Verb: console.ImportSubscribers, CSV: string(csv)})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%d added, %d changed, %d left alone because they ended their subscription\n", counts.Added, counts.Changed, counts.Left)
	return err
}

// maxImport leaves room for what JSON makes of a file.
const maxImport = 8 << 20

type subscriberAdd struct {
	configFlag
	Address     string   `arg:"" help:"An email address, a phone number with its country code, or the https address of a webhook or a chat."`
	Channel     string   `help:"How they are told." enum:"email,sms,webhook,slack,teams,discord" default:"email"`
	Name        string   `help:"Their name."`
	Components  []string `help:"What they hear of; all when left out." placeholder:"ID,…"`
	Severity    string   `help:"The least that they hear of; all when left out." enum:",P1,P2,P3,P4" default:""`
	Every       bool     `help:"Every update, not only beginning, worsening and end."`
	Maintenance bool     `help:"Planned maintenance too."`
	Confirmed   bool     `help:"They agreed, and you can show it. Without it they get a message that asks them to confirm."`
}

// Help gives an example.
func (subscriberAdd) Help() string {
	return "Example: daymark subscriber add sam@mail.example --components checkout --maintenance"
}

// Run adds.
func (c *subscriberAdd) Run(ctx context.Context, std streams, logging *logOptions) error {
	answer, err := c.tend(ctx, std, logging, console.SubscriberOrder{
		Verb: console.AddSubscriber, Channel: c.Channel, Address: c.Address, Name: c.Name, Confirmed: c.Confirmed,
		Wishes: notify.Wishes{Components: c.Components, Severity: severityOf(c.Severity), Edges: !c.Every, Maintenance: c.Maintenance},
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.out, strings.TrimSpace(answer.Outcome+" "+answer.ID))
	return err
}

type subscriberEnd struct {
	configFlag
	ID       string `arg:"" help:"The subscriber, as list shows it."`
	Suppress bool   `help:"And never send anything to the address again."`
}

// Help gives an example.
func (subscriberEnd) Help() string { return "Example: daymark subscriber end mx4pg8n4n7vc" }

// Run ends it.
func (c *subscriberEnd) Run(ctx context.Context, std streams, logging *logOptions) error {
	_, err := c.tend(ctx, std, logging, console.SubscriberOrder{Verb: console.EndSubscriber, ID: c.ID, Suppress: c.Suppress})
	return err
}

type subscriberList struct {
	configFlag
	Channel string `help:"Only of this channel." placeholder:"CHANNEL"`
	State   string `help:"Only those that are pending, confirmed or ended." enum:",pending,confirmed,ended" default:""`
	Counts  bool   `help:"Only count them."`
}

// Help gives an example.
func (subscriberList) Help() string {
	return "Example: daymark subscriber list --state pending"
}

// subscriberQuestion is what a command asks of the list.
type subscriberQuestion struct {
	Channel string                   `json:"channel"`
	State   notify.SubscriptionState `json:"state"`
	After   string                   `json:"after"`
}

// subscriberPart is a part of the list, with the counts of all.
type subscriberPart struct {
	Subscribers []notify.Subscription   `json:"subscribers"`
	Counts      []store.SubscriberCount `json:"counts"`
}

// partOfSubscribers is how many are read at once.
const partOfSubscribers = 2000

func (o *operations) listSubscribers(ctx context.Context, q subscriberQuestion) (subscriberPart, error) {
	found, err := o.core.store.Subscriptions(ctx, store.SubscriberQuery{Channel: q.Channel, State: q.State, After: q.After, Most: partOfSubscribers})
	if err != nil {
		return subscriberPart{}, err
	}
	counts, err := o.core.store.CountSubscriptions(ctx)
	return subscriberPart{found, counts}, err
}

// subscribers reads the list, part by part.
func (f configFlag) subscribers(ctx context.Context, std streams, logging *logOptions, q subscriberQuestion) (all []notify.Subscription, counts []store.SubscriberCount, err error) {
	for {
		var part subscriberPart
		err := ask(ctx, f, std, logging, "/subscribers/list", q, &part, func(o *operations) (err error) {
			part, err = o.listSubscribers(ctx, q)
			return err
		})
		if err != nil {
			return nil, nil, err
		}
		all = append(all, part.Subscribers...)
		if len(part.Subscribers) < partOfSubscribers {
			return all, part.Counts, nil
		}
		q.After = all[len(all)-1].ID
	}
}

// Run lists through the running server, or directly when none runs.
func (c *subscriberList) Run(ctx context.Context, std streams, logging *logOptions) error {
	all, counts, err := c.subscribers(ctx, std, logging, subscriberQuestion{Channel: c.Channel, State: notify.SubscriptionState(c.State)})
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	rows := []string{"CHANNEL\tSTATE\tCOUNT"}
	if c.Counts {
		for _, n := range counts {
			rows = append(rows, fmt.Sprintf("%s\t%s\t%d", n.Channel, n.State, n.Count))
		}
	} else {
		rows = []string{"ID\tCHANNEL\tSTATE\tADDRESS\tNAME\tABOUT"}
		for i := range all {
			s := &all[i]
			about := strings.Join(s.Components, " ")
			if s.Incident != "" {
				about = "incident " + s.Incident
			}
			rows = append(rows, strings.Join([]string{s.ID, s.Channel, string(s.State()), printable(s.Address), printable(s.Name), about}, "\t"))
		}
	}
	_, _ = fmt.Fprintln(table, strings.Join(rows, "\n")) // Flush tells of any fault
	return table.Flush()
}

type subscriberExport struct {
	configFlag
}

// Help gives an example.
func (subscriberExport) Help() string {
	return `Those who ended are not in it. import reads it again.

Example: daymark subscriber export > people.csv`
}

// Run exports.
func (c *subscriberExport) Run(ctx context.Context, std streams, logging *logOptions) error {
	all, _, err := c.subscribers(ctx, std, logging, subscriberQuestion{})
	if err != nil {
		return err
	}
	text, err := notify.WriteSubscribers(all)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(std.out, text)
	return err
}
