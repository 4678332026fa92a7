package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"daymark/access"
	"daymark/checker"
	"daymark/checker/remote"
	"daymark/config"
	"daymark/store"
)

// newAgentServer makes the end that probe agents connect to.
func (a *app) newAgentServer() (*remote.Server, error) {
	return remote.NewServer(remote.ServerOptions{
		Authenticate: a.authenticateAgent,
		Plan:         a.planFor,
		Submit:       a.submit,
		Lease:        a.doc.Agents.Lease,
		Inside:       config.LocalRegion,
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

// planFor gives what the agents of a region are told, with no secrets but
// those of its checks.
func (a *app) planFor(region string) remote.Plan {
	return a.planWith(region, secretsIn(a.policy.Checks(region), a.doc.Secrets()))
}

// planWith gives a region's plan with the secrets that are to be hidden there.
// Its revision follows from its content.
func (a *app) planWith(region string, secrets []string) remote.Plan {
	plan := remote.Plan{Region: region, Checks: a.policy.Checks(region)}
	settings := agentSettings{AgentOptions: a.doc.Agents, Zone: a.doc.Page.Timezone, Secrets: secrets}
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
