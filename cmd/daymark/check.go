package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"daymark/checker"
	"daymark/config"
	"daymark/internal/guard"
	"daymark/internal/redact"
)

type checkCommand struct {
	File string   `arg:"" optional:"" help:"The configuration file; none with --url." type:"path"`
	IDs  []string `arg:"" optional:"" name:"id" help:"The checks' ids."`
	All  bool     `help:"Run every check of the file but heartbeats."`

	Watch    bool          `help:"Run again and again until interrupted, each check on its schedule; a summary ends it."`
	Every    time.Duration `help:"With --watch: run so often instead." placeholder:"DURATION"`
	JSON     bool          `name:"json" help:"Print one JSON document a run: one a line with --watch or several checks."`
	JUnit    string        `name:"junit" help:"Write JUnit XML to this file as well." type:"path" placeholder:"FILE"`
	Evidence string        `help:"Write evidence, such as screenshots, to this folder." type:"path" placeholder:"DIR"`
	Strict   bool          `help:"Degraded counts as failed."`
	Headed   bool          `help:"Show the window of Chromium; for browser checks."`
	Trace    string        `help:"Write all that can be seen of a browser check to this folder: a picture after each step, its requests (HAR), Chromium's own trace, and the evidence." type:"path" placeholder:"DIR"`

	Address checkAddress `embed:"" group:"Without a file"`
}

// Help gives examples.
func (checkCommand) Help() string {
	return `Checks run here and now; nothing is stored and nobody is told. The report tells the outcome, steps, timings, and each expectation with the value that was found. The checks of a file reach what its agents.private allows.

The exit status is the worst of all runs:
  0  ok, or degraded
  1  one failed (with --strict: or is degraded)
  2  the command line or the configuration is wrong
  3  none failed, and one is unknown: this machine could not tell

From a file:
  daymark check daymark.yaml sign-in-journey
  daymark check daymark.yaml api-health sign-in-journey --evidence /tmp/look
  daymark check daymark.yaml --all --junit report.xml

Again and again, until Ctrl-C:
  daymark check daymark.yaml api-health --watch
  daymark check daymark.yaml --all --watch --every 10s --json

Watching a journey, and keeping all of it:
  daymark check daymark.yaml sign-in-journey --headed
  daymark check daymark.yaml sign-in-journey --trace /tmp/look

Without a file, with the defaults of its kind:
  daymark check --url https://shop.example/health --expect 'status == 200' --degraded 'latency > duration("800ms")'
  daymark check --url https://api.example/v1/orders --method POST --header 'Content-Type: application/json' --header 'Authorization: Bearer ${agent-env:TOKEN}' --body '{"dry_run": true}'
  daymark check --url https://shop.example --browser
  daymark check --url http://127.0.0.1:8080/readyz --private --watch

${agent-env:NAME} is filled in from the environment and hidden in what is printed.

Other kinds for --url:
  tcp://HOST:PORT             tls://HOST[:443]
  dns://[SERVER/]NAME?type=MX icmp://HOST
  grpc://HOST:PORT[/SERVICE]  grpcs://… with TLS
  ws://… and wss://…, where --body is the message to send
  smtp://HOST[:25]            smtp://HOST:587?starttls=true

An address of --url that is private or loopback is refused unless --private is given.`
}

// Run runs the checks.
func (c *checkCommand) Run(ctx context.Context, std streams, logging *logOptions) (err error) {
	if err := c.valid(); err != nil {
		return usageError{err}
	}
	plan, err := c.plan()
	if err != nil {
		return tellFaults(std, err)
	}
	if err := c.suits(plan.checks); err != nil {
		return usageError{err}
	}
	runners := newRunners(runnerOptions{
		guard: plan.guard, redactor: plan.secrets, atOnce: 1, log: logging.logger(std.err, plan.secrets), headed: c.Headed, trace: c.Trace != "",
	})
	defer func() { err = errors.Join(err, runners.close(context.WithoutCancel(ctx))) }()
	session, err := newCheckSession(c, plan, std, runners.run)
	if err != nil {
		return usageError{err}
	}
	if c.Watch {
		err = session.watch(ctx)
	} else {
		err = session.once(ctx)
	}
	if err = errors.Join(err, session.end()); err != nil {
		return err
	}
	if code := session.exit(); code != exitOK {
		return quietError{code}
	}
	return nil
}

