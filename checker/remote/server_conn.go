package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// AgentState is what the server knows of a connected agent.
type AgentState struct {
	Region   string
	TokenID  string
	Name     string // as it calls itself
	Version  string
	RunsNow  bool // it runs a check when it is asked to
	Tries    bool // it tries a check that is not in its plan
	Shares   bool // it shares the runs of its region
	Health   Health
	HealthAt time.Time // when it told its health; zero: it has not
	Address  string
	Since    time.Time
	LastSeen time.Time     // when something last came from it
	Lag      time.Duration // from the scheduled time of the oldest result of its last batch to when it came
	Results  uint64        // taken over this connection
	Rejected uint64
}

// helloTimeout is how long a connection may be silent about who it is.
const helloTimeout = 10 * time.Second

// mostAsked is how many runs an agent can be asked for that it was not told of yet.
const mostAsked = 16

// linger is how long the rest of a message that is too large is read and
// thrown away, so that the reason arrives before the connection breaks.
const linger = 3 * time.Second

// Why the server ends a connection.
var (
	errEnding  = errors.New("the server ends")
	errDropped = errors.New("its token opens nothing any more")

	errReplaced = errors.New("the same agent has connected again; two agents with one folder of data would be taken for one")
)

// conn is one agent's connection. serve reads and answers; a goroutine of it
// writes.
type conn struct {
	server  *Server
	socket  *websocket.Conn
	log     *slog.Logger
	out     chan message
	changed chan struct{} // holds one: the plan may have changed
	shared  chan struct{} // holds one: the share may have changed
	asked   chan string   // checks that are to run at once
	trials  chan message  // checks that are to be tried
	done    chan struct{} // nothing more is to be written
	written chan struct{} // closed when the writer has ended

	mu      sync.Mutex
	state   AgentState
	ending  error  // why the server ends the connection; nil: it does not
	sharing string // its name among those that share the region; empty: it does not
	hello   int64  // when hello came, by the server's clock; the first plan answers it
	trial   *trial // that it has not answered; nil: none
	lastTry uint64 // the id of the last
}

func newConn(server *Server, socket *websocket.Conn, state AgentState) *conn {
	return &conn{
		server:  server,
		socket:  socket,
		state:   state,
		log:     server.options.Logger.With("region", state.Region, "token", state.TokenID, "address", state.Address),
		out:     make(chan message),
		changed: make(chan struct{}, 1),
		shared:  make(chan struct{}, 1),
		asked:   make(chan string, mostAsked),
		trials:  make(chan message),
		done:    make(chan struct{}),
		written: make(chan struct{}),
	}
}

// serve runs the connection to its end.
func (c *conn) serve(ctx context.Context) {
	c.socket.SetReadLimit(MaxMessage)
	c.socket.SetPongHandler(func(string) error { return c.alive() })
	err := c.greet()
	if err == nil {
		go c.write()
		err = c.read(ctx)
		close(c.done)
		<-c.written
		c.server.part(c)
	}
	c.sayWhy(err)
	if err := c.socket.Close(); err != nil {
		c.log.Debug("an agent's connection could not be closed", "error", err)
	}
}

// greet waits for the agent's hello.
func (c *conn) greet() error {
	if err := c.deadline(helloTimeout); err != nil {
		return err
	}
	hello, err := receive(c.socket, MaxMessage, func() error { return nil })
	if err != nil {
		return err
	}
	if hello.Type != typeHello {
		return &protocolError{"the first message is hello"}
	}
	if hello.Protocol != Protocol {
		return &protocolError{fmt.Sprintf("this server speaks protocol %d, and the agent %d; bring both to the same version of Daymark", Protocol, hello.Protocol)}
	}
	c.mu.Lock()
	c.state.Name, c.state.Version = hello.Agent, hello.Version
	c.state.RunsNow, c.state.Tries = slices.Contains(hello.Can, canRun), slices.Contains(hello.Can, canTry)
	c.hello = c.server.options.Now().UnixNano()
	if c.server.board != nil && slices.Contains(hello.Can, canShare) && hello.Self != "" {
		c.state.Shares, c.sharing = true, c.state.TokenID+"/"+hello.Self
	}
	member := c.sharing
	c.mu.Unlock()
	c.log = c.log.With("agent", hello.Agent)
	c.log.Info("an agent has connected", "version", hello.Version)
	c.planChanged()
	if member != "" {
		if hello.Me != member { // by another token, or of another server
			hello.Share = nil
		}
		c.server.join(c, hello.Share)
	}
	return nil
}

