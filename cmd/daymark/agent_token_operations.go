package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
	"daymark/internal/expression"
	"daymark/store"
)

// agentTokenOrder is what a command asks of agents' tokens.
type agentTokenOrder struct {
	ID      string        `json:"id,omitempty"`
	Region  string        `json:"region,omitempty"`
	Name    string        `json:"name,omitempty"`
	Overlap time.Duration `json:"overlap,omitempty"` // for how long the old one still works
	Reason  string        `json:"reason,omitempty"`
}

// agentTokenLine is one line of `daymark agent token list`.
type agentTokenLine struct {
	ID      string    `json:"id"`
	Region  string    `json:"region"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	Ends    time.Time `json:"ends,omitzero"`
	Revoked time.Time `json:"revoked,omitzero"`
	Heard   time.Time `json:"heard,omitzero"`
	Agent   string    `json:"agent"`
	Version string    `json:"version"`
	State   string    `json:"state"` // works, or why not
}

// orderAgentToken makes a token for the command line and gives it, once.
func (o *operations) orderAgentToken(ctx context.Context, order agentTokenOrder) (string, error) {
	made, err := o.makeAgentToken(ctx, byCommand(), order.Region, order.Name)
	return made.Secret, err
}

// replaceAgentToken makes a token like the one of an id, which works on for a
// while.
func (o *operations) replaceAgentToken(ctx context.Context, call console.Call, id string, overlap time.Duration) (console.MadeSecret, error) {
	old, err := o.agentToken(ctx, id)
	if err != nil {
		return console.MadeSecret{}, err
	}
	made, err := o.addAgentToken(ctx, call, "agent token rotated", access.AgentToken{Region: old.Region, Name: old.Name}, func(ctx context.Context, tx *store.Tx, now time.Time) error {
		return tx.ReplaceAgentToken(ctx, id, now.Add(overlap))
	})
	if err == nil && overlap == 0 {
		o.dropAgent(id)
	}
	return made, err
}

// endAgentToken ends a token and the connections that were made with it, and
// says what it was of.
func (o *operations) endAgentToken(ctx context.Context, who access.Principal, id, reason string) (string, error) {
	old, err := o.agentToken(ctx, id)
	if err != nil {
		return "", err
	}
	object := describeAgent(old) + " " + id
	if reason != "" {
		object += ": " + reason
	}
	err = o.engine.Do(ctx, incident.Act{Actor: who.Actor(), Action: "agent token revoked", Object: object}, func(ctx context.Context, tx incident.Tx, now time.Time) error {
		return tx.(*store.Tx).RevokeAgentToken(ctx, now, id)
	})
	if err == nil {
		o.dropAgent(id)
	}
	return describeAgent(old), err
}

// dropAgent ends the connections of a token, where a server runs.
func (o *operations) dropAgent(id string) {
	if o.agents != nil {
		o.agents.Drop(id)
	}
}

func (o *operations) rotateAgentToken(ctx context.Context, order agentTokenOrder) (string, error) {
	if order.Overlap < 0 || order.Overlap > access.MaxOverlap {
		return "", usageError{fmt.Errorf("the old token can work on for %s at most", expression.FormatDuration(access.MaxOverlap))}
	}
	made, err := o.replaceAgentToken(ctx, byCommand(), order.ID, order.Overlap)
	return made.Secret, noAgentToken(order.ID, err)
}

func (o *operations) revokeAgentToken(ctx context.Context, order agentTokenOrder) (string, error) {
	ended, err := o.endAgentToken(ctx, access.CommandLine(), order.ID, order.Reason)
	return ended, noAgentToken(order.ID, err)
}

func noAgentToken(id string, err error) error {
	if errors.Is(err, console.ErrNotFound) {
		return usageError{fmt.Errorf("there is no agent's token %q that works: `daymark agent token list` lists them", id)}
	}
	return err
}

func (o *operations) listAgentTokens(ctx context.Context, order agentTokenOrder) ([]agentTokenLine, error) {
	tokens, err := o.core.store.AgentTokens(ctx)
	if err != nil {
		return nil, err
	}
	lines := []agentTokenLine{}
	now := o.core.now()
	for i := range tokens {
		t := &tokens[i]
		if order.Region != "" && t.Region != order.Region {
			continue
		}
		line := agentTokenLine{
			ID: t.ID, Region: t.Region, Name: t.Name, Created: t.Created, Ends: t.Ends, Revoked: t.Revoked, Heard: t.Heard, Agent: t.Agent, Version: t.Version, State: "works",
		}
		switch {
		case !t.Revoked.IsZero():
			line.State = "revoked " + timeText(t.Revoked)
		case !t.Works(now):
			line.State = "replaced, ended " + timeText(t.Ends)
		case !t.Ends.IsZero():
			line.State = "replaced, works until " + timeText(t.Ends)
		}
		lines = append(lines, line)
	}
	return lines, nil
}
