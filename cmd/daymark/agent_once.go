package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"daymark/checker"
	"daymark/checker/remote"
	"daymark/internal/expression"
)

// How long `agent --once` waits for the server, before and after the runs.
const (
	oncePlan    = 30 * time.Second
	onceDeliver = time.Minute
)

// runAgentOnce runs each check of the agent's region once and delivers what
// was seen. What cannot be delivered stays on disk for the next time.
func runAgentOnce(ctx context.Context, std streams, start *agentStart) (err error) {
	options := start.client
	plans := make(chan remote.Plan, 1)
	options.OnPlan = func(plan remote.Plan) { replace(plans, plan) }
	options.Self = "" // it runs all, beside those who share
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
	select {
	case plan = <-plans:
	case <-ctx.Done():
		return nil
	case <-time.After(oncePlan):
		return fmt.Errorf("the server told no plan within %s; what it said is above", expression.FormatDuration(oncePlan))
	}
	settings, err := settingsOf(plan)
	if err != nil {
		return err
	}
	spool, err := remote.OpenSpool(remote.SpoolOptions{Dir: filepath.Join(start.data, "spool"), Limit: int64(settings.Spool), Logger: options.Logger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, spool.Close()) }()
	forwarder, err := remote.NewForwarder(remote.ForwarderOptions{Spool: spool, Deliver: client.Deliver, Logger: options.Logger})
	if err != nil {
		return err
	}
	forwarding, stop := context.WithCancel(connecting)
	forwarded := begin(forwarding, forwarder.Run)
	r := planned{sink: forwarder, clock: client.Clock, narrow: start.narrow, log: options.Logger}
	p, err := r.probeOf(plan)
	if err == nil {
		err = p.runOnce(ctx, std, plan, settings.AgentOptions)
		err = errors.Join(err, p.runners.close(context.WithoutCancel(ctx)))
		if waits := delivered(ctx, spool, forwarder); waits != nil { // more than how the checks went
			err = waits
		}
	}
	stop()
	return errors.Join(err, forwarded())
}

// runOnce runs all checks of a plan and prints what each came to.
func (p *probe) runOnce(ctx context.Context, std streams, plan remote.Plan, settings checker.AgentOptions) error {
	places := map[bool]chan struct{}{
		false: make(chan struct{}, max(settings.AtOnce.HTTP, 1)),
		true:  make(chan struct{}, max(settings.AtOnce.Browser, 1)),
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	seen := map[checker.Outcome]int{}
	var failure error
	for _, check := range plan.Checks {
		if check.Heartbeat != nil {
			continue
		}
		all.Go(func() {
			place := places[check.Browser != nil]
			select {
			case place <- struct{}{}:
			case <-ctx.Done():
				return
			}
			defer func() { <-place }()
			at := time.Now().UTC().Truncate(time.Millisecond)
			result := p.runners.run(ctx, check)
			if ctx.Err() != nil {
				return
			}
			result.Check, result.Region, result.At = check.ID, plan.Region, at
			result = p.prover.Doubt(ctx, result, 0)
			result.Bound()
			err := p.sink.Submit(ctx, []checker.Result{result})
			mu.Lock()
			defer mu.Unlock()
			failure = errors.Join(failure, err)
			seen[result.Outcome]++
			line := strings.TrimRight(fmt.Sprintf("%-8s  %s  %s  %s", result.Outcome, check.ID, expression.FormatDuration(result.Duration.Round(time.Millisecond)), printable(result.Reason)), " ")
			_, err = fmt.Fprintln(std.out, line)
			failure = errors.Join(failure, err)
		})
	}
	all.Wait()
	switch {
	case failure != nil:
		return failure
	case ctx.Err() != nil, seen[checker.Failed] > 0:
		return quietError{exitFailed}
	case seen[checker.Unknown] > 0:
		return quietError{exitUnknown}
	}
	return nil
}

// delivered waits until the server has everything.
func delivered(ctx context.Context, spool *remote.Spool, forwarder *remote.Forwarder) error {
	limit, cancel := context.WithTimeout(ctx, onceDeliver)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for spool.Unacknowledged() > 0 || forwarder.Held() > 0 {
		select {
		case <-tick.C:
		case <-limit.Done():
			return fmt.Errorf("not all results could be delivered: %s wait on disk for the next time", expression.FormatSize(spool.Unacknowledged()))
		}
	}
	return nil
}
