package checker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"daymark/internal/expression"
)

// HTTP3Way is what a transport for HTTP/3 needs to reach a target as a check
// says.
type HTTP3Way struct {
	TLS *tls.Config
	// Dial resolves host:port, asks the guard, and opens a UDP socket that
	// exchanges packets with the address it gives and no other. The caller
	// closes it.
	Dial           func(ctx context.Context, address string) (net.PacketConn, net.Addr, error)
	Deadline       time.Time // when the run ends
	MaxHeaderBytes int       // of an answer
}

// HTTP3Transport makes requests by HTTP/3. Its errors, and those of the
// bodies that it gives, are a *HTTP3Fault where the target broke off or broke
// the protocol, errors of crypto/tls where that was it, and those of Dial and
// of the context as they are. Close ends every connection; nothing is left
// when it returns.
type HTTP3Transport interface {
	http.RoundTripper
	Close() error
}

// HTTP3Fault is what the target did wrong in QUIC or HTTP/3.
type HTTP3Fault struct {
	Reason string // a sentence
	Err    error
}

// Error gives the sentence.
func (f *HTTP3Fault) Error() string { return f.Reason }

// Unwrap gives the error behind it.
func (f *HTTP3Fault) Unwrap() error { return f.Err }

// overQUIC makes the transport for one request by HTTP/3.
func (e *exchanger) overQUIC(life context.Context, request *Request, notes *recorder) (http.RoundTripper, func(), error) {
	switch {
	case e.options.HTTP3 == nil:
		return nil, nil, errors.New("this agent does not speak HTTP/3")
	case request.Proxy != "":
		return nil, nil, errors.New("HTTP/3 does not go through a proxy: remove the proxy of the check, or its version")
	case !strings.HasPrefix(strings.ToLower(request.URL), "https://"):
		return nil, nil, errors.New("HTTP/3 is for https addresses alone")
	}
	config, err := security(request, e.options.Now, notes)
	if err != nil {
		return nil, nil, err
	}
	notes.quic = true
	transport := e.options.HTTP3(HTTP3Way{
		TLS: config, Dial: e.packets(life, request, notes), Deadline: e.deadline, MaxHeaderBytes: maxHeaderBytes,
	})
	return transport, func() { _ = transport.Close() }, nil // what it would tell, the run has told
}

// packets dials UDP with the choices of the request.
func (e *exchanger) packets(life context.Context, request *Request, notes *recorder) func(context.Context, string) (net.PacketConn, net.Addr, error) {
	dialer := &net.Dialer{Control: e.options.Control, Resolver: e.resolver(life, request, notes)}
	network := "udp"
	if request.IP != 0 {
		network = fmt.Sprintf("udp%d", request.IP)
	}
	return func(ctx context.Context, address string) (net.PacketConn, net.Addr, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, nil, err
		}
		socket, ok := conn.(*net.UDPConn)
		if !ok { // it always is one
			conn.Close()
			return nil, nil, fmt.Errorf("dial %s: a socket of another kind came", network)
		}
		return &connected{socket, notes}, socket.RemoteAddr(), nil
	}
}

// connected is a UDP socket that is tied to one address, so that the kernel
// tells when nothing listens there; it notes that word.
type connected struct {
	socket *net.UDPConn
	notes  *recorder
}

// ReadFrom reads one packet.
func (c *connected) ReadFrom(buffer []byte) (int, net.Addr, error) {
	n, from, err := c.socket.ReadFromUDP(buffer)
	c.note(err)
	return n, from, err
}

// WriteTo sends one packet.
func (c *connected) WriteTo(packet []byte, _ net.Addr) (int, error) {
	n, err := c.socket.Write(packet)
	c.note(err)
	return n, err
}

// note keeps what the kernel said of the way to the target.
func (c *connected) note(err error) {
	if errors.Is(err, syscall.ECONNREFUSED) || err != nil && (OwnFault(err) || NoRoute(err)) {
		c.notes.ended(err)
	}
}

// Close closes the socket.
func (c *connected) Close() error { return c.socket.Close() }

// LocalAddr gives the socket's own address.
func (c *connected) LocalAddr() net.Addr { return c.socket.LocalAddr() }

// SetDeadline bounds reads and writes.
func (c *connected) SetDeadline(t time.Time) error { return c.socket.SetDeadline(t) }

// SetReadDeadline bounds reads.
func (c *connected) SetReadDeadline(t time.Time) error { return c.socket.SetReadDeadline(t) }

// SetWriteDeadline bounds writes.
func (c *connected) SetWriteDeadline(t time.Time) error { return c.socket.SetWriteDeadline(t) }

// SetReadBuffer asks for a larger buffer, as far as the kernel allows.
func (c *connected) SetReadBuffer(bytes int) error { return c.socket.SetReadBuffer(bytes) }

// SetWriteBuffer asks for a larger buffer, as far as the kernel allows.
func (c *connected) SetWriteBuffer(bytes int) error { return c.socket.SetWriteBuffer(bytes) }

// quicFault tells what only HTTP/3 can fail over, before or within an answer.
func (x *exchange) quicFault(err error, m *moments) *fault {
	last := x.visited[len(x.visited)-1]
	switch {
	case !m.quic:
		return nil
	case last.Scheme != "https":
		return failed("it redirects to " + shown(last) + ", which HTTP/3 cannot ask: it is for https alone")
	case errors.Is(m.end, syscall.ECONNREFUSED) && m.ready.IsZero():
		return failed("nothing listens on UDP at " + m.address + ", so there is no HTTP/3")
	case errors.Is(m.end, syscall.ECONNREFUSED):
		return failed("the server went away: nothing listens on UDP at " + m.address + " any more")
	}
	if m.end != nil {
		if problem := dialFault(m.end, m.address); problem != nil {
			return problem
		}
	}
	if told, ok := errors.AsType[*HTTP3Fault](err); ok {
		return failed(told.Reason)
	}
	if timedOut(err) && m.phase() == phaseHandshake {
		return failed(fmt.Sprintf("no QUIC handshake with %s (UDP) within %s, so there is no HTTP/3", m.address, expression.FormatDuration(x.budget)))
	}
	return nil
}
