package checker_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/guard"
)

const hour = time.Hour

var none = 0

var faults = []faultRow{
	// The target cannot be reached.
	{
		name: "refused", target: func(t *testing.T) checker.HTTP { return at(closedPort(t)) },
		outcome: checker.Failed, reason: `127\.0\.0\.1:\d+ refused the connection`,
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

	// The connection breaks.
	{
		name: "reset before an answer", target: raw(sayAndReset("", nil)),
		outcome: checker.Failed, reason: `the connection was reset before an answer began`,
	},
	{
		name: "closed before an answer", target: raw(say("")),
		outcome: checker.Failed, reason: `the connection was closed before an answer began`,
	},
	{
		name: "reset in headers", target: raw(sayAndReset("HTTP/1.1 200 OK\r\nContent-Ty", after(50*time.Millisecond))),
		outcome: checker.Failed, reason: `the connection was reset in the middle of the answer's headers`,
	},
	{
		name: "closed in headers", target: raw(say("HTTP/1.1 200 OK\r\nContent-Ty")),
		outcome: checker.Failed, reason: `the connection was closed in the middle of the answer's headers`,
	},
	{
		name: "reset in body", target: raw(sayAndReset("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", after(50*time.Millisecond))),
		outcome: checker.Failed, reason: `the connection was reset in the middle of the answer; 4 B were read`,
	},
	{
		name: "wrong length", target: raw(say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")),
		outcome: checker.Failed, reason: `the answer ended early: 4 B of 100 B were read`,
	},
	{
		name: "bad chunk", target: raw(say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n")),
		outcome: checker.Failed, reason: `the answer's chunked encoding is broken`,
	},
	{
		name: "last chunk missing", target: raw(say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")),
		outcome: checker.Failed, reason: `the connection was closed before the answer's last part; 4 B were read`,
	},

	// Slowness.
	{
		name: "slow headers", target: raw(sayAndHold("HTTP/1.1 200 OK\r\nContent-Ty")), timeout: patience,
		outcome: checker.Failed, reason: `the answer's headers did not end within 250 ms`,
	},
	{
		name: "slow body", target: raw(sayAndHold("HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + strings.Repeat("x", 12_000))), timeout: patience,
		outcome: checker.Failed, reason: `the answer did not end within 250 ms; 12 kB were read`,
	},

	// Answers that are none, or too much.
	{
		name: "no HTTP", target: raw(say("SSH-2.0-OpenSSH_9.9\r\n\r\n")),
		outcome: checker.Failed, reason: `the answer is not HTTP as it should be`,
	},
	{
		name: "two lengths", target: raw(say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx")),
		outcome: checker.Failed, reason: `the answer's length is not what it says`,
	},
	{name: "endless 1xx", target: raw(func(conn net.Conn) {
		for {
			if _, err := conn.Write([]byte("HTTP/1.1 103 Early Hints\r\n\r\n")); err != nil {
				return
			}
		}
	}), outcome: checker.Failed, reason: `more than 20 preliminary \(1xx\) answers came and no real one`},
	{name: "huge headers", target: raw(func(conn net.Conn) {
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\n"))
		for i := 0; ; i++ {
			if _, err := fmt.Fprintf(conn, "X-%d: %s\r\n", i, strings.Repeat("x", 10_000)); err != nil {
				return
			}
		}
	}), outcome: checker.Failed, reason: `the answer's headers are larger than 1 MB`},
	{name: "huge body", target: handled(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 100_000)); err != nil {
				return
			}
		}
	}), outcome: checker.OK, warning: `the body was cut at 1 MB (max_body)`},
	{name: "huge body where JSON is expected", target: handled(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"database": "up", "rest": "`, strings.Repeat("x", 2_000_000), `"}`)
	}), expect: []string{`json.database == "up"`}, outcome: checker.Failed, reason: `json\.database == "up" cannot be worked out: .*`, warning: `the body was cut at 1 MB (max_body)`},
	{name: "gzip bomb", target: func(t *testing.T) checker.HTTP {
		folded := bomb()
		return handled(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(folded)
		})(t)
	}, expect: []string{"size == 1000000"}, outcome: checker.OK, warning: `the body was cut at 1 MB (max_body)`},
	{name: "gzip that is none", target: handled(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		fmt.Fprint(w, "this is plain text and no archive")
	}), outcome: checker.Failed, reason: `the answer's gzip compression is broken`},

	// Redirects.
	{name: "redirect loop", target: handled(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, map[string]string{"/health": "/b?secret=1", "/b": "/health"}[r.URL.Path], http.StatusFound)
	}), outcome: checker.Failed, reason: `it redirects in a circle: http://[^ ?]+/health → http://[^ ?]+/b → http://[^ ?]+/health`},
	{name: "too many redirects", target: handled(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
	}), outcome: checker.Failed, reason: `it redirects more than 5 times, at last to http://.*/healthxxxxxx`},
	{name: "redirect to something else", target: handled(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "ftp://files.example/")
		w.WriteHeader(http.StatusFound)
	}), outcome: checker.Failed, reason: `it redirects to an address that is neither http nor https`},

	// TLS.
	{
		name: "certificate expired", target: secured(-hour, nil, nil),
		outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 expired on \d+ \w+ \d{4} \d\d:\d\d UTC`,
	},
	{
		name: "certificate not yet valid", target: secured(hour, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(hour / 2) }, nil),
		outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 is not valid before \d+ \w+ \d{4} \d\d:\d\d UTC`,
	},
	{
		name: "wrong host", target: secured(hour, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.example"} }, nil),
		outcome: checker.Failed, reason: `the certificate is for other\.example, not for 127\.0\.0\.1`,
	},
	{name: "unknown authority", target: func(t *testing.T) checker.HTTP {
		check := secured(hour, nil, nil)(t)
		check.CA = newAuthority(t).pem
		return check
	}, outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 is signed by an authority that is not trusted.*`},
	{
		name: "old protocol", target: secured(hour, nil, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }),
		outcome: checker.Failed, reason: `the server speaks only versions of TLS older than 1\.2`,
	},
	{
		name: "client certificate missing", target: secured(hour, nil, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }),
		outcome: checker.Failed, reason: `the server asked for a client certificate, which the check does not have, and ended the connection`,
	},
	{name: "https asked of plain HTTP", target: func(t *testing.T) checker.HTTP {
		check := handled(func(http.ResponseWriter, *http.Request) {})(t)
		check.URL = strings.Replace(check.URL, "http:", "https:", 1)
		return check
	}, outcome: checker.Failed, reason: `the server speaks plain HTTP where https was asked for`},
	{name: "https asked of something else", target: func(t *testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: "https://" + rawServer(t, false, sayAndHold("220 mail.example ESMTP\r\n"))}}
	}, outcome: checker.Failed, reason: `the server does not speak TLS on this port`},
	{name: "closed during the handshake", target: func(t *testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: "https://" + rawServer(t, false, func(conn net.Conn) { _, _ = conn.Read(make([]byte, 4096)) })}}
	}, outcome: checker.Failed, reason: `the connection was closed during the TLS handshake`},

	// HTTP/2.
	{
		name: "HTTP/2 RST_STREAM", target: frames(frame(3, 0, 1, 0, 0, 0, 2)),
		outcome: checker.Failed, reason: `the server ended the answer \(RST_STREAM INTERNAL_ERROR\)`,
	},
	{
		name: "HTTP/2 GOAWAY", target: frames(frame(7, 0, 0, 0, 0, 0, 1, 0, 0, 0, 11)),
		outcome: checker.Failed, reason: `the server ended the HTTP/2 connection \(GOAWAY ENHANCE_YOUR_CALM\)`,
	},
	{name: "HTTP/2 not spoken", target: func(t *testing.T) checker.HTTP {
		check := secured(hour, nil, func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} })(t)
		check.Version = "2"
		return check
	}, outcome: checker.Failed, reason: `the server does not speak HTTP/2`},
	{name: "HTTP/2 unheard of", target: func(t *testing.T) checker.HTTP {
		issuer := newAuthority(t)
		listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{issuer.issue(t, hour, nil)}})
		if err != nil {
			t.Fatal(err)
		}
		acceptAll(t, listener, func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
		})
		return checker.HTTP{Request: checker.Request{URL: "https://" + listener.Addr().String(), CA: issuer.pem, Version: "2"}}
	}, outcome: checker.Failed, reason: `the answer came by HTTP/1\.1, not HTTP/2`},
	{name: "HTTP/3", target: func(t *testing.T) checker.HTTP {
		check := at(closedPort(t))
		check.Version = "3"
		return check
	}, outcome: checker.Unknown, reason: `HTTP/3 does not work yet in this version`},

	// Proxies.
	{name: "proxy gone", target: func(t *testing.T) checker.HTTP {
		check := at(closedPort(t))
		check.Proxy = "http://" + closedPort(t)
		return check
	}, outcome: checker.Unknown, reason: `the proxy could not be reached: 127\.0\.0\.1:\d+ refused the connection`},
	{name: "proxy wants a password", target: func(t *testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: "https://shop.example/", Proxy: "http://" + rawServer(t, true, say("HTTP/1.1 407 Who\r\n\r\n"))}}
	}, outcome: checker.Unknown, reason: `the proxy does not let the check through: the proxy answered 407 Proxy Authentication Required`},
	{name: "proxy cannot reach the target", target: func(t *testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: "https://shop.example/", Proxy: "http://" + rawServer(t, true, say("HTTP/1.1 502 No\r\n\r\n"))}}
	}, outcome: checker.Failed, reason: `the target cannot be reached through the proxy: the proxy answered 502 Bad Gateway`},

	// The agent's own faults.
	{
		name: "no network", target: func(t *testing.T) checker.HTTP { return at(closedPort(t)) }, options: refusing(syscall.ENETUNREACH),
		outcome: checker.Unknown, reason: `this agent could not reach 127\.0\.0\.1:\d+: network is unreachable`,
	},
	{
		name: "no route", target: func(t *testing.T) checker.HTTP { return at(closedPort(t)) }, options: refusing(syscall.EHOSTUNREACH),
		outcome: checker.Unknown, reason: `this agent could not reach 127\.0\.0\.1:\d+: no route to host`,
	},
	{
		name: "network down", target: func(t *testing.T) checker.HTTP { return at(closedPort(t)) }, options: refusing(syscall.ENETDOWN),
		outcome: checker.Unknown, reason: `this agent could not reach 127\.0\.0\.1:\d+: network is down`,
	},
	{name: "one address without route, the other refuses", target: func(t *testing.T) checker.HTTP {
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
	}}, outcome: checker.Failed, reason: `127\.0\.0\.\d:\d+ refused the connection`},
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
	{name: "no address to go to", target: func(*testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: "health"}}
	}, outcome: checker.Unknown, reason: `the check's url is not an address.*`},
	{name: "a ca that is none", target: func(*testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: "https://127.0.0.1:1/", CA: "nothing"}}
	}, outcome: checker.Unknown, reason: `the ca of the check holds no certificate in PEM`},
	{name: "an environment variable is missing", target: func(*testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: "http://127.0.0.1:1/", Bearer: "${agent-env:API_TOKEN}"}}
	}, outcome: checker.Unknown, reason: `check api needs the environment variable API_TOKEN, which is not set on this agent`},

	// Answers that are answers.
	{
		name: "an error status", target: handled(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }),
		outcome: checker.Failed, reason: "`status < 400`: it was `503`",
	},
	{name: "the redirect is the answer", target: func(t *testing.T) checker.HTTP {
		check := handled(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusMovedPermanently) })(t)
		check.Redirects = &none
		return check
	}, expect: []string{`status == 301`, `headers["Location"] == "/"`}, outcome: checker.OK},
}

