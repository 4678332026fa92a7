package remote

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"daymark/checker"
)

// ErrToken is what ServerOptions.Authenticate answers, wrapped or not, for a
// token that is not valid.
var ErrToken = errors.New("the token is not known here, or was revoked")

// ServerOptions is what a Server is made of.
type ServerOptions struct {
	// Authenticate finds whose token it is. ErrToken refuses it; any other
	// error says that it cannot be told now.
	Authenticate func(ctx context.Context, token string) (region, tokenID string, err error)
	// Plan gives the present plan of a region.
	Plan func(region string) Plan
	// Submit stores results of a region, whose sizes and times are checked.
	// nil means that all are durable but for those rejected; an error, that
	// none may be and they will be given again.
	Submit func(ctx context.Context, region string, results []checker.Result) (rejected []checker.Rejection, err error)
	// Lease is how long an agent keeps its runs without a word from it; the
	// agents of a region share its runs. 0: each runs all.
	Lease time.Duration
	// Inside is the region of the agent inside the server, which shares that
	// region's runs by Mine; empty: there is none.
	Inside string
	// KeepAlive is the time between pings; after three without an answer the
	// connection is given up. Default: KeepAlive.
	KeepAlive time.Duration
	Logger    *slog.Logger     // default: slog.Default()
	Now       func() time.Time // default: time.Now
}

func (o *ServerOptions) setDefaults() {
	if o.KeepAlive == 0 {
		o.KeepAlive = KeepAlive
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

func (o *ServerOptions) validate() error {
	switch {
	case o.Authenticate == nil, o.Plan == nil, o.Submit == nil:
		return errors.New("new agent server: Authenticate, Plan and Submit are needed")
	case o.KeepAlive < 0 || o.Lease < 0:
		return errors.New("new agent server: KeepAlive and Lease have to be positive")
	}
	return nil
}

// Server is the http.Handler that agents connect to. It takes one batch of
// results at a time from each; an agent that sends more waits. It is safe for
// concurrent use.
type Server struct {
	options  ServerOptions
	upgrader websocket.Upgrader
	ctx      context.Context // of all Submits
	cut      context.CancelFunc
	all      sync.WaitGroup

	closing chan struct{}

	mu     sync.Mutex
	closed bool
	conns  map[*conn]struct{}
	board  *board // nil: nothing is shared
}

// NewServer makes a Server; it has to be closed.
func NewServer(options ServerOptions) (*Server, error) {
	options.setDefaults()
	if err := options.validate(); err != nil {
		return nil, err
	}
	s := &Server{options: options, conns: map[*conn]struct{}{}, closing: make(chan struct{})}
	s.ctx, s.cut = context.WithCancel(context.Background())
	s.upgrader = websocket.Upgrader{
		HandshakeTimeout: 10 * time.Second,
		ReadBufferSize:   32 << 10,
		WriteBufferSize:  32 << 10,
		Subprotocols:     []string{Subprotocol},

		EnableCompression: true,
		CheckOrigin:       func(r *http.Request) bool { return r.Header.Get("Origin") == "" },
	}
	if options.Lease > 0 {
		s.board = newBoard(options.Lease)
		if options.Inside != "" {
			s.board.fix(options.Inside, inside, options.Now())
		}
		s.all.Go(s.watch)
	}
	return s, nil
}

// ServeHTTP lets an agent in and serves it until its connection ends.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") != "" {
		http.Error(w, "This address is for agents, not for browsers.", http.StatusForbidden)
		return
	}
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer || token == "" {
		s.refuse(w, "An agent needs a token; make one with: daymark agent token create --region REGION")
		return
	}
	region, tokenID, err := s.options.Authenticate(r.Context(), token)
	switch {
	case errors.Is(err, ErrToken):
		s.options.Logger.Warn("an agent was refused: its token is not valid", "address", r.RemoteAddr)
		s.refuse(w, "The token is not known here, or was revoked; make one with: daymark agent token create --region REGION")
		return
	case err != nil:
		s.options.Logger.Error("an agent's token could not be checked", "address", r.RemoteAddr, "error", err)
		http.Error(w, "The token cannot be checked now.", http.StatusServiceUnavailable)
		return
	}
	if !slices.Contains(websocket.Subprotocols(r), Subprotocol) {
		http.Error(w, "This server speaks "+Subprotocol+" over WebSocket; the agent's version may not fit the server's.", http.StatusBadRequest)
		return
	}
	s.accept(w, r, AgentState{Region: region, TokenID: tokenID, Address: r.RemoteAddr})
}

