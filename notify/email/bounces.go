package email

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

	"github.com/emersion/go-smtp"

	"daymark/notify"
)

// BounceReporter takes what came back of a delivery.
type BounceReporter interface {
	// Bounced records it, as often as it is told with the same result. It names
	// the delivery by its id or by its notify.BounceName. A delivery that is not
	// known is no error.
	Bounced(ctx context.Context, delivery string, b notify.Bounce) error
}

// ArrivalReporter takes that a message to ourselves has arrived; notify.Outbox
// is one.
type ArrivalReporter interface {
	Report(ctx context.Context, id string, to notify.State, provider, reason string, now time.Time) (bool, error)
}

// BouncesOptions sets up Bounces. Address, Key and Reporter are required.
type BouncesOptions struct {
	Address  string // notify.email.bounces.address
	Key      []byte // as in Options
	Reporter BounceReporter
	Arrivals ArrivalReporter  // nil: nothing is sent to ourselves
	Logger   *slog.Logger     // default: nobody
	Now      func() time.Time // default: time.Now

	Connections int           // at the same time; 10
	MaxBytes    int64         // of a message; 4 MB, more than one of ours that comes back whole
	Idle        time.Duration // between two commands; 1 min
	Longest     time.Duration // of a connection; 10 min
}

func (o *BouncesOptions) setDefaults() {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Connections == 0 {
		o.Connections = 10
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 4 << 20
	}
	if o.Idle == 0 {
		o.Idle = time.Minute
	}
	if o.Longest == 0 {
		o.Longest = 10 * time.Minute
	}
}

// Bounces is an SMTP server that takes nothing but reports on mail of ours:
// at addresses that name a delivery and bear our signature, and at the bare
// address where the report itself holds one (providers send complaints there);
// and, where Arrivals is set, what we sent to ourselves.
type Bounces struct {
	opts    BouncesOptions
	returns *returnPath
	server  *smtp.Server
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	serve   sync.WaitGroup

	mu       sync.Mutex
	listener *limitedListener
}

// NewBounces returns Bounces that do not listen yet.
func NewBounces(opts BouncesOptions) (*Bounces, error) {
	opts.setDefaults()
	if opts.Reporter == nil || opts.Address == "" {
		return nil, errors.New("email: a listener for bounces needs a reporter and an address (notify.email.bounces.address)")
	}
	returns, err := newReturnPath(opts.Address, opts.Key)
	if err != nil {
		return nil, err
	}
	b := &Bounces{opts: opts, returns: returns}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &bounceSession{bounces: b}, nil }))
	b.server.Domain = returns.domain
	b.server.MaxMessageBytes = opts.MaxBytes
	b.server.MaxRecipients = 10
	b.server.ReadTimeout, b.server.WriteTimeout = opts.Idle, opts.Idle
	b.server.ErrorLog = serverLog{opts.Logger}
	return b, nil
}

// Start listens on an address such as 127.0.0.1:2526, and returns once
// connections are accepted.
func (b *Bounces) Start(ctx context.Context, address string) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s (notify.email.bounces.listen): %w", address, err)
	}
	limited := newLimitedListener(l, b.opts.Connections, b.opts.Longest)
	b.mu.Lock()
	b.listener = limited
	b.mu.Unlock()
	b.serve.Go(func() {
		if err := b.server.Serve(limited); err != nil && b.ctx.Err() == nil {
			b.opts.Logger.Error("the listener for bounces ended", "error", err)
		}
	})
	return nil
}

// Addr is the address that Start listens on; empty before.
func (b *Bounces) Addr() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.listener == nil {
		return ""
	}
	return b.listener.Addr().String()
}

