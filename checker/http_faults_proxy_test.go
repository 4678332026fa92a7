package checker_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"daymark/checker"
)

// through is a check of target by a proxy that does as handle says with the
// request that it is asked to pass on.
func through(scheme, target string, handle func(net.Conn)) func(*testing.T) checker.HTTP {
	return func(t *testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: target, Proxy: scheme + "://" + rawServer(t, scheme == "http", handle)}}
	}
}

// socks is a SOCKS5 proxy that answers the request for the way with a code
// and then does as handle says.
func socks(code byte, handle func(net.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		greeting := make([]byte, 2)
		if _, err := io.ReadFull(conn, greeting); err != nil {
			return
		}
		_, _ = io.CopyN(io.Discard, conn, int64(greeting[1]))
		_, _ = conn.Write([]byte{5, 0})
		head := make([]byte, 5)
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		_, _ = io.CopyN(io.Discard, conn, int64(head[4])+2)
		_, _ = conn.Write([]byte{5, code, 0, 1, 0, 0, 0, 0, 0, 0})
		handle(conn)
	}
}

// answering is a CONNECT proxy's status, and what the check then says.
func answering(status int, outcome checker.Outcome, reason string) faultRow {
	return faultRow{
		name:    fmt.Sprintf("proxy answers %d", status),
		target:  through("http", "https://shop.example/", say(fmt.Sprintf("HTTP/1.1 %d No\r\n\r\n", status))),
		outcome: outcome, reason: reason,
	}
}

