package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"daymark/checker"
	"daymark/internal/redact"
)

type checkCommand struct {
	File     string `arg:"" help:"The configuration file." type:"path"`
	ID       string `arg:"" help:"The check's id."`
	Evidence string `help:"Write evidence, such as screenshots, to this folder." type:"path" placeholder:"DIR"`
}

// Help gives an example.
func (checkCommand) Help() string {
	return `It runs here and now, stores nothing and tells nobody. Timings and each expectation with its actual value are printed.
The exit status is 0 when the check is ok or degraded, and 1 when it failed or could not tell.

Example: daymark check daymark.yaml sign-in-journey --evidence /tmp/look`
}

// Run runs the check once.
func (c *checkCommand) Run(ctx context.Context, std streams, logging *logOptions) (err error) {
	doc, err := loadConfig(c.File)
	if err != nil {
		return tellFaults(std, err)
	}
	check := doc.Check(c.ID)
	if check == nil {
		return usageError{fmt.Errorf("%s has no check %q", c.File, c.ID)}
	}
	policy, err := guardOf(doc.Agents.Private)
	if err != nil {
		return usageError{err}
	}
	secrets := redact.New(doc.Secrets()...)
	runners := newRunners(runnerOptions{guard: policy, redactor: secrets, atOnce: 1, log: logging.logger(std.err, secrets)})
	defer func() { err = errors.Join(err, runners.close(context.WithoutCancel(ctx))) }()
	result := hide(runners.run(ctx, *check), secrets)
	result.Check, result.At = check.ID, time.Now()
	if err := checker.WriteReport(std.out, result, *check); err != nil {
		return fmt.Errorf("print what was seen: %w", err)
	}
	if err := c.writeEvidence(std, result); err != nil {
		return err
	}
	if result.Outcome == checker.Failed || result.Outcome == checker.Unknown {
		return quietError{exitFailed}
	}
	return nil
}

func (c *checkCommand) writeEvidence(std streams, result checker.Result) error {
	if c.Evidence == "" {
		return nil
	}
	if err := os.MkdirAll(c.Evidence, 0o700); err != nil {
		return fmt.Errorf("make a folder for evidence: %w", err)
	}
	for _, e := range result.Evidence {
		path := filepath.Join(c.Evidence, filepath.Base(e.Name))
		if err := os.WriteFile(path, e.Data, 0o600); err != nil {
			return fmt.Errorf("write evidence: %w", err)
		}
		if _, err := fmt.Fprintln(std.out, "wrote", path); err != nil {
			return err
		}
	}
	return nil
}
