package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"daymark/checker"
	"daymark/checker/remote"
	"daymark/internal/guard"
	"daymark/internal/redact"
)

type agentRun struct {
	Server       string   `help:"The server's address." placeholder:"URL" env:"DAYMARK_SERVER"`
	Token        string   `help:"The agent's token; better in DAYMARK_TOKEN or a file, where other users cannot see it." env:"DAYMARK_TOKEN" xor:"token"`
	TokenFile    string   `help:"A file with the token." type:"path" env:"DAYMARK_TOKEN_FILE" xor:"token"`
	Data         string   `help:"Folder for results that were not delivered yet; agent-data when left out." type:"path" env:"DAYMARK_AGENT_DATA"`
	Name         string   `help:"The agent's name, for people; the host's name when left out." env:"DAYMARK_AGENT_NAME"`
	CA           string   `help:"A file of certificates (PEM): the server's has to be signed by one of them, and no other authority is trusted." name:"ca" type:"path" placeholder:"FILE" env:"DAYMARK_AGENT_CA"`
	AllowPrivate []string `help:"A network (CIDR): of the private addresses that agents.private allows, checks reach only these here. May be repeated." placeholder:"NETWORK" env:"DAYMARK_AGENT_ALLOW_PRIVATE" xor:"private"`
	DenyPrivate  bool     `help:"Checks reach no private and no loopback address here, whatever agents.private allows." env:"DAYMARK_AGENT_DENY_PRIVATE" xor:"private"`
	File         string   `help:"A file (YAML) that says what flags and environment leave out; its keys are the names of these flags." type:"path" placeholder:"FILE" env:"DAYMARK_AGENT_FILE"`
	Once         bool     `help:"Run each check of the region once, deliver what was seen, and end."`
}

// Help gives an example.
func (agentRun) Help() string {
	return `An agent opens no port: it connects to the server, is told what to check, and keeps its results on disk until the
server has taken them. Without the server it goes on by the last plan. Browser checks need
Chromium on this machine; without it they are unknown, not failed.

Several agents of a region, each with a token and a folder of its own, share its checks.

With --once the exit code is 0 when no check failed, 1 when one did or results could not be delivered, 3 when nothing
failed but some check could not tell.

Example: DAYMARK_TOKEN=dma_… daymark agent --server https://status.example.org --data /var/lib/daymark-agent`
}

// Run runs the agent until it is interrupted.
func (c *agentRun) Run(ctx context.Context, std streams, logging *logOptions) error {
	start, err := c.prepare()
	if err != nil {
		return err
	}
	log := logging.logger(std.err, redact.New(start.client.Token))
	slog.SetDefault(log) // for what libraries say
	start.client.Logger = log
	untrace, err := startTracing(ctx, log, nil) // what agents see is told without secrets
	if err != nil {
		return err
	}
	defer untrace()
	unlock, err := lockData(start.data)
	if err != nil {
		return err
	}
	if start.client.Self, err = selfOf(start.data); err != nil {
		return errors.Join(err, unlock())
	}
	start.client.PlanFile = filepath.Join(start.data, "plan.json")
	if c.Once {
		return errors.Join(runAgentOnce(ctx, std, start), unlock())
	}
	return errors.Join(runAgent(ctx, start), unlock())
}

// agentSettings is what every agent is told besides its checks.
type agentSettings struct {
	checker.AgentOptions
	Zone string // of schedules that name none
	// Secrets are those of the configuration that stand in the checks, so that
	// no evidence of the agent shows them.
	Secrets []string
}

