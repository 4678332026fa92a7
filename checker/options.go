package checker

import "time"

// AgentOptions is what every agent is told. An agent's own flags may only
// narrow it.
type AgentOptions struct {
	Canary  Canary        `yaml:"canary"`
	Lease   time.Duration `yaml:"lease"`   // how long an agent keeps a check without word from it
	Spool   Size          `yaml:"spool"`   // most that results may take on the agent's disk
	AtOnce  AtOnce        `yaml:"at_once"` // runs at the same time
	Private Private       `yaml:"private"`
}

// Canary is how an agent proves itself before it accuses: when it fails, the
// agent's results are unknown.
type Canary struct {
	Every     time.Duration `yaml:"every"`
	Names     []string      `yaml:"names"`     // resolved by DNS; empty: not tried
	Addresses []string      `yaml:"addresses"` // host:port, connected to; empty: not tried
	Clock     time.Duration `yaml:"clock"`     // most that its clock may differ from the server's
	Lag       time.Duration `yaml:"lag"`       // most that a run may begin late
}

// AtOnce limits how many runs go on at the same time in one agent.
type AtOnce struct {
	HTTP    int `yaml:"http"` // and every other kind but journeys
	Browser int `yaml:"browser"`
}

// Private says which private and loopback addresses checks may reach.
type Private struct {
	Deny  bool     `yaml:"deny"`  // refuse them at dial, but for those allowed
	Allow []string `yaml:"allow"` // networks in CIDR form
}

// DefaultAgentOptions is what an agent is told where the configuration is
// silent.
func DefaultAgentOptions() AgentOptions {
	return AgentOptions{
		Canary:  Canary{Every: 30 * time.Second, Clock: 2 * time.Second, Lag: 5 * time.Second},
		Lease:   10 * time.Second,
		Spool:   1_000_000_000,
		AtOnce:  AtOnce{HTTP: 200, Browser: 2},
		Private: Private{Deny: true},
	}
}
