package main

import (
	"context"
	"fmt"
	"time"

	"daymark/notify"
	"daymark/store"
)

type notifyCanary struct {
	configFlag
	JSON bool `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (notifyCanary) Help() string {
	return `For each address and number of notify.canary: when the last message was sent, and how long it took. It says what is timed:
an email to the address of notify.email.bounces up to its arrival, one elsewhere only until the mail server has taken it,
a text message until the phone has it.

Example: daymark notify canary`
}

// Run asks the running server, or looks directly when none runs.
func (c *notifyCanary) Run(ctx context.Context, std streams, logging *logOptions) error {
	var flown []canaryFlown
	err := ask(ctx, c.configFlag, std, logging, "/notify/canary", true, &flown, func(o *operations) (err error) {
		flown, err = o.canaryNow(ctx, true)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, flown)
	}
	if len(flown) == 0 {
		_, err = fmt.Fprintln(std.out, "no canary is sent: notify.canary names neither an email address nor a phone")
	}
	for i := range flown {
		if _, err = fmt.Fprint(std.out, flown[i].text()); err != nil {
			return err
		}
	}
	return err
}

// What is timed of a canary.
const (
	timedArrival    = "arrival"    // it is here, or on the phone
	timedAcceptance = "acceptance" // the mail server took it
)

// canaryFlown is the latest canary of a channel.
type canaryFlown struct {
	Channel  string     `json:"channel"`
	Address  string     `json:"address"`
	Timed    string     `json:"timed"` // arrival, or acceptance alone
	Delivery string     `json:"delivery,omitempty"`
	Sent     *time.Time `json:"sent"`
	Arrived  *time.Time `json:"arrived"`
	Seconds  *float64   `json:"seconds"` // from the one to the other
	Silent   *time.Time `json:"silent"`  // since when none arrives in time
}

func (o *operations) canaryNow(ctx context.Context, _ bool) ([]canaryFlown, error) {
	canary := o.doc.Notify.Canary
	flown := []canaryFlown{}
	for _, c := range []canaryFlown{{Channel: "email", Address: canary.Email}, {Channel: "sms", Address: canary.Phone}} {
		if c.Address == "" {
			continue
		}
		f, err := store.Canaries{Store: o.core.store}.Flight(ctx, c.Channel)
		if err != nil {
			return nil, fmt.Errorf("read the canary of %s: %w", c.Channel, err)
		}
		c.Timed = timedArrival
		if c.Channel == "email" && !o.doc.Notify.Email.SeesCanary(canary) {
			c.Timed = timedAcceptance
		}
		c.add(f)
		flown = append(flown, c)
	}
	return flown, nil
}

func (c *canaryFlown) add(f notify.Flight) {
	known := func(at time.Time) *time.Time {
		if at.IsZero() {
			return nil
		}
		return &at
	}
	c.Delivery, c.Sent, c.Arrived, c.Silent = f.Delivery, known(f.Sent), known(f.Arrived), known(f.Silent)
	if c.Sent != nil && c.Arrived != nil {
		took := f.Arrived.Sub(f.Sent).Seconds()
		c.Seconds = &took
	}
}

// text says it in lines for a person.
func (c *canaryFlown) text() string {
	did, notYet := "it arrived", "it has not arrived yet"
	if c.Timed == timedAcceptance {
		did, notYet = "the mail server took it", "the mail server has not taken it yet"
	}
	text := c.Channel + " to " + c.Address + ": "
	switch {
	case c.Sent == nil:
		text += "none was sent yet\n"
	case c.Arrived == nil:
		text += "sent " + timeText(*c.Sent) + "; " + notYet + "\n"
	default:
		text += fmt.Sprintf("sent %s; %s after %.3f s\n", timeText(*c.Sent), did, *c.Seconds)
	}
	if c.Timed == timedAcceptance {
		text += "  Only that the mail server takes it is timed: nobody sees it arrive there. notify.email.bounces.address as its address is seen.\n"
	}
	if c.Silent != nil {
		text += "  None arrives in time since " + timeText(*c.Silent) + ".\n"
	}
	return text
}
