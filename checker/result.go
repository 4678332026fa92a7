package checker

import "time"

// Outcome is what one run came to.
type Outcome string

// The outcomes of a run.
const (
	OK       Outcome = "ok"
	Degraded Outcome = "degraded"
	Failed   Outcome = "failed"
	Unknown  Outcome = "unknown" // the agent itself could not tell; never counts as down
)

// Key names one run. Everything after it is idempotent by this key.
type Key struct {
	Check  string
	Region string
	At     int64 // the scheduled time, Unix milliseconds
}

// Result is one run of one check from one region.
type Result struct {
	Check    string        `json:"check"`
	Region   string        `json:"region"`
	At       time.Time     `json:"at"`      // the scheduled time, whole milliseconds, UTC
	Started  time.Time     `json:"started"` // when it really began
	Duration time.Duration `json:"duration"`
	Attempts int           `json:"attempts,omitempty"`
	Outcome  Outcome       `json:"outcome"`
	Reason   string        `json:"reason,omitempty"` // one sentence: why it is not ok
	// Latency is what "response time" means for this kind: the whole request
	// of an HTTP check, all steps of a journey; 0 where nothing answered.
	Latency      time.Duration `json:"latency,omitempty"`
	Warnings     []string      `json:"warnings,omitempty"`
	Timings      []Timing      `json:"timings,omitempty"`
	Expectations []Expectation `json:"expectations,omitempty"`
	Evidence     []Evidence    `json:"evidence,omitempty"`
	// Trace is the run's place in a trace, as a W3C traceparent; "": nobody
	// traces. It is not stored.
	Trace string `json:"trace,omitempty"`
}

// Key gives the key of the run.
func (r *Result) Key() Key { return Key{r.Check, r.Region, r.At.UnixMilli()} }

// Timing is how long one part of a run took: dns, connect, tls, first_byte,
// transfer, or a step.
type Timing struct {
	Name     string        `json:"name"`
	Duration time.Duration `json:"duration"`
}

// Expectation is an expression of the check and how it came out.
type Expectation struct {
	Expression string `json:"expression"`
	Effect     string `json:"effect"`           // expect, degraded or warn
	Met        bool   `json:"met"`              // the target is as it should be
	Actual     string `json:"actual,omitempty"` // the expression with its values, or why it could not be worked out
}

// Warns says whether this is a `warn` expression that staff are to hear of: it
// holds, or could not be worked out.
func (e *Expectation) Warns() bool { return e.Effect == effectWarn && !e.Met }

// Evidence is something to look at: a screenshot, an answer.
type Evidence struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Data      []byte `json:"data"`
}

// Limits of what one result may carry, enforced where results come in.
const (
	MaxReason   = 2_000   // characters
	MaxEvidence = 600_000 // bytes of all pieces
)
