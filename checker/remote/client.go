package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"daymark/checker"
	"daymark/internal/pause"
)

// ClientOptions is what a Client is made of.
type ClientOptions struct {
	// URL is the server's public address: https://status.example.
	URL string
	// Token is what `daymark agent token create` printed.
	Token string
	// Version is that of the program; Name is what people call this agent.
	Version, Name string
	// OnPlan takes each new plan, and at the start the one that the agent had
	// last. It returns soon.
	OnPlan func(plan Plan)
	// OnRun takes the id of a check that is to run at once. It returns soon.
	// Nil: the agent does not do that, and says so.
	OnRun func(check string)
	// OnTry runs a check that is in no plan once, until ctx ends at the latest,
	// and gives what it saw; the error is a sentence that says why it does not.
	// One is asked for at a time. Nil: the agent does not do that, and says so.
	OnTry func(ctx context.Context, check checker.Check) (checker.Result, error)
	// Self tells this agent from others of the same token, and is the same at
	// each start. With it the agent shares its region's runs with others by
	// Mine; empty: it runs all.
	Self string
	// PlanFile is where the plan is kept for a start without the server;
	// empty: nowhere.
	PlanFile string
	// TLS is for an https address; nil: the system's certificates.
	TLS *tls.Config
	// Dialer makes the connection. Default: one that follows the proxy
	// variables of the environment and gives up after 15 s.
	Dialer *websocket.Dialer
	// Least and Most bound the pauses between tries to connect. Default:
	// 100 ms and 30 s. Refused is the pause after a token was refused.
	// Default: 30 s.
	Least, Most, Refused time.Duration
	// KeepAlive is the server's time between pings. Default: KeepAlive.
	KeepAlive time.Duration
	// Lease is how long the agent waits for word of others before it runs
	// everything; the server's plan says another. Default: 10 s.
	Lease time.Duration
	// Patience is how long an answer to a batch may take. Default: 1 minute.
	Patience time.Duration
	Logger   *slog.Logger // default: slog.Default()
	// Now is this machine's clock, which the server's is compared with.
	// Default: time.Now.
	Now func() time.Time
}

