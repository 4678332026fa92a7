package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"daymark/access"
	"daymark/internal/expression"
)

type tokenCommands struct {
	Create tokenCreate `cmd:"" help:"Make a token for a person and print it, once."`
	Rotate tokenRotate `cmd:"" help:"Make a new token like an old one, which works for a while longer."`
	List   tokenList   `cmd:"" help:"List the tokens: whose they are, what they may, when they were used."`
	Revoke tokenRevoke `cmd:"" help:"End a token at once."`
}

// Help gives an example.
func (tokenCommands) Help() string {
	return `These are the tokens of people, for /api/v1. An agent's token is made by "daymark agent token create".

Example: daymark token create --person ana --role reader`
}

type tokenCreate struct {
	configFlag
	Person  string   `help:"Whose it is: an id of support.people." required:""`
	Role    string   `help:"What it acts as: reader, responder, editor or administrator, and at most its person's own role." required:""`
	Scope   []string `help:"Narrow it: read (only reading) or incidents (only work on incidents)." placeholder:"SCOPE"`
	Expires string   `help:"How long it works; 2y at most." default:"90d" placeholder:"TIME"`
	Name    string   `help:"What it is for, to know it again." default:"API"`
}

// Help gives an example.
func (tokenCreate) Help() string {
	return `Only a hash of the token is kept: note it now. It acts for its person: it ends when they leave the configuration, and
never does more than their role there allows. It works whether the server runs or not.

Example: daymark token create --person ana --role reader --scope read --expires 30d --name "weekly report"`
}

// Run makes the token and prints it.
func (c *tokenCreate) Run(ctx context.Context, std streams, logging *logOptions) error {
	life, err := expression.ParseDuration(c.Expires)
	if err != nil {
		return usageError{fmt.Errorf("--expires: %w", err)}
	}
	order := tokenOrder{Person: c.Person, Role: access.Role(c.Role), Name: c.Name, Life: life}
	for _, scope := range c.Scope {
		order.Scopes = append(order.Scopes, access.Scope(scope))
	}
	var made madeToken
	err = ask(ctx, c.configFlag, std, logging, "/tokens/create", order, &made, func(o *operations) (err error) {
		made, err = o.createAPIToken(ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	return printToken(std, made)
}

type tokenRotate struct {
	configFlag
	ID      string `arg:"" help:"The id of the token."`
	Overlap string `help:"For how long the old token still works; 0 ends it at once." default:"1d" placeholder:"TIME"`
}

// Help gives an example.
func (tokenRotate) Help() string {
	return "Example: daymark token rotate mhwz4k1q0c2f9a7b31 --overlap 2h"
}

// Run makes the new token and prints it.
func (c *tokenRotate) Run(ctx context.Context, std streams, logging *logOptions) error {
	overlap, err := expression.ParseDuration(c.Overlap)
	if err != nil {
		return usageError{fmt.Errorf("--overlap: %w", err)}
	}
	order := tokenOrder{ID: c.ID, Overlap: overlap}
	var made madeToken
	err = ask(ctx, c.configFlag, std, logging, "/tokens/rotate", order, &made, func(o *operations) (err error) {
		made, err = o.rotateAPIToken(ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	return printToken(std, made)
}

// printToken prints the token alone, for scripts, and tells people beside it
// what to do with it.
func printToken(std streams, made madeToken) error {
	if _, err := fmt.Fprintln(std.out, made.Secret); err != nil {
		return err
	}
	_, err := fmt.Fprintf(std.err, `It is shown this once: only a hash is kept. Its id is %s; it works until %s. Send it with each call:

  curl -fsS -H "Authorization: Bearer $TOKEN" …/api/v1/me
`, made.ID, timeText(made.Expires))
	return err
}

type tokenRevoke struct {
	configFlag
	ID     string `arg:"" help:"The id of the token."`
	Reason string `help:"Why, for the audit trail." placeholder:"TEXT"`
}

// Help gives an example.
func (tokenRevoke) Help() string {
	return `Example: daymark token revoke mhwz4k1q0c2f9a7b31 --reason "the laptop is lost"`
}

// Run ends the token.
func (c *tokenRevoke) Run(ctx context.Context, std streams, logging *logOptions) error {
	order := tokenOrder{ID: c.ID, Reason: c.Reason}
	var ended string
	err := ask(ctx, c.configFlag, std, logging, "/tokens/revoke", order, &ended, func(o *operations) (err error) {
		ended, err = o.revokeAPIToken(ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s is revoked\n", printable(ended))
	return err
}

type tokenList struct {
	configFlag
	Person string `help:"Only tokens of this person."`
	JSON   bool   `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (tokenList) Help() string {
	return `The newest stand first, those that have ended in the last 90 days included. It works whether the server runs or not.

Example: daymark token list --person ana`
}

// Run lists the tokens.
func (c *tokenList) Run(ctx context.Context, std streams, logging *logOptions) error {
	order := tokenOrder{Person: c.Person}
	lines := []tokenLine{}
	err := ask(ctx, c.configFlag, std, logging, "/tokens/list", order, &lines, func(o *operations) (err error) {
		lines, err = o.listAPITokens(ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, lines)
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(std.out, "there is no token: daymark token create --person ID --role reader makes one")
		return err
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	rows := []string{"ID\tNAME\tPERSON\tROLE\tONLY\tEXPIRES\tLAST USED\tSTATE"}
	for i := range lines {
		line := &lines[i]
		only, used := "-", "never"
		if len(line.Scopes) > 0 {
			only = strings.Trim(fmt.Sprint(line.Scopes), "[]")
		}
		if !line.LastUsed.IsZero() {
			used = timeText(line.LastUsed)
		}
		rows = append(rows, strings.Join([]string{
			line.ID, printable(line.Name), line.Person, string(line.Role), only, timeText(line.Expires), used, line.State,
		}, "\t"))
	}
	if _, err := fmt.Fprintln(table, strings.Join(rows, "\n")); err != nil {
		return fmt.Errorf("print the tokens: %w", err)
	}
	return table.Flush()
}
