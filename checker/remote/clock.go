package remote

import (
	"sync"
	"time"
)

// clock is what is known of the server's clock.
type clock struct {
	mu            sync.Mutex
	known         bool
	ahead, within time.Duration
}

// measure takes one round trip: when the question left and the answer came,
// by this machine's clock, and the server's clock in between. What the server
// took is left out; half of the rest is how far the result may be wrong, since
// the two ways may differ. Answers without times tell nothing.
func (c *clock) measure(left, came time.Time, received, sent int64) {
	trip := came.Sub(left) - time.Duration(sent-received)
	if received <= 0 || sent < received || left.IsZero() || trip < 0 {
		return
	}
	there, back := time.Duration(received-left.UnixNano()), time.Duration(sent-came.UnixNano())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known, c.ahead, c.within = true, there/2+back/2, trip/2
}

// Clock tells by how much the server's clock is ahead of this machine's, by
// the last message that it answered, and how far that may be wrong. It is
// false while the server has not told its time.
func (c *Client) Clock() (ahead, within time.Duration, known bool) {
	c.clock.mu.Lock()
	defer c.clock.mu.Unlock()
	return c.clock.ahead, c.clock.within, c.clock.known
}