func (o *ClientOptions) setDefaults() {
	for _, one := range []struct {
		value *time.Duration
		is    time.Duration
	}{
		{&o.Least, DefaultLeastPause},
		{&o.Most, DefaultMostPause},
		{&o.Refused, DefaultMostPause},
		{&o.KeepAlive, KeepAlive},
		{&o.Patience, time.Minute},
		{&o.Lease, DefaultLease},
	} {
		if *one.value == 0 {
			*one.value = one.is
		}
	}
	if o.Dialer == nil {
		o.Dialer = &websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: 15 * time.Second}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnPlan == nil {
		o.OnPlan = func(Plan) {}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
}

// endpoint gives the address of the WebSocket.
func (o *ClientOptions) endpoint() (string, error) {
	address, err := url.Parse(o.URL)
	if err != nil {
		return "", fmt.Errorf("new agent client: the server's address: %w", err)
	}
	switch address.Scheme {
	case "https":
		address.Scheme = "wss"
	case "http":
		address.Scheme = "ws"
		if host := address.Hostname(); host != "localhost" && !net.ParseIP(host).IsLoopback() {
			o.Logger.Warn("the token and the results go to the server unencrypted; use an https address", "server", o.URL)
		}
	default:
		return "", fmt.Errorf("new agent client: the server's address %q has to begin with https:// or http://", o.URL)
	}
	if address.Host == "" || address.User != nil || address.RawQuery != "" || address.Fragment != "" {
		return "", fmt.Errorf("new agent client: the server's address %q has to be like https://status.example", o.URL)
	}
	return address.JoinPath(Path).String(), nil
}

func (o *ClientOptions) validate() error {
	switch {
	case o.Token == "" || strings.ContainsFunc(o.Token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("new agent client: a token is needed, as `daymark agent token create` printed it")
	case len(o.Self) > checker.MaxID:
		return fmt.Errorf("new agent client: Self has at most %d bytes", checker.MaxID)
	case o.Name == "" || len(o.Name) > checker.MaxID || len(o.Version) > checker.MaxID:
		return fmt.Errorf("new agent client: a name, and a version, of at most %d bytes are needed", checker.MaxID)
	case o.Least < 1 || o.Most < o.Least || o.Refused < 1 || o.KeepAlive < 1 || o.Patience < 1:
		return errors.New("new agent client: times have to be positive, and Most not below Least")
	}
	return nil
}

// DefaultLease is that of ClientOptions.
const DefaultLease = 10 * time.Second

// Client keeps the connection to the server. It is safe for concurrent use.
type Client struct {
	options  ClientOptions
	endpoint string
	dialer   websocket.Dialer
	one      chan struct{} // holds one: a batch is under way
	trying   chan struct{} // holds one: a check is being tried
	clock    clock
	holding  *holding

	mu       sync.Mutex
	session  *session      // nil while there is none
	changed  chan struct{} // closed and made anew when session changes
	lastID   uint64
	pause    time.Duration // that the server asked for last
	revision string        // of the plan that OnPlan was given last
}

// NewClient makes a Client; Run connects it.
func NewClient(options ClientOptions) (*Client, error) {
	options.setDefaults()
	if err := options.validate(); err != nil {
		return nil, err
	}
	endpoint, err := options.endpoint()
	if err != nil {
		return nil, err
	}
	c := &Client{options: options, endpoint: endpoint, dialer: *options.Dialer, one: make(chan struct{}, 1), trying: make(chan struct{}, 1), changed: make(chan struct{})}
	c.holding = newHolding(time.Now, options.Lease)
	c.dialer.Subprotocols = []string{Subprotocol}
	c.dialer.EnableCompression = true
	c.dialer.ReadBufferSize, c.dialer.WriteBufferSize = 32<<10, 32<<10
	if options.TLS != nil {
		c.dialer.TLSClientConfig = options.TLS
	}
	return c, nil
}

// Run hands on the plan that was kept, connects, and connects again whenever
// the connection ends, until ctx does. It is called once at a time.
func (c *Client) Run(ctx context.Context) error {
	c.loadPlan()
	again := backoff{least: c.options.Least, most: c.options.Most}
	last := ""
	for ctx.Err() == nil {
		established, err := c.connect(ctx)
		if ctx.Err() != nil {
			break
		}
		c.holding.miss()
		if established {
			again.reset()
			last = ""
		}
		level := slog.LevelWarn
		if err.Error() == last { // said once for each change
			level = slog.LevelDebug
		}
		last = err.Error()
		c.options.Logger.Log(ctx, level, "no connection to the server; it is tried again", "server", c.options.URL, "error", err)
		if _, ok := errors.AsType[*refusedError](err); ok {
			_ = pause.For(ctx, c.options.Refused) // the loop sees that ctx ended
			continue
		}
		again.wait(ctx)
	}
	return nil
}

// Connected says whether there is a connection on which a plan has come.
func (c *Client) Connected() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session != nil
}

// Mine says whether the run of a check at a time is this agent's. While it
// knows of no others, because the server is away for longer than the lease,
// all are.
func (c *Client) Mine(check string, at time.Time) bool {
	return c.options.Self == "" || c.holding.mine(check, at)
}

// Pause gives how long the server wants to be spared results that can wait.
func (c *Client) Pause() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pause
}

// Leave tells the server that this agent runs nothing any more, so that others
// do at once. What it has to deliver it may still deliver.
func (c *Client) Leave() { c.say(message{Type: typeLeave}) }

// Tell tells the server how this agent is.
func (c *Client) Tell(health Health) { c.say(message{Type: typeHealth, Health: &health}) }

// say sends what has no answer, if there is a connection; what a broken one
// loses is told again by the next.
func (c *Client) say(m message) {
	c.mu.Lock()
	s := c.session
	c.mu.Unlock()
	if s == nil {
		return
	}
	data, err := encodeJSON(m)
	if err == nil {
		err = s.send(data)
	}
	if err != nil {
		c.options.Logger.Debug("the server could not be told", "what", m.Type, "error", err)
	}
}

// refusedError says that the server does not take the token.
type refusedError struct{ sentence string }

func (e *refusedError) Error() string { return "the server refused the token: " + e.sentence }

// use makes the session the one to deliver over, or none.
func (c *Client) use(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session = s
	close(c.changed)
	c.changed = make(chan struct{})
}

// current waits for a session.
func (c *Client) current(ctx context.Context) (*session, uint64, error) {
	for {
		c.mu.Lock()
		s, changed := c.session, c.changed
		if s != nil {
			c.lastID++
			id := c.lastID
			c.mu.Unlock()
			return s, id, nil
		}
		c.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, 0, fmt.Errorf("wait for the server: %w", ctx.Err())
		}
	}
}