// runAgent joins connection, spool and probe until ctx ends: the probe ends
// first, what it saw is delivered as far as it can be, and the rest stays on
// disk.
func runAgent(ctx context.Context, start *agentStart) (err error) {
	options, log, now := start.client, start.client.Logger, machineClock()
	options.Now = now
	plans := make(chan remote.Plan, 1)
	options.OnPlan = func(plan remote.Plan) { replace(plans, plan) }
	asked := make(chan string, 16)
	options.OnRun = func(check string) {
		select {
		case asked <- check:
		default: // it is asked for more than it can begin
		}
	}
	trying := &agentTrials{log: log}
	options.OnTry = trying.try
	client, err := remote.NewClient(options)
	if err != nil {
		return usageError{err}
	}
	connecting, disconnect := context.WithCancel(context.WithoutCancel(ctx))
	defer disconnect()
	connected := begin(connecting, client.Run)
	defer func() {
		disconnect()
		err = errors.Join(err, connected())
	}()
	var plan remote.Plan
	select { // the first says how large the spool may be
	case <-ctx.Done():
		return nil
	case plan = <-plans:
	}
	settings, err := settingsOf(plan)
	if err != nil {
		return err
	}
	spool, err := remote.OpenSpool(remote.SpoolOptions{Dir: filepath.Join(start.data, "spool"), Limit: int64(settings.Spool), Logger: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, spool.Close()) }()
	forwarder, err := remote.NewForwarder(remote.ForwarderOptions{Spool: spool, Deliver: client.Deliver, Pause: client.Pause, Logger: log})
	if err != nil {
		return err
	}
	forwarding, stop := context.WithCancel(connecting)
	forwarded := begin(forwarding, forwarder.Run)
	state := agentHealth{client: client, spool: spool, forwarder: forwarder}
	telling := begin(forwarding, state.run)
	prober := planned{plans: plans, asked: asked, sink: forwarder, clock: client.Clock, mine: client.Mine, narrow: start.narrow, now: now, log: log, began: func(p *probe) {
		state.probe.Store(p)
		trying.probe.Store(p)
	}}
	leaving := context.AfterFunc(ctx, client.Leave)
	err = prober.run(ctx, plan)
	leaving()
	trying.probe.Store(nil)
	stop()
	return errors.Join(err, telling(), forwarded())
}

// begin runs a part; what it answers waits for the part to end, which its
// context tells it to.
func begin(ctx context.Context, part func(context.Context) error) (wait func() error) {
	done := make(chan error, 1)
	go func() { done <- part(ctx) }()
	return func() error {
		if err := <-done; !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	}
}

// planned runs by the newest plan until its context ends. Other checks are
// taken as the agent runs; another region or other settings make another agent.
type planned struct {
	plans <-chan remote.Plan
	asked <-chan string // checks that are to run at once
	sink  checker.Sink
	clock func() (ahead, within time.Duration, known bool) // of the server
	mine  func(check string, at time.Time) bool            // which runs are this agent's; nil: all
	// narrow is what the agent itself refuses to dial; nil: nothing more than
	// its plan does.
	narrow *guard.Policy
	now    func() time.Time // nil: time.Now
	log    *slog.Logger
	began  func(*probe) // hears of each probe that begins; nil: nobody does
}

func (r *planned) run(ctx context.Context, plan remote.Plan) error {
	p, err := r.probeOf(plan)
	if err != nil {
		return err
	}
	return r.runFrom(ctx, plan, p)
}

// runFrom is run with the first probe made already.
func (r *planned) runFrom(ctx context.Context, plan remote.Plan, p *probe) error {
	for {
		if r.began != nil {
			r.began(p)
		}
		running, stop := context.WithCancel(ctx)
		ended := begin(running, p.run)
		plan = r.take(ctx, plan, p.agent)
		stop()
		err := errors.Join(ended(), p.runners.close(context.WithoutCancel(ctx)))
		if err != nil || ctx.Err() != nil {
			return err
		}
		if p, err = r.probeOf(plan); err != nil {
			return err
		}
	}
}

// take gives new checks to an agent until ctx ends or a plan comes that
// needs another one, and answers that plan.
func (r *planned) take(ctx context.Context, plan remote.Plan, agent *checker.Agent) remote.Plan {
	for {
		select {
		case <-ctx.Done():
			return plan
		case check := <-r.asked:
			if _, err := agent.RunNow(check); err != nil {
				r.log.Info("a run that was asked for does not begin", "check", check, "why", err)
			}
		case next := <-r.plans:
			if next.Region != plan.Region || !bytes.Equal(next.Settings, plan.Settings) {
				return next
			}
			agent.SetPlan(next.Checks)
			plan = next
		}
	}
}

func settingsOf(plan remote.Plan) (agentSettings, error) {
	settings := agentSettings{AgentOptions: checker.DefaultAgentOptions()}
	if len(plan.Settings) > 0 {
		if err := json.Unmarshal(plan.Settings, &settings); err != nil {
			return settings, fmt.Errorf("read what the server tells agents; is it a newer version? %w", err)
		}
	}
	return settings, nil
}

func (r *planned) probeOf(plan remote.Plan) (*probe, error) {
	settings, err := settingsOf(plan)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(settings.Zone)
	if err != nil {
		return nil, fmt.Errorf("load the page's time zone: %w", err)
	}
	return newProbe(probeOptions{
		plan: plan, settings: settings.AgentOptions, zone: zone, sink: r.sink, clock: r.clock, mine: r.mine, narrow: r.narrow, now: r.now,
		redactor: redact.New(redact.Forms(settings.Secrets...)...), log: r.log,
	})
}