// proxyFaults are those of proxies. A proxy is the agent's way and not the
// target: what it does wrong counts against nobody.
var proxyFaults = []faultRow{
	{name: "proxy gone", target: func(t *testing.T) checker.HTTP {
		check := at(closedPort(t))
		check.Proxy = "http://" + closedPort(t)
		return check
	}, outcome: checker.Unknown, reason: `the proxy 127\.0\.0\.1:\d+ could not be reached: 127\.0\.0\.1:\d+ refused the connection`},
	{name: "proxy without a route", target: func(*testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: "https://shop.example/", Proxy: "http://127.0.0.1:3128"}}
	}, options: refusing(syscall.EHOSTUNREACH), outcome: checker.Unknown, reason: `the proxy 127\.0\.0\.1:3128 could not be reached: no route to the host 127\.0\.0\.1:3128`},
	{name: "proxy without a name", target: func(t *testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{
			URL: "https://shop.example/", Proxy: "http://proxy.example.:3128",
			Resolver: dnsServer(t, func(q []byte) []byte { return dnsReply(q, 3) }),
		}}
	}, outcome: checker.Unknown, reason: `the proxy proxy\.example\.:3128 could not be reached: proxy\.example\.? does not exist or has no address`},
	answering(407, checker.Unknown, `the proxy 127\.0\.0\.1:\d+ does not let the check through: it answered 407 Proxy Authentication Required`),
	answering(403, checker.Unknown, `the proxy 127\.0\.0\.1:\d+ does not let the check through: it answered 403 Forbidden`),
	answering(500, checker.Unknown, `the proxy 127\.0\.0\.1:\d+ does not let the check through: it answered 500 Internal Server Error`),
	answering(502, checker.Failed, `the proxy 127\.0\.0\.1:\d+ says that it cannot reach shop\.example:443: it answered 502 Bad Gateway`),
	answering(503, checker.Failed, `the proxy 127\.0\.0\.1:\d+ says that it cannot reach shop\.example:443: it answered 503 Service Unavailable`),
	answering(504, checker.Failed, `the proxy 127\.0\.0\.1:\d+ says that it cannot reach shop\.example:443: it answered 504 Gateway Timeout`),
	{
		name: "proxy wants a password, plain http", target: through("http", "http://shop.example/", say("HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n")),
		outcome: checker.Unknown, reason: `the proxy 127\.0\.0\.1:\d+ does not let the check through: it answered 407 Proxy Authentication Required`,
	},
	{
		name: "proxy answers 502, plain http", target: through("http", "http://shop.example/", say("HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")),
		outcome: checker.Failed, reason: "`status < 400`: it was `502`",
	},
	{
		name: "proxy hangs", target: through("http", "https://shop.example/", sayAndHold("")), timeout: patience,
		outcome: checker.Unknown, reason: `the proxy 127\.0\.0\.1:\d+ did not open the way to shop\.example:443 within 250 ms`,
	},
	{
		name: "proxy hangs, plain http", target: through("http", "http://shop.example/", sayAndHold("")), timeout: patience,
		outcome: checker.Failed, reason: `no answer began within 250 ms \(through the proxy 127\.0\.0\.1:\d+\)`,
	},
	{
		name: "proxy closes", target: through("http", "https://shop.example/", say("")),
		outcome: checker.Unknown, reason: `the proxy 127\.0\.0\.1:\d+ did not open the way to shop\.example:443: the connection was closed`,
	},
	{
		name: "proxy closes, plain http", target: through("http", "http://shop.example/", say("")),
		outcome: checker.Unknown, reason: `the proxy 127\.0\.0\.1:\d+ gave no answer: the connection was closed before an answer began`,
	},
	{
		name: "proxy that is none", target: through("http", "https://shop.example/", say("220 mail.example ESMTP\r\n")),
		outcome: checker.Unknown, reason: `the proxy 127\.0\.0\.1:\d+ did not open the way to shop\.example:443: the answer is not HTTP as it should be`,
	},
	{
		name: "proxy that is none, plain http", target: through("http", "http://shop.example/", say("220 mail.example ESMTP\r\n")),
		outcome: checker.Unknown, reason: `the proxy 127\.0\.0\.1:\d+ gave no answer: the answer is not HTTP as it should be`,
	},
	{
		name: "target closes behind the proxy", target: through("http", "https://shop.example/", say("HTTP/1.1 200 OK\r\n\r\n")),
		outcome: checker.Failed, reason: `the connection was (closed|reset) during the TLS handshake`,
	},
	{name: "target closes behind a proxy by TLS", target: func(t *testing.T) checker.HTTP {
		issuer := newAuthority(t)
		listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{issuer.issue(t, time.Hour, nil)}})
		if err != nil {
			t.Fatal(err)
		}
		acceptAll(t, listener, func(conn net.Conn) {
			if _, err := conn.Read(make([]byte, 4096)); err == nil {
				say("HTTP/1.1 200 OK\r\n\r\n")(conn)
				_, _ = conn.Read(make([]byte, 4096))
			}
		})
		return checker.HTTP{Request: checker.Request{URL: "https://shop.example/", Proxy: "https://" + listener.Addr().String(), CA: issuer.pem}}
	}, outcome: checker.Failed, reason: `the connection was closed during the TLS handshake`},
	{
		name: "proxy by TLS hangs", target: through("https", "https://shop.example/", sayAndHoldForever), timeout: patience,
		outcome: checker.Unknown, reason: `the TLS handshake with the proxy 127\.0\.0\.1:\d+ did not end within 250 ms`,
	},
	{name: "proxy with a certificate of others", target: func(t *testing.T) checker.HTTP {
		issuer := newAuthority(t)
		address := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{issuer.issue(t, time.Hour, nil)}}, http.NotFoundHandler())
		return checker.HTTP{Request: checker.Request{URL: "https://shop.example/", Proxy: "https://" + address}}
	}, timeout: 30 * time.Second /* it reads the system's authorities */, outcome: checker.Unknown, reason: `the proxy 127\.0\.0\.1:\d+ could not be reached: the certificate of 127\.0\.0\.1 is signed by an authority that is not trusted: CN=Test authority`},

	{
		name: "SOCKS proxy without access", target: through("socks5", "https://shop.example/", func(conn net.Conn) { _, _ = io.ReadFull(conn, make([]byte, 3)); say("\x05\xff")(conn) }),
		outcome: checker.Unknown, reason: `the proxy 127\.0\.0\.1:\d+ does not let the check through: no acceptable authentication methods`,
	},
	{
		name: "SOCKS proxy forbids", target: through("socks5", "https://shop.example/", socks(2, hangUp)),
		outcome: checker.Unknown, reason: `the proxy 127\.0\.0\.1:\d+ does not let the check through: connection not allowed by ruleset`,
	},
	{
		name: "SOCKS proxy has no network", target: through("socks5", "https://shop.example/", socks(3, hangUp)),
		outcome: checker.Unknown, reason: `the proxy 127\.0\.0\.1:\d+ does not let the check through: network unreachable`,
	},
	{
		name: "SOCKS proxy finds no host", target: through("socks5", "https://shop.example/", socks(4, hangUp)),
		outcome: checker.Failed, reason: `the proxy 127\.0\.0\.1:\d+ says that it cannot reach shop\.example:443: host unreachable`,
	},
	{
		name: "SOCKS proxy is refused", target: through("socks5", "http://shop.example/", socks(5, hangUp)),
		outcome: checker.Failed, reason: `the proxy 127\.0\.0\.1:\d+ says that it cannot reach shop\.example:80: connection refused`,
	},
	{
		name: "SOCKS proxy hangs", target: through("socks5", "http://shop.example/", sayAndHoldForever), timeout: patience,
		outcome: checker.Unknown, reason: `the proxy 127\.0\.0\.1:\d+ did not open the way to shop\.example:80 within 250 ms`,
	},
	{
		name: "target closes behind the SOCKS proxy", target: through("socks5", "http://shop.example/", socks(0, func(conn net.Conn) { _, _ = conn.Read(make([]byte, 4096)) })),
		outcome: checker.Failed, reason: `the connection was (closed|reset) before an answer began`,
	},
}

func hangUp(net.Conn) {}

// TestAProxysAnswerWithinItsWay holds that 407 is the proxy's word only where
// the proxy can speak: what comes through an open way is the target's.
func TestAProxysAnswerWithinItsWay(t *testing.T) {
	target := secured(time.Hour, nil, func(config *tls.Config) { config.NextProtos = []string{"http/1.1"} })(t)
	address := strings.TrimPrefix(target.URL, "https://")
	proxy := rawServer(t, true, func(conn net.Conn) {
		to, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		defer to.Close()
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		go func() { _, _ = io.Copy(to, conn); to.Close() }()
		_, _ = io.Copy(conn, to)
	})
	target.Proxy = "http://" + proxy
	result := runOnce(t, checker.NewHTTP(checker.HTTPOptions{}), checker.Check{ID: "api", HTTP: &target})
	if result.Outcome != checker.OK {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
}
