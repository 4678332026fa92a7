package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"daymark/incident"
	"daymark/internal/expression"
)

type silenceCommands struct {
	Set  silenceSet  `cmd:"" help:"Let what is found of a check or a component call nobody until a time."`
	End  silenceEnd  `cmd:"" help:"End a silence before its time."`
	List silenceList `cmd:"" help:"List the silences that last."`
}

// Help gives an example.
func (silenceCommands) Help() string {
	return "Example: daymark silence set --check api-health --for 2h --reason 'the supplier works on it' --as ana"
}

// silenceTarget is what is silenced.
type silenceTarget struct {
	Check     string `help:"A check, by its id." xor:"of" required:"" placeholder:"ID"`
	Component string `help:"A component, by its id: all that it is measured by." xor:"of" required:"" placeholder:"ID"`
}

type silenceSet struct {
	actFlags
	silenceTarget
	For    string `help:"How long from now, such as 2h; 7d at most." required:"" placeholder:"TIME"`
	Reason string `help:"Why." required:""`
}

// Help gives an example.
func (silenceSet) Help() string {
	return `Runs go on, and what they say is kept and shown. But it opens no incident and calls nobody until the silence ends, by
itself at its time; what still fails then is an incident. An incident that is open goes on.

Example: daymark silence set --component payments --for 2h --reason 'the supplier works on it' --as ana`
}

// Run gives the command.
func (c *silenceSet) Run(ctx context.Context, std streams, logging *logOptions) error {
	lasts, err := expression.ParseDuration(c.For)
	if err != nil {
		return usageError{fmt.Errorf("--for: %w", err)}
	}
	if lasts <= 0 {
		return usageError{errors.New("--for is longer than nothing")}
	}
	return c.give(ctx, std, logging, incident.SetSilence{Check: c.Check, Component: c.Component, Until: time.Now().Add(lasts).UTC(), Reason: c.Reason})
}

type silenceEnd struct {
	actFlags
	silenceTarget
}

// Help gives an example.
func (silenceEnd) Help() string { return "Example: daymark silence end --check api-health --as ana" }

// Run gives the command.
func (c *silenceEnd) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.EndSilence{Check: c.Check, Component: c.Component})
}

type silenceList struct {
	configFlag
	JSON bool `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (silenceList) Help() string { return "Example: daymark silence list" }

// Run lists them.
func (c *silenceList) Run(ctx context.Context, std streams, logging *logOptions) error {
	var found []silenceTold
	err := ask(ctx, c.configFlag, std, logging, "/silences", struct{}{}, &found, func(o *operations) (err error) {
		found, err = o.listSilences(ctx, struct{}{})
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, found)
	}
	return printSilences(std.out, found)
}

func printSilences(w io.Writer, found []silenceTold) error {
	if len(found) == 0 {
		_, err := fmt.Fprintln(w, "nothing is silenced")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(table, "COMPONENT\tCHECK\tUNTIL\tBY\tREASON"); err != nil {
		return err
	}
	for _, s := range found {
		check := s.Check
		if check == "" {
			check = "all"
		}
		if _, err := fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", s.Component, check, s.Until.UTC().Format(time.RFC3339), s.By, s.Reason); err != nil {
			return err
		}
	}
	return table.Flush()
}

// silenceTold is a silence as commands list it.
type silenceTold struct {
	ID        string    `json:"id"`
	Check     string    `json:"check,omitempty"`
	Component string    `json:"component"`
	Reason    string    `json:"reason"`
	By        string    `json:"by"`
	Began     time.Time `json:"began"`
	Until     time.Time `json:"until"`
}

func (o *operations) listSilences(ctx context.Context, _ struct{}) ([]silenceTold, error) {
	found, err := o.core.store.Silences(ctx, time.Now())
	if err != nil {
		return nil, err
	}
	told := []silenceTold{}
	for _, s := range found {
		told = append(told, silenceTold{s.ID, s.Check, s.Component, s.Reason, s.By, s.Began, s.Until})
	}
	return told, nil
}
