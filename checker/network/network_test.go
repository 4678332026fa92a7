package network_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"daymark/checker"
	"daymark/checker/network"
	"daymark/internal/targets"
	"daymark/internal/testkit"
)

// patience bounds an attempt in rows where the time has to run out.
const patience = 250 * time.Millisecond

// row is one target and what a check says of it.
type row struct {
	name    string
	check   func(t *testing.T, ca *targets.Authority) checker.Check
	options network.Options
	timeout time.Duration
	outcome checker.Outcome
	reason  string // a regular expression for all of the reason
	kept    string // a regular expression for a part of the evidence
	warning string // a regular expression for the warning
}

func (r *row) run(t *testing.T, ca *targets.Authority) {
	testkit.NoLeaks(t)
	check := r.check(t, ca)
	timeout := r.timeout
	if timeout == 0 {
		timeout = 20 * time.Second
	}
	check.ID, check.Timeout = "it", timeout // sentences say the check's own time, not what a busy machine left of it
	job, err := checker.Prepare(check)
	if err != nil {
		t.Fatal(err)
	}
	options := r.options
	options.Roots = ca.Pool()
	result := testkit.OnTime(t, 0 < r.timeout && r.timeout <= 4*patience, func() (checker.Result, bool) {
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		result := network.New(options).Runners().For(job.Kind()).Run(ctx, job)
		return result, matches("^(?s:"+r.reason+")$", result.Reason)
	})
	if result.Outcome != r.outcome || !matches("^(?s:"+r.reason+")$", result.Reason) {
		t.Fatalf("it is %s: %q, and should be %s: %q", result.Outcome, result.Reason, r.outcome, r.reason)
	}
	evidence := ""
	for _, e := range result.Evidence {
		evidence += string(e.Data)
		if len(e.Data) > 64_000 {
			t.Errorf("the evidence %s has %d bytes", e.Name, len(e.Data))
		}
	}
	if r.kept != "" && !matches(r.kept, evidence) {
		t.Errorf("the evidence has no %q:\n%s", r.kept, evidence)
	}
	if warned := strings.Join(result.Warnings, "; "); !matches("^("+r.warning+")$", warned) {
		t.Errorf("warnings are %q, and should be %q", warned, r.warning)
	}
	if result.Outcome == checker.OK && (result.Latency <= 0 || len(result.Timings) == 0 || len(result.Evidence) == 0) {
		t.Errorf("a good run lacks latency, timings or evidence: %+v", result)
	}
}

func matches(pattern, text string) bool { return regexp.MustCompile(pattern).MatchString(text) }

func runAll(t *testing.T, rows []row) {
	ca, err := targets.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) { r.run(t, ca) })
	}
}

// must ends the target with the test and gives its address.
func must[T interface{ Close() }](t *testing.T, server T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// raw is the address of a server that does as handle says.
func raw(t *testing.T, handle func(net.Conn)) string {
	server, err := targets.TCP(handle)
	return must(t, server, err).Address
}

// secured is TLS with a certificate of the authority, changed by change.
func secured(t *testing.T, ca *targets.Authority, change func(*x509.Certificate)) *tls.Config {
	certificate, err := ca.Issue(change)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{certificate}}
}

func closedPort(t *testing.T) string {
	server, err := targets.TCP(hold)
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	return server.Address
}

// hold says nothing until the other side hangs up.
func hold(conn net.Conn) { sayAndHold("")(conn) }

func hangUp(net.Conn) {}

func say(text string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = conn.Write([]byte(text))
		_ = conn.(interface{ CloseWrite() error }).CloseWrite()
		drain(conn)
	}
}

func sayAndHold(text string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = conn.Write([]byte(text))
		drain(conn)
	}
}

func drain(conn net.Conn) {
	buffer := make([]byte, 4096)
	for {
		if _, err := conn.Read(buffer); err != nil {
			return
		}
	}
}

// reset resets the connection when the other side has said something, or a
// moment later when it has nothing to say first.
func reset(first bool) func(net.Conn) {
	return func(conn net.Conn) {
		if first { // at once it might overtake the connection itself
			passed := make(chan struct{})
			time.AfterFunc(50*time.Millisecond, func() { close(passed) })
			<-passed
		} else {
			_, _ = conn.Read(make([]byte, 1))
		}
		_ = conn.(*net.TCPConn).SetLinger(0)
	}
}

// flood says a text again and again without end.
func flood(text string) func(net.Conn) {
	block := []byte(strings.Repeat(text, 1+8192/len(text)))
	return func(conn net.Conn) {
		for {
			if _, err := conn.Write(block); err != nil {
				return
			}
		}
	}
}

func tcp(address string) checker.Check {
	return checker.Check{TCP: &checker.TCP{Address: address}}
}

func refusing(errno syscall.Errno) network.Options {
	return network.Options{Control: func(string, string, syscall.RawConn) error { return errno }}
}

// resolver is a name server that answers all with a code, or not at all.
func resolver(t *testing.T, code int) string {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if code < 0 {
				continue
			}
			end := 12
			for buffer[end] != 0 {
				end += int(buffer[end]) + 1
			}
			end += 5
			reply := append(slices.Clone(buffer[:2]), 0x81, 0x80|byte(code), 0, 1, 0, 0, 0, 0, 0, 0)
			_, _ = conn.WriteTo(append(reply, buffer[12:min(n, end)]...), from)
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return conn.LocalAddr().String()
}

func TestWithoutAddress(t *testing.T) {
	for _, address := range []string{"", "example.org", ":443", "example.org:0", "example.org:70000"} {
		job, err := checker.Prepare(checker.Check{ID: "it", TCP: &checker.TCP{Address: address}})
		if err != nil {
			t.Fatal(err)
		}
		result := network.New(network.Options{}).Runners().For(checker.KindTCP).Run(t.Context(), job)
		if result.Outcome != checker.Unknown || !strings.Contains(result.Reason, "host:port") {
			t.Errorf("%q gives %s: %q", address, result.Outcome, result.Reason)
		}
	}
}

func TestStoppedRun(t *testing.T) {
	testkit.NoLeaks(t)
	reached := make(chan struct{})
	address := raw(t, func(conn net.Conn) { close(reached); hold(conn) })
	job, err := checker.Prepare(checker.Check{ID: "it", SMTP: &checker.SMTP{Address: address}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-reached; cancel() }()
	result := network.New(network.Options{}).Runners().For(checker.KindSMTP).Run(ctx, job)
	if result.Outcome != checker.Unknown || result.Reason != "the run was stopped before it ended" {
		t.Errorf("a stopped run is %s: %q", result.Outcome, result.Reason)
	}
}
