package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"daymark/internal/expression"
)

type agentCommands struct {
	Run   agentRun           `cmd:"" default:"withargs" help:"Run a probe agent (the default)."`
	Token agentTokenCommands `cmd:"" help:"Look after agents' tokens."`
}

// Help gives an example.
func (agentCommands) Help() string {
	return "Example: daymark agent --server https://status.example.org --token-file token"
}

type agentTokenCommands struct {
	Create agentTokenCreate `cmd:"" help:"Make a token for an agent and print it, once."`
	List   agentTokenList   `cmd:"" help:"List the tokens: of which region, and which agent was heard by each."`
	Rotate agentTokenRotate `cmd:"" help:"Make a new token for an old one's region, which works for a while longer."`
	Revoke agentTokenRevoke `cmd:"" help:"End a token at once, and the connections that were made with it."`
}

// Help gives an example.
func (agentTokenCommands) Help() string {
	return "Example: daymark agent token create --region eu-west"
}

type agentTokenCreate struct {
	configFlag
	Region string `help:"The region that the agent measures from." required:""`
	Name   string `help:"What it is for, to know it again."`
}

// Help gives an example.
func (agentTokenCreate) Help() string {
	return `Only a hash of the token is kept: note it now. It works whether the server runs or not. Give each agent a token of its
own: it can then be replaced or revoked alone.

Example: daymark agent token create --region eu-west --name "Dublin, rack 4"`
}

// Run makes the token through the running server, or directly when none runs.
func (c *agentTokenCreate) Run(ctx context.Context, std streams, logging *logOptions) error {
	order := agentTokenOrder{Region: c.Region, Name: c.Name}
	var token string
	err := ask(ctx, c.configFlag, std, logging, "/agent-tokens/create", order, &token, func(o *operations) (err error) {
		token, err = o.orderAgentToken(ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.out, token)
	return err
}

type agentTokenRotate struct {
	configFlag
	ID      string `arg:"" help:"The id of the token."`
	Overlap string `help:"For how long the old token still works; 0 ends it at once." default:"1d" placeholder:"TIME"`
}

// Help gives an example.
func (agentTokenRotate) Help() string {
	return `Prints the new token, once. Give it to the agent and restart it before the overlap is over.

Example: daymark agent token rotate mhwz4k1q0c2f9a7b31 --overlap 2h`
}

// Run makes the new token and prints it.
func (c *agentTokenRotate) Run(ctx context.Context, std streams, logging *logOptions) error {
	overlap, err := expression.ParseDuration(c.Overlap)
	if err != nil {
		return usageError{fmt.Errorf("--overlap: %w", err)}
	}
	order := agentTokenOrder{ID: c.ID, Overlap: overlap}
	var token string
	err = ask(ctx, c.configFlag, std, logging, "/agent-tokens/rotate", order, &token, func(o *operations) (err error) {
		token, err = o.rotateAgentToken(ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.out, token)
	return err
}

type agentTokenRevoke struct {
	configFlag
	ID     string `arg:"" help:"The id of the token."`
	Reason string `help:"Why, for the audit trail." placeholder:"TEXT"`
}

// Help gives an example.
func (agentTokenRevoke) Help() string {
	return `An agent that was connected by it goes on by its last plan and keeps its results, which another token can deliver.

Example: daymark agent token revoke mhwz4k1q0c2f9a7b31 --reason "the machine was given back"`
}

// Run ends the token.
func (c *agentTokenRevoke) Run(ctx context.Context, std streams, logging *logOptions) error {
	order := agentTokenOrder{ID: c.ID, Reason: c.Reason}
	var ended string
	err := ask(ctx, c.configFlag, std, logging, "/agent-tokens/revoke", order, &ended, func(o *operations) (err error) {
		ended, err = o.revokeAgentToken(ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "the token of %s is revoked\n", printable(ended))
	return err
}

type agentTokenList struct {
	configFlag
	Region string `help:"Only tokens of this region."`
	JSON   bool   `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (agentTokenList) Help() string {
	return `The newest stand first. It works whether the server runs or not.

Example: daymark agent token list --region eu-west`
}

// Run lists the tokens.
func (c *agentTokenList) Run(ctx context.Context, std streams, logging *logOptions) error {
	order := agentTokenOrder{Region: c.Region}
	lines := []agentTokenLine{}
	err := ask(ctx, c.configFlag, std, logging, "/agent-tokens/list", order, &lines, func(o *operations) (err error) {
		lines, err = o.listAgentTokens(ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, lines)
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(std.out, "there is no token: daymark agent token create --region ID makes one")
		return err
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	rows := []string{"ID\tREGION\tNAME\tAGENT\tVERSION\tLAST HEARD\tSTATE"}
	for _, line := range lines {
		heard := "never"
		if !line.Heard.IsZero() {
			heard = timeText(line.Heard)
		}
		rows = append(rows, strings.Join([]string{
			line.ID, line.Region, printable(line.Name), printable(line.Agent), printable(line.Version), heard, line.State,
		}, "\t"))
	}
	if _, err := fmt.Fprintln(table, strings.Join(rows, "\n")); err != nil {
		return fmt.Errorf("print the tokens: %w", err)
	}
	return table.Flush()
}