func (s *Server) refuse(w http.ResponseWriter, sentence string) {
	w.Header().Set("WWW-Authenticate", "Bearer")
	http.Error(w, sentence, http.StatusUnauthorized)
}

// accept makes the WebSocket and serves it.
func (s *Server) accept(w http.ResponseWriter, r *http.Request, state AgentState) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		http.Error(w, "The server is about to end.", http.StatusServiceUnavailable)
		return
	}
	s.all.Add(1) // under the lock: Close waits only after it has closed
	s.mu.Unlock()
	defer s.all.Done()
	socket, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil { // Upgrade has answered
		s.options.Logger.Debug("an agent's connection was no WebSocket", "address", r.RemoteAddr, "error", err)
		return
	}
	state.Since = s.options.Now().UTC()
	state.LastSeen = state.Since
	c := newConn(s, socket, state)
	s.mu.Lock()
	s.conns[c] = struct{}{}
	closed := s.closed
	s.mu.Unlock()
	if closed {
		c.shutdown(errEnding)
	}
	c.serve(s.ctx)
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

// PlanChanged has every agent sent its plan, where it differs from the one
// that it has. It does not wait.
func (s *Server) PlanChanged() {
	for _, c := range s.connections() {
		c.planChanged()
	}
}

// ErrNobody is what RunNow answers where no agent can be asked.
var ErrNobody = errors.New("no agent of the region is connected that runs a check when it is asked to")

// RunNow asks an agent of a region, the one that is connected longest, for a
// run of a check at once. It does not wait; the result comes as any other.
func (s *Server) RunNow(region, check string) error {
	var chosen *conn
	var since time.Time
	for _, c := range s.connections() {
		state := c.snapshot()
		if state.Region == region && state.RunsNow && (chosen == nil || state.Since.Before(since)) {
			chosen, since = c, state.Since
		}
	}
	if chosen == nil {
		return ErrNobody
	}
	select {
	case chosen.asked <- check:
		return nil
	default:
		return ErrNobody // it does not take what it is sent
	}
}

// Connected lists the agents that are connected and said hello, by region and
// name.
func (s *Server) Connected() []AgentState {
	var all []AgentState
	for _, c := range s.connections() {
		if state := c.snapshot(); state.Name != "" {
			all = append(all, state)
		}
	}
	slices.SortFunc(all, func(a, b AgentState) int {
		return strings.Compare(a.Region+"\x00"+a.Name+"\x00"+a.Address, b.Region+"\x00"+b.Name+"\x00"+b.Address)
	})
	return all
}

// Drop ends the connections that were made with a token.
func (s *Server) Drop(token string) {
	for _, c := range s.connections() {
		if c.snapshot().TokenID == token {
			c.shutdown(errDropped)
		}
	}
}

func (s *Server) connections() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		all = append(all, c)
	}
	return all
}

// Close lets no agent in any more, has each connection finish the batch that
// it is at, tells the agents that the server ends, and waits for all. When ctx
// ends first, what is still going is cut off.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	s.mu.Unlock()
	defer s.cut()
	for _, c := range s.connections() {
		c.shutdown(errEnding)
	}
	finished := make(chan struct{})
	go func() {
		s.all.Wait()
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
	}
	s.cut()
	for _, c := range s.connections() {
		_ = c.socket.Close() // it is cut off on purpose
	}
	<-finished
	return fmt.Errorf("close agent server: connections were cut off: %w", ctx.Err())
}
