package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"daymark/incident"
)

type reviewCommands struct {
	List    reviewList    `cmd:"" help:"List the reviews with something left to do."`
	Draft   reviewDraft   `cmd:"" help:"Print a review as Markdown: what was written, and the facts."`
	Ask     reviewAsk     `cmd:"" help:"Ask for a review that no SLA asks for."`
	Write   reviewWrite   `cmd:"" help:"Write parts of a review."`
	Action  reviewAction  `cmd:"" help:"Add an action to a review."`
	Change  reviewChange  `cmd:"" help:"Give an action another owner or another date."`
	Done    reviewDone    `cmd:"" help:"Say that an action is done."`
	Sign    reviewSign    `cmd:"" help:"Sign a review off."`
	Publish reviewPublish `cmd:"" help:"Show visitors what was learned."`
	Actions reviewActions `cmd:"" help:"Export the actions of reviews as CSV, or as issues in Markdown."`
}

// Help gives an example.
func (reviewCommands) Help() string { return "Example: daymark review list" }

type reviewAsk struct {
	actFlags
	ID  string    `arg:"" help:"The incident, which ended a moment ago."`
	Due time.Time `help:"When the review is due." required:""`
}

// Help gives an example.
func (reviewAsk) Help() string {
	return "Example: daymark review ask mx4pg8n4n7vc --due 2026-12-09T12:00:00Z --as ana"
}

// Run gives the command.
func (c *reviewAsk) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.AskReview{Incident: c.ID, Due: c.Due})
}

type reviewWrite struct {
	actFlags
	ID      string  `arg:"" help:"The incident."`
	Summary *string `help:"What happened, in a few sentences."`
	Causes  *string `help:"What set it off, what lay under it, what let it through."`
	Well    *string `help:"What went well."`
	Badly   *string `help:"What went badly."`
	Luck    *string `help:"Where you had luck."`
	Users   int     `help:"How many users were affected; the review marks the number as given by hand." xor:"users"`
	NoUsers bool    `help:"Take the number of users back." xor:"users"`
	After   string  `help:"The state that you read, as review draft --state prints it: what would overwrite what somebody wrote since is refused." placeholder:"STATE"`
}

// Help gives an example.
func (reviewWrite) Help() string {
	return `A part that is left out stays as it was; one that is given empty is emptied.

Example: daymark review write mx4pg8n4n7vc --summary 'A key expired.' --causes 'Nobody watches the keys.' --as ana
Example: daymark review write mx4pg8n4n7vc --luck 'It was night.' --after "$(daymark review draft mx4pg8n4n7vc --state)" --as ana`
}

// Run gives the command.
func (c *reviewWrite) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.WriteReview{
		Incident: c.ID, Summary: c.Summary, Causes: c.Causes, Well: c.Well, Badly: c.Badly, Luck: c.Luck, Users: c.Users, NoUsers: c.NoUsers, After: c.After,
	})
}

type reviewAction struct {
	actFlags
	ID    string    `arg:"" help:"The incident."`
	Kind  string    `help:"What it is good for: prevent, detect, mitigate or process." enum:"prevent,detect,mitigate,process" required:""`
	Text  string    `help:"What is to be done." required:""`
	Owner string    `help:"Who does it." required:""`
	Due   time.Time `help:"Until when." required:""`
}

// Help gives an example.
func (reviewAction) Help() string {
	return "Example: daymark review action mx4pg8n4n7vc --kind detect --text 'watch keys' --owner chi --due 2026-12-09T12:00:00Z --as ana"
}

// Run gives the command.
func (c *reviewAction) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.AddAction{
		Incident: c.ID, Kind: incident.ActionKind(c.Kind), Text: c.Text, Owner: c.Owner, Due: c.Due,
	})
}

type reviewChange struct {
	actFlags
	ID     string    `arg:"" help:"The incident."`
	Number int       `arg:"" help:"The number of the action."`
	Owner  string    `help:"Who does it from now on."`
	Due    time.Time `help:"Until when."`
}

// Help gives an example.
func (reviewChange) Help() string {
	return `What is left out stays as it was. The review may be signed.

Example: daymark review change mx4pg8n4n7vc 1 --owner fay --due 2026-12-16T12:00:00Z --as ana`
}

// Run gives the command.
func (c *reviewChange) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.ChangeAction{Incident: c.ID, Number: c.Number, Owner: c.Owner, Due: c.Due})
}

type reviewDone struct {
	actFlags
	ID     string `arg:"" help:"The incident."`
	Number int    `arg:"" help:"The number of the action."`
}

// Help gives an example.
func (reviewDone) Help() string { return "Example: daymark review done mx4pg8n4n7vc 1 --as chi" }

// Run gives the command.
func (c *reviewDone) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.FinishAction{Incident: c.ID, Number: c.Number})
}

type reviewSign struct {
	actFlags
	ID string `arg:"" help:"The incident."`
}

// Help gives an example.
func (reviewSign) Help() string {
	return `Whoever was Support Lead of the incident does not sign its review off.

Example: daymark review sign mx4pg8n4n7vc --as dee`
}

// Run gives the command.
func (c *reviewSign) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.SignReview{Incident: c.ID})
}

