package http3_test

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
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"daymark/checker"
	"daymark/checker/http3"
	"daymark/internal/guard"
	"daymark/internal/testkit"
)

// patience bounds an attempt in rows where the time has to run out.
const patience = 400 * time.Millisecond

// row is one fault of a target that is asked by HTTP/3, and what a check says.
type row struct {
	name    string
	target  func(t *testing.T) checker.HTTP
	control guard.Policy
	timeout time.Duration
	expect  []string
	outcome checker.Outcome
	reason  string // a regular expression for all of the reason
	warning string
}

func fine(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }

// with changes the check of a target.
func with(target func(t *testing.T) checker.HTTP, change func(*checker.HTTP)) func(t *testing.T) checker.HTTP {
	return func(t *testing.T) checker.HTTP {
		check := target(t)
		change(&check)
		return check
	}
}

func wait(d time.Duration) {
	timer := time.NewTimer(d)
	<-timer.C
}

func redirecting(to string) func(t *testing.T) checker.HTTP {
	return serve(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }, nil, nil)
}

var rows = []row{
	// No HTTP/3 there.
	{name: "nothing listens", target: func(t *testing.T) checker.HTTP {
		socket := udp(t)
		socket.Close()
		return target(socket.LocalAddr().String(), newAuthority(t))
	}, outcome: checker.Failed, reason: `nothing listens on UDP at 127\.0\.0\.1:\d+, so there is no HTTP/3`},
	{
		name: "silence", target: answered(func([]byte) []byte { return nil }), timeout: patience,
		outcome: checker.Failed, reason: `no QUIC handshake with 127\.0\.0\.1:\d+ \(UDP\) within 400 ms, so there is no HTTP/3`,
	},
	{
		name: "another service on the port", target: answered(func([]byte) []byte { return []byte("pong") }), timeout: patience,
		outcome: checker.Failed, reason: `no QUIC handshake with 127\.0\.0\.1:\d+ \(UDP\) within 400 ms, so there is no HTTP/3`,
	},
	{
		name: "other versions of QUIC", target: answered(otherVersions),
		outcome: checker.Failed, reason: `the server speaks no version of QUIC that HTTP/3 is asked in: it offers 0xbeef0001`,
	},
	{
		name: "another protocol over QUIC", target: spoken("doq", func(net.PacketConn, *quic.Conn, *quic.Stream) {}),
		outcome: checker.Failed, reason: `the server speaks QUIC, but not HTTP/3`,
	},

	// Names and addresses.
	{name: "no IPv6 address", target: func(t *testing.T) checker.HTTP {
		check := target("shop.example.:1", newAuthority(t))
		check.Resolver, check.IP = packets(t, resolving), 6
		return check
	}, outcome: checker.Failed, reason: `shop\.example\.? does not exist or has no IPv6 address`},
	{name: "resolver silent", target: func(t *testing.T) checker.HTTP {
		check := target("shop.example.:1", newAuthority(t))
		check.Resolver = packets(t, func([]byte) []byte { return nil })
		return check
	}, timeout: patience, outcome: checker.Unknown, reason: `the resolver did not answer when asked for shop\.example\.?`},
	{
		name: "an address that may not be dialled", target: serve(fine, nil, nil), control: guard.Policy{Deny: true},
		outcome: checker.Unknown, reason: `127\.0\.0\.1 is a private address and may not be dialled; agents\.private allows such addresses`,
	},
	{
		name: "a redirect to an address that may not be dialled", target: redirecting("https://127.66.0.1:1/"),
		control: guard.Policy{Deny: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/24")}},
		outcome: checker.Unknown, reason: `127\.66\.0\.1 is a private address and may not be dialled.*`,
	},

	// Certificates.
	{
		name: "certificate expired", target: serve(fine, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }, nil),
		outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 expired on \d+ \w+ \d{4} \d\d:\d\d UTC`,
	},
	{
		name: "wrong host", target: serve(fine, func(c *x509.Certificate) { c.IPAddresses = nil }, nil),
		outcome: checker.Failed, reason: `the certificate is for shop\.example, not for 127\.0\.0\.1`,
	},
	{
		name: "unknown authority",
		target: func(t *testing.T) checker.HTTP {
			return with(serve(fine, nil, nil), func(c *checker.HTTP) { c.CA = newAuthority(t).PEM() })(t)
		},
		outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 is signed by an authority that is not trusted.*`,
	},
	{
		name: "client certificate missing", target: serve(fine, nil, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }),
		outcome: checker.Failed, reason: `the server asked for a client certificate, which the check does not have, and refused to go on \(certificate required\)`,
	},

	// The connection or the answer breaks.
	{name: "connection closed with a code", target: spoken("h3", func(_ net.PacketConn, conn *quic.Conn, _ *quic.Stream) {
		_ = conn.CloseWithError(0x107, "")
	}), outcome: checker.Failed, reason: `the server ended the HTTP/3 connection \(H3_EXCESSIVE_LOAD\)`},
	{name: "connection closed with an unheard-of code", target: spoken("h3", func(_ net.PacketConn, conn *quic.Conn, _ *quic.Stream) {
		_ = conn.CloseWithError(0x4242, "")
	}), outcome: checker.Failed, reason: `the server ended the HTTP/3 connection \(0x4242\)`},
	{name: "reset before an answer", target: spoken("h3", func(_ net.PacketConn, _ *quic.Conn, stream *quic.Stream) {
		stream.CancelWrite(0x102)
	}), outcome: checker.Failed, reason: `the server ended the answer \(RESET_STREAM H3_INTERNAL_ERROR\)`},
	{name: "closed before an answer", target: spoken("h3", func(_ net.PacketConn, _ *quic.Conn, stream *quic.Stream) {
		stream.Close()
	}), outcome: checker.Failed, reason: `the connection was closed before an answer began`},
	{name: "reset in body", target: serve(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "half")
		_ = http.NewResponseController(w).Flush()
		wait(200 * time.Millisecond) // a reset would overtake what was said at once before it
		panic(http.ErrAbortHandler)
	}, nil, nil), outcome: checker.Failed, reason: `the server ended the answer \(RESET_STREAM H3_INTERNAL_ERROR\); 4 B were read`},
	{name: "wrong length", target: spoken("h3", func(_ net.PacketConn, _ *quic.Conn, stream *quic.Stream) {
		// HEADERS :status 200, content-length 9; DATA of 4.
		_, _ = stream.Write([]byte{1, 6, 0, 0, 0xd9, 0x54, 1, '9', 0, 4, 'h', 'a', 'l', 'f'})
		stream.Close()
	}), outcome: checker.Failed, reason: `the answer ended early: 4 B of 9 B were read`},
	{name: "more than the length", target: spoken("h3", func(_ net.PacketConn, _ *quic.Conn, stream *quic.Stream) {
		_, _ = stream.Write([]byte{1, 6, 0, 0, 0xd9, 0x54, 1, '2', 0, 4, 'h', 'a', 'l', 'f'})
		stream.Close()
	}), outcome: checker.Failed, reason: `the answer's length is not what it says; \d B were read`},
	{name: "the server goes away", target: spoken("h3", func(socket net.PacketConn, _ *quic.Conn, stream *quic.Stream) {
		_, _ = stream.Write([]byte{1, 3, 0, 0, 0xd9, 0, 0x40, 100, 'h', 'a', 'l', 'f'})
		wait(50 * time.Millisecond)
		socket.Close()
	}), timeout: 10 * time.Second, outcome: checker.Failed, reason: `the server went away: nothing listens on UDP at 127\.0\.0\.1:\d+ any more; 4 B were read`},
	{name: "no HTTP/3 in the stream", target: spoken("h3", func(_ net.PacketConn, _ *quic.Conn, stream *quic.Stream) {
		_, _ = stream.Write([]byte{0, 1, 'x', 1, 3, 0, 0, 0xd9})
		stream.Close()
	}), outcome: checker.Failed, reason: `the (answer is|server does) not .*HTTP/3.*`},

	// Slowness.
	{
		name: "slow headers", target: serve(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, nil, nil), timeout: patience,
		outcome: checker.Failed, reason: `no answer began within 400 ms`,
	},
	{name: "slow body", target: serve(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, strings.Repeat("x", 12_000))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}, nil, nil), timeout: 5 * patience, outcome: checker.Failed, reason: `the answer did not end within 2 s; 12 kB were read`},

	// Too much.
	{name: "endless 1xx", target: serve(func(w http.ResponseWriter, _ *http.Request) {
		for range 100 {
			w.WriteHeader(http.StatusEarlyHints)
		}
	}, nil, nil), outcome: checker.Failed, reason: `more than 5 preliminary \(1xx\) answers came and no real one`},
	{name: "huge headers", target: serve(func(w http.ResponseWriter, _ *http.Request) {
		for i := range 200 {
			w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 10_000))
		}
	}, nil, nil), outcome: checker.Failed, reason: `the answer's headers are larger than they may be`},
	{name: "huge body", target: serve(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 100_000)); err != nil {
				return
			}
		}
	}, nil, nil), outcome: checker.OK, warning: `the body was cut at 1 MB (max_body)`},
	{
		name: "redirect loop", target: redirecting("/health"),
		outcome: checker.Failed, reason: `it redirects in a circle: https://[^ ?]+/health → https://[^ ?]+/health`,
	},

	// What HTTP/3 cannot do.
	{
		name: "redirect to http", target: redirecting("http://127.0.0.1:1/"),
		outcome: checker.Failed, reason: `it redirects to http://127\.0\.0\.1:1/, which HTTP/3 cannot ask: it is for https alone`,
	},
	{
		name: "an http address", target: with(serve(fine, nil, nil), func(c *checker.HTTP) { c.URL = strings.Replace(c.URL, "https", "http", 1) }),
		outcome: checker.Unknown, reason: `HTTP/3 is for https addresses alone`,
	},
	{
		name: "a proxy", target: with(serve(fine, nil, nil), func(c *checker.HTTP) { c.Proxy = "http://127.0.0.1:1" }),
		outcome: checker.Unknown, reason: `HTTP/3 does not go through a proxy: remove the proxy of the check, or its version`,
	},
}

