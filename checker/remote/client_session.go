package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"daymark/checker"
)

// session is one connection to the server.
type session struct {
	socket *websocket.Conn
	done   chan struct{} // closed when nothing more comes
	shared bool          // a share came over it; the reader's alone
	turn   sync.Mutex    // of who writes
	trials sync.WaitGroup

	mu      sync.Mutex
	waiting uint64       // the id of the batch that an answer is due for; 0: none
	asked   time.Time    // when that batch began to be sent
	answer  chan message // holds one
}

// connect makes one connection and serves it to its end. established says
// whether the server took the agent in. The error is never nil.
func (c *Client) connect(ctx context.Context) (established bool, err error) {
	socket, err := c.dial(ctx)
	if err != nil {
		return false, err
	}
	s := &session{socket: socket, done: make(chan struct{}), answer: make(chan message, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-ctx.Done():
			sayGoodbye(socket, websocket.CloseNormalClosure, "the agent ends")
		case <-s.done:
		}
		_ = socket.Close() // the reader has the reason
	}()
	reading, stop := context.WithCancel(ctx)
	established, err = c.read(reading, s)
	stop()
	close(s.done)
	<-ended
	s.trials.Wait()
	if established {
		c.use(nil)
	}
	return established, err
}

// dial makes the WebSocket; what the server answers instead is told in its own
// words.
func (c *Client) dial(ctx context.Context) (*websocket.Conn, error) {
	header := http.Header{"Authorization": {"Bearer " + c.options.Token}}
	socket, response, err := c.dialer.DialContext(ctx, c.endpoint, header) //nolint:bodyclose // the dialer gives a body that needs no closing
	if err == nil {
		if socket.Subprotocol() != Subprotocol {
			_ = socket.Close()
			return nil, fmt.Errorf("what answers at %s is no Daymark server", c.options.URL)
		}
		return socket, nil
	}
	if response == nil {
		if sentence, ok := checker.ExplainTLS(err, c.host()); ok {
			return nil, fmt.Errorf("connect: %s", sentence)
		}
		return nil, fmt.Errorf("connect: %w", err)
	}
	said, _ := io.ReadAll(io.LimitReader(response.Body, 1024)) // what can be read is enough
	sentence := strings.Join(strings.Fields(strings.ToValidUTF8(string(said), "?")), " ")
	if response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusForbidden {
		return nil, &refusedError{sentence}
	}
	if to := response.Header.Get("Location"); to != "" {
		return nil, fmt.Errorf("connect: the server answered %s to %s; give the agent that address", response.Status, to)
	}
	return nil, fmt.Errorf("connect: the server answered %s: %s", response.Status, sentence)
}

// host gives the host of the address, for sentences.
func (c *Client) host() string {
	u, err := url.Parse(c.endpoint)
	if err != nil {
		return c.endpoint
	}
	return u.Hostname()
}

// read says hello and takes what the server sends until the connection ends.
func (c *Client) read(ctx context.Context, s *session) (established bool, err error) {
	s.socket.SetReadLimit(MaxPlan)
	alive := func() error { return s.socket.SetReadDeadline(time.Now().Add(3 * c.options.KeepAlive)) }
	s.socket.SetPingHandler(func(data string) error {
		if err := s.socket.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(ctrlTimeout)); err != nil {
			return err
		}
		if s.shared {
			c.holding.hear()
		}
		return alive()
	})
	greeting := message{Type: typeHello, Protocol: Protocol, Version: c.options.Version, Agent: c.options.Name}
	if c.options.OnRun != nil {
		greeting.Can = []string{canRun}
	}
	if c.options.OnTry != nil {
		greeting.Can = append(greeting.Can, canTry)
	}
	if c.options.Self != "" {
		greeting.Can = append(greeting.Can, canShare)
		greeting.Self = c.options.Self
		greeting.Share, greeting.Me = c.holding.held()
	}
	hello, err := encodeJSON(greeting)
	if err != nil {
		return false, fmt.Errorf("encode hello: %w", err)
	}
	left := c.options.Now()
	if err := s.send(hello); err != nil {
		return false, fmt.Errorf("say hello: %w", err)
	}
	for {
		if err := alive(); err != nil {
			return established, fmt.Errorf("connection: %w", err)
		}
		m, err := receive(s.socket, MaxPlan, alive)
		if err != nil {
			return established, explain(err)
		}
		came := c.options.Now()
		switch {
		case m.Type == typePlan:
			if !established {
				c.clock.measure(left, came, m.Received, m.Sent)
			}
			c.holding.lasts(time.Duration(m.Lease) * time.Millisecond)
			c.takePlan(*m.Plan)
			if !established {
				established = true
				c.use(s)
				c.options.Logger.Info("connected to the server", "server", c.options.URL, "region", m.Plan.Region, "checks", len(m.Plan.Checks))
			}
		case m.Type == typeAck, m.Type == typeError && m.ID != 0:
			if asked, due := s.answered(m); due && m.Type == typeAck {
				c.clock.measure(asked, came, m.Received, m.Sent)
			}
		case m.Type == typeShare:
			s.shared = true
			c.holding.take(m.Share, m.Me)
			c.options.Logger.Info("the runs of the region are shared", "agents", len(m.Share.Members))
		case m.Type == typeRun && c.options.OnRun != nil:
			c.options.OnRun(m.Check)
		case m.Type == typeTry && c.options.OnTry != nil:
			c.takeTrial(ctx, s, m)
		case m.Type == typeError:
			return established, fmt.Errorf("the server ended the connection: %s", m.Message)
		}
	}
}

// explain puts the ways that a connection ends into words.
func explain(err error) error {
	var closed *websocket.CloseError
	var timeout net.Error
	switch {
	case errors.As(err, &closed) && closed.Code == websocket.CloseMessageTooBig:
		return errors.New("the server ended the connection: a message was too large for it")
	case errors.As(err, &closed) && closed.Text != "":
		return fmt.Errorf("the server ended the connection: %s", closed.Text)
	case errors.As(err, &timeout) && timeout.Timeout():
		return errors.New("the server was silent too long")
	}
	return fmt.Errorf("the connection broke: %w", err)
}

// answered hands the answer to the one who waits for it; one that nobody
// waits for any more is dropped. It gives the time when the batch was sent.
func (s *session) answered(m message) (asked time.Time, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.ID != s.waiting {
		return time.Time{}, false
	}
	s.waiting = 0
	s.answer <- m // there is room: one answer for each wait, which empties it first
	return s.asked, true
}

// send writes one message; several may do it at the same time.
func (s *session) send(data []byte) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	return send(s.socket, data)
}

// ask sends a batch and waits for its answer.
func (s *session) ask(ctx context.Context, now time.Time, id uint64, data []byte, patience time.Duration) (message, error) {
	s.mu.Lock()
	s.waiting, s.asked = id, now
	select {
	case <-s.answer: // of a batch that was given up
	default:
	}
	s.mu.Unlock()
	if err := s.send(data); err != nil {
		_ = s.socket.Close() // a message that is half written cannot be followed by another
		return message{}, fmt.Errorf("send results: %w", err)
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case m := <-s.answer:
		return m, nil
	case <-s.done:
		return message{}, errors.New("send results: the connection ended before the server answered")
	case <-timer.C:
		_ = s.socket.Close() // a new one may fare better
		return message{}, fmt.Errorf("send results: the server did not answer within %s", patience)
	case <-ctx.Done():
		return message{}, fmt.Errorf("send results: %w", ctx.Err())
	}
}
