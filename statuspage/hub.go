package statuspage

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"daymark/internal/telemetry"
	"daymark/internal/web"
)

// HubOptions are the limits of the live page; zero values stand for the
// defaults.
type HubOptions struct {
	Tick     time.Duration // how often time itself is looked at; 15 s
	Round    time.Duration // how often mere counts reach open pages; 5 min
	Gap      time.Duration // between two renderings at least; 100 ms. A large page waits longer: see rest
	Readers  int           // open pages at once at most; 20,000
	Queue    int           // messages that a reader may lag behind; 16
	Write    time.Duration // a message must be taken within; 10 s
	Silence  time.Duration // a reader must answer a ping within; 75 s
	Remember int           // changes that a reader may catch up on; 256
}

func (o HubOptions) withDefaults() (HubOptions, error) {
	for _, d := range []struct {
		name  string
		value *time.Duration
		usual time.Duration
	}{
		{"tick", &o.Tick, 15 * time.Second},
		{"round", &o.Round, 5 * time.Minute},
		{"gap", &o.Gap, 100 * time.Millisecond},
		{"write", &o.Write, 10 * time.Second},
		{"silence", &o.Silence, 75 * time.Second},
	} {
		if *d.value < 0 {
			return o, fmt.Errorf("the hub's %s is negative: %s", d.name, *d.value)
		}
		if *d.value == 0 {
			*d.value = d.usual
		}
	}
	for _, n := range []struct {
		name  string
		value *int
		usual int
	}{{"readers", &o.Readers, 20_000}, {"queue", &o.Queue, 16}, {"remember", &o.Remember, 256}} {
		if *n.value < 0 {
			return o, fmt.Errorf("the hub's %s is negative: %d", n.name, *n.value)
		}
		if *n.value == 0 {
			*n.value = n.usual
		}
	}
	return o, nil
}

// Hub keeps the page current and tells every open page what changed.
//
// One goroutine, Run, owns all its state. It renders once a change, makes one
// message of it and hands that to every reader's queue; a reader whose queue
// is full is cut, so that nobody waits for anybody.
type Hub struct {
	page     *Page
	options  HubOptions
	upgrader websocket.Upgrader

	wake    chan struct{}
	follows atomic.Pointer[string] // the traceparent of the newest change that is waited for
	join    chan *reader
	leave   chan *reader
	stopped chan struct{} // closed when Run has ended
	count   atomic.Int64  // of connections, being opened ones included
	once    sync.Once     // Run runs once

	ending sync.Mutex // held while gone may grow, so that it never grows while Run waits
	ended  bool
	gone   sync.WaitGroup
}

func newHub(p *Page, options HubOptions) (*Hub, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	h := &Hub{
		page: p, options: options,
		wake: make(chan struct{}, 1), join: make(chan *reader), leave: make(chan *reader), stopped: make(chan struct{}),
	}
	own, err := url.Parse(p.layout.Options.URL)
	if err != nil {
		return nil, fmt.Errorf("read the page's url: %w", err)
	}
	h.upgrader = websocket.Upgrader{
		// Small, for readers send next to nothing and prepared messages are
		// written without a buffer.
		ReadBufferSize: 256, WriteBufferSize: 256, WriteBufferPool: &sync.Pool{},
		HandshakeTimeout: options.Write,
		CheckOrigin:      func(r *http.Request) bool { return sameOrigin(r, own.Host) },
		Error: func(w http.ResponseWriter, r *http.Request, status int, _ error) {
			p.errors.Write(w, r, status, "This address is for pages that are open.")
		},
	}
	return h, nil
}

// sameOrigin lets pages of this host and of the page's public address in, and
// programs, which send no Origin: what is told here is public.
func sameOrigin(r *http.Request, own string) bool {
	return r.Header.Get("Origin") == "" || web.FromHost(r, own)
}

// Notify says that something was committed, up to an event's number. It never
// blocks: many calls are one change.
func (h *Hub) Notify(int64) {
	select {
	case h.wake <- struct{}{}:
	default: // the change is waited for already, and will be read with the rest
	}
}

