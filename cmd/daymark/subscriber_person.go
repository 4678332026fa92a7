package main

import (
	"context"
	"fmt"

	"daymark/console"
)

// addressFlags name an address.
type addressFlags struct {
	configFlag
	Address string `arg:"" help:"The address."`
	Channel string `help:"Of which channel it is." enum:"email,sms,webhook,slack,teams,discord" default:"email"`
}

// act does something about the address and prints what came of it.
func (f *addressFlags) act(ctx context.Context, std streams, logging *logOptions, verb string, suppress bool) error {
	answer, err := f.tend(ctx, std, logging, console.SubscriberOrder{Verb: verb, Channel: f.Channel, Address: f.Address, Suppress: suppress})
	if err != nil {
		return err
	}
	if answer.Data != nil {
		return printJSON(std.out, answer.Data)
	}
	_, err = fmt.Fprintln(std.out, answer.Outcome)
	return err
}

type subscriberData struct{ addressFlags }

// Help gives an example.
func (subscriberData) Help() string {
	return `It is in the audit trail that this was done, without the address.

Example: daymark subscriber data sam@mail.example`
}

// Run prints it.
func (c *subscriberData) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.act(ctx, std, logging, console.ShowPerson, false)
}

type subscriberErase struct {
	addressFlags
	Never bool `help:"And never send anything to the address again: a hash of it stays."`
}

// Help gives an example.
func (subscriberErase) Help() string {
	return `The subscription with its address, and the address in what users reported. What was sent is still counted, though not to whom.

Example: daymark subscriber erase sam@mail.example --never`
}

// Run erases.
func (c *subscriberErase) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.act(ctx, std, logging, console.ErasePerson, c.Never)
}

type subscriberSuppress struct{ addressFlags }

// Help gives an example.
func (subscriberSuppress) Help() string {
	return `Its subscription, where there is one, ends. A hash of the address is kept.

Example: daymark subscriber suppress sam@mail.example`
}

// Run suppresses.
func (c *subscriberSuppress) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.act(ctx, std, logging, console.SuppressAddress, false)
}

type subscriberAllow struct{ addressFlags }

// Help gives an example.
func (subscriberAllow) Help() string {
	return `It is subscribed to nothing by that: its person may sign up again.

Example: daymark subscriber allow sam@mail.example`
}

// Run allows.
func (c *subscriberAllow) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.act(ctx, std, logging, console.AllowAddress, false)
}
