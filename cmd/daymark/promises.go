package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"daymark/incident"
)

type incidentPromises struct {
	configFlag
	From string `help:"From when, in the page's zone unless it names one; 30 days ago when left out." placeholder:"TIME"`
	To   string `help:"Until when; now when left out." placeholder:"TIME"`
}

// Help gives an example.
func (incidentPromises) Help() string {
	return `Promises are counted in the time in which they are due, by SLA, severity and kind: kept by a person, kept by the facts (Daymark
published, or everything worked again), or broken; each that was not kept is listed. One that was called off before it was due is neither.

Example: daymark incident promises --from 2026-11-01T00:00 --to 2026-12-01T00:00`
}

// promisesOrder asks for the promises that were due in a time.
type promisesOrder struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// promisesShown is how far back promises are added up where nobody says.
const promisesShown = 30 * 24 * time.Hour

// Run adds up through the running server, or directly when none runs.
func (c *incidentPromises) Run(ctx context.Context, std streams, logging *logOptions) error {
	doc, err := loadConfig(c.Config)
	if err != nil {
		return tellFaults(std, err)
	}
	zone, err := time.LoadLocation(doc.Page.Timezone)
	if err != nil {
		return fmt.Errorf("load the page's time zone: %w", err)
	}
	order := promisesOrder{}
	if order.To, err = atFlag(c.To, zone); err != nil {
		return err
	}
	if order.From, err = momentFlag("--from", c.From, zone); err != nil {
		return err
	}
	if order.From.IsZero() {
		order.From = order.To.Add(-promisesShown)
	}
	if !order.To.After(order.From) {
		return usageError{errors.New("--to is not later than --from")}
	}
	var tally incident.PromiseTally
	err = ask(ctx, c.configFlag, std, logging, "/promises", order, &tally, func(o *operations) (err error) {
		tally, err = o.promises(ctx, order)
		return err
	})
	if err != nil {
		return err
	}
	return printTally(std, &tally)
}

// promises adds up the promises that were due in a time.
func (o *operations) promises(ctx context.Context, order promisesOrder) (incident.PromiseTally, error) {
	return promiseSource{o.core}.TallyPromises(ctx, order.From, order.To)
}

func printTally(std streams, tally *incident.PromiseTally) error {
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	lines := []string{"SLA\tSEVERITY\tPROMISE\tKEPT BY A PERSON\tBY FACTS\tBROKEN\tLATE NOW\tCALLED OFF"}
	for _, n := range tally.Counts {
		lines = append(lines, strings.Join([]string{
			nobodyIs(n.SLA, "none"), n.Severity.String(), string(n.Kind), strconv.Itoa(n.ByPerson), strconv.Itoa(n.ByFacts), strconv.Itoa(n.Broken), strconv.Itoa(n.Late), strconv.Itoa(n.CalledOff),
		}, "\t"))
	}
	if len(tally.Exceptions) > 0 {
		lines = append(lines, "", "NOT KEPT\tSEVERITY\tPROMISE\tDUE\tENDED\tINCIDENT")
	}
	for i := range tally.Exceptions {
		e := &tally.Exceptions[i]
		ended := "not yet"
		if !e.Ended.IsZero() {
			ended = timeText(e.Ended)
		}
		lines = append(lines, strings.Join([]string{nobodyIs(e.SLA, "none"), e.Severity.String(), string(e.Kind), timeText(e.Due), ended, e.Incident + " " + printable(e.Name)}, "\t"))
	}
	if len(tally.Counts) == 0 {
		lines = []string{"no promise was due from " + timeText(tally.From) + " to " + timeText(tally.To)}
	}
	_, _ = fmt.Fprintln(table, strings.Join(lines, "\n")) // Flush tells of any fault
	return table.Flush()
}

// promiseSource adds up promises for the console and the command line.
type promiseSource struct{ core *core }

// TallyPromises implements console.Promises.
func (s promiseSource) TallyPromises(ctx context.Context, from, to time.Time) (incident.PromiseTally, error) {
	due, err := s.core.store.PromisesDue(ctx, from, to)
	if err != nil {
		return incident.PromiseTally{}, err
	}
	return s.core.policy.Tally(due, from, to, time.Now()), nil
}