// valid refuses flags that mean nothing together.
func (c *checkCommand) valid() error {
	switch {
	case c.Address.URL == "" && c.File == "":
		return errors.New("name a configuration file and a check, or an address by --url")
	case c.Address.URL != "" && (c.File != "" || c.All):
		return errors.New("--url goes without a file")
	case c.Address.URL == "" && c.Address.set() != "":
		return fmt.Errorf("%s goes with --url: the checks of a file say it there", c.Address.set())
	case c.All && len(c.IDs) > 0:
		return errors.New("--all goes without ids")
	case c.Every != 0 && !c.Watch:
		return errors.New("--every goes with --watch")
	case c.Every != 0 && c.Every < time.Second:
		return errors.New("--every is at least 1s")
	case c.Trace != "" && c.Evidence != "":
		return errors.New("--trace goes without --evidence: it writes the evidence too")
	case c.Trace != "" && c.Watch:
		return errors.New("--trace goes without --watch: it would fill the disk")
	}
	return nil
}

// suits refuses what only browser checks can do for checks of other kinds.
// Among all of a file there may be others.
func (c *checkCommand) suits(checks []checker.Check) error {
	flag := "--headed"
	switch {
	case c.Trace != "":
		flag = "--trace"
	case !c.Headed:
		return nil
	}
	other := slices.IndexFunc(checks, func(check checker.Check) bool { return check.Browser == nil })
	if c.All && slices.ContainsFunc(checks, func(check checker.Check) bool { return check.Browser != nil }) || other < 0 {
		return nil
	}
	kind, err := checks[other].Kind()
	if err != nil {
		return err
	}
	return fmt.Errorf("%s is for browser checks: %s is of kind %s", flag, checks[other].ID, kind)
}

// checkPlan is what a command line asks to run.
type checkPlan struct {
	checks  []checker.Check
	zone    *time.Location // of schedules that name none
	guard   guard.Policy
	secrets redact.Redactor
}

func (c *checkCommand) plan() (*checkPlan, error) {
	if c.Address.URL != "" {
		plan, err := c.Address.plan()
		if err != nil {
			return nil, usageError{err}
		}
		return plan, nil
	}
	doc, err := loadConfig(c.File)
	if err != nil {
		return nil, err
	}
	plan := &checkPlan{secrets: redact.New(redact.Forms(doc.Secrets()...)...)}
	if plan.zone, err = time.LoadLocation(doc.Page.Timezone); err != nil {
		return nil, usageError{fmt.Errorf("page.timezone: %w", err)}
	}
	if plan.guard, err = guardOf(doc.Agents.Private); err != nil {
		return nil, usageError{err}
	}
	if plan.checks, err = c.choose(doc); err != nil {
		return nil, usageError{err}
	}
	return plan, nil
}

// choose gives the checks that were named, in the order they were named.
func (c *checkCommand) choose(doc *config.Document) ([]checker.Check, error) {
	var all, chosen []checker.Check
	var ids []string
	for i := range doc.Components {
		for _, check := range doc.Components[i].Checks {
			check.Component = doc.Components[i].ID
			all, ids = append(all, check), append(ids, check.ID)
		}
	}
	if c.All {
		chosen = slices.DeleteFunc(all, func(check checker.Check) bool { return check.Heartbeat != nil })
		if len(chosen) == 0 {
			return nil, fmt.Errorf("%s has no check to run", c.File)
		}
		return chosen, nil
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("%s has no checks", c.File)
	}
	there := "there are " + strings.Join(ids[:min(len(ids), 30)], ", ")
	if len(ids) > 30 {
		there += fmt.Sprintf(" and %d more", len(ids)-30)
	}
	if len(c.IDs) == 0 {
		return nil, fmt.Errorf("name a check of %s, or give --all: %s", c.File, there)
	}
	for i, id := range c.IDs {
		at := slices.Index(ids, id)
		if at < 0 {
			return nil, fmt.Errorf("%s has no check %q: %s", c.File, id, there)
		}
		if !slices.Contains(c.IDs[:i], id) {
			chosen = append(chosen, all[at])
		}
	}
	return chosen, nil
}
