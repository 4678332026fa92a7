package main

import (
	"context"

	"daymark/incident"
)

type componentCommands struct {
	Set   componentSet   `cmd:"" help:"Set the status of a component by hand."`
	Clear componentClear `cmd:"" help:"Leave the status of a component to its checks again."`
}

// Help gives an example.
func (componentCommands) Help() string {
	return "Example: daymark component set sign-in degraded_performance --reason 'support hears of it' --as ana"
}

type componentSet struct {
	actFlags
	ID     string `arg:"" help:"The component."`
	Status string `arg:"" help:"operational, degraded_performance, partial_outage or major_outage." enum:"operational,degraded_performance,partial_outage,major_outage"`
	Locked bool   `help:"Keep it until it is cleared; else it stands until the checks say something new."`
	Reason string `help:"Why." required:""`
}

// Help gives an example.
func (componentSet) Help() string {
	return "Example: daymark component set sign-in operational --locked --reason 'the check is wrong' --as ana"
}

// Run gives the command.
func (c *componentSet) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.SetStatus{Component: c.ID, Status: incident.Status(c.Status), Locked: c.Locked, Reason: c.Reason})
}

type componentClear struct {
	actFlags
	ID string `arg:"" help:"The component."`
}

// Help gives an example.
func (componentClear) Help() string { return "Example: daymark component clear sign-in --as ana" }

// Run gives the command.
func (c *componentClear) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.ClearStatus{Component: c.ID})
}
