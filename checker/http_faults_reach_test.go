package checker_test

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"daymark/checker"
	"daymark/internal/guard"
)

// reachFaults are those of names and addresses, and the agent's own.
var reachFaults = []faultRow{
	// The target cannot be reached.
	{
		name: "refused", target: func(t *testing.T) checker.HTTP { return at(closedPort(t)) },
		outcome: checker.Failed, reason: `127\.0\.0\.1:\d+ refused the connection`,
	},
	{ // on real routes: TestNoWay in checker/network
		name: "no route", target: func(t *testing.T) checker.HTTP { return at(closedPort(t)) }, options: refusing(syscall.EHOSTUNREACH),
		outcome: checker.Failed, reason: `no route to the host 127\.0\.0\.1:\d+`,
	},
	{
		name: "half-open connection", target: raw(sayAndHold("")), timeout: patience,
		outcome: checker.Failed, reason: `no answer began within 250 ms`,
	},
	{name: "half-open connection, TLS", target: func(t *testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: "https://" + rawServer(t, false, sayAndHoldForever)}}
	}, timeout: patience, outcome: checker.Failed, reason: `the TLS handshake did not end within 250 ms`},

	// Names.
	{
		name: "NXDOMAIN", target: named(func(q []byte) []byte { return dnsReply(q, 3) }),
		outcome: checker.Failed, reason: `shop\.example\.? does not exist or has no address`,
	},
	{
		name: "no address", target: named(func(q []byte) []byte { return dnsReply(q, 0) }),
		outcome: checker.Failed, reason: `shop\.example\.? does not exist or has no address`,
	},
	{
		name: "SERVFAIL", target: named(func(q []byte) []byte { return dnsReply(q, 2) }),
		outcome: checker.Failed, reason: `the address of shop\.example\.? cannot be found: the resolver answered SERVFAIL`,
	},
	{
		name: "CNAME loop", target: named(func(q []byte) []byte { return dnsReply(q, 0, recordLoop()) }),
		outcome: checker.Failed, reason: `shop\.example\.? does not exist or has no address`,
	},
	{name: "no IPv6 address", target: func(t *testing.T) checker.HTTP {
		check := named(func(q []byte) []byte {
			if isA(q) {
				return dnsReply(q, 0, recordA("127.0.0.1"))
			}
			return dnsReply(q, 0)
		})(t)
		check.IP = 6
		return check
	}, outcome: checker.Failed, reason: `shop\.example\.? does not exist or has no IPv6 address`},
	{name: "an IPv4 address where IPv6 is asked", target: func(t *testing.T) checker.HTTP {
		check := at("127.0.0.1:1")
		check.IP = 6
		return check
	}, outcome: checker.Failed, reason: `127\.0\.0\.1 has no IPv6 address`},
	{
		name: "resolver silent", target: named(func([]byte) []byte { return nil }), timeout: patience,
		outcome: checker.Unknown, reason: `the resolver did not answer when asked for shop\.example\.?`,
	},
	{
		name: "resolver refuses", target: named(func(q []byte) []byte { return dnsReply(q, 5) }),
		outcome: checker.Unknown, reason: `the resolver refuses to answer this agent \(REFUSED\)`,
	},
	{name: "resolver gone", target: func(t *testing.T) checker.HTTP {
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return checker.HTTP{Request: checker.Request{URL: "http://shop.example./", Resolver: conn.LocalAddr().String()}}
	}, outcome: checker.Unknown, reason: `the resolver could not be asked for shop\.example\.?: .*refused`},
	{
		name: "no route to the resolver", target: named(func([]byte) []byte { return nil }), options: refusing(syscall.EHOSTUNREACH),
		outcome: checker.Unknown, reason: `the resolver could not be asked for shop\.example\.?: .*no route to host`,
	},

	// The agent's own faults.
	{
		name: "no network", target: func(t *testing.T) checker.HTTP { return at(closedPort(t)) }, options: refusing(syscall.ENETUNREACH),
		outcome: checker.Unknown, reason: `this agent could not reach 127\.0\.0\.1:\d+: network is unreachable`,
	},
	{
		name: "network down", target: func(t *testing.T) checker.HTTP { return at(closedPort(t)) }, options: refusing(syscall.ENETDOWN),
		outcome: checker.Unknown, reason: `this agent could not reach 127\.0\.0\.1:\d+: network is down`,
	},
	{
		name: "no address to come from", target: func(t *testing.T) checker.HTTP { return at(closedPort(t)) }, options: refusing(syscall.EADDRNOTAVAIL),
		outcome: checker.Unknown, reason: `this agent could not reach 127\.0\.0\.1:\d+: cannot assign requested address`,
	},
	{name: "one address without network, the other refuses", target: func(t *testing.T) checker.HTTP {
		_, port, _ := net.SplitHostPort(closedPort(t))
		return checker.HTTP{Request: checker.Request{URL: "http://shop.example.:" + port + "/", Resolver: dnsServer(t, func(q []byte) []byte {
			if isA(q) {
				return dnsReply(q, 0, recordA("127.0.0.9"), recordA("127.0.0.1"))
			}
			return dnsReply(q, 0)
		})}}
	}, options: checker.HTTPOptions{Control: func(_, address string, _ syscall.RawConn) error {
		if strings.HasPrefix(address, "127.0.0.9:") {
			return syscall.ENETUNREACH
		}
		return nil
	}}, outcome: checker.Failed, reason: `127\.0\.0\.1:\d+ refused the connection`},
	{
		name: "an address that may not be dialled", target: func(t *testing.T) checker.HTTP { return at(closedPort(t)) },
		options: checker.HTTPOptions{Control: guard.Policy{Deny: true}.Control},
		outcome: checker.Unknown, reason: `127\.0\.0\.1 is a private address and may not be dialled; agents\.private allows such addresses`,
	},
	{
		name: "a redirect to an address that may not be dialled", target: handled(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.66.0.1:1/", http.StatusFound)
		}), options: checker.HTTPOptions{Control: guard.Policy{Deny: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/24")}}.Control},
		outcome: checker.Unknown, reason: `127\.66\.0\.1 is a private address and may not be dialled.*`,
	},
	{
		name: "a redirect to a port that cannot be", target: handled(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://shop.example:99999/")
			w.WriteHeader(http.StatusFound)
		}), outcome: checker.Failed, reason: `it redirects to http://shop\.example:99999/, whose port cannot be`,
	},
	{name: "a port that cannot be", target: func(*testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: "http://127.0.0.1:99999/"}}
	}, outcome: checker.Unknown, reason: `the check's url has a port that cannot be: 99999`},
	{name: "no address to go to", target: func(*testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: "health"}}
	}, outcome: checker.Unknown, reason: `the check's url is not an address.*`},
	{name: "a ca that is none", target: func(*testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: "https://127.0.0.1:1/", CA: "nothing"}}
	}, outcome: checker.Unknown, reason: `the ca of the check holds no certificate in PEM`},
	{name: "an environment variable is missing", target: func(*testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: "http://127.0.0.1:1/", Bearer: "${agent-env:API_TOKEN}"}}
	}, outcome: checker.Unknown, reason: `check api needs the environment variable API_TOKEN, which is not set on this agent`},
}
