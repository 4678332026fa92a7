package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
	"daymark/store"
)

type stormCommands struct {
	Show    stormShow    `cmd:"" default:"withargs" help:"Say what the storm guard holds back."`
	Release stormRelease `cmd:"" help:"Let it go out now."`
	Drop    stormDrop    `cmd:"" help:"Keep it from going out."`
}

// Help gives an example.
func (stormCommands) Help() string {
	return `Beyond notify.storm.per_minute a minute, automatic updates wait for ten minutes, so that a person can look whether all is
really so bad. What people publish never waits. What was held for one reader on one channel goes out as one message, which
names each incident.

Example: daymark notify storm release --as ana`
}

type stormShow struct{ configFlag }

// Help gives an example.
func (stormShow) Help() string { return "Example: daymark notify storm" }

// Run shows through the running server, or directly when none runs.
func (c *stormShow) Run(ctx context.Context, std streams, logging *logOptions) error {
	var shown stormNow
	err := ask(ctx, c.configFlag, std, logging, "/notify/storm", true, &shown, func(o *operations) (err error) {
		shown, err = o.stormNow(ctx, true)
		return err
	})
	if err != nil {
		return err
	}
	text := "nothing is held back"
	if shown.Holds {
		text = fmt.Sprintf("%d messages are held back since %s, until %s", shown.Held, timeText(shown.Began), timeText(shown.Until))
	}
	_, err = fmt.Fprintln(std.out, text)
	return err
}

type stormRelease struct{ actFlags }

// Help gives an example.
func (stormRelease) Help() string {
	return "They go out at once, and nothing more is held until the storm would have ended by itself.\n\nExample: daymark notify storm release --as ana"
}

// Run releases.
func (c *stormRelease) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.endStorm(ctx, std, logging, store.Released)
}

type stormDrop struct{ actFlags }

// Help gives an example.
func (stormDrop) Help() string {
	return "Whoever was not told that something began is not told that it ended.\n\nExample: daymark notify storm drop --as ana"
}

// Run drops.
func (c *stormDrop) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.endStorm(ctx, std, logging, store.Dropped)
}

func (f *actFlags) endStorm(ctx context.Context, std streams, logging *logOptions, how string) error {
	question := stormEnd{How: how, Person: f.As}
	var n int
	err := ask(ctx, f.configFlag, std, logging, "/notify/storm/end", question, &n, func(o *operations) (err error) {
		n, err = o.endStorm(ctx, question)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%d messages were %s\n", n, how)
	return err
}

// stormNow is what the storm guard holds.
type stormNow struct {
	Holds bool      `json:"holds"`
	Held  int       `json:"held"`
	Began time.Time `json:"began"`
	Until time.Time `json:"until"`
}

func (o *operations) stormNow(ctx context.Context, _ bool) (stormNow, error) {
	s, err := o.core.store.Storm(ctx, o.core.now())
	if errors.Is(err, store.ErrNotFound) {
		return stormNow{}, nil
	}
	if err != nil {
		return stormNow{}, err
	}
	return stormNow{true, s.Held, s.Began, s.Until}, nil
}

type stormEnd struct {
	How    string `json:"how"`
	Person string `json:"person"` // who acts; "": the administrator of the machine
}

func (o *operations) endStorm(ctx context.Context, end stormEnd) (int, error) {
	by := incident.By{Person: end.Person, Via: "command line"}
	if end.Person != "" && o.doc.Person(end.Person) == nil {
		return 0, usageError{fmt.Errorf("there is no person %q in support.people of the configuration", end.Person)}
	}
	n, err := o.settleStorm(ctx, end.How, by.String())
	if errors.Is(err, store.ErrNotFound) {
		return 0, usageError{errors.New("the storm guard holds nothing back")}
	}
	return n, err
}

func (o *operations) settleStorm(ctx context.Context, how, by string) (int, error) {
	if how != store.Released && how != store.Dropped {
		return 0, usageError{fmt.Errorf("messages are released or dropped, and not %q", how)}
	}
	var n int
	act := incident.Act{Actor: by, Action: "held messages " + how, Object: "storm guard"}
	err := o.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, now time.Time) (err error) {
		n, err = tx.(*store.Tx).EndStorm(ctx, now, how, by)
		return err
	})
	return n, err
}

// staffStorms are the storms, as the console has them.
type staffStorms struct{ operations *operations }

// Storm implements console.Storms.
func (s staffStorms) Storm(ctx context.Context) (*console.Storm, error) {
	found, err := s.operations.core.store.Storm(ctx, s.operations.core.now())
	if err != nil {
		return nil, notFound(err)
	}
	return &console.Storm{Began: found.Began, Until: found.Until, Held: found.Held}, nil
}

// EndStorm implements console.Storms.
func (s staffStorms) EndStorm(ctx context.Context, who access.Principal, release bool) (int, error) {
	how := store.Dropped
	if release {
		how = store.Released
	}
	n, err := s.operations.settleStorm(ctx, how, who.Actor())
	return n, notFound(err)
}

func controlStorm(mux *http.ServeMux, o *operations) {
	mux.HandleFunc("POST /notify/storm", question(o.stormNow))
	mux.HandleFunc("POST /notify/storm/end", question(o.endStorm))
}
