package checker

import "time"

// Rejection says that one result will never be taken, and why. Giving the
// same result again is of no use.
type Rejection struct {
	Check  string    `json:"check"`
	At     time.Time `json:"at"`     // the scheduled time of the run
	Reason string    `json:"reason"` // one sentence for the agent's log
}
