package checker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"syscall"
	"time"

	"daymark/internal/expression"
	"daymark/internal/guard"
)

// agentFault tells a fault of the agent itself: it counts against nobody.
func agentFault(ctx context.Context, err error, m *moments) *fault {
	var refused *guard.Refused
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return unknown("the run was stopped before it ended")
	case errors.As(err, &refused):
		return unknown(refused.Error())
	case m.phase() == phaseConnect && len(m.dialled) > 0:
		for _, one := range m.dialled { // one address that was really tried is enough to tell
			if !OwnFault(one) {
				return nil
			}
		}
		err = m.dialled[0]
	case !OwnFault(err):
		return nil
	}
	return dialFault(err, dialledAddress(err, m))
}

// nameFault tells what the resolver did or did not say; nil where the name
// was not what failed.
func nameFault(err error, m *moments, name string, ip int) *fault {
	var lookup *net.DNSError
	if address, ok := errors.AsType[*net.AddrError](err); ok && ip != 0 && address.Err == "no suitable address found" {
		return failed(fmt.Sprintf("%s has no IPv%d address", name, ip))
	}
	switch {
	case !errors.As(err, &lookup) && m.phase() != phaseResolve:
		return nil
	case lookup == nil:
		lookup = &net.DNSError{Name: name, IsTimeout: timedOut(err)}
	}
	if lookup.IsNotFound && ip != 0 {
		return failed(fmt.Sprintf("%s does not exist or has no IPv%d address", lookup.Name, ip))
	}
	return lookupFault(lookup, m.codes)
}

// noConnection tells why there is no connection.
func noConnection(err error, m *moments, budget time.Duration) string {
	for _, one := range m.dialled {
		if errors.Is(one, syscall.ECONNREFUSED) {
			return dialledAddress(one, m) + " refused the connection"
		}
	}
	for _, one := range m.dialled {
		if NoRoute(one) {
			return noRoute(dialledAddress(one, m))
		}
	}
	if timedOut(err) {
		return fmt.Sprintf("no connection to %s within %s", m.address, expression.FormatDuration(budget))
	}
	return fmt.Sprintf("no connection to %s: %s", m.address, root(err))
}

// brokenOff tells of a connection that ended where it should not; where is
// such as "during the TLS handshake".
func brokenOff(err error, where string) string {
	switch {
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was reset " + where
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed " + where
	case NoRoute(err):
		return "the way to the host was lost " + where
	}
	return root(err)
}

// endedBy tells whether an error is no more than the other side's end of the
// connection.
func endedBy(err error) bool {
	return slices.ContainsFunc([]error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE}, func(end error) bool { return errors.Is(err, end) })
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// root takes the method and the address off an error: they may hold secrets,
// and the reader knows them.
func root(err error) string {
	if address, ok := errors.AsType[*url.Error](err); ok {
		err = address.Err
	}
	var operation *net.OpError
	if errors.As(err, &operation) && operation.Err != nil {
		err = operation.Err
	}
	if call, ok := errors.AsType[syscall.Errno](err); ok {
		return call.Error()
	}
	return err.Error()
}
