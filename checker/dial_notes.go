package checker

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
)

// watched notes how the other side ended the connection, which a parser that
// stumbles over half a line does not tell.
type watched struct {
	net.Conn
	notes  *recorder
	forget func() bool
}

// Close closes the connection.
func (w *watched) Close() error {
	w.forget()
	return w.Conn.Close()
}

// Read reads from the connection.
func (w *watched) Read(buffer []byte) (int, error) {
	n, err := w.Conn.Read(buffer)
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		w.notes.ended(err)
	}
	return n, err
}

// resolving makes a resolver that is Go's own, so that its silence and its
// answers can be told apart. It asks server, or the system's when that is
// empty, until life ends; control, which may be nil, sees what it dials.
func resolving(life context.Context, server string, control func(string, string, syscall.RawConn) error, notes *recorder) *net.Resolver {
	dialer := net.Dialer{Control: control}
	return &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if server != "" {
				address = withPort(server, "53")
			}
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			// The lookup goes on after the run has given up, up to its own time-out.
			context.AfterFunc(life, func() { conn.Close() })
			if packets, ok := conn.(*net.UDPConn); ok {
				return &listening{packets, notes}, nil
			}
			return conn, nil
		},
	}
}

// listening notes the response code of each DNS answer that passes.
type listening struct {
	*net.UDPConn
	notes *recorder
}

// Read reads one answer.
func (l *listening) Read(buffer []byte) (int, error) {
	n, err := l.UDPConn.Read(buffer)
	if n >= 4 {
		l.notes.resolverSaid(int(buffer[3] & 0x0f))
	}
	return n, err
}
