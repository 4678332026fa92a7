package console

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"daymark/access"
	"daymark/internal/web"
)

// Limits of the sockets of open pages.
const (
	liveGap     = 250 * time.Millisecond // between two tellings at least
	liveLook    = 3 * time.Second        // how often it is looked at who is still signed in
	liveBeat    = 15 * time.Second       // something is said at least so often
	liveSilence = 75 * time.Second       // a page must answer a ping within
	liveWrite   = 10 * time.Second       // a message must be taken within
	liveSockets = 500                    // at once
	liveOwn     = 20                     // of one person at once
	liveQueue   = 8                      // messages that a page may lag behind
	liveWord    = 256                    // bytes that a page may say at once
	liveWords   = 20                     // that a page may say at once, and one a second after that
)

// live tells open pages of the console that something was committed, and who
// else is writing on the page.
//
// One goroutine, run, owns all its state. It makes a message for each page that
// has something new and hands it to that page's queue; a page whose queue is
// full is cut, so that nobody waits for anybody.
type live struct {
	site     *Site
	upgrader websocket.Upgrader
	seq      atomic.Int64 // of the latest commit

	wake    chan struct{}
	join    chan *socket
	leave   chan *socket
	said    chan word
	stopped chan struct{} // closed when run has ended

	mu   sync.Mutex     // guards what is below; held while gone may grow, so that it never grows while run waits
	runs bool           // sockets are taken
	open map[string]int // sockets by person, being opened ones included
	all  int
	gone sync.WaitGroup
}

func newLive(s *Site) *live {
	return &live{
		site: s, wake: make(chan struct{}, 1), join: make(chan *socket), leave: make(chan *socket), said: make(chan word),
		stopped: make(chan struct{}), open: map[string]int{},
		upgrader: websocket.Upgrader{
			ReadBufferSize: liveWord, WriteBufferSize: 1 << 10, WriteBufferPool: &sync.Pool{}, HandshakeTimeout: liveWrite,
			CheckOrigin: func(*http.Request) bool { return true }, // it was checked before anything else
			Error: func(w http.ResponseWriter, r *http.Request, status int, _ error) {
				s.wrong(w, r, status, "This address is for pages that are open.")
			},
		},
	}
}

// Notify says that something was committed, up to an event's number. It never
// blocks: many calls are one change.
func (s *Site) Notify(seq int64) {
	s.live.seq.Store(seq)
	select {
	case s.live.wake <- struct{}{}:
	default: // the change is waited for already, and will be told with the rest
	}
}

// Run tells open pages what is new until the context ends, then closes every
// socket and returns when all are gone. It is called once. Without it pages
// ask by themselves now and then.
func (s *Site) Run(ctx context.Context) { s.live.run(ctx) }

// fromOurs says whether a page of ours asks: a socket is opened by a browser,
// which says by whose page, and brings cookies along whoever that is.
func (s *Site) fromOurs(r *http.Request) bool {
	own, err := url.Parse(s.URL)
	return err == nil && web.FromHost(r, own.Host)
}

// serveLive turns a request into a socket. The handler returns at once, so that
// an idle page costs no stack of the server's.
func (s *Site) serveLive(w http.ResponseWriter, r *http.Request, who access.Principal) {
	l := s.live
	if !l.enter(who.Person) {
		w.Header().Set("Retry-After", "30")
		s.wrong(w, r, http.StatusServiceUnavailable, "Too many pages are open; this one still asks by itself now and then.")
		return
	}
	conn, err := l.upgrader.Upgrade(plainWriter(w), r, nil)
	if err != nil {
		l.exit(who.Person)
		return // answered already
	}
	x := &socket{
		live: l, conn: conn, person: who.Person, session: sittingOf(r.Context()).hash, page: s.pageSeen(r.URL.Query().Get("page"), who),
		queue: make(chan frameOut, liveQueue),
	}
	go x.start()
}

// plainWriter gives the writer under those that keep sessions, which is the one
// that a socket is made of.
func plainWriter(w http.ResponseWriter) http.ResponseWriter {
	for {
		outer, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = outer.Unwrap()
	}
}

// pageSeen gives the page that somebody has open, where they may see it, so
// that they learn who writes there; else "".
func (s *Site) pageSeen(path string, who access.Principal) string {
	r, err := http.NewRequest(http.MethodGet, inside(path), http.NoBody) //nolint:noctx // it is sent nowhere
	if err != nil {
		return ""
	}
	if page := s.pageAt(r); page == nil || !who.May(page.Right) {
		return ""
	}
	return r.URL.Path
}

// enter counts a socket in, unless there are too many or nobody tells anything.
func (l *live) enter(person string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.runs || l.all >= liveSockets || l.open[person] >= liveOwn {
		return false
	}
	l.all++
	l.open[person]++
	l.gone.Add(1)
	return true
}

// exit counts a socket out.
func (l *live) exit(person string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.open[person]--; l.open[person] == 0 {
		delete(l.open, person)
	}
	l.gone.Done()
}

// takes lets sockets come, or no more of them.
func (l *live) takes(runs bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.runs = runs
}

func (l *live) run(ctx context.Context) {
	state := &liveState{live: l, sockets: map[*socket]struct{}{}}
	look, beat, again := time.NewTicker(liveLook), time.NewTicker(liveBeat), time.NewTimer(time.Hour)
	defer look.Stop()
	defer beat.Stop()
	defer again.Stop()
	again.Stop()
	waiting, due := false, false
	// tell tells now, and not again before the gap is over.
	tell := func() {
		if due = waiting; waiting {
			return
		}
		state.tell()
		waiting = true
		again.Reset(liveGap)
	}
	l.takes(true)
	for {
		select {
		case <-ctx.Done():
			l.takes(false)
			state.close()
			close(l.stopped)
			l.gone.Wait()
			return
		case <-l.wake:
			tell()
		case <-again.C:
			if waiting = false; due {
				tell()
			}
		case <-look.C:
			state.look(ctx)
			tell()
		case <-beat.C:
			state.beat()
		case x := <-l.join:
			state.add(x)
			tell()
		case x := <-l.leave:
			state.remove(x)
			tell()
		case said := <-l.said:
			state.hear(said)
			tell()
		}
	}
}
