package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"daymark/internal/lang"
	"daymark/internal/pause"
	"daymark/notify"
	"daymark/store"
)

type notifyCommands struct {
	Canary   notifyCanary   `cmd:"" help:"Say how the canary flies: what was sent to ourselves, and how long it took to arrive."`
	Delivery notifyDelivery `cmd:"" help:"Tell one delivery's whole story."`
	Ledger   notifyLedger   `cmd:"" help:"Say who was told of an incident, when, by which channel, how it ended and why not."`
	Preview  notifyPreview  `cmd:"" help:"Print what a subscriber would get of an incident now."`
	Resend   notifyResend   `cmd:"" help:"Send a delivery once more."`
	Storm    stormCommands  `cmd:"" help:"Look after what the storm guard holds back."`
	Test     notifyTest     `cmd:"" help:"Send a message to try a channel, and follow it to its end."`
}

// Help gives an example.
func (notifyCommands) Help() string {
	return "Example: daymark notify test --channel sms --to +447700900123"
}

type notifyPreview struct {
	configFlag
	ID       string `arg:"" help:"The incident."`
	Channel  string `help:"email, sms, webhook, slack, teams or discord." enum:"email,sms,webhook,slack,teams,discord" default:"email"`
	Language string `help:"As a reader of this language gets it: en, cy, fr, de, es or ar; the page's first when left out." placeholder:"TAG"`
	HTML     string `help:"Write the email as HTML into this file." type:"path" placeholder:"FILE"`
}

// Help gives an example.
func (notifyPreview) Help() string {
	return `What is printed is the latest update of the incident, as somebody who asked for every update would get it. Nothing is sent.

Example: daymark notify preview mx4pg8n4n7vc --channel email --html mail.html`
}

// Run asks the running server, or looks directly when none runs.
func (c *notifyPreview) Run(ctx context.Context, std streams, logging *logOptions) error {
	if c.HTML != "" && c.Channel != "email" {
		return usageError{errors.New("--html is for --channel email: other channels have no HTML")}
	}
	if c.Language != "" && lang.Find(c.Language) == nil {
		return usageError{fmt.Errorf("--language is %q: Daymark speaks %s", c.Language, strings.Join(lang.Tags(), ", "))}
	}
	question := previewAsked{Incident: c.ID, Channel: c.Channel, Language: c.Language}
	var shown preview
	err := ask(ctx, c.configFlag, std, logging, "/notify/preview", question, &shown, func(o *operations) (err error) {
		shown, err = o.previewMessage(ctx, question)
		return err
	})
	if err != nil {
		return err
	}
	if c.HTML != "" {
		if err := os.WriteFile(c.HTML, []byte(shown.HTML), 0o600); err != nil {
			return fmt.Errorf("write the email: %w", err)
		}
	}
	_, err = fmt.Fprintln(std.out, shown.Text)
	return err
}

type notifyTest struct {
	configFlag
	Channel string        `help:"email, sms or voice. It may be left out where --to is a staff channel." enum:"email,sms,voice," default:""`
	To      string        `help:"An email address, a phone number, or the id of a staff channel." required:""`
	Wait    time.Duration `help:"How long it is followed at most." default:"2m"`
}

// Help gives an example.
func (notifyTest) Help() string {
	return `The message goes through the outbox and the channel of the running server, as any other. Each state that it comes into
is printed: a text message or a call ends as delivered or undelivered, an email as accepted by the mail server, which
says nothing of whether it arrives.
The exit status is 1 where it was not accepted.

Example: daymark notify test --channel sms --to +447700900123
Example: daymark notify test --to ops-slack`
}

// Run sends through the running server.
func (c *notifyTest) Run(ctx context.Context, std streams) error {
	doc, err := loadConfig(c.Config)
	if err != nil {
		return tellFaults(std, err)
	}
	data := doc.Server.Data
	var made testMessage
	if err := askServer(ctx, data, "/notify/test", trialAsked{Channel: c.Channel, To: c.To}, &made); err != nil {
		if errors.Is(err, errNoServer) {
			return usageError{errors.New("no server runs with this configuration, and it is the server that sends: start it by `daymark serve`")}
		}
		return err
	}
	if _, err := fmt.Fprintf(std.out, "queued for %s as %s\n", made.Channel, made.Delivery); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	return c.follow(ctx, std, data, &made)
}

// follow prints each state of a trial until it is at its end.
func (c *notifyTest) follow(ctx context.Context, std streams, data string, made *testMessage) error {
	var last store.Flight
	for {
		var now store.Flight
		if err := askServer(ctx, data, "/notify/flight", made.Delivery, &now); err != nil && ctx.Err() == nil {
			return err
		} else if err == nil && (now.State != last.State || now.Reason != last.Reason) {
			text := string(now.State)
			if now.Reason != "" {
				text += ": " + now.Reason
			}
			if now.Provider != "" {
				text += " (" + now.Provider + ")"
			}
			if _, err := fmt.Fprintln(std.out, text); err != nil {
				return err
			}
			last = now
		}
		switch {
		case last.State == notify.Accepted && made.Channel == "email":
			_, err := fmt.Fprintln(std.out, "the mail server took it; whether it arrives is not seen from here")
			return err
		case ended(last.State, made.Channel) && (last.State == notify.Accepted || last.State == notify.Delivered):
			return nil
		case ended(last.State, made.Channel):
			return fmt.Errorf("it did not arrive: it is %s", last.State)
		}
		if pause.For(ctx, 300*time.Millisecond) == nil {
			continue
		}
		if last.State == notify.Accepted {
			_, err := fmt.Fprintln(std.out, "it is accepted, and no word came within", c.Wait, "whether it arrived")
			return err
		}
		return fmt.Errorf("it is %s after %s", last.State, c.Wait)
	}
}

// ended says whether a state is the last that is heard of.
func ended(state notify.State, channel string) bool {
	switch state {
	case notify.Delivered, notify.Undelivered, notify.Dead, notify.Expired, notify.Suppressed, notify.Superseded:
		return true
	case notify.Accepted:
		return channel != "sms" && channel != "voice" // those two tell more
	}
	return false
}

// askServer asks the running server; errNoServer where none runs.
func askServer(ctx context.Context, data, path string, question, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return fmt.Errorf("write the question: %w", err)
	}
	return callControl(ctx, data, path, body, answer)
}
