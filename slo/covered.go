package slo

import "time"

// Covered walks through time, from one bucket of runs to the next, and counts
// how much of it something was known in: a share of each bucket, and between
// them for as long as what was told last still stands, because the next run
// was not due.
type Covered struct {
	Total time.Duration

	at     time.Time // what was looked at so far
	stands time.Time // until when what was told last stands
}

// Begin starts the walk. What was told before stands until a moment.
func (c *Covered) Begin(at, stands time.Time) { c.at, c.stands = at, stands }

// Begun says whether the walk was started.
func (c *Covered) Begun() bool { return !c.at.IsZero() }

// Idle goes on to a moment, through time without runs.
func (c *Covered) Idle(to time.Time) {
	if end := earlier(to, c.stands); end.After(c.at) {
		c.Total += end.Sub(c.at)
	}
	c.at = to
}

// Ran goes on to a moment, through time with runs, of which a share of 0 to 1
// could tell; what they told stands until then.
func (c *Covered) Ran(to time.Time, share float64, stands time.Time) {
	if to.After(c.at) {
		c.Total += time.Duration(share * float64(to.Sub(c.at)))
	}
	c.at, c.stands = to, stands
}
