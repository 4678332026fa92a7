package checker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"sync"
	"syscall"
	"time"

	"daymark/internal/expression"
)

// DialOptions says how a run reaches the world.
type DialOptions struct {
	// Control sees each address just before it is dialled; guard.Policy has
	// one. Nil allows all.
	Control func(network, address string, c syscall.RawConn) error
	// Resolver is the host:port of the DNS server; empty means the system's.
	Resolver string
	// MaxRead is how many bytes may come in over one connection; no limit
	// when 0. What goes beyond ends reading with ErrTooMuch.
	MaxRead int64
	// Patience is how long the run may take, for sentences; what is left of
	// the context's time when 0. It bounds nothing.
	Patience time.Duration
}

// ErrTooMuch ends reading from a target that says more than it may.
var ErrTooMuch = errors.New("the target says more than a check reads")

// Dialling is the way of one run to one address. It notes what happens on the
// way, so that Explain can tell the target's faults from the agent's. Close
// ends it, with everything that it dialled. Its methods may be called from
// several goroutines.
type Dialling struct {
	ctx     context.Context
	life    context.Context
	end     context.CancelFunc
	options DialOptions
	host    string
	budget  time.Duration
	notes   *recorder

	mu    sync.Mutex
	first error // why the first dial or handshake failed
}

// NewDialling begins a way to address (host:port) within ctx, which has the
// deadline of the run.
func NewDialling(ctx context.Context, address string, options DialOptions) *Dialling {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	d := &Dialling{ctx: ctx, options: options, host: host, notes: &recorder{}}
	d.life, d.end = context.WithCancel(context.WithoutCancel(ctx))
	d.budget = options.Patience
	if deadline, bounded := ctx.Deadline(); bounded && d.budget == 0 {
		d.budget = time.Until(deadline).Round(10 * time.Millisecond)
	}
	return d
}

// Close closes what was dialled.
func (d *Dialling) Close() { d.end() }

// Host gives the name that certificates are verified for.
func (d *Dialling) Host() string { return d.host }

// Dial connects to address. The connection keeps the deadline of the run and
// ends with the Dialling.
func (d *Dialling) Dial(_ context.Context, address string) (net.Conn, error) {
	dialer := &net.Dialer{
		Control: d.options.Control, KeepAlive: -1, // no connection lives long enough for probes
		Resolver: resolving(d.life, d.options.Resolver, nil, d.notes),
	}
	conn, err := dialer.DialContext(httptrace.WithClientTrace(d.ctx, d.notes.trace()), "tcp", address)
	if err != nil {
		d.failedFirst(err)
		return nil, err
	}
	if deadline, bounded := d.ctx.Deadline(); bounded {
		if err := conn.SetDeadline(deadline); err != nil {
			conn.Close()
			return nil, fmt.Errorf("set the deadline: %w", err)
		}
	}
	// A run that is stopped ends its conversation; what only ran out of time
	// ends by the deadline, whose error says so.
	stopped := context.AfterFunc(d.ctx, func() {
		if errors.Is(d.ctx.Err(), context.Canceled) {
			conn.Close()
		}
	})
	forget := context.AfterFunc(d.life, func() { conn.Close() })
	kept := net.Conn(&watched{conn, d.notes, func() bool { stopped(); return forget() }})
	if d.options.MaxRead > 0 {
		kept = &limited{Conn: kept, notes: d.notes, left: d.options.MaxRead}
	}
	return kept, nil
}

// Secure makes the TLS handshake over a dialled connection, verified as
// config says. The facts of the handshake are in the connection's state.
func (d *Dialling) Secure(conn net.Conn, config *tls.Config) (*tls.Conn, error) {
	d.Shaking()
	config = config.Clone()
	if config.ServerName == "" {
		config.ServerName = d.host
	}
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		d.notes.askedForCertificate()
		return &tls.Certificate{}, nil
	}
	secured := tls.Client(conn, config)
	err := secured.HandshakeContext(d.life) // the connection has the deadline
	d.Shaken(err)
	if err != nil {
		return nil, err
	}
	return secured, nil
}

