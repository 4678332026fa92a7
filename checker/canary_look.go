package checker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
)

// look tries all names and addresses of the canary at once. One name that
// resolves, and one address that takes a connection, is enough: a reference
// may be down without any fault of ours.
func (p *Prover) look(ctx context.Context) string {
	var resolving, connecting string
	var both sync.WaitGroup
	both.Go(func() {
		resolving = anyOf(ctx, p.params.Canary.Names, p.resolve)
	})
	both.Go(func() {
		connecting = anyOf(ctx, p.params.Canary.Addresses, p.connect)
	})
	both.Wait()
	switch {
	case connecting != "":
		return "this agent has no network: " + connecting
	case resolving != "":
		return "this agent has no resolver: " + resolving
	}
	return ""
}

// anyOf tries all at once until one succeeds; it gives the first one's fault
// when none does, and waits for all to end.
func anyOf(ctx context.Context, all []string, try func(context.Context, string) error) string {
	if len(all) == 0 {
		return ""
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	faults := make([]error, len(all))
	var tries sync.WaitGroup
	for i, one := range all {
		tries.Go(func() {
			if faults[i] = try(ctx, one); faults[i] == nil {
				stop()
			}
		})
	}
	tries.Wait()
	for _, fault := range faults {
		if fault == nil {
			return ""
		}
	}
	more := ""
	if len(all) > 1 {
		more = fmt.Sprintf(" (and of %d others none answers)", len(all)-1)
	}
	return faults[0].Error() + more
}

// resolve asks for the addresses of a name. net.Resolver goes on asking after
// its caller has given up; what it asks over is closed then.
func (p *Prover) resolve(ctx context.Context, name string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	resolver := net.Resolver{PreferGo: true, Dial: func(asking context.Context, network, address string) (net.Conn, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if p.params.Resolver != "" {
			address = p.params.Resolver
		}
		conn, err := new(net.Dialer).DialContext(asking, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { _ = conn.Close() }) // it may be closed already
		}
		return conn, err
	}}
	_, err := resolver.LookupHost(ctx, name)
	lookup, ok := errors.AsType[*net.DNSError](err)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil, ok && lookup.IsTimeout:
		return fmt.Errorf("nobody answered when asked for %s", name)
	case ok:
		return fmt.Errorf("%s could not be resolved: %s", name, lookup.Err)
	}
	return fmt.Errorf("%s could not be resolved: %w", name, err)
}

// connect opens a connection and closes it.
func (p *Prover) connect(ctx context.Context, address string) error {
	dialer := net.Dialer{Control: p.params.Control}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	switch {
	case err == nil:
		_ = conn.Close() // nothing was said over it
		return nil
	case ctx.Err() != nil, timedOut(err):
		return fmt.Errorf("%s did not answer", address)
	}
	return fmt.Errorf("%s cannot be connected to: %s", address, root(err))
}
