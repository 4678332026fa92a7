package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strings"
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
	runners checker.Runners
	browser *browser.Runner
}

type runnerOptions struct {
	guard    guard.Policy
	redactor redact.Redactor
	atOnce   int // journeys at the same time
	log      *slog.Logger
}

func newRunners(o runnerOptions) *runnerSet {
	journeys := browser.New(browser.Options{
		Allow: o.guard.Check, ContextsAtOnce: o.atOnce, Logger: o.log, Redact: o.redactor.String,
	})
	runners := network.New(network.Options{Control: o.guard.Control, UserAgent: "Daymark/" + version}).Runners()
	runners[checker.KindHTTP] = checker.NewHTTP(checker.HTTPOptions{Control: o.guard.Control, HTTP3: http3.New, UserAgent: "Daymark/" + version})
	runners[checker.KindBrowser] = journeys
	runners[checker.KindDNS] = network.NewDNS(network.DNSOptions{Control: o.guard.Control})
	runners[checker.KindICMP] = network.NewICMP(network.ICMPOptions{Control: o.guard.Control})
	return &runnerSet{browser: journeys, runners: runners}
}

// run runs a check once: what only this agent knows is filled in first.
func (s *runnerSet) run(ctx context.Context, check checker.Check) checker.Result {
	check, secrets, err := checker.Expand(check, os.LookupEnv)
	if err != nil {
		return checker.Result{Outcome: checker.Unknown, Reason: err.Error()}
	}
	job, err := checker.Prepare(check)
	if err != nil {
		return checker.Result{Outcome: checker.Unknown, Reason: fmt.Sprintf("the check cannot be prepared: %v", err)}
	}
	result := checker.RunOnce(ctx, s.runners.For(job.Kind()), job, time.Now)
	return hide(result, redact.New(secrets...))
}

// hide takes the agent's own secrets out of what a run tells.
func hide(r checker.Result, secrets redact.Redactor) checker.Result {
	r.Reason = secrets.String(r.Reason)
	for i := range r.Warnings {
		r.Warnings[i] = secrets.String(r.Warnings[i])
	}
	for i := range r.Expectations {
		r.Expectations[i].Actual = secrets.String(r.Expectations[i].Actual)
		r.Expectations[i].Expression = secrets.String(r.Expectations[i].Expression)
	}
	for i := range r.Evidence {
		if strings.HasPrefix(r.Evidence[i].MediaType, "text/") {
			r.Evidence[i].Data = []byte(secrets.String(string(r.Evidence[i].Data)))
		}
	}
	return r
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
