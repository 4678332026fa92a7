package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"daymark/checker"
	"daymark/store"
)

type evidenceGet struct {
	configFlag
	Check  string `arg:"" help:"The check's id."`
	Region string `help:"Only runs of this region."`
	At     string `help:"The newest run at or before a time, such as 2026-12-01T13:00:00Z, or latest: the newest of all. Default: the last failure." placeholder:"TIME"`
	Out    string `help:"The folder to write to; default: evidence-CHECK, here." type:"path" placeholder:"DIR"`
	JSON   bool   `help:"Print JSON." name:"json"`
}

// Help gives an example.
func (evidenceGet) Help() string {
	return `By default it is the last failure and the last success before it in the same region. A file's name begins with the
time, the region and the outcome of the run. It works whether the server runs or not.

Example: daymark evidence get sign-in-journey --out /tmp/look`
}

// foundEvidence is a run with the last success before it.
type foundEvidence struct {
	Run     *store.EvidenceRun `json:"run"`
	Success *store.EvidenceRun `json:"success,omitempty"`
}

// writtenRun is a run whose evidence stands in files, in the order of its pieces.
type writtenRun struct {
	store.EvidenceRun
	Files []string `json:"files"`
}

// Run gets the evidence through the running server, or directly when none runs.
func (c *evidenceGet) Run(ctx context.Context, std streams, logging *logOptions) error {
	query := store.EvidenceQuery{Check: c.Check, Region: c.Region}
	switch c.At {
	case "":
		query.Outcome = []checker.Outcome{checker.Failed}
	case "latest":
	default:
		at, err := time.Parse(time.RFC3339, c.At)
		if err != nil {
			return usageError{fmt.Errorf("--at is %q; it is a time such as 2026-12-01T13:00:00Z, or latest", c.At)}
		}
		query.Until = at
	}
	var found foundEvidence
	err := ask(ctx, c.configFlag, std, logging, "/evidence/get", query, &found, func(o *operations) (err error) {
		found, err = o.getEvidence(ctx, query)
		return err
	})
	if err != nil {
		return err
	}
	return c.write(std, found)
}

func (c *evidenceGet) write(std streams, found foundEvidence) error {
	if c.Out == "" {
		c.Out = "evidence-" + fileName(c.Check)
	}
	if err := os.MkdirAll(c.Out, 0o700); err != nil {
		return fmt.Errorf("make a folder for evidence: %w", err)
	}
	folder, err := os.OpenRoot(c.Out)
	if err != nil {
		return fmt.Errorf("open the folder for evidence: %w", err)
	}
	defer func() { _ = folder.Close() }() // it was only to write below it
	var runs []store.EvidenceRun
	var written []writtenRun
	for _, run := range []*store.EvidenceRun{found.Run, found.Success} {
		if run == nil {
			continue
		}
		files := writtenRun{EvidenceRun: *run}
		for i, piece := range run.Pieces {
			name := fileName(fmt.Sprintf("%s-%s-%s-%s", run.At.UTC().Format("20060102T150405.000Z"), run.Region, run.Outcome, piece.Name))
			if slices.Contains(files.Files, filepath.Join(c.Out, name)) { // two names that differ in what no file name has
				name = fmt.Sprintf("%d-%s", i, name)
			}
			if err := folder.WriteFile(name, piece.Data, 0o600); err != nil {
				return fmt.Errorf("write evidence: %w", err)
			}
			run.Pieces[i].Data = nil
			files.Files = append(files.Files, filepath.Join(c.Out, name))
		}
		runs, written = append(runs, *run), append(written, files)
	}
	if c.JSON {
		return printJSON(std.out, written)
	}
	if err := printRuns(std.out, runs); err != nil {
		return err
	}
	if found.Success == nil {
		if _, err := fmt.Fprintln(std.out, "no evidence of a success before it is kept"); err != nil {
			return err
		}
	}
	for _, run := range written {
		for _, file := range run.Files {
			if _, err := fmt.Fprintln(std.out, "wrote", file); err != nil {
				return err
			}
		}
	}
	return nil
}

// mostFileName is what file systems take of a name, in bytes.
const mostFileName = 200

// fileName makes a name of a file of any text: one that stays in its folder,
// is not hidden, and needs no quotes.
func fileName(text string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_", r) {
			return r
		}
		return '_'
	}, text)
	if len(safe) > mostFileName { // the end tells what kind of file it is
		safe = safe[:mostFileName/2] + safe[len(safe)-mostFileName/2:]
	}
	return strings.TrimLeft(safe, ".-")
}

// listEvidence gives the runs of a check whose evidence is kept.
func (o *operations) listEvidence(ctx context.Context, query store.EvidenceQuery) ([]store.EvidenceRun, error) {
	query.Most = min(query.Most, mostListed)
	runs, err := o.core.store.EvidenceRuns(ctx, query)
	if err != nil {
		return nil, err
	}
	if len(runs) == 0 {
		return []store.EvidenceRun{}, o.knows(query.Check, query.Region)
	}
	return runs, nil
}

// getEvidence gives the newest run that a query finds.
func (o *operations) getEvidence(ctx context.Context, query store.EvidenceQuery) (foundEvidence, error) {
	run, success, err := o.core.store.Evidence(ctx, query)
	if errors.Is(err, store.ErrNotFound) {
		if err := o.knows(query.Check, query.Region); err != nil {
			return foundEvidence{}, err
		}
		what := "of a run"
		if len(query.Outcome) > 0 {
			what = "of a failure"
		}
		return foundEvidence{}, fmt.Errorf("no evidence %s of %s is kept; `daymark evidence list %s` lists what is", what, query.Check, query.Check)
	}
	return foundEvidence{run, success}, err
}

// knows refuses a check or a region that the configuration does not have.
// What is not in it any more may still have evidence, so it is asked last.
func (o *operations) knows(check, region string) error {
	if o.doc.Check(check) == nil {
		return usageError{fmt.Errorf("there is no check %q in the configuration, and no evidence of one", check)}
	}
	if region == "" {
		return nil
	}
	return o.knowsRegion(region)
}
