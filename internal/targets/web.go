package targets

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"
)

// Web is an HTTP server on loopback.
type Web struct {
	// Address is where it listens, 127.0.0.1:port.
	Address string

	server *http.Server
	stop   context.CancelFunc
	all    sync.WaitGroup
}

// HTTP starts a server of HTTP, over TLS when config is given.
func HTTP(config *tls.Config, handler http.Handler) (*Web, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	w := &Web{Address: listener.Addr().String()}
	if config != nil {
		listener = tls.NewListener(listener, config)
	}
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	w.server = &http.Server{
		ErrorLog:    slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		BaseContext: func(net.Listener) context.Context { return ctx },
		Handler: http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
			w.all.Add(1)
			defer w.all.Done()
			handler.ServeHTTP(writer, request)
		}),
	}
	w.all.Go(func() { _ = w.server.Serve(listener) }) // it ends by Close
	return w, nil
}

// Close ends the server; the context of its requests ends first.
func (w *Web) Close() {
	w.stop()
	_ = w.server.Close() // its connections are of no interest any more
	w.all.Wait()
}

// WebSocket starts a server that opens a socket at every path and hands it to
// talk; Echo is one. Over TLS when config is given.
func WebSocket(config *tls.Config, talk func(*websocket.Conn)) (*Web, error) {
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	return HTTP(config, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		socket, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return // it has answered
		}
		defer socket.Close()
		defer context.AfterFunc(r.Context(), func() { socket.Close() })()
		talk(socket)
	}))
}

// Echo sends back what comes.
func Echo(socket *websocket.Conn) {
	for {
		kind, message, err := socket.ReadMessage()
		if err != nil || socket.WriteMessage(kind, message) != nil {
			return
		}
	}
}
