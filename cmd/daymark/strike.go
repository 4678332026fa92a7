package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"text/tabwriter"
	"time"

	"daymark/incident"
)

type strikeCommands struct {
	Out  strikeOut  `cmd:"" help:"Strike out what a check said in a time."`
	List strikeList `cmd:"" help:"List the false alarms of a check that were struck out."`
	Undo strikeUndo `cmd:"" help:"Let what was struck out count again."`
}

// Help gives an example.
func (strikeCommands) Help() string {
	return "Example: daymark strike out api-health --from 2026-11-27T13:00 --until 2026-11-27T13:20 --reason 'our own proxy' --as ana"
}

type strikeOut struct {
	actFlags
	Check  string `arg:"" help:"The check, by its id."`
	From   string `help:"Runs that were due then or later, in the page's zone unless it names one." required:"" placeholder:"TIME"`
	Until  string `help:"And before this time, 24 hours later at most; now when left out." placeholder:"TIME"`
	Region string `help:"In this region alone, by its id; in all when left out." placeholder:"ID"`
	Reason string `help:"Why it was a false alarm." required:""`
}

// Help gives an example.
func (strikeOut) Help() string {
	return `For a false alarm: something of ours failed, and not the target. The runs of that time that failed or were degraded count as such
that could not tell, in figures, objectives and downtime; those too that come late. They stay visible, with who struck them
out and why. It prints the id by which it is undone.

Example: daymark strike out api-health --from 2026-11-27T13:00 --until 2026-11-27T13:20 --reason 'our own proxy' --as ana`
}

// Run strikes out.
func (c *strikeOut) Run(ctx context.Context, std streams, logging *logOptions) error {
	zone, err := pageZone(c.Config, std)
	if err != nil {
		return err
	}
	order := strikeOrder{Person: c.As, Check: c.Check, Region: c.Region, Reason: c.Reason}
	if order.From, err = momentFlag("--from", c.From, zone); err != nil {
		return err
	}
	if order.Until, err = momentFlag("--until", c.Until, zone); err != nil {
		return err
	}
	return c.orderStrike(ctx, std, logging, "/strikes/out", order, (*operations).strikeOut)
}

type strikeUndo struct {
	actFlags
	ID string `arg:"" help:"Of what was struck out, as list has it."`
}

// Help gives an example.
func (strikeUndo) Help() string {
	return "What another false alarm of that time takes stays struck out.\n\nExample: daymark strike undo xk2mb7ql0r5t --as ana"
}

// Run undoes.
func (c *strikeUndo) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.orderStrike(ctx, std, logging, "/strikes/undo", strikeOrder{Person: c.As, ID: c.ID}, (*operations).undoStrike)
}

func (f *actFlags) orderStrike(ctx context.Context, std streams, logging *logOptions, path string, order strikeOrder, do func(*operations, context.Context, strikeOrder) (string, error)) error {
	var made string
	err := ask(ctx, f.configFlag, std, logging, path, order, &made, func(o *operations) (err error) {
		made, err = do(o, ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.out, made)
	return err
}

type strikeList struct {
	configFlag
	Check string `arg:"" help:"The check, by its id."`
	JSON  bool   `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (strikeList) Help() string {
	return "The latest first, with those that were undone.\n\nExample: daymark strike list api-health"
}

// Run lists them.
func (c *strikeList) Run(ctx context.Context, std streams, logging *logOptions) error {
	var found []strikeTold
	err := ask(ctx, c.configFlag, std, logging, "/strikes", c.Check, &found, func(o *operations) (err error) {
		found, err = o.listStrikes(ctx, c.Check)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, found)
	}
	return printStrikes(std.out, c.Check, found)
}

func printStrikes(w io.Writer, check string, found []strikeTold) error {
	if len(found) == 0 {
		_, err := fmt.Fprintf(w, "nothing of %s is struck out\n", check)
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tFROM\tUNTIL\tREGION\tRUNS\tBY\tUNDONE\tREASON") // Flush tells
	for i := range found {
		s := &found[i]
		undone := "-"
		if s.Undone != nil {
			undone = timeText(*s.Undone)
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", s.ID, timeText(s.From), timeText(s.Until), cmp.Or(s.Region, "all"), s.Runs, s.By, undone, printable(s.Reason))
	}
	return table.Flush()
}

// strikesTold is how many list tells.
const strikesTold = 1000

// strikeTold is a false alarm as commands list it.
type strikeTold struct {
	ID       string     `json:"id"`
	Check    string     `json:"check"`
	Region   string     `json:"region,omitempty"`
	From     time.Time  `json:"from"`
	Until    time.Time  `json:"until"`
	Runs     int        `json:"runs"`
	Reason   string     `json:"reason"`
	By       string     `json:"by"`
	Made     time.Time  `json:"made"`
	Undone   *time.Time `json:"undone,omitempty"`
	UndoneBy string     `json:"undone_by,omitempty"`
}

// strikeOrder says what to strike out, or what to undo.
type strikeOrder struct {
	Person string    `json:"person"` // who acts; "": the administrator of the machine
	ID     string    `json:"id"`
	Check  string    `json:"check"`
	Region string    `json:"region"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"` // zero: now
	Reason string    `json:"reason"`
}

func (o *operations) strikeOut(ctx context.Context, order strikeOrder) (string, error) {
	by, err := o.byCommandLine(order.Person)
	if err != nil {
		return "", err
	}
	if order.Until.IsZero() {
		order.Until = o.core.now()
	}
	asked := incident.Strike{Check: order.Check, Region: order.Region, From: order.From, Until: order.Until, Reason: order.Reason}
	made, err := staffStrikes{o.core}.strikeOut(ctx, by.String(), by, "", asked)
	return made, refused(err)
}

func (o *operations) undoStrike(ctx context.Context, order strikeOrder) (string, error) {
	by, err := o.byCommandLine(order.Person)
	if err != nil {
		return "", err
	}
	made, err := staffStrikes{o.core}.undoStrike(ctx, by.String(), by, "", order.ID)
	return made, refused(err)
}

func (o *operations) listStrikes(ctx context.Context, check string) ([]strikeTold, error) {
	if o.doc.Check(check) == nil {
		return nil, usageError{fmt.Errorf("there is no check %q in the configuration", check)}
	}
	found, err := o.core.store.Strikes(ctx, check, strikesTold)
	if err != nil {
		return nil, err
	}
	told := []strikeTold{}
	for i := range found {
		s := &found[i]
		row := strikeTold{s.ID, s.Check, s.Region, s.From, s.Until, s.Runs, s.Reason, s.By, s.Made, nil, s.UndoneBy}
		if !s.Undone.IsZero() {
			row.Undone = &s.Undone
		}
		told = append(told, row)
	}
	return told, nil
}

func controlStrikes(mux *http.ServeMux, o *operations) {
	mux.HandleFunc("POST /strikes", question(o.listStrikes))
	mux.HandleFunc("POST /strikes/out", questionOf(maxCommand, o.strikeOut))
	mux.HandleFunc("POST /strikes/undo", question(o.undoStrike))
}
