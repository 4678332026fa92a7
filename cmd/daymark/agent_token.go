package main

import (
	"context"
	"errors"
	"fmt"
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
}

// Help gives an example.
func (agentTokenCommands) Help() string {
	return "Example: daymark agent token create --region eu-west"
}

type agentTokenCreate struct {
	configFlag
	Region string `help:"The region that the agent measures from." required:""`
}

// Help gives an example.
func (agentTokenCreate) Help() string {
	return `Only a hash of the token is kept: note it now. It works whether the server runs or not.

Example: daymark agent token create --region eu-west`
}

// Run makes the token through the running server, or directly when none runs.
func (c *agentTokenCreate) Run(ctx context.Context, std streams, logging *logOptions) error {
	doc, err := loadConfig(c.Config)
	if err != nil {
		return tellFaults(std, err)
	}
	var token string
	err = callControl(ctx, doc.Server.Data, "/agent-tokens", []byte(c.Region), &token)
	if errors.Is(err, errNoServer) {
		err = withEngine(ctx, c.Config, std, logging, func(o *operations) (err error) {
			token, err = o.createAgentToken(ctx, c.Region)
			return err
		})
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.out, token)
	return err
}
