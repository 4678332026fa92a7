package checker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
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
			if !ownFault(one) {
				return nil
			}
		}
		err = m.dialled[0]
	case !ownFault(err):
		return nil
	}
	if errors.As(err, &refused) {
		return unknown(refused.Error())
	}
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return unknown("this agent has too many files open")
	}
	if m.address == "" {
		return unknown("this agent could not connect: " + root(err))
	}
	return unknown(fmt.Sprintf("this agent could not reach %s: %s", m.address, root(err)))
}

// ownErrors are what the kernel says when the fault lies on this side.
var ownErrors = []error{
	syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.EADDRNOTAVAIL, syscall.EAFNOSUPPORT,
	syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EACCES, syscall.EPERM,
}

func ownFault(err error) bool {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return false
	}
	if _, ok := errors.AsType[*guard.Refused](err); ok {
		return true
	}
	for _, own := range ownErrors {
		if errors.Is(err, own) {
			return true
		}
	}
	return false
}

// nameFault tells what the resolver did or did not say. A server that says
// that the name is not there, or that it cannot find out (SERVFAIL), tells of
// the target; silence, or a refusal to serve us, tells of the resolver.
func nameFault(err error, m *moments, name string, ip int) *fault {
	var lookup *net.DNSError
	var address *net.AddrError
	switch {
	case errors.As(err, &address):
		return failed(fmt.Sprintf("%s has no IPv%d address", name, ip))
	case errors.As(err, &lookup) && lookup.IsNotFound:
		if ip != 0 {
			return failed(fmt.Sprintf("%s does not exist or has no IPv%d address", lookup.Name, ip))
		}
		return failed(lookup.Name + " does not exist or has no address")
	case !errors.As(err, &lookup) && m.phase() != phaseResolve:
		return nil
	case m.codes[2]:
		return failed("the address of " + name + " cannot be found: the resolver answered SERVFAIL")
	case m.codes[5]:
		return unknown("the resolver refuses to answer this agent (REFUSED)")
	case timedOut(err):
		return unknown("the resolver did not answer when asked for " + name)
	case lookup != nil:
		return unknown("the resolver could not be asked for " + name + ": " + lookup.Err)
	}
	return unknown("the resolver could not be asked for " + name)
}

// noConnection tells why there is no connection.
func noConnection(err error, m *moments, budget time.Duration) string {
	for _, one := range m.dialled {
		if errors.Is(one, syscall.ECONNREFUSED) {
			return m.address + " refused the connection"
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
	}
	return root(err)
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