// read takes messages until the connection ends, and says why it does.
func (c *conn) read(ctx context.Context) error {
	for {
		if err := c.alive(); err != nil {
			return err
		}
		m, err := receive(c.socket, MaxMessage, c.alive)
		if err != nil {
			return err
		}
		switch m.Type {
		case typeResults:
		case typeHealth:
			c.mu.Lock()
			c.state.Health, c.state.HealthAt = *m.Health, c.server.options.Now().UTC()
			c.mu.Unlock()
			continue
		case typeTried:
			c.tried(m)
			continue
		case typeLeave:
			c.log.Info("an agent ends; others of its region run its checks, if there are any")
			c.server.leave(c)
			continue
		default:
			continue // a newer agent's; it expects no answer
		}
		select {
		case c.out <- c.take(ctx, m):
		case <-c.written:
			return errors.New("the answer could not be written")
		}
	}
}

// take stores one batch and gives the answer.
func (c *conn) take(ctx context.Context, m message) message {
	now := c.server.options.Now()
	began := time.Now()
	region := c.state.Region // never changes
	good, rejected := sift(m.Results, region, now)
	if len(good) > 0 {
		more, err := c.server.options.Submit(ctx, region, good)
		if err != nil {
			c.log.Error("an agent's results could not be stored; it sends them again", "results", len(good), "error", err)
			return message{Type: typeError, ID: m.ID, Message: "the results could not be stored; the server's log says why", Pause: spared(time.Since(began))}
		}
		rejected = append(rejected, more...)
	}
	for _, one := range rejected {
		c.log.Warn("a result was rejected", "check", one.Check, "at", one.At, "reason", one.Reason)
	}
	oldest := m.Results[0].At
	for _, result := range m.Results {
		if result.At.Before(oldest) {
			oldest = result.At
		}
	}
	c.mu.Lock()
	c.state.Lag = max(now.Sub(oldest), 0)
	c.state.Results += uint64(max(len(m.Results)-len(rejected), 0))
	c.state.Rejected += uint64(len(rejected))
	c.mu.Unlock()
	return message{Type: typeAck, ID: m.ID, Rejected: rejected, Received: now.UnixNano(), Pause: spared(time.Since(began))}
}

// busyAfter is how long storing a batch may take without a sign that the
// server has more to do than it can.
const busyAfter = 250 * time.Millisecond

// spared gives for how many milliseconds agents are to keep what can wait,
// after a batch that took so long to be stored: twice that, so that a server
// which is slow by the results of some has room for those of others.
func spared(took time.Duration) int64 {
	if took < busyAfter {
		return 0
	}
	return min(2*took, mostRest).Milliseconds()
}