func TestFaults(t *testing.T) {
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			testkit.NoLeaks(t)
			check := checker.Check{ID: "api", Timeout: 20 * time.Second, Expect: row.expect}
			if row.timeout > 0 {
				check.Timeout = row.timeout
			}
			target := row.target(t)
			check.HTTP = &target
			reason := regexp.MustCompile(`^(?:` + row.reason + `)$`)
			result := testkit.OnTime(t, 0 < row.timeout && row.timeout <= 5*patience, func() (checker.Result, bool) {
				result := runOnce(t, checker.HTTPOptions{Control: row.control.Control, HTTP3: http3.New}, check)
				return result, reason.MatchString(result.Reason)
			})
			if result.Outcome != row.outcome {
				t.Fatalf("outcome %s (%s); want %s", result.Outcome, result.Reason, row.outcome)
			}
			if !reason.MatchString(result.Reason) {
				t.Errorf("reason %q; want %q", result.Reason, row.reason)
			}
			if got := strings.Join(result.Warnings, "; "); got != row.warning {
				t.Errorf("warnings %q; want %q", got, row.warning)
			}
		})
	}
}

func runOnce(t *testing.T, options checker.HTTPOptions, check checker.Check) checker.Result {
	t.Helper()
	job, err := checker.Prepare(check)
	if err != nil {
		t.Fatal(err)
	}
	return checker.RunOnce(context.Background(), checker.NewHTTP(options), job, time.Now)
}
