package network_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"daymark/checker"
	"daymark/checker/network"
	"daymark/internal/guard"
	"daymark/internal/targets"
)

func TestReach(t *testing.T) {
	at := func(handle func(net.Conn)) func(*testing.T, *targets.Authority) checker.Check {
		return func(t *testing.T, _ *targets.Authority) checker.Check { return tcp(raw(t, handle)) }
	}
	named := func(*testing.T, *targets.Authority) checker.Check { return tcp("shop.example.:80") }
	rows := []row{
		{name: "connects", check: func(t *testing.T, _ *targets.Authority) checker.Check {
			check := tcp(raw(t, hold))
			check.Expect = []string{`latency > duration("0s")`, `address startsWith "127.0.0.1:"`}
			return check
		}, outcome: checker.OK, kept: `connected to 127\.0\.0\.1:\d+`},
		{name: "refused", check: func(t *testing.T, _ *targets.Authority) checker.Check { return tcp(closedPort(t)) }, outcome: checker.Failed, reason: `127\.0\.0\.1:\d+ refused the connection`},
		{
			name: "may not be dialled", check: at(hold), options: network.Options{Control: guard.Policy{Deny: true}.Control},
			outcome: checker.Unknown, reason: `127\.0\.0\.1 is a private address and may not be dialled.*`,
		},
		{
			name: "no network", check: at(hold), options: refusing(syscall.ENETUNREACH),
			outcome: checker.Unknown, reason: `this agent could not reach 127\.0\.0\.1:\d+: network is unreachable`,
		},
		{
			name: "too many files", check: at(hold), options: refusing(syscall.EMFILE),
			outcome: checker.Unknown, reason: `this agent has too many files open`,
		},
	}
	for _, answer := range []struct {
		name    string
		code    int
		outcome checker.Outcome
		reason  string
	}{
		{"NXDOMAIN", 3, checker.Failed, `shop\.example\.? does not exist or has no address`},
		{"SERVFAIL", 2, checker.Failed, `the address of shop\.example\.? cannot be found: the resolver answered SERVFAIL`},
		{"REFUSED", 5, checker.Unknown, `the resolver refuses to answer this agent \(REFUSED\)`},
		{"resolver silent", -1, checker.Unknown, `the resolver did not answer when asked for shop\.example\.?`},
	} {
		rows = append(rows, row{
			name: answer.name, check: named, outcome: answer.outcome, reason: answer.reason, timeout: 20 * time.Second,
			options: network.Options{Resolver: resolver(t, answer.code)},
		})
		if answer.code < 0 {
			rows[len(rows)-1].timeout = patience
		}
	}
	runAll(t, rows)
}

func TestTLS(t *testing.T) {
	// over serves TLS with a certificate and settings changed as said.
	over := func(change func(*x509.Certificate), set func(*testing.T, *targets.Authority, *tls.Config), expect ...string) func(*testing.T, *targets.Authority) checker.Check {
		return func(t *testing.T, ca *targets.Authority) checker.Check {
			config := secured(t, ca, change)
			if set != nil {
				set(t, ca, config)
			}
			server, err := targets.TLS(config, drain)
			return checker.Check{TLS: &checker.TLS{Address: must(t, server, err).Address}, Expect: expect}
		}
	}
	plain := func(handle func(net.Conn)) func(*testing.T, *targets.Authority) checker.Check {
		return func(t *testing.T, _ *targets.Authority) checker.Check {
			return checker.Check{TLS: &checker.TLS{Address: raw(t, handle)}}
		}
	}
	staple := func(template ocsp.Response) func(*testing.T, *targets.Authority, *tls.Config) {
		return func(t *testing.T, ca *targets.Authority, config *tls.Config) {
			if err := ca.Staple(&config.Certificates[0], template); err != nil {
				t.Fatal(err)
			}
		}
	}
	runAll(t, []row{
		{name: "good", check: over(nil, nil,
			`tls.days_left == 90`, `tls.version == "1.3"`, `tls.issuer == "CN=Test authority"`, `tls.subject == "CN=Test server"`,
			`"localhost" in tls.names`, `not tls.stapled`, `staple == "none"`, `len(chain) == 2`, `latency > duration("0s")`,
		), outcome: checker.OK, kept: `certificate 1: CN=Test server`},
		{name: "stapled", check: over(nil, staple(ocsp.Response{Status: ocsp.Good}), `staple == "good"`, `tls.stapled`), outcome: checker.OK},
		{
			name: "revoked", check: over(nil, staple(ocsp.Response{Status: ocsp.Revoked, RevokedAt: time.Now().Add(-time.Hour)})),
			outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 was revoked on .* UTC, by its stapled OCSP response`,
		},
		{
			name: "stale staple", check: over(nil, staple(ocsp.Response{Status: ocsp.Good, ThisUpdate: time.Now().Add(-3 * time.Hour), NextUpdate: time.Now().Add(-time.Hour)}), `staple == "stale"`),
			outcome: checker.OK, warning: `the stapled OCSP response is out of date`,
		},
		{name: "staple of others", check: over(nil, func(t *testing.T, _ *targets.Authority, config *tls.Config) {
			other, err := targets.NewAuthority()
			if err != nil {
				t.Fatal(err)
			}
			staple(ocsp.Response{Status: ocsp.Good})(t, other, config)
		}, `staple == "invalid"`), outcome: checker.OK, warning: `the stapled OCSP response is not valid for the certificate`},
		{
			name: "expired", check: over(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }, nil),
			outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 expired on .* UTC`,
		},
		{
			name: "not yet valid", check: over(func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) }, nil),
			outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 is not valid before .* UTC`,
		},
		{
			name: "other host", check: over(func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.example"} }, nil),
			outcome: checker.Failed, reason: `the certificate is for other\.example, not for 127\.0\.0\.1`,
		},
		{name: "unknown authority", check: func(t *testing.T, _ *targets.Authority) checker.Check {
			other, err := targets.NewAuthority()
			if err != nil {
				t.Fatal(err)
			}
			return over(nil, nil)(t, other)
		}, outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 is signed by an authority that is not trusted: .*`},
		{name: "old protocol", check: over(nil, func(_ *testing.T, _ *targets.Authority, config *tls.Config) {
			config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		}), outcome: checker.Failed, reason: `the server speaks only versions of TLS older than 1\.2`},
		{name: "wants a certificate", check: over(nil, func(_ *testing.T, _ *targets.Authority, config *tls.Config) {
			config.ClientAuth, config.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12
		}), outcome: checker.Failed, reason: `the server asked for a client certificate, which the check does not have, and refused to go on \(.+\)`},
		{name: "no TLS", check: plain(say("220 mail.test ESMTP\r\n")), outcome: checker.Failed, reason: `the server does not speak TLS on this port`},
		{name: "half-open", check: plain(hold), timeout: patience, outcome: checker.Failed, reason: `the TLS handshake did not end within 250 ms`},
		{name: "reset", check: plain(reset(false)), outcome: checker.Failed, reason: `the connection was reset during the TLS handshake`},
		{name: "closed", check: plain(say("")), outcome: checker.Failed, reason: `the connection was closed during the TLS handshake`},
		{name: "refused", check: func(t *testing.T, _ *targets.Authority) checker.Check {
			return checker.Check{TLS: &checker.TLS{Address: closedPort(t)}}
		}, outcome: checker.Failed, reason: `127\.0\.0\.1:\d+ refused the connection`},
	})
}
