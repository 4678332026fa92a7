package http3

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"daymark/checker"
)

// Most that a server may send ahead of the reader, in bytes: so much is kept
// in memory.
const (
	mostAhead    = 1 << 20
	mostAheadAll = 2 << 20
)

// alive is how often a connection that is silent is asked for a sign of life,
// so that a slow answer is not taken for a server that went away.
const alive = 2 * time.Second

// transport makes the requests of one exchange.
type transport struct {
	way  checker.HTTP3Way
	base *http3.Transport

	mu     sync.Mutex
	open   []*connection
	closed bool
}

// connection is a QUIC connection with all that it stands on.
type connection struct {
	conn   *quic.Conn // nil where there was no handshake
	over   *quic.Transport
	socket io.Closer
}

// New makes a transport; it dials by the given way alone.
func New(way checker.HTTP3Way) checker.HTTP3Transport {
	left := max(time.Until(way.Deadline), 0) + time.Second // so that it is the run's own end that ends it
	t := &transport{way: way}
	t.base = &http3.Transport{
		TLSClientConfig:        way.TLS,
		Dial:                   t.dial,
		MaxResponseHeaderBytes: way.MaxHeaderBytes,
		DisableCompression:     true,
		QUICConfig: &quic.Config{
			HandshakeIdleTimeout:           left,
			MaxIdleTimeout:                 left,
			KeepAlivePeriod:                alive,
			InitialStreamReceiveWindow:     mostAhead / 2,
			MaxStreamReceiveWindow:         mostAhead,
			InitialConnectionReceiveWindow: mostAhead / 2,
			MaxConnectionReceiveWindow:     mostAheadAll,
			MaxIncomingStreams:             -1, // a server opens none in HTTP/3
			DisablePathMTUDiscovery:        true,
		},
	}
	return t
}

// RoundTrip makes one request.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.base.RoundTrip(request)
	if err != nil {
		return nil, explain(request.Context(), err)
	}
	response.Body = &body{response.Body, request.Context()}
	return response, nil
}

// dial makes a connection. The library takes the end of the request off ctx;
// it is given back here.
func (t *transport) dial(ctx context.Context, address string, secure *tls.Config, settings *quic.Config) (*quic.Conn, error) {
	ctx, cancel := context.WithDeadline(ctx, t.way.Deadline)
	defer cancel()
	socket, to, err := t.way.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	made := &connection{over: &quic.Transport{Conn: socket}, socket: socket}
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.TLSHandshakeStart != nil {
		trace.TLSHandshakeStart()
	}
	made.conn, err = made.over.Dial(ctx, to, secure, settings)
	if trace != nil && trace.TLSHandshakeDone != nil {
		var state tls.ConnectionState
		if err == nil {
			state = made.conn.ConnectionState().TLS
		}
		trace.TLSHandshakeDone(state, err)
	}
	if err == nil {
		err = t.keep(made)
	}
	if err != nil {
		return nil, errors.Join(err, made.close())
	}
	return made.conn, nil
}

// keep remembers a connection: the library forgets those that failed without
// closing them.
func (t *transport) keep(made *connection) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return http3.ErrTransportClosed
	}
	t.open = append(t.open, made)
	return nil
}

// Close ends all connections and waits for them.
func (t *transport) Close() error {
	t.mu.Lock()
	t.closed = true
	open := t.open
	t.open = nil
	t.mu.Unlock()
	faults := []error{t.base.Close()} // also stops dials that are under way
	for _, one := range open {
		faults = append(faults, one.close())
	}
	return errors.Join(faults...)
}

func (c *connection) close() error {
	var told error
	if c.conn != nil {
		told = c.conn.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
	}
	return errors.Join(told, c.over.Close(), c.socket.Close())
}

// body is an answer's body whose errors are explained.
type body struct {
	io.ReadCloser
	ctx context.Context //nolint:containedctx // the request's own, which its errors are measured against
}

// Read reads on.
func (b *body) Read(buffer []byte) (int, error) {
	n, err := b.ReadCloser.Read(buffer)
	if err != nil && !errors.Is(err, io.EOF) {
		err = explain(b.ctx, err)
	}
	return n, err
}
