package slo

import "time"

// Objective is how well a component is meant to do, by one indicator.
type Objective struct {
	ID        string        `yaml:"id"`
	Component string        `yaml:"component"`
	Indicator string        `yaml:"indicator" words:"availability,latency,heartbeat"`
	Threshold time.Duration `yaml:"threshold"`                          // of latency: an answer that takes longer is bad
	Objective float64       `yaml:"objective"`                          // per cent of good events, above 0 and below 100
	Window    Window        `yaml:"window"`                             // DefaultWindow when left out
	Alert     string        `yaml:"alert" words:"none,notify,incident"` // none when empty
	Public    bool          `yaml:"public"`
	Least     Least         `yaml:"least"`
}

// Window is what an objective is measured over: a rolling time, or a calendar
// month where Month is set.
type Window struct {
	Rolling time.Duration
	Month   bool
}

// Least is how much has to be seen before an alert; Guard says what holds where
// a value is left out.
type Least struct {
	Bad     int `yaml:"bad"`     // bad events
	Samples int `yaml:"samples"` // events
}

// DefaultWindow is the rolling window of an objective that names none.
const DefaultWindow = 28 * 24 * time.Hour

// The indicators.
const (
	Availability = "availability" // a run of any check is bad when it failed
	Latency      = "latency"      // an answer is bad when it took longer than the threshold
	Heartbeat    = "heartbeat"    // a call of a job is bad when it failed, or did not come
)