// Close ends all connections and returns when they have been left: what was
// not answered comes again, since the server that brought it keeps it.
func (b *Bounces) Close() error {
	b.cancel()
	b.mu.Lock()
	listener := b.listener
	b.mu.Unlock()
	if listener == nil {
		return nil
	}
	err := listener.Close()
	b.serve.Wait()
	// Nothing is accepted any more, so this only waits for the sessions; it
	// closes the listener a second time.
	_ = b.server.Shutdown(context.Background())
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close the listener for bounces: %w", err)
	}
	return nil
}

// bounceSession is one connection, as go-smtp wants it.
type bounceSession struct {
	bounces    *Bounces
	deliveries []string // that the recipients name
	arrivals   []string // messages to ourselves, which this is by its recipients
	bare       bool     // one of them is the bare address
}

// Mail takes any sender: bounces have none, complaints have their provider's.
func (s *bounceSession) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt takes addresses of ours alone.
func (s *bounceSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	id, what, ours := s.bounces.returns.read(to)
	switch {
	case !ours, what == arrives && s.bounces.opts.Arrivals == nil:
		return answer(550, 5, 1, 1, "There is no such address here")
	case id == "":
		s.bare = true
	case what == arrives:
		s.arrivals = append(s.arrivals, id)
	case !slices.Contains(s.deliveries, id):
		s.deliveries = append(s.deliveries, id)
	}
	return nil
}

// Data reads the report and tells what it says.
func (s *bounceSession) Data(r io.Reader) error {
	b := s.bounces
	found, err := readReport(r)
	if err != nil {
		return err // go-smtp's own answer, as "552 too large", stays as it is
	}
	if err := s.arrived(); err != nil {
		return err
	}
	deliveries := slices.Clone(s.deliveries)
	if s.bare {
		for _, path := range found.paths {
			if id, what, ours := b.returns.read(path); ours && what == cameBack && id != "" && !slices.Contains(deliveries, id) {
				deliveries = append(deliveries, id)
			}
		}
	}
	if len(deliveries) == 0 && len(s.arrivals) > 0 {
		return nil
	}
	if len(deliveries) == 0 {
		return answer(550, 5, 7, 1, "This address takes reports on messages of ours alone, and this names none")
	}
	if found.kind == "" {
		b.opts.Logger.Debug("a message to a bounce address tells of no failure")
		return nil
	}
	bounce := notify.Bounce{Kind: found.kind, Status: found.status, Diagnostic: found.diagnostic, At: b.opts.Now()}
	for _, id := range deliveries {
		if err := b.opts.Reporter.Bounced(b.ctx, id, bounce); err != nil {
			b.opts.Logger.Error("a bounce could not be recorded; its server will bring it again", "delivery", id, "error", err)
			return answer(451, 4, 3, 0, "This could not be recorded; please try again")
		}
		b.opts.Logger.Info("mail came back", "delivery", id, "kind", bounce.Kind, "status", bounce.Status)
	}
	return nil
}

// arrived records messages to ourselves: they are here.
func (s *bounceSession) arrived() error {
	b := s.bounces
	for _, id := range s.arrivals {
		if _, err := b.opts.Arrivals.Report(b.ctx, id, notify.Delivered, "", "it has come to our own listener (notify.email.bounces)", b.opts.Now()); err != nil {
			b.opts.Logger.Error("that a message arrived could not be recorded; its server will bring it again", "delivery", id, "error", err)
			return answer(451, 4, 3, 0, "This could not be recorded; please try again")
		}
	}
	return nil
}

// Reset forgets the message begun.
func (s *bounceSession) Reset() { s.deliveries, s.arrivals, s.bare = nil, nil, false }

// Logout has nothing to free.
func (s *bounceSession) Logout() error { return nil }

func answer(code, class, subject, detail int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{class, subject, detail}, Message: text}
}

// serverLog passes the library's complaints, of connections that break, to
// slog.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Printf(format string, v ...any) {
	l.log.Debug("a connection for bounces", "detail", fmt.Sprintf(format, v...))
}

func (l serverLog) Println(v ...any) {
	l.log.Debug("a connection for bounces", "detail", fmt.Sprint(v...))
}
