package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"daymark/internal/web"
)

// Limits of a request's time, and of that between two apps.
const (
	doorRead  = 10 * time.Second // the body of a request comes
	doorWait  = 30 * time.Second // a request waits for the next app
	doorEmpty = 5 * time.Second  // requests of the last one have to end
)

// door is where requests come in. It stays open to the network while one app
// follows another: who comes between them waits.
type door struct {
	waitingRoom
	listener net.Listener
	server   *http.Server
	done     chan struct{}
	// settled gives what is closed once it is known what became of a change of
	// the configuration; nil: none is under way. Who asks about the
	// configuration waits for that.
	settled atomic.Pointer[chan struct{}]
}

func openDoor(ctx context.Context, address string, log *slog.Logger) (*door, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s (server.listen): %w", address, err)
	}
	d := &door{listener: listener, done: make(chan struct{})}
	d.server = &http.Server{
		Handler: d, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go func() {
		defer close(d.done)
		if err := d.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the server ended", "error", err)
		}
	}()
	return d, nil
}

// ServeHTTP lets a request through to the app. What comes with it, whether it is
// read or not, has to come in time.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = web.ReadWithin(w, r, doorRead)
	if settled := d.settled.Load(); settled != nil && asksConfiguration(r) {
		ctx, cancel := context.WithTimeout(r.Context(), doorWait)
		defer cancel()
		select {
		case <-*settled:
		case <-ctx.Done():
		}
	}
	d.waitingRoom.ServeHTTP(w, r)
}

// waitingRoom leads requests to what an app has for them.
type waitingRoom struct{ passage[http.Handler] }

// ServeHTTP waits for an app.
func (room *waitingRoom) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), doorWait)
	defer cancel()
	handler, leave, err := room.enter(ctx)
	if err != nil {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "The server takes a new configuration. Please try again.", http.StatusServiceUnavailable)
		return
	}
	defer leave()
	handler.ServeHTTP(w, r)
}

// asksConfiguration says whether a request wants to know what became of a
// change of the configuration.
func asksConfiguration(r *http.Request) bool {
	return r.Method == http.MethodGet && (strings.HasPrefix(r.URL.Path, "/console/configuration") || strings.HasPrefix(r.URL.Path, "/api/v1/configuration"))
}

// close ends the door: nobody comes in, and who is inside is waited for.
func (d *door) close(ctx context.Context) error {
	err := d.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, d.server.Close())
	}
	<-d.done
	return err
}

// openTo lets requests through to the app, until it stops.
func (d *door) openTo(a *app) {
	d.open(a.handler())
	a.onStop("shut the door", func(ctx context.Context) error {
		d.shut()
		// Sockets of agents and readers are not the server's any more: they
		// are closed by their owners.
		err := a.agents.Close(ctx)
		ctx, cancel := context.WithTimeout(ctx, doorEmpty)
		defer cancel()
		if d.empty(ctx) != nil {
			a.log.Warn("some requests did not end in time", "limit", doorEmpty)
		}
		return err
	})
}
