package main

import (
	"context"
	"slices"
	"time"

	"daymark/access"
	"daymark/checker/remote"
	"daymark/config"
	"daymark/console"
	"daymark/incident"
	"daymark/store"
)

// makeAgentToken makes a token for a region's agent.
func (o *operations) makeAgentToken(ctx context.Context, call console.Call, region, name string) (console.MadeSecret, error) {
	if err := o.knowsRegion(region); err != nil {
		return console.MadeSecret{}, err
	}
	return o.addAgentToken(ctx, call, "agent token created", access.AgentToken{Region: region, Name: name}, func(context.Context, *store.Tx, time.Time) error { return nil })
}

// addAgentToken keeps a new token with its entry in the audit trail, and what
// has to be done in the same transaction.
func (o *operations) addAgentToken(ctx context.Context, call console.Call, action string, token access.AgentToken, also func(context.Context, *store.Tx, time.Time) error) (console.MadeSecret, error) {
	secret, hash := access.NewAgentToken()
	act := incident.Act{Actor: call.Who.Actor(), Action: action, Object: describeAgent(&token)}
	err := o.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, now time.Time) error {
		rows := tx.(*store.Tx)
		if err := once(ctx, rows, now, call); err != nil {
			return err
		}
		if err := also(ctx, rows, now); err != nil {
			return err
		}
		return rows.AddAgentToken(ctx, now, hash, &token)
	})
	if err != nil {
		return console.MadeSecret{}, err
	}
	return console.MadeSecret{ID: token.ID, Secret: secret}, nil
}

// describeAgent is how the audit trail names a token of an agent.
func describeAgent(t *access.AgentToken) string {
	if t.Name == "" {
		return t.Region
	}
	return t.Region + " (" + t.Name + ")"
}

// agentToken finds a token of agents that works.
func (o *operations) agentToken(ctx context.Context, id string) (*access.AgentToken, error) {
	all, err := o.core.store.AgentTokens(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].ID == id && all[i].Works(o.core.now()) {
			return &all[i], nil
		}
	}
	return nil, console.ErrNotFound
}

// staffAgents is what measures, as the console has it.
type staffAgents struct {
	*store.Store
	operations *operations
	app        *app
}

// Agents implements console.Agents.
func (s staffAgents) Agents() []console.Agent {
	var all []console.Agent
	if inside := s.app.ground.inside; inside != nil {
		all = append(all, console.Agent{Region: config.LocalRegion, Name: "inside", Version: version, Inside: true, Fault: inside.fault(), Health: inside.health(s.app.now())})
	}
	for _, x := range s.app.agents.Connected() {
		all = append(all, console.Agent{
			Region: x.Region, Name: x.Name, Version: x.Version, Token: x.TokenID, Address: x.Address, Since: x.Since, Seen: x.LastSeen,
			Lag: x.Lag, Results: x.Results, Rejected: x.Rejected, Fault: x.Health.Fault, Health: healthOf(x.HealthAt, x.Shares, &x.Health),
		})
	}
	return all
}

// healthOf gives how an agent says that it is, as the console has it.
func healthOf(told time.Time, shares bool, h *remote.Health) console.AgentHealth {
	return console.AgentHealth{
		Told: told, Shares: shares, Spool: h.Spool, Thinned: h.Thinned, Held: h.Held, Runs: h.Runs, Start: h.Late, Missed: h.Missed, Memory: h.Memory,
	}
}

// MakeAgentToken implements console.Agents.
func (s staffAgents) MakeAgentToken(ctx context.Context, call console.Call, region, name string) (console.MadeSecret, error) {
	made, err := s.operations.makeAgentToken(ctx, call, region, name)
	return made, asRefusal(err, incident.Invalid)
}

// RotateAgentToken implements console.Agents.
func (s staffAgents) RotateAgentToken(ctx context.Context, call console.Call, id string, overlap time.Duration) (console.MadeSecret, error) {
	return s.operations.replaceAgentToken(ctx, call, id, overlap)
}

// RevokeAgentToken implements console.Agents.
func (s staffAgents) RevokeAgentToken(ctx context.Context, who access.Principal, id, reason string) error {
	_, err := s.operations.endAgentToken(ctx, who, id, reason)
	return err
}

// hearEvery is how often it is noted which agents are heard.
const hearEvery = 30 * time.Second

// hearAgents notes which agents are heard, and lets go those whose token has
// ended meanwhile.
func (a *app) hearAgents(ctx context.Context) {
	tick := time.NewTicker(hearEvery)
	defer tick.Stop()
	for {
		if err := a.hear(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("which agents are heard could not be noted; it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (a *app) hear(ctx context.Context) error {
	connected := a.agents.Connected()
	if len(connected) == 0 {
		return nil
	}
	tokens, err := a.store.AgentTokens(ctx)
	if err != nil {
		return err
	}
	var heard []access.AgentToken
	for _, x := range connected {
		heard = append(heard, access.AgentToken{ID: x.TokenID, Heard: x.LastSeen, Agent: x.Name, Version: x.Version})
		if !slices.ContainsFunc(tokens, func(t access.AgentToken) bool { return t.ID == x.TokenID && t.Works(a.now()) }) {
			a.agents.Drop(x.TokenID)
		}
	}
	return a.store.HearAgents(ctx, heard)
}

// once lets what answers a secret be done once for the key of a call: the
// secret is kept nowhere, so that a second answer could not give it.
func once(ctx context.Context, tx *store.Tx, now time.Time, call console.Call) error {
	if call.Key == "" {
		return nil
	}
	key := call.Who.Via() + " " + call.Key // nobody's key is another's
	_, _, found, err := tx.Made(ctx, key)
	if err != nil {
		return err
	}
	if found {
		return &incident.Refusal{Kind: incident.Conflict, Text: "this was done already, and what is secret of it was shown then: end that and make another, if it is lost"}
	}
	return tx.KeepMade(ctx, now, key, "", "")
}
