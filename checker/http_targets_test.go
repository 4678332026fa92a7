package checker_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"syscall"
	"testing"
	"time"

	"daymark/checker"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// patience bounds an attempt in rows where the time has to run out.
const patience = 250 * time.Millisecond

// faultRow is one fault of a target, or of the agent, and what a check says.
type faultRow struct {
	name    string
	target  func(t *testing.T) checker.HTTP
	options checker.HTTPOptions
	timeout time.Duration
	expect  []string
	slow    []string // the `degraded` expressions
	outcome checker.Outcome
	reason  string // a regular expression for all of the reason
	warning string
}

func at(address string) checker.HTTP {
	return checker.HTTP{Request: checker.Request{URL: "http://" + address + "/health"}}
}

// raw is a target that reads the request and then does as handle says.
func raw(handle func(net.Conn)) func(t *testing.T) checker.HTTP {
	return func(t *testing.T) checker.HTTP { return at(rawServer(t, true, handle)) }
}

// handled is a target of net/http.
func handled(handler http.HandlerFunc) func(t *testing.T) checker.HTTP {
	return func(t *testing.T) checker.HTTP {
		server := httptest.NewUnstartedServer(handler)
		server.Config.ErrorLog = quiet()
		server.Start()
		t.Cleanup(server.Close)
		return at(server.Listener.Addr().String())
	}
}

// named is a target whose name a DNS server of the test answers for.
func named(answer func(question []byte) []byte) func(t *testing.T) checker.HTTP {
	return func(t *testing.T) checker.HTTP {
		return checker.HTTP{Request: checker.Request{URL: "http://shop.example./", Resolver: dnsServer(t, answer)}}
	}
}

// secured is a target with a certificate; the check trusts its authority.
func secured(left time.Duration, change func(*x509.Certificate), set func(*tls.Config)) func(t *testing.T) checker.HTTP {
	return func(t *testing.T) checker.HTTP {
		issuer := newAuthority(t)
		config := &tls.Config{Certificates: []tls.Certificate{issuer.issue(t, left, change)}}
		if set != nil {
			set(config)
		}
		address := tlsServer(t, config, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }))
		return checker.HTTP{Request: checker.Request{URL: "https://" + address, CA: issuer.pem}}
	}
}

// refusing makes every dial fail as the kernel would.
func refusing(errno syscall.Errno) checker.HTTPOptions {
	return checker.HTTPOptions{Control: func(string, string, syscall.RawConn) error { return os.NewSyscallError("connect", errno) }}
}

func closedPort(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func sayAndHoldForever(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// after gives a channel that closes when so much time went by: a reset sent
// at once would overtake what was said before it.
func after(d time.Duration) <-chan struct{} {
	passed := make(chan struct{})
	time.AfterFunc(d, func() { close(passed) })
	return passed
}
