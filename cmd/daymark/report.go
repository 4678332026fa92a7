package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"daymark/incident"
	"daymark/store"
)

type reportCommands struct {
	File   reportFile   `cmd:"" help:"Write down what a user reports."`
	List   reportList   `cmd:"" help:"List the reports that wait."`
	Show   reportShow   `cmd:"" help:"Show a report and what its reporter was told."`
	Triage reportTriage `cmd:"" help:"Say what a report is."`
	Answer reportAnswer `cmd:"" help:"Tell a reporter something, and close the report where it is over."`
}

// Help gives an example.
func (reportCommands) Help() string { return "Example: daymark report list" }

type reportFile struct {
	actFlags
	Component string `arg:"" help:"The component that it is about."`
	Text      string `help:"What the user says." required:""`
	Contact   string `help:"How to reach the user."`
}

// Help gives an example.
func (reportFile) Help() string {
	return `It belongs to the open incident of the component, where there is one. So many within so long as reports.raise says ask
the Support Lead on call for an incident; who reports twice counts once.

Example: daymark report file payments --text 'my transfer hangs' --contact ann@example.org --as ana`
}

// Run gives the command.
func (c *reportFile) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.FileReport{Component: c.Component, Text: c.Text, Contact: c.Contact})
}

type reportTriage struct {
	actFlags
	ID          string `arg:"" help:"The report."`
	Priority    string `help:"P1 to P4, of one that is ours." enum:",P1,P2,P3,P4" default:"" xor:"is" required:""`
	DuplicateOf string `help:"Another report that says the same." xor:"is" required:""`
	NotOurs     bool   `help:"It is no problem of ours." xor:"is" required:""`
	Incident    string `help:"The incident that it belongs to."`
	Answer      string `help:"What the reporter is told; without it what follows from the rest."`
}

// Help gives an example.
func (reportTriage) Help() string {
	return "Example: daymark report triage mx4pg8n4n7vc --priority P3 --incident mx4pg8n4j3bb --as ana"
}

// Run gives the command.
func (c *reportTriage) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.TriageReport{
		Report: c.ID, Priority: severityOf(c.Priority), DuplicateOf: c.DuplicateOf, NotOurs: c.NotOurs, Incident: c.Incident, Answer: c.Answer,
	})
}

type reportAnswer struct {
	actFlags
	ID    string `arg:"" help:"The report."`
	Text  string `help:"What the reporter is told." required:""`
	Close bool   `help:"It is over."`
}

// Help gives an example.
func (reportAnswer) Help() string {
	return "Example: daymark report answer mx4pg8n4n7vc --text 'The queue moves again.' --close --as ana"
}

// Run gives the command.
func (c *reportAnswer) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.AnswerReport{Report: c.ID, Text: c.Text, Close: c.Close})
}

type reportList struct {
	configFlag
	All bool `help:"Those that are closed too."`
}

// Help gives an example.
func (reportList) Help() string { return "Example: daymark report list --all" }

// mostReports is how many a list has at most, where those that are closed are
// in it.
const mostReports = 500

// Run lists through the running server, or directly when none runs.
func (c *reportList) Run(ctx context.Context, std streams, logging *logOptions) error {
	var reports []incident.Report
	err := ask(ctx, c.configFlag, std, logging, "/reports", c.All, &reports, func(o *operations) (err error) {
		reports, err = o.listReports(ctx, c.All)
		return err
	})
	if err != nil {
		return err
	}
	if len(reports) == 0 {
		_, err := fmt.Fprintln(std.out, "no report waits")
		return err
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	rows := []string{"ID\tTIME\tDUE\tSTATE\tCOMPONENT\tINCIDENT\tTEXT"}
	for i := range reports {
		r := &reports[i]
		rows = append(rows, strings.Join([]string{
			r.ID, timeText(r.At), timeText(r.Due), strings.TrimSpace(string(r.State) + " " + r.Priority.String()), r.Component, r.Incident, shortened(printable(r.Text)),
		}, "\t"))
	}
	_, _ = fmt.Fprintln(table, strings.Join(rows, "\n")) // Flush tells of any fault
	return table.Flush()
}

func (o *operations) listReports(ctx context.Context, all bool) ([]incident.Report, error) {
	query := store.ReportQuery{All: all, Most: mostReports}
	if !all {
		query.Most = incident.MaxReports // all that wait
	}
	return o.core.store.Reports(ctx, query)
}

type reportShow struct {
	configFlag
	ID string `arg:"" help:"The report."`
}

// Help gives an example.
func (reportShow) Help() string { return "Example: daymark report show mx4pg8n4n7vc" }

// Run shows through the running server, or directly when none runs.
func (c *reportShow) Run(ctx context.Context, std streams, logging *logOptions) error {
	var answers []incident.Answer
	err := ask(ctx, c.configFlag, std, logging, "/reports/answers", c.ID, &answers, func(o *operations) (err error) {
		answers, err = o.showReport(ctx, c.ID)
		return err
	})
	if err != nil {
		return err
	}
	for _, a := range answers {
		if _, err := fmt.Fprintf(std.out, "%s  %s  %s  %s\n", timeText(a.At), a.State, answeredBy(&a), printable(a.Text)); err != nil {
			return fmt.Errorf("print the report: %w", err)
		}
	}
	return nil
}

// answeredBy names who wrote an answer.
func answeredBy(a *incident.Answer) string {
	if a.Reporter {
		return "the reporter"
	}
	return nobodyIs(a.By, "Daymark")
}

// showReport gives what a reporter was told; there is always something.
func (o *operations) showReport(ctx context.Context, id string) ([]incident.Answer, error) {
	answers, err := o.core.store.Answers(ctx, id)
	if err == nil && len(answers) == 0 {
		err = usageError{fmt.Errorf("there is no report %q", id)}
	}
	return answers, err
}
