package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"daymark/config"
)

type configCommands struct {
	Validate configValidate `cmd:"" help:"Check a configuration file and tell all that is wrong with it."`
	Versions configVersions `cmd:"" help:"List the versions that the server has run with."`
	Show     configShow     `cmd:"" help:"Print the text of a version."`
	Diff     configDiff     `cmd:"" help:"Print how one version becomes another."`
	Back     configBack     `cmd:"" help:"Let the server run with the text of an older version."`
}

// Help gives an example.
func (configCommands) Help() string { return "Example: daymark config validate daymark.yaml" }

type configValidate struct {
	File string `arg:"" help:"The file." type:"path"`
}

// Help gives an example.
func (configValidate) Help() string {
	return `Each fault is one line, FILE:LINE:COLUMN: what is wrong and what would be right. The exit status is 2 when there is one.

Example: daymark config validate daymark.yaml`
}

// Run checks the file.
func (c configValidate) Run(std streams) error {
	doc, err := loadConfig(c.File)
	if err != nil {
		return tellFaults(std, err)
	}
	_, err = fmt.Fprintf(std.out, "%s is valid: %s, %s\n", c.File, plural(len(doc.Components), "component"), plural(countChecks(doc), "check"))
	return err
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func countChecks(doc *config.Document) int {
	n := 0
	for i := range doc.Components {
		n += len(doc.Components[i].Checks)
	}
	return n
}

func loadConfig(path string) (*config.Document, error) {
	return config.Load(path, config.Options{})
}

// loadRunnable loads a configuration that this version can serve.
func loadRunnable(path string) (*config.Document, error) {
	doc, err := loadConfig(path)
	if err != nil {
		return nil, err
	}
	if faults := notYet(doc); len(faults) > 0 {
		return nil, faults
	}
	return doc, nil
}

// tellFaults prints faults as they are, without a prefix that would hide
// the place from editors.
func tellFaults(std streams, err error) error {
	if faults, ok := errors.AsType[config.Faults](err); ok {
		_, _ = fmt.Fprintln(std.err, faults.Error()) // nowhere else to say it
		return quietError{exitUsage}
	}
	return err
}

// withEngine runs fn with the operations of a data folder that no server uses.
func withEngine(ctx context.Context, path string, std streams, logging *logOptions, fn func(*operations) error) error {
	doc, err := loadConfig(path)
	if err != nil {
		return tellFaults(std, err)
	}
	unlock, err := lockData(doc.Server.Data)
	if err != nil {
		return err
	}
	core, err := openCore(ctx, doc, coreLogger(doc, std, logging), time.Now)
	if err != nil {
		return errors.Join(err, unlock())
	}
	versions := newConfigurations(doc, time.Now)
	versions.core = core
	err = fn(&operations{engine: core.engine, doc: doc, core: core, configurations: versions})
	return errors.Join(err, core.store.Close(), unlock())
}
