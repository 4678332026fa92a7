package main

import (
	"context"
	"sync"
)

// passage leads to what one app has, and makes who comes wait while none is
// there: between two apps.
type passage[T any] struct {
	mu      sync.Mutex
	there   bool
	what    T
	inside  int
	changed chan struct{} // closed when something did; made when somebody waits
}

// enter gives what is there, once something is; leave is called when it is
// not used any more. The error is ctx's.
func (p *passage[T]) enter(ctx context.Context) (what T, leave func(), err error) {
	for {
		p.mu.Lock()
		if p.there {
			p.inside++
			what = p.what
			p.mu.Unlock()
			return what, p.leave, nil
		}
		wait := p.wait()
		p.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return what, nil, ctx.Err()
		}
	}
}

func (p *passage[T]) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inside--
	p.tell()
}

// open lets in who waits.
func (p *passage[T]) open(what T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.there, p.what = true, what
	p.tell()
}

// shut lets nobody in any more.
func (p *passage[T]) shut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	var none T
	p.there, p.what = false, none
}

// empty waits until nobody is inside. The error is ctx's.
func (p *passage[T]) empty(ctx context.Context) error {
	for {
		p.mu.Lock()
		if p.inside == 0 {
			p.mu.Unlock()
			return nil
		}
		wait := p.wait()
		p.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// wait gives what is closed by the next tell; the lock is held.
func (p *passage[T]) wait() <-chan struct{} {
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	return p.changed
}

func (p *passage[T]) tell() {
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}
