package email

import (
	"context"
	"net/mail"
	"slices"
	"sync"
	"time"

	"daymark/notify"
)

// Channel sends mail through one server. It may be used from several
// goroutines.
type Channel struct {
	opts   Options
	from   *mail.Address
	domain string
	slots  chan struct{} // one a connection in use

	mu     sync.Mutex
	idle   []*session
	closed bool
}

var _ notify.Channel = (*Channel)(nil)

// New returns a Channel, which connects when there is something to send.
func New(opts Options) (*Channel, error) {
	opts.setDefaults()
	if err := opts.validate(); err != nil {
		return nil, err
	}
	from, domain, err := parseFrom(opts.Email.From)
	if err != nil {
		return nil, err
	}
	if opts.Hello == "" {
		opts.Hello = domain
	}
	return &Channel{opts: opts, from: from, domain: domain, slots: make(chan struct{}, opts.Email.Pace.Connections)}, nil
}

// Name is email.
func (c *Channel) Name() string { return "email" }

// Close closes the connections that wait for a message. Sends under way close
// theirs when they end.
func (c *Channel) Close() {
	c.mu.Lock()
	idle := c.idle
	c.idle, c.closed = nil, true
	c.mu.Unlock()
	for _, s := range idle {
		s.timer.Stop()
		s.leave()
	}
}

// Send hands one message to the server.
func (c *Channel) Send(ctx context.Context, m notify.Message) notify.Sent {
	built, err := c.build(m)
	if err != nil {
		return notify.Sent{Class: notify.Refused, Reason: err.Error()}
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return notify.Sent{Class: notify.NotNow, Reason: "it was not begun: " + ctx.Err().Error()}
	}
	for {
		s, reused := c.waiting(), true
		if s == nil {
			reused = false
			if s, err = c.dial(ctx); err != nil {
				return c.unreachable(ctx, err)
			}
		}
		err := c.transmit(ctx, s, built)
		keep := reusable(err)
		if keep {
			c.keep(s)
		} else {
			s.drop()
		}
		// The server may close a connection that waited; then the next one is
		// taken, and a new one when there is none.
		if reused && stale(err) && ctx.Err() == nil {
			continue
		}
		return classify(built, err)
	}
}

// waiting takes a connection that waits; nil if there is none.
func (c *Channel) waiting() *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.idle) == 0 {
		return nil
	}
	s := c.idle[len(c.idle)-1]
	c.idle = c.idle[:len(c.idle)-1]
	s.timer.Stop() // if it has begun, expire finds the session gone
	return s
}

// keep lets a connection wait for the next message.
func (c *Channel) keep(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		s.drop()
		return
	}
	s.timer = time.AfterFunc(c.opts.Idle, func() { c.expire(s) })
	c.idle = append(c.idle, s)
}

func (c *Channel) expire(s *session) {
	c.mu.Lock()
	i := slices.Index(c.idle, s)
	if i >= 0 {
		c.idle = slices.Delete(c.idle, i, i+1)
	}
	c.mu.Unlock()
	if i >= 0 {
		s.leave()
	}
}
