package checker

import (
	"crypto/tls"
	"strings"
	"time"
)

// TLSFactsOf gives the facts of a handshake; state may be nil.
func TLSFactsOf(state *tls.ConnectionState, now time.Time) TLSFacts {
	if state == nil || len(state.PeerCertificates) == 0 {
		return TLSFacts{}
	}
	leaf := state.PeerCertificates[0]
	expires := time.Time{}
	for _, chain := range state.VerifiedChains { // the chain that lasts longest counts: a stale cross-signature harms nobody
		first := chain[0].NotAfter
		for _, certificate := range chain {
			if certificate.NotAfter.Before(first) {
				first = certificate.NotAfter
			}
		}
		if first.After(expires) {
			expires = first
		}
	}
	if expires.IsZero() {
		expires = leaf.NotAfter
	}
	days := int(expires.Sub(now) / (24 * time.Hour))
	if expires.Before(now) {
		days--
	}
	return TLSFacts{
		DaysLeft: days,
		Version:  strings.TrimPrefix(tls.VersionName(state.Version), "TLS "),
		Issuer:   leaf.Issuer.String(),
		Subject:  leaf.Subject.String(),
		Names:    leaf.DNSNames,
		Expires:  expires,
		Stapled:  len(state.OCSPResponse) > 0,
	}
}
