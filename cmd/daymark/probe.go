package main

import (
	"log/slog"
	"time"

	"daymark/checker"
	"daymark/checker/remote"
	"daymark/internal/redact"
)

// probe is a probe agent with what runs its checks.
type probe struct {
	agent   *checker.Agent
	runners *runnerSet
}

type probeOptions struct {
	plan     remote.Plan
	settings checker.AgentOptions
	zone     *time.Location // of schedules that name none
	sink     checker.Sink
	redactor redact.Redactor
	log      *slog.Logger
}

// stopGrace is how long runs may take to finish when the process is asked to
// end: container runtimes kill after 10 s, and what comes after it needs some.
const stopGrace = 5 * time.Second

// newProbe prepares an agent; agent.Run starts it, and then runners.close
// ends what it used.
func newProbe(o probeOptions) (*probe, error) {
	policy, err := guardOf(o.settings.Private)
	if err != nil {
		return nil, err
	}
	atOnce := map[checker.Kind]int{}
	if n := o.settings.AtOnce.HTTP; n > 0 {
		atOnce[checker.KindHTTP] = n
	}
	if n := o.settings.AtOnce.Browser; n > 0 {
		atOnce[checker.KindBrowser] = n
	}
	p := &probe{runners: newRunners(runnerOptions{guard: policy, redactor: o.redactor, atOnce: atOnce[checker.KindBrowser], log: o.log})}
	p.agent, err = checker.NewAgent(checker.AgentParams{
		Region: o.plan.Region, Run: p.runners.run, Sink: o.sink, AtOnce: atOnce, Location: o.zone, Logger: o.log,
		Grace: stopGrace,
	})
	if err != nil {
		return nil, err
	}
	p.agent.SetPlan(o.plan.Checks)
	return p, nil
}
