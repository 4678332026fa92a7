package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"daymark/checker"
	"daymark/internal/expression"
	"daymark/store"
)

type evidenceCommands struct {
	List evidenceList `cmd:"" help:"List the runs of a check whose evidence is kept."`
	Get  evidenceGet  `cmd:"" help:"Write the evidence of a run to files, with that of the last success before it."`
}

// Help gives an example.
func (evidenceCommands) Help() string { return "Example: daymark evidence get sign-in-journey" }

type evidenceList struct {
	configFlag
	Check  string `arg:"" help:"The check's id."`
	Region string `help:"Only runs of this region."`
	Since  string `help:"Only runs since a time, such as 2026-12-01T13:00:00Z, or of the last while, such as 24h."`
	Failed bool   `help:"Only failed runs."`
	Most   int    `help:"At most so many runs, the newest." default:"50"`
	JSON   bool   `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (evidenceList) Help() string {
	return `The newest stand first. "first" marks the failure that began a streak. It works whether the server runs or not.

Example: daymark evidence list sign-in-journey --failed --since 24h`
}

// mostListed bounds a list: it goes through the control socket as a whole.
const mostListed = 1000

// Run lists through the running server, or directly when none runs.
func (c *evidenceList) Run(ctx context.Context, std streams, logging *logOptions) error {
	if c.Most < 1 || c.Most > mostListed {
		return usageError{fmt.Errorf("--most is %d; it is 1 to %d", c.Most, mostListed)}
	}
	query := store.EvidenceQuery{Check: c.Check, Region: c.Region, Most: c.Most}
	if c.Failed {
		query.Outcome = []checker.Outcome{checker.Failed}
	}
	var err error
	if query.Since, err = sinceOf(c.Since, time.Now()); err != nil {
		return err
	}
	var runs []store.EvidenceRun
	err = ask(ctx, c.configFlag, std, logging, "/evidence/list", query, &runs, func(o *operations) (err error) {
		runs, err = o.listEvidence(ctx, query)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, runs)
	}
	if len(runs) == 0 {
		_, err := fmt.Fprintf(std.out, "no evidence of %s is kept for that\n", c.Check)
		return err
	}
	return printRuns(std.out, runs)
}

// sinceOf reads a time, or a duration before now.
func sinceOf(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	ago, err := expression.ParseDuration(text)
	if err != nil {
		return time.Time{}, usageError{fmt.Errorf("--since is %q; it is a time such as 2026-12-01T13:00:00Z, or a duration such as 24h", text)}
	}
	return now.Add(-ago), nil
}

// ask sends a question to the running server, or asks directly when none runs.
func ask(ctx context.Context, flag configFlag, std streams, logging *logOptions, path string, question, answer any, directly func(*operations) error) error {
	doc, err := loadConfig(flag.Config)
	if err != nil {
		return tellFaults(std, err)
	}
	body, err := json.Marshal(question)
	if err != nil {
		return fmt.Errorf("write the question: %w", err)
	}
	err = callControl(ctx, doc.Server.Data, path, body, answer)
	if errors.Is(err, errNoServer) {
		return withEngine(ctx, flag.Config, std, logging, directly)
	}
	return err
}

func printJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
