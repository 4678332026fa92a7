package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"daymark/checker"
	"daymark/checker/browser"
	"daymark/checker/http3"
	"daymark/checker/network"
	"daymark/internal/guard"
	"daymark/internal/redact"
)

// runnerSet runs checks of every kind that this version knows.
type runnerSet struct {
	runners  checker.Runners
	browser  *browser.Runner
	redactor redact.Redactor // of what the configuration holds
	now      func() time.Time
	prepared preparedChecks
}

type runnerOptions struct {
	guard    guard.Policy
	redactor redact.Redactor
	atOnce   int              // journeys at the same time
	now      func() time.Time // nil: time.Now
	log      *slog.Logger
	headed   bool // journeys in a window
	trace    bool // and with all that can be seen of them
}

func newRunners(o runnerOptions) *runnerSet {
	if o.now == nil {
		o.now = time.Now
	}
	journeys := browser.New(browser.Options{
		Allow: o.guard.Check, ContextsAtOnce: o.atOnce, Logger: o.log, Redact: o.redactor.String,
		Headed: o.headed, Trace: o.trace,
	})
	runners := network.New(network.Options{Control: o.guard.Control, UserAgent: "Daymark/" + version}).Runners()
	runners[checker.KindHTTP] = checker.NewHTTP(checker.HTTPOptions{Control: o.guard.Control, HTTP3: http3.New, UserAgent: "Daymark/" + version})
	runners[checker.KindBrowser] = journeys
	runners[checker.KindDNS] = network.NewDNS(network.DNSOptions{Control: o.guard.Control})
	runners[checker.KindICMP] = network.NewICMP(network.ICMPOptions{Control: o.guard.Control})
	return &runnerSet{browser: journeys, runners: runners, redactor: o.redactor, now: o.now}
}

// run runs a check once.
func (s *runnerSet) run(ctx context.Context, check checker.Check) checker.Result {
	ready, err := s.prepared.of(check)
	if err != nil {
		return checker.Result{Outcome: checker.Unknown, Reason: err.Error()}
	}
	return s.runPrepared(ctx, ready)
}

// try runs a check once that comes back no more: it is not kept ready in the
// place of the one with its id.
func (s *runnerSet) try(ctx context.Context, check checker.Check) checker.Result {
	ready, err := prepare(check)
	if err != nil {
		return checker.Result{Outcome: checker.Unknown, Reason: err.Error()}
	}
	return s.runPrepared(ctx, ready)
}

func (s *runnerSet) runPrepared(ctx context.Context, ready *preparedCheck) checker.Result {
	result := hide(checker.RunOnce(ctx, s.runners.For(ready.job.Kind()), ready.job, s.now), s.redactor)
	if !ready.secrets.Empty() {
		result = hide(result, ready.secrets)
	}
	return result
}

func (s *runnerSet) close(ctx context.Context) error { return s.browser.Close(ctx) }

// guardOf makes the dial-time policy of `agents.private`.
func guardOf(private checker.Private) (guard.Policy, error) {
	policy := guard.Policy{Deny: private.Deny}
	for _, text := range private.Allow {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return guard.Policy{}, fmt.Errorf("agents.private.allow: %w", err)
		}
		policy.Allow = append(policy.Allow, prefix)
	}
	return policy, nil
}
