package checker

import (
	"errors"
	"fmt"
	"net"
	"syscall"

	"daymark/internal/guard"
)

// ownErrors are what the kernel says when the fault lies on this side: it has
// no network, no address to come from, or nothing left to connect with.
var ownErrors = []error{
	syscall.ENETUNREACH, syscall.ENETDOWN, syscall.EADDRNOTAVAIL, syscall.EAFNOSUPPORT,
	syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EACCES, syscall.EPERM,
}

// OwnFault tells whether the guard or the kernel says that a connection failed
// by a fault of the agent, which counts against nobody. It is the one rule of
// all kinds. That no way leads to one host ([NoRoute]) is no such fault: the
// neighbour or the router that was asked knows of no such host. Where that is
// so because this agent's own network is dead, its canary finds out.
func OwnFault(err error) bool {
	if _, ok := errors.AsType[*guard.Refused](err); ok {
		return true
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok { // it tells of a name, whatever stood in the way of asking
		return false
	}
	for _, own := range ownErrors {
		if errors.Is(err, own) {
			return true
		}
	}
	return false
}

// NoRoute tells whether the kernel says that no way leads to the host: it is
// off, or a router says that it is not there.
func NoRoute(err error) bool { return errors.Is(err, syscall.EHOSTUNREACH) }

// ExplainDial says in a sentence why address (a host, or host:port) could not
// be dialled, and whose fault it was: Unknown for the agent's, Failed for the
// target's. It is false where neither guard nor resolver nor route was what
// failed.
func ExplainDial(err error, address string) (Outcome, string, bool) {
	if problem := dialFault(err, address); problem != nil {
		return problem.outcome, problem.reason, true
	}
	return Unknown, "", false
}

func dialFault(err error, address string) *fault {
	var refused *guard.Refused
	var lookup *net.DNSError
	switch {
	case errors.As(err, &refused):
		return unknown(refused.Error())
	case errors.As(err, &lookup):
		return lookupFault(lookup, nil)
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return unknown("this agent has too many files open")
	case OwnFault(err) && address == "":
		return unknown("this agent could not connect: " + root(err))
	case OwnFault(err):
		return unknown(fmt.Sprintf("this agent could not reach %s: %s", address, root(err)))
	case NoRoute(err):
		return failed(noRoute(address))
	}
	return nil
}

func noRoute(address string) string { return "no route to the host " + address }

// lookupFault tells what the resolver said or did not say. A server that says
// that the name is not there, or that it cannot find out (SERVFAIL), tells of
// the target; silence, or a refusal to serve us, tells of the resolver. Codes
// are those of its answers, where somebody noted them.
func lookupFault(lookup *net.DNSError, codes map[int]bool) *fault {
	const misbehaving = "server misbehaving" // net's word for an answer with another code
	switch {
	case lookup.IsNotFound:
		return failed(lookup.Name + " does not exist or has no address")
	case codes[2], len(codes) == 0 && lookup.Err == misbehaving && lookup.IsTemporary:
		return failed("the address of " + lookup.Name + " cannot be found: the resolver answered SERVFAIL")
	case codes[5]:
		return unknown("the resolver refuses to answer this agent (REFUSED)")
	case lookup.IsTimeout:
		return unknown("the resolver did not answer when asked for " + lookup.Name)
	case lookup.Err == misbehaving:
		return unknown("the resolver refuses to answer this agent when asked for " + lookup.Name)
	case lookup.Err != "":
		return unknown("the resolver could not be asked for " + lookup.Name + ": " + lookup.Err)
	}
	return unknown("the resolver could not be asked for " + lookup.Name)
}

// dialledAddress gives the address that an error of a dial is about; the last
// that was dialled where it does not say.
func dialledAddress(err error, m *moments) string {
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" && dial.Addr != nil {
		return dial.Addr.String()
	}
	return m.address
}
