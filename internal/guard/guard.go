// Package guard says which addresses may be dialled.
//
// A name can resolve to anything, and to something else a moment later, so
// the only place where the question has a true answer is the dial itself.
// Use: make a Policy and give its Control to net.Dialer; every address is
// then checked after it was resolved and before anything is sent, those of
// redirects included.
//
// A Policy that denies refuses everything that is not a public unicast
// address, in whatever clothes it comes (IPv4 inside IPv6, NAT64), but for
// the prefixes that it allows. It is a plain value and safe for concurrent
// use; the zero Policy refuses nothing.
package guard

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"
)

// Policy is what may be dialled.
type Policy struct {
	Deny    bool           // refuse addresses that are not public
	Allow   []netip.Prefix // but for these
	Setting string         // what a person sets to allow more, for the words of a refusal; agents.private when empty
}

// Refused is the error for an address that may not be dialled.
type Refused struct {
	Addr   netip.Addr // the zero Addr where what was dialled is no address
	Target string     // what was dialled

	// Setting is what would allow it; agents.private when empty.
	Setting string
}

// Error says what was refused and which setting would allow it.
func (r *Refused) Error() string {
	setting := cmp.Or(r.Setting, "agents.private")
	if !r.Addr.IsValid() {
		return fmt.Sprintf("%s is not an address that may be dialled (%s)", r.Target, setting)
	}
	return fmt.Sprintf("%s is a private address and may not be dialled; %s allows such addresses", r.Addr, setting)
}

// Check gives a *Refused when the address may not be dialled.
func (p Policy) Check(addr netip.Addr) error {
	if !p.Deny {
		return nil
	}
	if !addr.IsValid() {
		return &Refused{Target: "an invalid address", Setting: p.Setting}
	}
	if p.allowed(addr) {
		return nil
	}
	return &Refused{Addr: addr, Target: addr.String(), Setting: p.Setting}
}

// Control is for net.Dialer.Control: it sees each address just before it is
// dialled. Its error is a *Refused.
func (p Policy) Control(network, address string, _ syscall.RawConn) error {
	if !p.Deny {
		return nil
	}
	if !strings.HasPrefix(network, "tcp") && !strings.HasPrefix(network, "udp") && !strings.HasPrefix(network, "ip") {
		return &Refused{Target: network + " " + address, Setting: p.Setting}
	}
	if target, err := netip.ParseAddrPort(address); err == nil {
		return p.Check(target.Addr())
	}
	addr, err := netip.ParseAddr(address) // ip networks have no port
	if err != nil {
		return &Refused{Target: address, Setting: p.Setting}
	}
	return p.Check(addr)
}

// Narrow gives the policy that allows only what both allow.
func (p Policy) Narrow(other Policy) Policy {
	switch {
	case !other.Deny:
		return Policy{Deny: p.Deny, Allow: slices.Clone(p.Allow), Setting: p.Setting}
	case !p.Deny:
		return Policy{Deny: true, Allow: slices.Clone(other.Allow), Setting: other.Setting}
	}
	both := Policy{Deny: true, Setting: p.Setting}
	for _, a := range p.Allow {
		for _, b := range other.Allow {
			a, b := plain(a), plain(b)
			if !a.IsValid() || !b.IsValid() || !a.Overlaps(b) {
				continue
			}
			smaller := a
			if b.Bits() > a.Bits() {
				smaller = b
			}
			if !slices.Contains(both.Allow, smaller) {
				both.Allow = append(both.Allow, smaller)
			}
		}
	}
	return both
}

// allowed tells whether a denying policy lets the address through: by name in
// Allow, or because it is public. An address that carries another one is as
// allowed as the one it carries.
func (p Policy) allowed(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	if slices.ContainsFunc(p.Allow, func(prefix netip.Prefix) bool { return plain(prefix).Contains(addr) }) {
		return true
	}
	if inner, ok := carried(addr); ok {
		return p.allowed(inner)
	}
	return public(addr)
}

// plain turns a prefix of IPv4 inside IPv6 into the IPv4 prefix it means.
func plain(prefix netip.Prefix) netip.Prefix {
	if addr := prefix.Addr(); addr.Is4In6() && prefix.Bits() >= 96 {
		return netip.PrefixFrom(addr.Unmap(), prefix.Bits()-96).Masked()
	}
	return prefix.Masked()
}
