package remote

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"daymark/checker"
)

// hub is the server's side of a test: a store, a plan, tokens, and a Server
// that can be put in another's place at the same address.
type hub struct {
	t       *testing.T
	web     *httptest.Server
	handler atomic.Pointer[Server]
	log     *lines
	changed chan struct{} // holds one

	mu       sync.Mutex
	tokens   map[string]string // token: region
	plan     Plan
	stored   []checker.Result
	submit   func(results []checker.Result) ([]checker.Rejection, error) // before storing
	options  ServerOptions
	inFlight map[string]int
	most     int
}

func newHub(t *testing.T, options ServerOptions) *hub {
	t.Helper()
	h := &hub{
		t: t, log: &lines{}, changed: make(chan struct{}, 1), options: options, inFlight: map[string]int{},
		tokens: map[string]string{"secret-eu": "eu-west", "secret-us": "us-east"},
		plan:   Plan{Revision: "1", Settings: []byte(`{"spool":1000}`), Checks: []checker.Check{{ID: "api", Schedule: "@every 5s"}}},
	}
	h.start()
	h.web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != Path {
			http.NotFound(w, r)
			return
		}
		h.handler.Load().ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		h.stop()
		h.web.Close()
	})
	return h
}

func (h *hub) start() {
	options := h.options
	options.Authenticate, options.Logger = h.authenticate, h.log.logger()
	options.Plan = func(string) Plan {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.plan
	}
	options.Submit = h.take
	if options.Now == nil {
		options.Now = func() time.Time { return noon.Add(time.Hour) }
	}
	server, err := NewServer(options)
	if err != nil {
		h.t.Fatal(err)
	}
	h.handler.Store(server)
}

func (h *hub) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := h.handler.Load().Close(ctx); err != nil {
		h.t.Error(err)
	}
}

func (h *hub) authenticate(_ context.Context, token string) (string, string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if token == "unlucky" {
		return "", "", errors.New("database is locked")
	}
	if region := h.tokens[token]; region != "" {
		return region, "id-of-" + token, nil
	}
	return "", "", ErrToken
}

func (h *hub) take(_ context.Context, region string, results []checker.Result) ([]checker.Rejection, error) {
	h.mu.Lock()
	h.inFlight[region]++
	h.most = max(h.most, h.inFlight[region])
	submit := h.submit
	h.mu.Unlock()
	var rejected []checker.Rejection
	var err error
	if submit != nil {
		rejected, err = submit(results)
	}
	h.mu.Lock()
	h.inFlight[region]--
	if err == nil {
		h.stored = append(h.stored, results...)
	}
	h.mu.Unlock()
	h.poke()
	return rejected, err
}

func (h *hub) poke() {
	select {
	case h.changed <- struct{}{}:
	default:
	}
}

func (h *hub) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

func (h *hub) numbers() []int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(slices.Values(numbersOf(h.stored)))
}

// until waits until something holds that changes with the hub's store or soon.
func until(t *testing.T, changed <-chan struct{}, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for !holds() {
		select {
		case <-changed:
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatalf("waited too long until %s", what)
		}
	}
}

func (h *hub) waitFor(want ...int) {
	h.t.Helper()
	until(h.t, h.changed, "the results are stored", func() bool { return slices.Equal(slices.Compact(h.numbers()), want) })
}

func (h *hub) waitForLog(text string) {
	h.t.Helper()
	until(h.t, nil, "the server's log says "+text, func() bool { return strings.Contains(h.log.String(), text) })
}

// probe is the agent's side of a test.
type probe struct {
	*Forwarder
	client *Client
	spool  *Spool
	log    *lines
	plans  chan Plan
	stop   func()
}

func newProbe(t *testing.T, address string, options ClientOptions) *probe {
	t.Helper()
	p := &probe{log: &lines{}, plans: make(chan Plan, 100)}
	if options.Token == "" {
		options.Token = "secret-eu"
	}
	if options.Name == "" {
		options.Name = "probe"
	}
	options.URL, options.Version, options.Logger = address, "1.2.3", p.log.logger()
	options.OnPlan = func(plan Plan) { p.plans <- plan }
	options.Least, options.Most = time.Millisecond, 20*time.Millisecond
	if options.Refused == 0 {
		options.Refused = time.Millisecond
	}
	var err error
	if p.client, err = NewClient(options); err != nil {
		t.Fatal(err)
	}
	p.spool = openSpool(t, SpoolOptions{Dir: filepath.Join(t.TempDir(), "spool")})
	var stopForwarder func()
	p.Forwarder, stopForwarder = startForwarder(t, ForwarderOptions{Spool: p.spool, Deliver: p.client.Deliver, Logger: p.log.logger(), Batch: 10})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := p.client.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	p.stop = sync.OnceFunc(func() { stopForwarder(); cancel(); <-ended })
	t.Cleanup(p.stop)
	return p
}

func (p *probe) waitForLog(t *testing.T, text string) {
	t.Helper()
	until(t, nil, "the agent's log says "+text, func() bool { return strings.Contains(p.log.String(), text) })
}

func (p *probe) nextPlan(t *testing.T) Plan {
	t.Helper()
	select {
	case plan := <-p.plans:
		return plan
	case <-time.After(2 * time.Minute):
		t.Fatal("no plan came")
		return Plan{}
	}
}

// raw connects without a Client and says hello, unless it is left out.
func (h *hub) raw(hello string) *websocket.Conn {
	h.t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{Subprotocol}}
	socket, response, err := dialer.DialContext(h.t.Context(), "ws"+strings.TrimPrefix(h.web.URL, "http")+Path,
		http.Header{"Authorization": {"Bearer secret-eu"}})
	if err != nil {
		h.t.Fatal(err, response)
	}
	h.t.Cleanup(func() { _ = socket.Close() })
	if err := socket.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		h.t.Fatal(err)
	}
	if hello != "" {
		if err := socket.WriteMessage(websocket.TextMessage, []byte(hello)); err != nil {
			h.t.Fatal(err)
		}
	}
	return socket
}

const goodHello = `{"type":"hello","protocol":1,"version":"0.9","agent":"old","mood":"fine"}`
