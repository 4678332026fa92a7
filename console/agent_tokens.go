package console

import (
	"context"
	"time"
)

// MadeSecret is something new that opens something, by its secret.
type MadeSecret struct {
	ID      string
	Secret  string
	Expires time.Time // zero: it does not
}

// agentTokenRow is one token of agents.
type agentTokenRow struct {
	ID      string `json:"id"`
	Region  string `json:"region"`
	Name    string `json:"name" doc:"What it is for."`
	Works   bool   `json:"works"`
	Created Time   `json:"created"`
	Ends    Time   `json:"ends,omitzero" doc:"Of one that was replaced."`
	Revoked Time   `json:"revoked,omitzero"`
	Heard   Time   `json:"heard,omitzero" doc:"From an agent that has it, to the minute; left out: never."`
	Agent   string `json:"agent" doc:"As that agent called itself."`
	Version string `json:"version" doc:"Of that agent."`
}

func (a *API) listAgentTokens(ctx context.Context, _ Call, _ nothing) (page[agentTokenRow], error) {
	found, err := a.Agents.AgentTokens(ctx)
	var rows []agentTokenRow
	for i := range found {
		t := &found[i]
		rows = append(rows, agentTokenRow{
			ID: t.ID, Region: t.Region, Name: t.Name, Works: t.Works(a.Now()), Created: Time{t.Created}, Ends: Time{t.Ends}, Revoked: Time{t.Revoked},
			Heard: Time{t.Heard}, Agent: t.Agent, Version: t.Version,
		})
	}
	return whole(rows), err
}

type agentTokenAsked struct {
	Region string `json:"region" doc:"From which the agent measures; its id."`
	Name   string `json:"name,omitempty" longest:"80" doc:"What it is for, such as the machine."`
}

// agentSecretRow is a new token of an agent.
type agentSecretRow struct {
	ID     string `json:"id"`
	Secret string `json:"secret" doc:"The token; it is given this once."`
}

func (agentSecretRow) shownOn() string { return "/console/agents" }

func (a *API) makeAgentToken(ctx context.Context, call Call, asked agentTokenAsked) (agentSecretRow, error) {
	made, err := a.Agents.MakeAgentToken(ctx, call, asked.Region, asked.Name)
	return agentSecretRow{made.ID, made.Secret}, err
}

type rotateAsked struct {
	idAsked
	Hours int `json:"overlap_hours,omitempty" most:"720" doc:"For how many hours the old one works on; left out or 0: it ends at once."`
}

func (q *rotateAsked) overlap() time.Duration { return time.Duration(q.Hours) * time.Hour }

func (a *API) rotateAgentToken(ctx context.Context, call Call, asked rotateAsked) (agentSecretRow, error) {
	made, err := a.Agents.RotateAgentToken(ctx, call, asked.ID, asked.overlap())
	return agentSecretRow{made.ID, made.Secret}, err
}

// revokeAgentToken ends a token. Doing it twice is doing it once.
func (a *API) revokeAgentToken(ctx context.Context, call Call, asked revokeAsked) (madeRow, error) {
	found, err := a.Agents.AgentTokens(ctx)
	if err != nil {
		return madeRow{}, err
	}
	for i := range found {
		if t := &found[i]; t.ID == asked.ID {
			if asked.confirms(call) {
				if err := confirmed(asked.Confirm, t.Region); err != nil {
					return madeRow{}, err
				}
			}
			if !t.Works(a.Now()) {
				return madeRow{t.ID}, nil
			}
			return madeRow{t.ID}, a.Agents.RevokeAgentToken(ctx, call.Who, t.ID, asked.Reason)
		}
	}
	return madeRow{}, ErrNotFound
}
