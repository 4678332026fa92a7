package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"daymark/checker"
	"daymark/checker/remote"
	"daymark/internal/guard"
	"daymark/internal/redact"
)

// probe is a probe agent with what runs its checks and what proves it.
type probe struct {
	region  string
	agent   *checker.Agent
	prover  *checker.Prover
	runners *runnerSet
	sink    checker.Sink
}

type probeOptions struct {
	plan     remote.Plan
	settings checker.AgentOptions
	zone     *time.Location // of schedules that name none
	sink     checker.Sink
	// clock tells how the server's clock differs; nil where it is the same.
	clock func() (ahead, within time.Duration, known bool)
	// mine says which runs are this agent's; nil: all.
	mine     func(check string, at time.Time) bool
	narrow   *guard.Policy    // nil: what the settings allow is allowed
	now      func() time.Time // nil: time.Now
	redactor redact.Redactor
	log      *slog.Logger
}

// stopGrace is how long runs may take to finish when the process is asked to
// end: container runtimes kill after 10 s, and what comes after it needs some.
const stopGrace = 5 * time.Second

// newProbe prepares an agent; run starts it, and then runners.close
// ends what it used.
func newProbe(o probeOptions) (*probe, error) {
	policy, err := guardOf(o.settings.Private)
	if err != nil {
		return nil, err
	}
	if o.narrow != nil {
		policy = policy.Narrow(*o.narrow)
		policy.Setting = "agents.private, and this agent's own --allow-private or --deny-private,"
	}
	atOnce := map[checker.Kind]int{}
	if n := o.settings.AtOnce.HTTP; n > 0 {
		atOnce[checker.KindHTTP] = n
	}
	if n := o.settings.AtOnce.Browser; n > 0 {
		atOnce[checker.KindBrowser] = n
	}
	p := &probe{region: o.plan.Region, sink: o.sink, runners: newRunners(runnerOptions{guard: policy, redactor: o.redactor, atOnce: atOnce[checker.KindBrowser], now: o.now, log: o.log})}
	p.prover = checker.NewProver(checker.ProverParams{Canary: o.settings.Canary, Control: policy.Control, Clock: o.clock, Logger: o.log, Now: o.now})
	p.agent, err = checker.NewAgent(checker.AgentParams{
		Region: o.plan.Region, Run: p.runners.run, Prove: p.prover.Doubt, Sink: o.sink, AtOnce: atOnce, Location: o.zone, Logger: o.log,
		Grace: stopGrace, Mine: o.mine, Now: o.now,
	})
	if err != nil {
		return nil, err
	}
	p.agent.SetPlan(o.plan.Checks)
	return p, nil
}

// fault gives why what the agent sees fail, or would see in a browser, proves
// nothing; empty: it can be relied on.
func (p *probe) fault() string { return cmp.Or(p.prover.Fault(), p.runners.browser.Fault()) }

// run runs the checks, and the canary beside them, until ctx ends.
func (p *probe) run(ctx context.Context) error {
	trying, stop := context.WithCancel(ctx)
	tried := begin(trying, p.prover.Run)
	err := p.agent.Run(ctx)
	stop()
	return errors.Join(err, tried())
}