func TestFaults(t *testing.T) {
	for _, row := range faults {
		t.Run(row.name, func(t *testing.T) {
			check := checker.Check{ID: "api", Timeout: 5 * time.Second, Expect: row.expect}
			if row.timeout > 0 {
				check.Timeout = row.timeout
			}
			http := row.target(t)
			check.HTTP = &http
			result := runOnce(t, checker.NewHTTP(row.options), check)
			if result.Outcome != row.outcome {
				t.Fatalf("outcome %s (%s); want %s", result.Outcome, result.Reason, row.outcome)
			}
			if !regexp.MustCompile(`^(?:` + row.reason + `)$`).MatchString(result.Reason) {
				t.Errorf("reason %q; want %q", result.Reason, row.reason)
			}
			if got := strings.Join(result.Warnings, "; "); got != row.warning {
				t.Errorf("warnings %q; want %q", got, row.warning)
			}
		})
	}
}

func runOnce(t testing.TB, runner checker.Runner, check checker.Check) checker.Result {
	t.Helper()
	job, err := checker.Prepare(check)
	if err != nil {
		t.Fatal(err)
	}
	return checker.RunOnce(context.Background(), runner, job, time.Now)
}

func TestNoFilesLeft(t *testing.T) {
	check := handled(func(http.ResponseWriter, *http.Request) {})(t)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	few := before
	few.Cur = 3 // every new file would be above the limit
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	result := runOnce(t, checker.NewHTTP(checker.HTTPOptions{}), checker.Check{ID: "api", HTTP: &check})
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if result.Outcome != checker.Unknown || result.Reason != "this agent has too many files open" {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
}

func TestARunThatIsStoppedTellsNothing(t *testing.T) {
	asked := make(chan struct{})
	target := at(rawServer(t, true, func(conn net.Conn) { close(asked); sayAndHoldForever(conn) }))
	job, err := checker.Prepare(checker.Check{ID: "api", HTTP: &target, Attempts: 3})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-asked; cancel() }()
	result := checker.RunOnce(ctx, checker.NewHTTP(checker.HTTPOptions{}), job, time.Now)
	if result.Outcome != checker.Unknown || result.Reason != "the run was stopped before it ended" || result.Attempts != 1 {
		t.Errorf("%s after %d attempts: %s", result.Outcome, result.Attempts, result.Reason)
	}
}
