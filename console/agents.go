package console

import (
	"context"
	"slices"
	"time"

	"daymark/access"
	"daymark/incident"
)

// Agents is who measures. What is not there is ErrNotFound; each change is in
// the audit trail.
type Agents interface {
	// Agents gives those that are connected, and the one inside the server.
	Agents() []Agent
	// AgentTokens gives all tokens of agents, newest first.
	AgentTokens(ctx context.Context) ([]access.AgentToken, error)
	// MakeAgentToken makes a token for a region and gives its secret.
	MakeAgentToken(ctx context.Context, call Call, region, name string) (MadeSecret, error)
	// RotateAgentToken makes a token like the one of an id, which works on for a
	// while.
	RotateAgentToken(ctx context.Context, call Call, id string, overlap time.Duration) (MadeSecret, error)
	// RevokeAgentToken ends a token, and the connections that were made with it.
	RevokeAgentToken(ctx context.Context, who access.Principal, id, reason string) error
}

// Agent is one that measures at this moment.
type Agent struct {
	Region, Name, Version string
	Inside                bool   // it runs in the server
	Fault                 string // why it cannot be relied on; empty: it can, as far as is known
	Token                 string // id; empty: it needs none
	Address               string
	Since, Seen           time.Time
	Lag                   time.Duration // how late its last results came
	Results, Rejected     uint64        // over this connection
	Health                AgentHealth
}

// AgentHealth is how an agent says that it is; a zero Told says that it has not.
type AgentHealth struct {
	Told    time.Time
	Shares  bool          // it shares its region's runs with others
	Spool   int64         // bytes that wait for the server
	Thinned int64         // good results that had to go for want of room
	Held    int           // results that are in memory alone
	Runs    int           // of the last minutes
	Start   time.Duration // how late 99 of 100 of them began at most
	Missed  int           // runs that were left out since it began, because the next was due
	Memory  int64         // bytes that its process holds, Chromium left out
}

// regionAgentsRow is one region with its agents.
type regionAgentsRow struct {
	Region string      `json:"region" doc:"Its id."`
	Name   string      `json:"name"`
	Lives  bool        `json:"lives" doc:"An agent measures from there now."`
	Means  string      `json:"means" doc:"What that means, in a sentence."`
	Newest Time        `json:"newest,omitzero" doc:"The newest run from there that is kept."`
	Agents []livingRow `json:"agents" doc:"Those that are connected."`
}

type livingRow struct {
	Name     string  `json:"name" doc:"As it calls itself."`
	Version  string  `json:"version"`
	Inside   bool    `json:"inside" doc:"It runs in the server, and needs no token."`
	Fault    string  `json:"fault,omitempty" doc:"Why it cannot be relied on: what it sees fail is unknown."`
	Token    string  `json:"token,omitempty" doc:"By which it came; an id."`
	Address  string  `json:"address,omitempty"`
	Since    Time    `json:"since,omitzero"`
	Seen     Time    `json:"seen,omitzero" doc:"When something last came from it."`
	Late     float64 `json:"late_seconds" doc:"How long after its scheduled time the oldest result of the last part came: what waited in its spool."`
	Results  int64   `json:"results" doc:"Taken over this connection."`
	Rejected int64   `json:"rejected"`

	Health *healthRow `json:"health,omitempty" doc:"How it says that it is; an agent older than the server does not."`
}

type healthRow struct {
	Told    Time    `json:"told,omitzero"`
	Shares  bool    `json:"shares" doc:"It shares the region's checks with other agents."`
	Spool   int64   `json:"spool_bytes" doc:"What waits on its disk for the server."`
	Thinned int64   `json:"thinned" doc:"Good results that had to go, because the spool was full."`
	Held    int     `json:"held" doc:"Results that are in its memory alone, because its disk takes none."`
	Runs    int     `json:"runs" doc:"Those of the last minutes."`
	Start   float64 `json:"start_late_seconds" doc:"How long after their times 99 of 100 of these began at most."`
	Missed  int     `json:"missed" doc:"Runs that were left out since the agent began, because the next was due."`
	Memory  int64   `json:"memory_bytes" doc:"What its process holds; Chromium is not in it."`
}

func (a *API) listAgents(ctx context.Context, _ Call, _ nothing) (page[regionAgentsRow], error) {
	results, err := a.Measured.LatestResults(ctx)
	if err != nil {
		return page[regionAgentsRow]{}, err
	}
	living := a.Agents.Agents()
	var rows []regionAgentsRow
	for _, region := range a.Regions {
		row := regionAgentsRow{Region: region.ID, Name: region.Name, Agents: []livingRow{}}
		for _, agent := range living {
			if agent.Region == region.ID {
				row.Agents = append(row.Agents, livingOf(&agent))
				row.Lives = row.Lives || agent.Fault == ""
			}
		}
		for i := range results {
			if results[i].Region == region.ID && results[i].At.After(row.Newest.Time) {
				row.Newest = Time{results[i].At}
			}
		}
		row.Means = a.means(region, &row)
		rows = append(rows, row)
	}
	return whole(rows), nil
}

func livingOf(x *Agent) livingRow {
	row := livingRow{
		Name: x.Name, Version: x.Version, Inside: x.Inside, Fault: x.Fault, Token: x.Token, Address: x.Address, Since: Time{x.Since}, Seen: Time{x.Seen},
		Late: x.Lag.Seconds(), Results: int64(x.Results), Rejected: int64(x.Rejected), //nolint:gosec // counts of one connection
	}
	if h := &x.Health; !h.Told.IsZero() {
		row.Health = &healthRow{
			Told: Time{h.Told}, Shares: h.Shares, Spool: h.Spool, Thinned: h.Thinned, Held: h.Held, Runs: h.Runs, Start: h.Start.Seconds(), Missed: h.Missed, Memory: h.Memory,
		}
	}
	return row
}

// means says what it means that a region is as it is.
func (a *API) means(region incident.Region, row *regionAgentsRow) string {
	all, alone := a.checksOf(region.ID)
	switch {
	case all == 0:
		return "No check runs from here."
	case row.Lives:
		return counted(all, "check runs", "checks run") + " from here."
	case len(row.Agents) > 0:
		return "What the agent here sees fail is unknown and not down: it cannot rely on itself." + onlyHere(alone)
	}
	return "Nothing is measured from here: no agent is connected. What other regions measure too is judged by them." + onlyHere(alone)
}

// onlyHere tells of checks that no other region runs.
func onlyHere(n int) string {
	if n == 0 {
		return ""
	}
	return " " + counted(n, "check runs", "checks run") + " nowhere else: nobody would notice an outage there."
}

// checksOf counts the checks that a region runs, and those that it runs alone.
func (a *API) checksOf(region string) (all, alone int) {
	for i := range a.Components {
		for j := range a.Components[i].Checks {
			check := &a.Components[i].Checks[j]
			if check.Heartbeat != nil || len(check.Regions) > 0 && !slices.Contains(check.Regions, region) {
				continue
			}
			all++
			if len(check.Regions) == 1 || len(check.Regions) == 0 && len(a.Regions) == 1 {
				alone++
			}
		}
	}
	return all, alone
}