type reviewPublish struct {
	actFlags
	ID       string `arg:"" help:"The incident."`
	Text     string `help:"What visitors read, in Markdown: an empty line between paragraphs, lists, links." required:"" xor:"text"`
	Withdraw bool   `help:"Take what they read off the page." required:"" xor:"text"`
}

// Help gives an example.
func (reviewPublish) Help() string {
	return `The text stands on the page of the incident. Given again, it replaces what was there; --withdraw takes it away.

Example: daymark review publish mx4pg8n4n7vc --text 'A key had expired. A job renews it now.' --as dee`
}

// Run gives the command.
func (c *reviewPublish) Run(ctx context.Context, std streams, logging *logOptions) error {
	if c.Withdraw {
		return c.give(ctx, std, logging, incident.WithdrawReview{Incident: c.ID})
	}
	return c.give(ctx, std, logging, incident.PublishReview{Incident: c.ID, Text: c.Text})
}

type reviewList struct {
	configFlag
	All bool `help:"Those that are over too."`
}

// Help gives an example.
func (reviewList) Help() string { return "Example: daymark review list --all" }

// Run lists through the running server, or directly when none runs.
func (c *reviewList) Run(ctx context.Context, std streams, logging *logOptions) error {
	reviews, err := askReviews(ctx, c.configFlag, std, logging, c.All)
	if err != nil {
		return err
	}
	if len(reviews) == 0 {
		_, err := fmt.Fprintln(std.out, "no review has anything left to do")
		return err
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	rows := []string{"INCIDENT\tSEVERITY\tDUE\tSIGNED BY\tACTIONS\tNAME"}
	for i := range reviews {
		r := &reviews[i]
		done := 0
		for _, a := range r.Actions {
			if !a.Done.IsZero() {
				done++
			}
		}
		rows = append(rows, strings.Join([]string{
			r.Incident, r.Severity.String(), timeText(r.Due), nobodyIs(r.SignedBy, "nobody yet"), fmt.Sprintf("%d of %d done", done, len(r.Actions)), printable(r.Name),
		}, "\t"))
	}
	_, _ = fmt.Fprintln(table, strings.Join(rows, "\n")) // Flush tells of any fault
	return table.Flush()
}

func askReviews(ctx context.Context, flag configFlag, std streams, logging *logOptions, all bool) (reviews []incident.Review, err error) {
	err = ask(ctx, flag, std, logging, "/reviews", all, &reviews, func(o *operations) (err error) {
		reviews, err = o.listReviews(ctx, all)
		return err
	})
	return reviews, err
}

func (o *operations) listReviews(ctx context.Context, all bool) ([]incident.Review, error) {
	return o.core.store.Reviews(ctx, all)
}

type reviewActions struct {
	configFlag
	As string `help:"csv, or issues: a heading and a text for each, in Markdown." enum:"csv,issues" default:"csv"`
}

// Help gives an example.
func (reviewActions) Help() string {
	return `All actions that are not done, of all reviews.

Example: daymark review actions --as issues`
}

// Run exports through the running server, or directly when none runs.
func (c *reviewActions) Run(ctx context.Context, std streams, logging *logOptions) error {
	reviews, err := askReviews(ctx, c.configFlag, std, logging, false)
	if err != nil {
		return err
	}
	if c.As == "csv" {
		return incident.WriteActionsCSV(std.out, reviews)
	}
	for i := range reviews {
		for _, a := range reviews[i].Actions {
			if !a.Done.IsZero() {
				continue
			}
			if _, err := fmt.Fprintln(std.out, reviews[i].Issue(&a)); err != nil {
				return fmt.Errorf("print the actions: %w", err)
			}
		}
	}
	return nil
}

type reviewDraft struct {
	configFlag
	ID    string `arg:"" help:"The incident."`
	State bool   `help:"Print instead what names its present state, for review write --after."`
}

// Help gives an example.
func (reviewDraft) Help() string {
	return `Times, effect, promises and timeline are those that Daymark knows; what people wrote stands in its place.

Example: daymark review draft mx4pg8n4n7vc > review.md`
}

// Run prints through the running server, or directly when none runs.
func (c *reviewDraft) Run(ctx context.Context, std streams, logging *logOptions) error {
	if c.State {
		return c.printState(ctx, std, logging)
	}
	var text string
	err := ask(ctx, c.configFlag, std, logging, "/reviews/draft", c.ID, &text, func(o *operations) (err error) {
		text, err = o.draftReview(ctx, c.ID)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(std.out, text)
	return err
}

func (c *reviewDraft) printState(ctx context.Context, std streams, logging *logOptions) error {
	var state string
	err := ask(ctx, c.configFlag, std, logging, "/reviews/state", c.ID, &state, func(o *operations) (err error) {
		state, err = o.reviewState(ctx, c.ID)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.out, state)
	return err
}

func (o *operations) reviewState(ctx context.Context, id string) (string, error) {
	review, err := o.core.store.Review(ctx, id)
	switch {
	case err != nil:
		return "", err
	case review == nil:
		return "", noReview(id)
	}
	return review.State(), nil
}

func noReview(id string) error {
	return usageError{fmt.Errorf("incident %s has no review: ask for one with `daymark review ask`", id)}
}
