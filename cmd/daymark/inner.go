package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"path/filepath"
	"time"

	"daymark/access"
	"daymark/checker"
	"daymark/checker/remote"
	"daymark/config"
	"daymark/internal/redact"
	"daymark/store"
)

// newAgentServer makes the end that probe agents connect to.
func (a *app) newAgentServer() (*remote.Server, error) {
	return remote.NewServer(remote.ServerOptions{
		Authenticate: a.authenticateAgent,
		Plan:         a.planFor,
		Submit:       a.engine.Submit,
		Logger:       a.log,
	})
}

func (a *app) authenticateAgent(ctx context.Context, token string) (region, id string, err error) {
	if !access.LooksLikeAgentToken(token) {
		return "", "", remote.ErrToken
	}
	found, err := a.store.AgentToken(ctx, access.HashToken(token), a.now())
	if errors.Is(err, store.ErrNotFound) {
		return "", "", remote.ErrToken
	}
	if err != nil {
		return "", "", err
	}
	return found.Region, found.ID, nil
}

// planFor gives what the agents of a region are told. Its revision follows
// from its content.
func (a *app) planFor(region string) remote.Plan {
	plan := remote.Plan{Region: region, Checks: a.policy.Checks(region)}
	settings := agentSettings{AgentOptions: a.doc.Agents, Zone: a.doc.Page.Timezone, Secrets: secretsIn(plan.Checks, a.doc.Secrets())}
	var err error
	if plan.Settings, err = json.Marshal(settings); err != nil {
		a.log.Error("what agents are told cannot be written down", "region", region, "error", err)
	}
	sum := sha256.New()
	if err := json.NewEncoder(sum).Encode(plan); err != nil {
		a.log.Error("a plan has no revision", "region", region, "error", err)
	}
	plan.Revision = hex.EncodeToString(sum.Sum(nil)[:8])
	return plan
}

// secretsIn gives the secrets that stand in some checks: a region is told no
// others.
func secretsIn(checks []checker.Check, secrets []string) []string {
	var all []string
	text, err := json.Marshal(checks)
	if err != nil {
		return secrets // better all of them than one that shows
	}
	for _, secret := range secrets {
		encoded, err := json.Marshal(secret)
		if err != nil || bytes.Contains(text, encoded[1:len(encoded)-1]) {
			all = append(all, secret)
		}
	}
	return all
}

// startAgent starts the agent inside, if the configuration has its region.
// Its results take the same way as those of any other: spool, then engine.
func (a *app) startAgent(ctx context.Context) error {
	plan := a.planFor(config.LocalRegion)
	if len(plan.Checks) == 0 {
		return nil
	}
	data := filepath.Join(a.doc.Server.Data, "agent")
	spool, err := remote.OpenSpool(remote.SpoolOptions{Dir: filepath.Join(data, "spool"), Limit: int64(a.doc.Agents.Spool), Logger: a.log})
	if err != nil {
		return err
	}
	a.onStop("close the spool", func(context.Context) error { return spool.Close() })
	forwarder, err := remote.NewForwarder(remote.ForwarderOptions{
		Spool: spool, Logger: a.log, Deliver: a.deliverLocal,
		Most: 2 * time.Second, // no other machine has to be spared, and the page waits
	})
	if err != nil {
		return err
	}
	p, err := newProbe(probeOptions{plan: plan, settings: a.doc.Agents, zone: a.zone, sink: forwarder, redactor: redact.New(redact.Forms(a.doc.Secrets()...)...), log: a.log})
	if err != nil {
		return err
	}
	a.inside = p.prover
	a.runner.Store(p.agent)
	a.spawn(ctx, "the forwarder of the agent inside", forwarder.Run)
	a.onStop("close Chromium", p.runners.close)
	a.spawn(ctx, "the agent inside", p.run)
	return nil
}

func (a *app) deliverLocal(ctx context.Context, results []checker.Result) ([]checker.Rejection, error) {
	return a.engine.Submit(ctx, config.LocalRegion, results)
}
