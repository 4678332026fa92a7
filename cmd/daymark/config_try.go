package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"daymark/checker"
	"daymark/checker/remote"
	"daymark/config"
	"daymark/console"
	"daymark/incident"
	"daymark/internal/limit"
	"daymark/internal/redact"
)

// tryRate is how often one person may try checks.
var tryRate = limit.Rate{AtOnce: 6, Every: 10 * time.Second}

// trials bounds the checks that are tried beside those that run.
type trials struct {
	turn   chan struct{} // one at a time
	counts *limit.Counts[string]
}

func newTrials() *trials { return &trials{turn: make(chan struct{}, 1), counts: limit.New(1_000, "")} }

func refuseTrial(kind incident.RefusalKind, text string) error {
	return &incident.Refusal{Kind: kind, Text: text}
}

// TryCheck implements console.Configurations. The check reaches what those
// that run in the region reach, and uses the secrets that they use: what the
// text says of either counts only once it is applied.
func (c *configurations) TryCheck(ctx context.Context, order console.TryOrder) (*checker.Report, error) {
	if !c.doc.HasRegion(order.Region) {
		return nil, refuseTrial(incident.Invalid, "the version that runs has no region \""+order.Region+"\": a check is tried where checks run")
	}
	if err := c.canTryIn(order.Region); err != nil {
		return nil, refuseTrial(incident.Conflict, whyNotTried(order.Region, err))
	}
	doc, err := c.read(order.Text)
	if err != nil {
		return nil, refuseTrial(incident.Invalid, "the text is not valid: validate it first")
	}
	check := doc.Check(order.Check)
	switch {
	case check == nil:
		return nil, refuseTrial(incident.NotFound, "the text has no check \""+order.Check+"\"")
	case check.Heartbeat != nil:
		return nil, refuseTrial(incident.Invalid, "a heartbeat is not run but called")
	case !doc.SendsAs(c.doc, check.ID):
		return nil, refuseTrial(incident.Invalid, "this check uses a secret, and sends something else, or elsewhere, than the check "+check.ID+" of the version that runs: until it is applied only what it expects can be tried")
	case order.Region != config.LocalRegion && !c.knowsSecrets(doc, check, order.Region):
		return nil, refuseTrial(incident.Invalid, "this check uses a secret that the agents of "+order.Region+" are not told by the version that runs: until it is applied it can be tried only where it runs")
	}
	if err := c.trials.begin(order.Who.Person, c.now()); err != nil {
		return nil, err
	}
	defer c.trials.end()
	secrets := redact.New(redact.Forms(append(doc.Secrets(), c.doc.Secrets()...)...)...)
	var result checker.Result
	if order.Region == config.LocalRegion {
		result, err = c.tryHere(ctx, *check, secrets)
	} else {
		result, err = c.tryThere(ctx, *check, order.Region, secrets)
	}
	if err != nil {
		return nil, err
	}
	report := checker.ReportOf(result, *check)
	return &report, nil
}

// tryHere has the server run it.
func (c *configurations) tryHere(ctx context.Context, check checker.Check, secrets redact.Redactor) (checker.Result, error) {
	guard, err := guardOf(c.doc.Agents.Private)
	if err != nil {
		return checker.Result{}, err
	}
	runners := newRunners(runnerOptions{guard: guard, redactor: secrets, atOnce: 1, log: slog.New(slog.DiscardHandler)})
	at := c.now()
	result := runners.try(ctx, check)
	result.Check, result.At = check.ID, at
	cutOff(ctx, &result)
	return result, runners.close(context.WithoutCancel(ctx))
}

// tryThere has an agent of another region run it, which is told no secret that
// it does not have.
func (c *configurations) tryThere(ctx context.Context, check checker.Check, region string, secrets redact.Redactor) (checker.Result, error) {
	result, err := c.agents.Try(ctx, region, check)
	if err != nil {
		return checker.Result{}, refuseTrial(incident.Conflict, whyNotTried(region, err))
	}
	return hide(result, secrets), nil
}

// knowsSecrets says whether the agents of a region have every secret of a
// check: by the plan that they have, and, of what their own environment holds,
// by running the check as it is.
func (c *configurations) knowsSecrets(doc *config.Document, check *checker.Check, region string) bool {
	if !doc.UsesSecrets(check.ID) {
		return true
	}
	if !c.core.policy.Knows(check.ID, region) {
		return false
	}
	known := secretsIn(c.core.policy.Checks(region), c.doc.Secrets())
	return !slices.ContainsFunc(secretsIn([]checker.Check{*check}, doc.Secrets()), func(secret string) bool { return !slices.Contains(known, secret) })
}

// canTryIn says by its error why a check cannot be tried in a region now.
func (c *configurations) canTryIn(region string) error {
	if region == config.LocalRegion {
		return nil
	}
	return c.agents.MayTry(region)
}

// whereTried lists the regions with what can be tried in each.
func (c *configurations) whereTried() []console.TryRegion {
	all := make([]console.TryRegion, len(c.doc.Regions))
	for i, region := range c.doc.Regions {
		all[i].ID = region.ID
		if err := c.canTryIn(region.ID); err != nil {
			all[i].Why = whyNotTried(region.ID, err)
		}
	}
	return all
}

// whyNotTried says why a check cannot be, or was not, tried in a region.
func whyNotTried(region string, err error) string {
	if refused, ok := errors.AsType[*remote.RefusedError](err); ok {
		return "the agent of " + region + " did not try it: " + refused.Sentence
	}
	for _, known := range []struct {
		is   error
		text string
	}{
		{remote.ErrNobody, "no agent of " + region + " is connected now"},
		{remote.ErrOlder, "the agents of " + region + " are of an older version, which tries no check: bring them to the version of the server"},
		{remote.ErrTrying, "another check is being tried in " + region + " at this moment: try again when it has ended"},
		{remote.ErrGone, "the connection of the agent of " + region + " ended before it answered: try again"},
		{remote.ErrSilent, "the agent of " + region + " did not answer within the time that a trial has: try again"},
	} {
		if errors.Is(err, known.is) {
			return known.text
		}
	}
	return err.Error()
}

// begin waits for no turn: who comes while another is tried is told so.
func (t *trials) begin(person string, now time.Time) error {
	select {
	case t.turn <- struct{}{}:
	default:
		return refuseTrial(incident.Conflict, "another check is being tried at this moment: try again when it has ended")
	}
	if wait := t.counts.Wait(person, tryRate, now); wait > 0 {
		<-t.turn
		return refuseTrial(incident.Conflict, "you have tried several checks just now: wait "+wait.Round(time.Second).String())
	}
	t.counts.Add(person, tryRate, now)
	return nil
}

func (t *trials) end() { <-t.turn }
