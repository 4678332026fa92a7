package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"daymark/checker"
	"daymark/checker/remote"
	"daymark/config"
	"daymark/console"
)

// submitter takes results of the region of the agent inside.
type submitter func(ctx context.Context, region string, results []checker.Result) ([]checker.Rejection, error)

// innerAgent is the agent inside the server. Its results take the same way as
// those of any other: spool, then engine. It takes new plans as agents
// elsewhere do, and between two engines it keeps what it sees.
type innerAgent struct {
	plans  chan remote.Plan
	engine passage[submitter]
	probe  atomic.Pointer[probe]
	state  agentHealth
	agents atomic.Pointer[remote.Server]     // who shares its region; nil between two apps
	stops  []func(ctx context.Context) error // last first
}

// startInner starts an agent, which runs until it is stopped.
func startInner(ctx context.Context, doc *config.Document, plan remote.Plan, log *slog.Logger) (*innerAgent, error) {
	i := &innerAgent{plans: make(chan remote.Plan, 1)}
	spool, err := remote.OpenSpool(remote.SpoolOptions{
		Dir: filepath.Join(doc.Server.Data, "agent", "spool"), Limit: int64(doc.Agents.Spool), Logger: log,
	})
	if err != nil {
		return nil, err
	}
	forwarder, err := remote.NewForwarder(remote.ForwarderOptions{
		Spool: spool, Logger: log, Deliver: i.deliver,
		Most: 2 * time.Second, // no other machine has to be spared, and the page waits
	})
	if err != nil {
		return nil, errors.Join(err, spool.Close())
	}
	prober := &planned{plans: i.plans, sink: forwarder, now: machineClock(), log: log, began: i.probe.Store, mine: i.mine}
	first, err := prober.probeOf(plan) // what is wrong with it is told now
	if err != nil {
		return nil, errors.Join(err, spool.Close())
	}
	i.state.spool, i.state.forwarder = spool, forwarder
	i.stops = append(i.stops, func(context.Context) error { return spool.Close() })
	i.spawn(ctx, forwarder.Run)
	i.spawn(ctx, func(ctx context.Context) error {
		err := prober.runFrom(ctx, plan, first)
		if ctx.Err() == nil {
			log.Error("the agent inside ended: no check runs here until the server is started again", "error", err)
		}
		return err
	})
	return i, nil
}

func (i *innerAgent) spawn(ctx context.Context, part func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	wait := begin(ctx, part)
	i.stops = append(i.stops, func(context.Context) error { cancel(); return wait() })
}

// deliver gives results to the engine, once there is one.
func (i *innerAgent) deliver(ctx context.Context, results []checker.Result) ([]checker.Rejection, error) {
	submit, leave, err := i.engine.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return submit(ctx, config.LocalRegion, results)
}

// mine says whether a run is this agent's, where others share its region.
func (i *innerAgent) mine(check string, at time.Time) bool {
	agents := i.agents.Load()
	return agents == nil || agents.Mine(check, at)
}

// fault says why what the agent sees fail cannot be relied on; "" is that it
// can.
func (i *innerAgent) fault() string {
	if p := i.probe.Load(); p != nil {
		return p.fault()
	}
	return ""
}

// health says how the agent is; its memory is the server's.
func (i *innerAgent) health(now time.Time) console.AgentHealth {
	health := i.state.of(i.probe.Load())
	return healthOf(now, true, &health)
}

// runNow runs a check at once.
func (i *innerAgent) runNow(check string) (time.Time, error) {
	if i == nil || i.probe.Load() == nil {
		return time.Time{}, checker.ErrNotRun
	}
	return i.probe.Load().agent.RunNow(check)
}

func (i *innerAgent) stop(ctx context.Context) error {
	var err error
	for _, end := range slices.Backward(i.stops) {
		err = errors.Join(err, end(ctx))
	}
	return err
}

// workFor gives the agent inside its plan, and its results to this app until
// that stops. Without a check for it no agent begins.
func (g *ground) workFor(ctx context.Context, a *app) error {
	plan := a.planWith(config.LocalRegion, a.doc.Secrets())
	if g.inside == nil {
		if len(plan.Checks) == 0 {
			return nil
		}
		var err error
		if g.inside, err = startInner(ctx, a.doc, plan, g.log); err != nil {
			return err
		}
	} else {
		replace(g.inside.plans, plan)
	}
	way, inside := &g.inside.engine, g.inside
	inside.agents.Store(a.agents)
	way.open(a.submit)
	a.onStop("take no results of the agent inside", func(ctx context.Context) error {
		inside.agents.Store(nil)
		way.shut()
		return way.empty(ctx)
	})
	return nil
}

// replace puts a plan where one may wait.
func replace(plans chan remote.Plan, plan remote.Plan) {
	select {
	case <-plans:
	default:
	}
	plans <- plan
}
