package notifytest

import (
	"net"
	"sync"
)

// ownListener knows its open connections, so that closing it ends them all:
// go-smtp ends either its listeners or its connections and waits, not both, and
// misses a listener that it does not serve yet.
type ownListener struct {
	net.Listener
	write func(net.Conn, []byte) (int, error) // what the server says

	mu     sync.Mutex
	closed bool
	conns  map[*ownConn]struct{}
}

// ownConn leaves its listener's list when it is closed.
type ownConn struct {
	net.Conn

	left   sync.Once
	listen *ownListener
}

// Accept returns the next connection, which counts as open until its Close.
func (l *ownListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = c.Close() // came while closing; never used
		return nil, net.ErrClosed
	}
	own := &ownConn{Conn: c, listen: l}
	l.conns[own] = struct{}{}
	return own, nil
}

// Write says what the server says, in the way it does.
func (c *ownConn) Write(p []byte) (int, error) { return c.listen.write(c.Conn, p) }

// Close ends the connection.
func (c *ownConn) Close() error {
	c.left.Do(func() {
		c.listen.mu.Lock()
		defer c.listen.mu.Unlock()
		delete(c.listen.conns, c)
	})
	return c.Conn.Close()
}

// Close ends listening and all connections.
func (l *ownListener) Close() error {
	l.mu.Lock()
	l.closed = true
	conns := l.conns
	l.conns = map[*ownConn]struct{}{}
	l.mu.Unlock()
	err := l.Listener.Close()
	for c := range conns {
		_ = c.Conn.Close() // its session ends by the error this gives it
	}
	return err
}
