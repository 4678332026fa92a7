package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"daymark/incident"
	"daymark/support"
)

type rotaSwap struct {
	actFlags
	Rota  string `arg:"" help:"The id of a rota."`
	Role  string `arg:"" help:"The place: lead or engineer." enum:"lead,engineer"`
	To    string `help:"Who takes it." required:"" placeholder:"PERSON"`
	Giver string `help:"Whose turn it is; who acts when left out." placeholder:"PERSON"`
	From  string `help:"From when, in the rota's zone unless it names one." required:"" placeholder:"TIME"`
	Until string `help:"Until when." required:"" placeholder:"TIME"`
	Note  string `help:"What the other should know."`
}

// Help gives an example.
func (rotaSwap) Help() string {
	return `Who acts gives a turn of their own, and the other accepts it. Without --as the administrator of this machine arranges the
swap for both, and it counts at once.

Example: daymark rota swap main lead --as ana --to chi --from 2026-12-24T09:00 --until 2026-12-25T09:00`
}

// Run gives the command.
func (c *rotaSwap) Run(ctx context.Context, std streams, logging *logOptions) error {
	_, found, err := rostersOf(c.Config, c.Rota, std)
	if err != nil {
		return err
	}
	from, err := momentFlag("--from", c.From, found[0].Zone())
	if err != nil {
		return err
	}
	until, err := momentFlag("--until", c.Until, found[0].Zone())
	if err != nil {
		return err
	}
	return c.give(ctx, std, logging, incident.OfferSwap{
		Rota: c.Rota, Role: support.Role(c.Role), Giver: c.Giver, Taker: c.To, From: from, To: until, Note: c.Note, Arranged: c.As == "", Others: c.As == "",
	})
}

type rotaAccept struct {
	actFlags
	ID string `arg:"" help:"The swap."`
}

// Help gives an example.
func (rotaAccept) Help() string { return "Example: daymark rota accept mwybc2teafyc --as chi" }

// Run gives the command.
func (c *rotaAccept) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.AcceptSwap{ID: c.ID, Others: c.As == ""})
}

type rotaWithdraw struct {
	actFlags
	ID string `arg:"" help:"The swap."`
}

// Help gives an example.
func (rotaWithdraw) Help() string {
	return `Of a swap that goes on, what is left is taken back.

Example: daymark rota withdraw mwybc2teafyc --as ana`
}

// Run gives the command.
func (c *rotaWithdraw) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.WithdrawSwap{ID: c.ID, Others: c.As == ""})
}

type rotaSwaps struct {
	configFlag
	All bool `help:"Those that are over, too."`
}

// Help gives an example.
func (rotaSwaps) Help() string { return "Example: daymark rota swaps" }

// Run lists through the running server, or directly when none runs.
func (c *rotaSwaps) Run(ctx context.Context, std streams, logging *logOptions) error {
	var swaps []incident.Swap
	err := ask(ctx, c.configFlag, std, logging, "/rota/swaps", struct{}{}, &swaps, func(o *operations) (err error) {
		swaps, err = o.swaps(ctx, struct{}{})
		return err
	})
	if err != nil {
		return err
	}
	now := time.Now()
	if !c.All {
		swaps = slices.DeleteFunc(swaps, func(s incident.Swap) bool { return !s.Ended.IsZero() || !s.To.After(now) })
	}
	if len(swaps) == 0 {
		_, err := fmt.Fprintln(std.out, "nobody swaps")
		return err
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	rows := []string{"ID\tROTA\tROLE\tGIVER\tTAKER\tFROM\tTO\tSTATE"}
	for i := range swaps {
		s := &swaps[i]
		rows = append(rows, strings.Join([]string{s.ID, s.Rota, string(s.Role), s.Giver, s.Taker, timeText(s.From), timeText(s.To), string(s.State(now))}, "\t"))
	}
	_, _ = fmt.Fprintln(table, strings.Join(rows, "\n")) // Flush tells of any fault
	return table.Flush()
}
