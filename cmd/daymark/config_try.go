package main

import (
	"context"
	"log/slog"
	"time"

	"daymark/checker"
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
// that run here reach, and uses the secrets that they use: what the text says
// of either counts only once it is applied.
func (c *configurations) TryCheck(ctx context.Context, order console.TryOrder) (*checker.Report, error) {
	if order.Region != config.LocalRegion || !c.doc.HasRegion(config.LocalRegion) {
		return nil, refuseTrial(incident.Invalid, "a check can be tried only at the server's own agent, the region "+config.LocalRegion+": agents elsewhere run what they are told by the version that runs")
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
	}
	if err := c.trials.begin(order.Who.Person, c.now()); err != nil {
		return nil, err
	}
	defer c.trials.end()
	guard, err := guardOf(c.doc.Agents.Private)
	if err != nil {
		return nil, err
	}
	secrets := redact.New(redact.Forms(append(doc.Secrets(), c.doc.Secrets()...)...)...)
	runners := newRunners(runnerOptions{guard: guard, redactor: secrets, atOnce: 1, log: slog.New(slog.DiscardHandler)})
	at := c.now()
	result := runners.run(ctx, *check)
	result.Check, result.At = check.ID, at
	if ctx.Err() != nil && result.Outcome != checker.OK && result.Outcome != checker.Degraded {
		result.Outcome, result.Reason = checker.Unknown, "it did not end within the time that a trial has; on its schedule it may take longer"
	}
	report := checker.ReportOf(result, *check)
	return &report, runners.close(context.WithoutCancel(ctx))
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