// follow says in whose trace the next change is; of several, the last.
func (h *Hub) follow(trace string) {
	if trace != "" {
		h.follows.Store(&trace)
	}
}

// pushing begins the step in which readers are told.
func (h *Hub) pushing(ctx context.Context) (context.Context, telemetry.Span) {
	from := h.follows.Swap(nil)
	if from == nil {
		return ctx, telemetry.Span{}
	}
	ctx, span := telemetry.StartFrom(ctx, "push", *from)
	span.SetInt("daymark.readers", h.count.Load())
	return ctx, span
}

// Readers counts the open connections.
func (h *Hub) Readers() int { return int(h.count.Load()) }

// serve turns a request into a reader. The handler returns at once, so that
// an idle reader costs no stack of the server's.
func (h *Hub) serve(w http.ResponseWriter, r *http.Request) {
	if !h.enter() {
		h.page.errors.Write(w, r, http.StatusServiceUnavailable, "")
		return
	}
	if h.count.Add(1) > int64(h.options.Readers) {
		h.exit()
		w.Header().Set("Retry-After", "30")
		h.page.errors.Write(w, r, http.StatusServiceUnavailable, "Too many pages are open; this one still answers when it is loaded.")
		return
	}
	query := r.URL.Query()
	// A number that is none is 0, and gets everything.
	seen, _ := strconv.ParseInt(query.Get("seq"), 10, 64)
	conn, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil {
		h.exit()
		return // answered already
	}
	reader := &reader{hub: h, conn: conn, seen: seen, build: query.Get("build"), queue: make(chan *websocket.PreparedMessage, h.options.Queue)}
	go reader.start()
}

// enter counts a connection in, unless Run is ending.
func (h *Hub) enter() bool {
	h.ending.Lock()
	defer h.ending.Unlock()
	if h.ended {
		return false
	}
	h.gone.Add(1)
	return true
}

// exit counts a connection out.
func (h *Hub) exit() {
	h.count.Add(-1)
	h.gone.Done()
}

// Run keeps the page current until the context ends, then closes every
// connection and returns when all are gone. It is called once.
func (h *Hub) Run(ctx context.Context) {
	h.once.Do(func() { h.run(ctx) })
}

func (h *Hub) run(ctx context.Context) {
	s := newSession(h)
	tick := time.NewTicker(h.options.Tick)
	defer tick.Stop()
	again := time.NewTimer(time.Hour)
	again.Stop()
	defer again.Stop()
	waiting := false
	// settle renders now, and not again before the gap is over.
	settle := func(ticked bool) {
		waiting = true
		began := time.Now()
		pushing, span := h.pushing(ctx)
		read := s.update(pushing, ticked)
		span.End()
		delay := max(h.options.Gap, rest(time.Since(began)))
		if !read {
			delay = max(delay, time.Second) // the database is not well; ask again soon
			h.Notify(0)
		}
		again.Reset(delay)
	}
	settle(false)
	for {
		wake := h.wake
		if waiting {
			wake = nil // stays noted in the channel until the gap is over
		}
		select {
		case <-ctx.Done():
			h.ending.Lock()
			h.ended = true
			h.ending.Unlock()
			s.close()
			close(h.stopped)
			h.gone.Wait()
			return
		case <-wake:
			settle(false)
		case <-again.C:
			waiting = false
		case <-tick.C:
			settle(true)
		case r := <-h.join:
			s.add(r)
		case r := <-h.leave:
			s.remove(r)
		}
	}
}

// rest is how long a page that took so long to render is left as it is: so that
// changes that come on end leave time to answer who asks for it, and yet none
// waits for longer than a second.
func rest(took time.Duration) time.Duration { return min(4*took, time.Second) }

// closing is what readers are told when the server ends: come back.
func closing() []byte {
	return websocket.FormatCloseMessage(websocket.CloseServiceRestart, "")
}
