package access

import "time"

// AgentToken is a token by which agents of one region connect. The secret
// itself is in no place but with its holder.
type AgentToken struct {
	ID      string
	Region  string
	Name    string // what it is for; may be empty
	Created time.Time
	Ends    time.Time // of one that was replaced; zero: it does not end by itself
	Revoked time.Time // zero: it was not
	Heard   time.Time // from an agent that has it, to the minute; zero: never
	Agent   string    // as the agent called itself then
	Version string    // of the agent then
}

// MaxOverlap is how long a token that was replaced works on at most.
const MaxOverlap = 30 * 24 * time.Hour

// Works says whether the token opens something now.
func (t *AgentToken) Works(now time.Time) bool {
	return t.Revoked.IsZero() && (t.Ends.IsZero() || now.Before(t.Ends))
}
