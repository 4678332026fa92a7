package email

import (
	"net"
	"sync"
	"time"
)

// limitedListener holds so many connections, each for so long, and ends them
// all when it is closed: go-smtp ends either its listeners or its connections
// and waits, not both.
type limitedListener struct {
	net.Listener
	longest time.Duration
	places  chan struct{} // one a connection
	done    chan struct{} // closed by Close

	mu    sync.Mutex
	conns map[*limitedConn]struct{}
}

// limitedConn gives its place back when it is closed.
type limitedConn struct {
	net.Conn
	listener *limitedListener
	timer    *time.Timer
	left     sync.Once
}

func newLimitedListener(l net.Listener, connections int, longest time.Duration) *limitedListener {
	return &limitedListener{
		Listener: l, longest: longest, places: make(chan struct{}, connections), done: make(chan struct{}),
		conns: map[*limitedConn]struct{}{},
	}
}

// Accept waits for a place, then for a connection. Whoever comes meanwhile
// waits in the kernel's queue.
func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	raw, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	c := &limitedConn{Conn: raw, listener: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conns == nil {
		_ = raw.Close() // it came while closing
		<-l.places
		return nil, net.ErrClosed
	}
	l.conns[c] = struct{}{}
	// However busy it is, so that nobody keeps a place by saying a little at a
	// time. What it reads fails then, and its session ends.
	c.timer = time.AfterFunc(l.longest, func() { _ = raw.Close() })
	return c, nil
}

// Close ends the connection and gives its place to the next.
func (c *limitedConn) Close() error {
	c.left.Do(func() {
		c.timer.Stop()
		c.listener.mu.Lock()
		delete(c.listener.conns, c)
		c.listener.mu.Unlock()
		<-c.listener.places
	})
	return c.Conn.Close()
}

// Close ends listening and all connections; it is called once.
func (l *limitedListener) Close() error {
	l.mu.Lock()
	conns := l.conns
	if l.conns != nil {
		close(l.done)
	}
	l.conns = nil
	l.mu.Unlock()
	err := l.Listener.Close()
	for c := range conns {
		_ = c.Conn.Close() // its session ends by the error that this gives it
	}
	return err
}