// Shaking notes that a handshake begins that the caller makes by itself.
func (d *Dialling) Shaking() { d.notes.trace().TLSHandshakeStart() }

// Shaken notes how that handshake ended.
func (d *Dialling) Shaken(err error) {
	d.notes.trace().TLSHandshakeDone(tls.ConnectionState{}, err)
	if err != nil {
		d.failedFirst(err)
	}
}

func (d *Dialling) failedFirst(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.first == nil {
		d.first = err
	}
}

// Failure gives why the first dial or handshake failed, which a library may
// have turned into text; nil when it did not.
func (d *Dialling) Failure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.first
}

// Ended gives how reading ended: io.EOF or a reset by the other side, or
// ErrTooMuch, which a parser that stumbles over half a line does not tell; nil while it
// has not.
func (d *Dialling) Ended() error {
	m := d.notes.snapshot()
	return m.end
}

// Timings lists dns, connect and tls, as far as they happened.
func (d *Dialling) Timings() []Timing {
	m := d.notes.snapshot()
	var all []Timing
	for _, part := range []struct {
		name     string
		from, to time.Time
	}{{"dns", m.resolveStart, m.resolved}, {"connect", m.connectStart, m.connected}, {"tls", m.handshakeStart, m.shaken}} {
		if !part.from.IsZero() && !part.to.IsZero() {
			all = append(all, Timing{part.name, between(part.from, part.to)})
		}
	}
	return all
}

// Address gives the address that was connected to, or tried last.
func (d *Dialling) Address() string {
	m := d.notes.snapshot()
	return m.address
}

// Stage is what was going on when a conversation broke off, in two halves of
// a sentence.
type Stage struct {
	Late  string // what did not happen in time: "no banner came"
	Where string // when the connection ended: "before a banner came"
}

// shakingStage is that of a TLS handshake.
var shakingStage = Stage{"the TLS handshake did not end", "during the TLS handshake"}

// Explain says in a sentence what went wrong at a stage after the connection
// was made, or on the way there, and whose fault it was: Failed for the
// target's, Unknown for the agent's.
func (d *Dialling) Explain(err error, stage Stage) (Outcome, string) {
	m := d.notes.snapshot()
	if problem := agentFault(d.ctx, err, &m); problem != nil {
		return problem.outcome, problem.reason
	}
	if problem := nameFault(err, &m, d.host, 0); problem != nil {
		return problem.outcome, problem.reason
	}
	if at := m.phase(); at == phaseConnect {
		return Failed, noConnection(err, &m, d.budget)
	} else if at == phaseHandshake {
		stage = shakingStage
	}
	switch {
	case errors.Is(err, ErrTooMuch), errors.Is(m.end, ErrTooMuch):
		return Failed, "the server says more than a check reads (" + expression.FormatSize(d.options.MaxRead) + ")"
	case timedOut(err):
		return Failed, stage.Late + " within " + expression.FormatDuration(d.budget)
	}
	if sentence, ok := certificateRefused(err, &m); ok {
		return Failed, sentence
	}
	if sentence, ok := ExplainTLS(err, d.host); ok {
		return Failed, sentence
	}
	if m.end != nil {
		err = m.end
	}
	sentence := brokenOff(err, stage.Where)
	if m.phase() == phaseHandshake {
		sentence = certificateAsked(sentence, err, &m)
	}
	return Failed, sentence
}

// limited bounds what is read from a connection.
type limited struct {
	net.Conn
	notes *recorder
	left  int64 // read by one goroutine at a time, as connections are
}

// Read reads from the connection until the limit.
func (l *limited) Read(buffer []byte) (int, error) {
	if l.left <= 0 {
		l.notes.ended(ErrTooMuch)
		return 0, ErrTooMuch
	}
	if int64(len(buffer)) > l.left {
		buffer = buffer[:l.left]
	}
	n, err := l.Conn.Read(buffer)
	l.left -= int64(n)
	return n, err
}
