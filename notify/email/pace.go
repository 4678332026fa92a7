package email

import (
	"context"
	"fmt"
	"sync"
	"time"

	"daymark/internal/pause"
)

// paces holds each domain to so many messages a second, with a burst of one
// second's worth.
//
// A message whose turn comes within a second waits for it here, before it asks
// for a connection; but only so many wait, of one domain and of all, that the
// workers which are left go on with other domains. One for whom there is no
// room is told when to come back: each later than the one before, a second's
// worth a second, so that a large domain's messages are put off about once
// each, and come at the pace at which they can go. That order is kept for each
// update apart: what is told now does not queue up behind thousands that were
// put off for an older one.
type paces struct {
	each  time.Duration // between two messages
	room  int           // that may wait of one domain
	rooms int           // that may wait at all

	mu      sync.Mutex
	waiting int
	domains map[string]*pace
}

// pace is what is known of one domain.
type pace struct {
	next    time.Time // when all that may go has gone
	waiting int
	later   map[string]time.Time // of what was put off, by update: when the last is to come back
}

// longest is what a message waits here at most; a burst is what may go in it.
const longest = time.Second

// maxDomains bounds the memory: beyond it those that are at rest are forgotten.
const maxDomains = 1000

func newPaces(perSecond, connections int) *paces {
	return &paces{each: time.Second / time.Duration(perSecond), room: connections, rooms: 2 * connections, domains: map[string]*pace{}}
}

// take waits for a domain's turn. It answers how long to stay away where there
// is no room to wait, or the error of ctx.
func (p *paces) take(ctx context.Context, domain, update string) (time.Duration, error) {
	wait, away := p.place(time.Now(), domain, update)
	if away > 0 || wait <= 0 {
		return away, nil
	}
	err := pause.For(ctx, wait)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting--
	if d := p.domains[domain]; d != nil {
		d.waiting--
	}
	if err != nil {
		return 0, fmt.Errorf("wait for the turn of a domain: %w", err)
	}
	return 0, nil
}

// place takes a turn: at once, after a wait, or none but a time to come back.
func (p *paces) place(now time.Time, domain, update string) (wait, away time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.domains[domain]
	if d == nil {
		p.forget(now)
		d = &pace{later: map[string]time.Time{}}
		p.domains[domain] = d
	}
	if d.next.Before(now) {
		d.next = now
	}
	wait = d.next.Sub(now) + p.each - longest
	switch {
	case wait <= 0:
		d.next = d.next.Add(p.each)
		return 0, 0
	case wait <= longest && d.waiting < p.room && p.waiting < p.rooms:
		d.next = d.next.Add(p.each)
		d.waiting++
		p.waiting++
		return wait, 0
	}
	for id, at := range d.later {
		if at.Before(now) {
			delete(d.later, id)
		}
	}
	at := d.later[update]
	if first := now.Add(longest); at.Before(first) {
		at = first
	}
	at = at.Add(p.each)
	d.later[update] = at
	return 0, at.Sub(now)
}

// forget drops what is at rest, where there is much.
func (p *paces) forget(now time.Time) {
	if len(p.domains) < maxDomains {
		return
	}
	for name, d := range p.domains {
		if d.waiting == 0 && d.next.Before(now) {
			delete(p.domains, name)
		}
	}
}
