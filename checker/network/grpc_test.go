package network_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"daymark/checker"
	"daymark/internal/targets"
)

// answering is a health service that answers each call as the function does.
type answering struct {
	grpc_health_v1.UnimplementedHealthServer
	answer func(ctx context.Context) (*grpc_health_v1.HealthCheckResponse, error)
}

// Check answers one call.
func (a answering) Check(ctx context.Context, _ *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	return a.answer(ctx)
}

func TestGRPC(t *testing.T) {
	type made = func(*testing.T, *targets.Authority) checker.Check
	ask := func(address, service string, expect ...string) checker.Check {
		return checker.Check{GRPC: &checker.GRPC{Address: address, Service: service}, Expect: expect}
	}
	known := health.NewServer()
	known.SetServingStatus("bank.Ledger", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	serving := func(service grpc_health_v1.HealthServer, name string, expect ...string) made {
		return func(t *testing.T, _ *targets.Authority) checker.Check {
			server, err := targets.GRPC(nil, service)
			return ask(must(t, server, err).Address, name, expect...)
		}
	}
	says := func(code codes.Code, text string, expect ...string) made {
		return serving(answering{answer: func(context.Context) (*grpc_health_v1.HealthCheckResponse, error) {
			return nil, status.Error(code, text)
		}}, "", expect...)
	}
	over := func(change func(*x509.Certificate), set func(*tls.Config), expect ...string) made {
		return func(t *testing.T, ca *targets.Authority) checker.Check {
			config := secured(t, ca, change)
			if set != nil {
				set(config)
			}
			server, err := targets.GRPC(config, known)
			check := ask(must(t, server, err).Address, "", expect...)
			check.GRPC.TLS = true
			return check
		}
	}
	at := func(handle func(net.Conn)) made {
		return func(t *testing.T, _ *targets.Authority) checker.Check { return ask(raw(t, handle), "") }
	}
	// framed reads the preface, sends its settings and does as then says.
	framed := func(then func(net.Conn)) made {
		return at(func(conn net.Conn) {
			_, _ = io.ReadFull(conn, make([]byte, 24))
			_, _ = conn.Write([]byte{0, 0, 0, 4, 0, 0, 0, 0, 0})
			then(conn)
		})
	}
	// web is a server of HTTP/2 that may not speak gRPC.
	web := func(handler http.HandlerFunc) made {
		return func(t *testing.T, ca *targets.Authority) checker.Check {
			config := secured(t, ca, nil)
			config.NextProtos = []string{"h2"}
			server := &http.Server{Handler: handler, TLSConfig: config}
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			go func() { defer close(done); _ = server.ServeTLS(listener, "", "") }()
			t.Cleanup(func() { server.Close(); <-done })
			check := ask(listener.Addr().String(), "")
			check.GRPC.TLS = true
			return check
		}
	}
	runAll(t, []row{
		{name: "serving", check: serving(known, "", `health == "SERVING"`, `code == "OK"`, `latency > duration("0s")`), outcome: checker.OK, kept: `< OK SERVING`},
		{name: "serving by default", check: serving(known, ""), outcome: checker.OK},
		{name: "over TLS", check: over(nil, nil, `tls.days_left == 90`, `health == "SERVING"`), outcome: checker.OK, kept: `certificate 1`},
		{name: "not serving", check: serving(known, "bank.Ledger"), outcome: checker.Failed, reason: "`?health == \"SERVING\"`?.*\"NOT_SERVING\".*"},
		{name: "unknown service", check: serving(known, "bank.Other"), outcome: checker.Failed, reason: `the health service does not know the service bank\.Other \(NOT_FOUND\)`},
		{name: "expected unknown", check: serving(known, "bank.Other", `code == "NOT_FOUND"`, `health == "SERVICE_UNKNOWN"`), outcome: checker.OK},
		{name: "no health service", check: serving(nil, ""), outcome: checker.Failed, reason: `the server has no health service \(UNIMPLEMENTED\)`},
		{name: "unavailable", check: says(codes.Unavailable, "starting"), outcome: checker.Failed, reason: `the health service answered UNAVAILABLE: starting`},
		{name: "denied", check: says(codes.PermissionDenied, "not you"), outcome: checker.Failed, reason: `the health service answered PERMISSION_DENIED: not you`},
		{name: "deadline of its own", check: says(codes.DeadlineExceeded, "slow database", `code == "OK"`), outcome: checker.Failed, reason: `.*"DEADLINE_EXCEEDED".*`},
		{name: "slow", check: serving(answering{answer: func(ctx context.Context) (*grpc_health_v1.HealthCheckResponse, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}, ""), timeout: patience, outcome: checker.Failed, reason: `no answer came within 250 ms`},
		{name: "huge trailer", check: says(codes.Internal, strings.Repeat("x", 100_000)), outcome: checker.Failed, reason: `the server ended the answer \(RST_STREAM INTERNAL_ERROR\)`},
		{name: "huge message", check: web(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/grpc")
			_, _ = w.Write(append([]byte{0, 0, 1, 0x86, 0xa0}, make([]byte, 100_000)...))
		}), outcome: checker.Failed, reason: `the answer is larger than a health service's can be`},
		{name: "expired", check: over(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }, nil), outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 expired on .*`},
		{name: "other host", check: over(func(c *x509.Certificate) { c.IPAddresses = nil }, nil), outcome: checker.Failed, reason: `the certificate is for localhost, not for 127\.0\.0\.1`},
		{name: "old protocol", check: over(nil, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }), outcome: checker.Failed, reason: `the server speaks only versions of TLS older than 1\.2`},
		{name: "unknown authority", check: func(t *testing.T, _ *targets.Authority) checker.Check {
			other, err := targets.NewAuthority()
			if err != nil {
				t.Fatal(err)
			}
			return over(nil, nil)(t, other)
		}, outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 is signed by an authority that is not trusted.*`},
		{name: "no TLS", check: func(t *testing.T, _ *targets.Authority) checker.Check {
			check := ask(raw(t, say("HTTP/1.1 400 Bad Request\r\n\r\n")), "")
			check.GRPC.TLS = true
			return check
		}, outcome: checker.Failed, reason: `the server does not speak TLS on this port`},
		{name: "TLS without HTTP/2", check: func(t *testing.T, ca *targets.Authority) checker.Check {
			server, err := targets.TLS(secured(t, ca, nil), drain)
			check := ask(must(t, server, err).Address, "")
			check.GRPC.TLS = true
			return check
		}, outcome: checker.Failed, reason: `the server does not speak HTTP/2, which gRPC needs`},
		{name: "silent in the TLS handshake", check: func(t *testing.T, _ *targets.Authority) checker.Check {
			check := ask(raw(t, hold), "")
			check.GRPC.TLS = true
			return check
		}, timeout: patience, outcome: checker.Failed, reason: `the TLS handshake did not end within 250 ms`},
		{name: "refused", check: func(t *testing.T, _ *targets.Authority) checker.Check { return ask(closedPort(t), "") }, outcome: checker.Failed, reason: `127\.0\.0\.1:\d+ refused the connection`},
		{name: "HTTP/1", check: at(say("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")), outcome: checker.Failed, reason: `the server does not speak HTTP/2, which gRPC needs`},
		{name: "HTTP/2 without gRPC", check: web(http.NotFound), outcome: checker.Failed, reason: `the server speaks HTTP/2 but not gRPC: .*404.*`},
		{name: "another protocol", check: at(say("220 mail.test ESMTP ready for whoever comes\r\n")), outcome: checker.Failed, reason: `the server does not speak HTTP/2, which gRPC needs|the server does not keep to HTTP/2: .*`},
		{name: "silent", check: at(hold), timeout: patience, outcome: checker.Failed, reason: `no answer came within 250 ms`},
		{name: "silent after settings", check: framed(drain), timeout: patience, outcome: checker.Failed, reason: `no answer came within 250 ms`},
		{name: "closed at once", check: at(hangUp), outcome: checker.Failed, reason: `the connection was (closed|reset) before an answer came`},
		{name: "reset at once", check: at(reset(false)), outcome: checker.Failed, reason: `the connection was reset before an answer came`},
		{name: "reset after settings", check: framed(func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			_ = conn.(*net.TCPConn).SetLinger(0)
		}), outcome: checker.Failed, reason: `the connection was reset before an answer came`},
		{name: "GOAWAY", check: framed(func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = conn.Write([]byte{0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
			drain(conn)
		}), outcome: checker.Failed, reason: `the server ended the HTTP/2 connection before it answered \(GOAWAY\)`},
		{name: "endless frames", check: framed(flood("\x00\x00\x00\x04\x00\x00\x00\x00\x00")), outcome: checker.Failed, reason: `the server says more than a check reads \(500 kB\)`},
	})
}
