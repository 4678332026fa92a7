// Package targets has servers on loopback that checks can be tried on: TCP,
// TLS with any certificate, SMTP with STARTTLS, WebSocket, gRPC health and DNS.
// They stand in for what a check watches, in tests alone; each is started
// with a port of its own and ended by Close, which waits until nothing of it
// is left.
package targets

import (
	"crypto/tls"
	"fmt"
	"net"
	"sync"
)

// Server is a target that listens on loopback.
type Server struct {
	// Address is where it listens, 127.0.0.1:port.
	Address string

	listener net.Listener
	all      sync.WaitGroup
	mu       sync.Mutex
	closed   bool
	open     map[net.Conn]bool
}

// TCP starts a server that hands each connection to handle and closes it when
// handle returns. Close closes the connections under a handle that waits.
func TCP(handle func(net.Conn)) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	s := &Server{Address: listener.Addr().String(), listener: listener, open: map[net.Conn]bool{}}
	s.all.Go(func() { s.accept(handle) })
	return s, nil
}

// TLS starts a server that makes the handshake and hands the secured
// connection to handle.
func TLS(config *tls.Config, handle func(net.Conn)) (*Server, error) {
	return TCP(func(conn net.Conn) {
		secured := tls.Server(conn, config)
		if secured.Handshake() == nil {
			handle(secured)
			_ = secured.Close() // the other side may be gone
		}
	})
}

func (s *Server) accept(handle func(net.Conn)) {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			conn.Close()
			return
		}
		s.open[conn] = true
		s.mu.Unlock()
		s.all.Go(func() {
			defer func() {
				conn.Close()
				s.mu.Lock()
				delete(s.open, conn)
				s.mu.Unlock()
			}()
			handle(conn)
		})
	}
}

// Close ends the server and waits for its connections to be gone.
func (s *Server) Close() {
	s.listener.Close()
	s.mu.Lock()
	s.closed = true
	for conn := range s.open {
		conn.Close()
	}
	s.mu.Unlock()
	s.all.Wait()
}
