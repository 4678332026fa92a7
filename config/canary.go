package config

import (
	"net/netip"
	"time"

	"daymark/internal/guard"
)

// canary tells references that agents.private refuses: a canary that can never
// pass would make every failure unknown.
func (r *review) canary() {
	private := r.doc.Agents.Private
	policy := guard.Policy{Deny: private.Deny}
	for _, text := range private.Allow {
		if prefix, err := netip.ParsePrefix(text); err == nil { // else told by its format
			policy.Allow = append(policy.Allow, prefix)
		}
	}
	for i, address := range r.doc.Agents.Canary.Addresses {
		at, err := netip.ParseAddrPort(address)
		if err == nil && policy.Check(at.Addr()) != nil {
			path := index("agents.canary.addresses", i)
			r.at(path, "agents may not dial %s, so that this canary never passes: allow it in agents.private", r.quoted(path, address))
		}
	}
}

// leastLease is the shortest lease in which an agent that lives can say so five
// times over a slow line.
const leastLease = 2 * time.Second

// lease tells of one in which agents that live would be given up.
func (r *review) lease() {
	if lease := r.doc.Agents.Lease; lease > 0 && lease < leastLease {
		r.at("agents.lease", "agents that live would be given up in so short a time: write 2s or longer")
	}
}
