package email

import (
	"context"
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"daymark/notify"
)

// Channel sends mail through one server. It may be used from several
// goroutines.
type Channel struct {
	opts    Options
	from    *mail.Address
	domain  string
	signer  *signer     // nil: mail is not signed
	returns *returnPath // nil: bounces go to the sender
	paces   *paces
	slots   chan struct{} // one a connection in use

	mu     sync.Mutex
	taken  time.Time // when the server last took a message of ours
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
	c := &Channel{
		opts: opts, from: from, domain: domain, slots: make(chan struct{}, opts.Email.Pace.Connections),
		paces: newPaces(opts.Email.Pace.PerDomain, opts.Email.Pace.Connections),
	}
	if c.signer, err = newSigner(opts.Email.DKIM); err != nil {
		return nil, err
	}
	if c.returns, err = newReturnPath(opts.Email.Bounces.Address, opts.Key); err != nil {
		return nil, err
	}
	return c, nil
}

// Name is email.
func (c *Channel) Name() string { return "email" }

// Workers is how many sends may run at once: one a connection, as many to have
// the next message ready, and those that wait for a domain's turn.
func (c *Channel) Workers() int { return 4 * c.opts.Email.Pace.Connections }

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
	l, err := c.build(m)
	if err != nil {
		return notify.Sent{Class: notify.Refused, Reason: err.Error()}
	}
	if sent, ready := c.turn(ctx, m); !ready {
		return sent
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return unbegun(ctx.Err())
	}
	for {
		s, reused := c.waiting(), true
		if s == nil {
			reused = false
			if s, err = c.dial(ctx); err != nil {
				return c.unreachable(ctx, err)
			}
		}
		answer, f := c.transmit(ctx, s, l)
		if ctx.Err() == nil && s.sent < c.opts.PerConnection && s.recover(f) {
			c.keep(s)
		} else {
			s.end(f)
		}
		// The server may close a connection that waited; then the next one is
		// taken, and a new one when there is none.
		if reused && stale(f) && ctx.Err() == nil {
			continue
		}
		if f == nil {
			c.mu.Lock()
			c.taken = c.opts.Now()
			c.mu.Unlock()
		}
		if m.Bare != nil && f.large() && ctx.Err() == nil {
			m.Text, m.HTML, m.Files, m.Bare = m.Bare.Text, m.Bare.HTML, nil, nil
			if l, err = c.build(m); err != nil {
				return notify.Sent{Class: notify.Refused, Reason: err.Error()}
			}
			continue
		}
		c.bounced(ctx, m, f)
		return classify(l, answer, f)
	}
}

// turn waits until a message may go to its domain; staff do not wait behind
// their own customers.
func (c *Channel) turn(ctx context.Context, m notify.Message) (notify.Sent, bool) {
	if m.Audience == notify.Staff {
		return notify.Sent{}, true
	}
	domain := strings.ToLower(m.To[strings.LastIndexByte(m.To, '@')+1:])
	away, err := c.paces.take(ctx, domain, m.Incident+"/"+strconv.Itoa(m.Update))
	switch {
	case err != nil:
		return unbegun(ctx.Err()), false
	case away > 0:
		return notify.Sent{
			Class: notify.NotNow, RetryAfter: away,
			Reason: fmt.Sprintf("%s gets %d messages a second, and others go first (notify.email.pace.per_domain)", domain, c.opts.Email.Pace.PerDomain),
		}, false
	}
	return notify.Sent{}, true
}

// bounced reports a recipient whom the server refused at once because there is
// no such address: that is a bounce like one that comes back later.
func (c *Channel) bounced(ctx context.Context, m notify.Message, f *failure) {
	if f == nil || f.stage != recipient || f.code < 500 || c.opts.Reporter == nil {
		return
	}
	c.mu.Lock()
	works := !c.taken.IsZero() && c.opts.Now().Sub(c.taken) <= time.Hour
	c.mu.Unlock()
	status := enhanced(f.text)
	if !works || !nobody(status, f.text) {
		return
	}
	// Where it cannot be recorded now, the next message finds out again.
	_ = c.opts.Reporter.Bounced(ctx, m.ID, notify.Bounce{
		Kind: notify.HardBounce, Status: status, Diagnostic: notify.Brief(strings.ReplaceAll(fmt.Sprintf("%d %s", f.code, f.text), m.To, "…")), At: c.opts.Now(),
	})
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
