package browser

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptrace"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// proxy is the way of one run into the network: a SOCKS5 server on loopback
// that resolves and dials for Chromium and refuses what the guard refuses. It
// remembers why the last connection to a host failed, which Chromium cannot
// tell from a proxy's answer.
type proxy struct {
	listener net.Listener
	allow    func(netip.Addr) error
	cancel   context.CancelFunc
	running  sync.WaitGroup
	room     chan struct{} // connections at once
	idle     atomic.Bool   // its page waits for a run: nobody may connect

	mu     sync.Mutex
	fault  map[string]error     // by host:port, lower case
	asking map[string]time.Time // names that are looked up, since when
}

// refused is an address that the guard does not let us dial.
type refused struct {
	addr netip.Addr
	err  error
}

func (r *refused) Error() string {
	text := r.err.Error()
	if !strings.Contains(text, r.addr.String()) {
		text = fmt.Sprintf("address %s is refused: %s", r.addr, text)
	}
	if !strings.Contains(text, "agents.private") {
		text += " (see agents.private)"
	}
	return text
}

func (r *refused) Unwrap() error { return r.err }

const (
	proxyConnections = 256
	dialWithin       = 30 * time.Second
	greetWithin      = 10 * time.Second
)

func newProxy(allow func(netip.Addr) error) (*proxy, error) {
	var config net.ListenConfig
	ctx, cancel := context.WithCancel(context.Background())
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		cancel()
		return nil, fmt.Errorf("listen for the browser: %w", err)
	}
	p := &proxy{listener: listener, allow: allow, cancel: cancel, room: make(chan struct{}, proxyConnections), fault: map[string]error{}, asking: map[string]time.Time{}}
	p.running.Go(func() { p.accept(ctx) })
	return p, nil
}

func (p *proxy) address() string { return "socks5://" + p.listener.Addr().String() }

// close ends all connections and waits for them.
func (p *proxy) close() {
	p.cancel()
	// It was open; there is nothing to do about a listener that closes badly.
	_ = p.listener.Close()
	p.running.Wait()
}

// acceptAgain is how long the proxy waits after it could not take a connection.
const acceptAgain = 50 * time.Millisecond

func (p *proxy) accept(ctx context.Context) {
	for {
		client, err := p.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // too many files open, say: it may pass
			if pause(ctx, acceptAgain) != nil {
				return
			}
			continue
		}
		if p.idle.Load() {
			_ = client.Close() // not Chromium, whose page is blank
			continue
		}
		select {
		case p.room <- struct{}{}:
		default:
			_ = client.Close() // more at once than any page needs
			continue
		}
		p.running.Go(func() {
			defer func() { <-p.room }()
			p.serve(ctx, client)
		})
	}
}

// serve greets one client, dials for it and copies both ways until both ends
// are done.
func (p *proxy) serve(ctx context.Context, client net.Conn) {
	defer client.Close()
	stop := context.AfterFunc(ctx, func() { _ = client.Close() })
	defer stop()
	// A client that does not finish its greeting gives its place back.
	if client.SetDeadline(time.Now().Add(greetWithin)) != nil {
		return
	}
	target, err := greet(client)
	if err != nil {
		return
	}
	if client.SetDeadline(time.Time{}) != nil {
		return
	}
	server, err := p.dial(ctx, target)
	p.note(target, err)
	if err != nil {
		// 1 is a general failure; Chromium shows no more than that either way.
		_, _ = client.Write([]byte{5, 1, 0, 1, 0, 0, 0, 0, 0, 0})
		return
	}
	defer server.Close()
	stopServer := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stopServer()
	if _, err := client.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0}); err != nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { pass(server, client) })
	both.Go(func() { pass(client, server) })
	both.Wait()
}

// pass copies one way and tells the receiver when that way has ended. A fault
// of one way ends the other by its own read or write.
func pass(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if half, ok := to.(*net.TCPConn); ok && err == nil {
		_ = half.CloseWrite()
		return
	}
	_ = to.Close()
}

// greet reads what SOCKS5 asks for (RFC 1928): a connection to a host and port.
func greet(client net.Conn) (string, error) {
	var head [4]byte
	if _, err := io.ReadFull(client, head[:2]); err != nil || head[0] != 5 {
		return "", errors.New("not SOCKS5")
	}
	if _, err := io.CopyN(io.Discard, client, int64(head[1])); err != nil {
		return "", err
	}
	if _, err := client.Write([]byte{5, 0}); err != nil {
		return "", err
	}
	if _, err := io.ReadFull(client, head[:]); err != nil || head[1] != 1 {
		return "", errors.New("not a connection request")
	}
	size := 0
	switch head[3] {
	case 1:
		size = net.IPv4len
	case 4:
		size = net.IPv6len
	case 3:
		var length [1]byte
		if _, err := io.ReadFull(client, length[:]); err != nil {
			return "", err
		}
		size = int(length[0])
	default:
		return "", errors.New("unknown kind of address")
	}
	rest := make([]byte, size+2)
	if _, err := io.ReadFull(client, rest); err != nil {
		return "", err
	}
	host := string(rest[:size])
	if head[3] != 3 {
		host = net.IP(rest[:size]).String()
	}
	return net.JoinHostPort(host, strconv.Itoa(int(binary.BigEndian.Uint16(rest[size:])))), nil
}

// dial resolves and connects; the guard sees each address just before it is
// dialled, so a name that changes its mind gains nothing.
func (p *proxy) dial(ctx context.Context, target string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialWithin, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		parsed, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("read address %q: %w", address, err)
		}
		addr := parsed.Addr().Unmap().WithZone("")
		if err := p.allow(addr); err != nil {
			return &refused{addr, err}
		}
		return nil
	}}
	return dialer.DialContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { p.ask(target, true) },
		DNSDone:  func(httptrace.DNSDoneInfo) { p.ask(target, false) },
	}), "tcp", target)
}

// ask notes that a name is looked up, and when that is over.
func (p *proxy) ask(target string, begins bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !begins {
		delete(p.asking, target)
	} else if len(p.asking) < proxyConnections {
		p.asking[target] = time.Now()
	}
}

// silentAfter is how long a name server may take before it is thought not to
// answer. The system's own patience is often longer than a journey's.
const silentAfter = 3 * time.Second

func (p *proxy) note(target string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		delete(p.fault, target)
		return
	}
	if len(p.fault) < proxyConnections {
		p.fault[target] = err
	}
}

// why tells why the last connection to the address's host failed, nil if it
// did not.
func (p *proxy) why(origin string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	target := hostPort(origin)
	if since, asks := p.asking[target]; asks && time.Since(since) >= silentAfter {
		host, _, _ := net.SplitHostPort(target)
		return &net.DNSError{Err: "no answer", Name: host, IsTimeout: true}
	}
	return p.fault[target]
}