// write sends answers, plans and pings until done.
func (c *conn) write() {
	defer close(c.written)
	pings := time.NewTicker(c.pingEvery())
	defer pings.Stop()
	revision := ""
	for {
		var err error
		select {
		case <-c.done:
			return
		case m := <-c.out:
			err = c.send(m)
		case <-c.changed:
			if plan := c.server.options.Plan(c.state.Region); plan.Revision != revision {
				plan.Region = c.state.Region
				revision = plan.Revision
				err = c.send(message{Type: typePlan, Plan: &plan, Received: c.helloCame(), Lease: c.server.options.Lease.Milliseconds()})
			}
		case <-c.shared:
			if share, me := c.server.Share(c.state.Region), c.member(); share != nil && me != "" {
				if revision == "" { // the plan comes first
					c.shareChanged()
					continue
				}
				err = c.send(message{Type: typeShare, Share: share, Me: me})
			}
		case check := <-c.asked:
			err = c.send(message{Type: typeRun, Check: check})
		case m := <-c.trials:
			err = c.send(m)
		case <-pings.C:
			err = c.socket.WriteControl(websocket.PingMessage, nil, time.Now().Add(ctrlTimeout))
		}
		if err != nil {
			c.log.Debug("an agent could not be written to", "error", err)
			_ = c.socket.Close() // read then ends with the reason
			return
		}
	}
}

// helloCame gives the time of the hello once: a later plan answers nothing.
func (c *conn) helloCame() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	came := c.hello
	c.hello = 0
	return came
}

func (c *conn) send(m message) error {
	if m.Received != 0 {
		m.Sent = c.server.options.Now().UnixNano()
	}
	data, err := encodeJSON(m)
	if err != nil {
		return fmt.Errorf("encode %s: %w", m.Type, err)
	}
	return send(c.socket, data)
}

// sayWhy tells the agent and the log why the connection ends.
func (c *conn) sayWhy(err error) {
	var fault *protocolError
	var timeout net.Error
	switch {
	case c.ends() != nil:
		sayGoodbye(c.socket, websocket.CloseGoingAway, c.ends().Error())
		c.log.Info("an agent's connection was ended", "why", c.ends())
	case errors.Is(err, websocket.ErrReadLimit): // the library has sent code 1009
		c.log.Warn("an agent's message was refused: it is too large", "most_bytes", MaxMessage)
		if err := c.socket.NetConn().SetReadDeadline(time.Now().Add(linger)); err == nil {
			_, _ = io.Copy(io.Discard, c.socket.NetConn())
		}
	case errors.As(err, &fault):
		c.log.Warn("an agent broke the protocol", "error", err)
		if err := c.send(message{Type: typeError, Message: fault.text}); err != nil {
			c.log.Debug("an agent could not be told what is wrong", "error", err)
		}
		sayGoodbye(c.socket, websocket.CloseProtocolError, fault.text)
	case errors.As(err, &timeout) && timeout.Timeout():
		c.log.Warn("an agent was silent too long; its connection is given up")
	default:
		c.log.Info("an agent has disconnected", "why", err)
	}
}

// pingEvery is how often the agent is asked for a word.
func (c *conn) pingEvery() time.Duration {
	if c.member() == "" {
		return c.server.options.KeepAlive
	}
	return min(c.server.options.KeepAlive, c.server.options.Lease/wordsInLease)
}

// alive notes that something came, and gives the other side time for more.
func (c *conn) alive() error {
	c.server.hear(c)
	c.mu.Lock()
	c.state.LastSeen = c.server.options.Now().UTC()
	c.mu.Unlock()
	return c.deadline(3 * c.server.options.KeepAlive)
}

// deadline bounds the next read; when the server ends the connection there is
// none.
func (c *conn) deadline(most time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending != nil {
		return c.ending
	}
	return c.socket.SetReadDeadline(time.Now().Add(most))
}

// shutdown has the connection finish what it is at and end.
func (c *conn) shutdown(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ending = why
	_ = c.socket.SetReadDeadline(time.Now()) // the read that is going ends; if it cannot, Close cuts it off
}

func (c *conn) ends() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ending
}

func (c *conn) planChanged() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

func (c *conn) shareChanged() {
	select {
	case c.shared <- struct{}{}:
	default:
	}
}

// member gives the agent's name among those that share its region; empty: it
// shares nothing.
func (c *conn) member() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sharing
}

func (c *conn) snapshot() AgentState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}
