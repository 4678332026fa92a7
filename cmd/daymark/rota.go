package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"daymark/config"
	"daymark/support"
)

type rotaCommands struct {
	Show     rotaShow     `cmd:"" help:"Say who is on call, and until when."`
	Calendar rotaCalendar `cmd:"" help:"Print a person's turns as iCalendar."`
	Report   rotaReport   `cmd:"" help:"Print the hours on call of a month as CSV."`
	Swap     rotaSwap     `cmd:"" help:"Give a turn, or part of it, to somebody else."`
	Accept   rotaAccept   `cmd:"" help:"Take a turn that was offered."`
	Withdraw rotaWithdraw `cmd:"" help:"Take a swap back."`
	Swaps    rotaSwaps    `cmd:"" help:"List the swaps that are not over."`
	Handover rotaHandover `cmd:"" help:"Print the note for the next hand-over as Markdown."`
}

// Help gives an example.
func (rotaCommands) Help() string { return "Example: daymark rota show" }

type rotaShow struct {
	configFlag
	Rota string `arg:"" optional:"" help:"The id of a rota; all of them when left out."`
	At   string `help:"Another time than now, in the rota's zone unless it names one." placeholder:"TIME"`
	JSON bool   `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (rotaShow) Help() string {
	return `UNTIL is when anybody comes or goes: by turn, swap, absence, or the hours of on-call.

Example: daymark rota show main --at 2026-12-24T09:00`
}

// standing is what is told of a rota.
type standing struct {
	Rota         string    `json:"rota"`
	At           time.Time `json:"at"`
	Lead         string    `json:"lead"` // ids; "" is nobody
	Engineer     string    `json:"engineer"`
	Until        time.Time `json:"until,omitzero"`
	NextLead     string    `json:"next_lead"`
	NextEngineer string    `json:"next_engineer"`
}

// Run prints who is on call.
func (c *rotaShow) Run(ctx context.Context, std streams, logging *logOptions) error {
	doc, rosters, err := rostersNow(ctx, c.configFlag, c.Rota, std, logging)
	if err != nil {
		return err
	}
	var all []standing
	lines := []string{"ROTA\tSUPPORT LEAD\tSUPPORT ENGINEER\tUNTIL\tTHEN LEAD\tTHEN ENGINEER"}
	for _, r := range rosters {
		at, err := atFlag(c.At, r.Zone())
		if err != nil {
			return err
		}
		s := r.Stand(at)
		all = append(all, standing{r.ID(), at, s.Now.Lead, s.Now.Engineer, s.Until, s.Next.Lead, s.Next.Engineer})
		until, lead, engineer := "no change in 400 days", "", ""
		if !s.Until.IsZero() {
			until, lead, engineer = zoned(s.Until, r.Zone()), reachable(doc, s.Next.Lead), reachable(doc, s.Next.Engineer)
		}
		lines = append(lines, strings.Join([]string{r.ID(), reachable(doc, s.Now.Lead), reachable(doc, s.Now.Engineer), until, lead, engineer}, "\t"))
	}
	if c.JSON {
		return printJSON(std.out, all)
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	_, err = fmt.Fprintln(table, strings.Join(lines, "\n"))
	if err = errors.Join(err, table.Flush()); err != nil {
		return fmt.Errorf("print the rotas: %w", err)
	}
	return nil
}

// reachable names a person and how to reach them.
func reachable(doc *config.Document, id string) string {
	p := doc.Person(id)
	if p == nil {
		return "nobody"
	}
	return printable(p.Name) + " (" + cmp.Or(p.Phone, p.Email) + ")"
}

type rotaCalendar struct {
	configFlag
	Person string `help:"The id of the person." required:"" placeholder:"ID"`
	Days   int    `help:"How many days ahead, 400 at most." default:"90" placeholder:"N"`
	Out    string `help:"A file to write into, in place of printing." placeholder:"FILE" type:"path"`
}

// Help gives an example.
func (rotaCalendar) Help() string {
	return `An event for each turn, with times in UTC. An event keeps its identity when it is made again, so that a calendar
program that reads the file anew changes it and adds none.

Example: daymark rota calendar --person ana > ana.ics`
}

// Run writes the calendar.
func (c *rotaCalendar) Run(ctx context.Context, std streams, logging *logOptions) error {
	doc, rosters, err := rostersNow(ctx, c.configFlag, "", std, logging)
	if err != nil {
		return err
	}
	if c.Days < 1 || time.Duration(c.Days)*24*time.Hour > support.Ahead {
		return usageError{errors.New("--days is from 1 to 400")}
	}
	agenda, err := agendaOf(doc, rosters, c.Person, c.Days, time.Now())
	if err != nil {
		return err
	}
	if c.Out == "" {
		return agenda.WriteICalendar(std.out)
	}
	return writeOut(c.Out, agenda.WriteICalendar)
}

// agendaOf prepares a person's turns of so many days.
func agendaOf(doc *config.Document, rosters []*support.Roster, person string, days int, now time.Time) (support.Agenda, error) {
	names := peopleNames(doc)
	if _, known := names[person]; !known {
		return support.Agenda{}, usageError{fmt.Errorf("there is no person %q in the configuration", person)}
	}
	return support.Agenda{Person: person, Name: names[person], Names: names, Rotas: rosters, From: now, To: now.AddDate(0, 0, days), Stamp: now}, nil
}

// writeOut writes a file anew.
func writeOut(path string, write func(io.Writer) error) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write into a file: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return write(file)
}

type rotaHandover struct {
	configFlag
	Rota string `arg:"" optional:"" help:"The id of a rota; may be left out where there is one alone."`
	At   string `help:"The hand-over after this time, in the rota's zone unless it names one; after now when left out." placeholder:"TIME"`
}

// Help gives an example.
func (rotaHandover) Help() string {
	return `It has the incidents that are open now, worst first, with what is promised next, warnings, and planned maintenance, of
the components whose owner is on this rota, and of those without an owner. It works whether the server runs or not.

Example: daymark rota handover main > handover.md`
}

// Run prints the note.
func (c *rotaHandover) Run(ctx context.Context, std streams, logging *logOptions) error {
	_, rosters, err := rostersOf(c.Config, c.Rota, std)
	if err != nil {
		return err
	}
	if len(rosters) > 1 {
		return usageError{fmt.Errorf("there are several rotas, %s: name one", rotaIDs(rosters))}
	}
	at, err := atFlag(c.At, rosters[0].Zone())
	if err != nil {
		return err
	}
	order, text := handoverOrder{Rota: rosters[0].ID(), At: at}, ""
	err = ask(ctx, c.configFlag, std, logging, "/rota/handover", order, &text, func(o *operations) (err error) {
		text, err = o.handover(ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(std.out, text)
	return err
}
