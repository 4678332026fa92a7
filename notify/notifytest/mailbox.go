package notifytest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// MailboxTLS says how a Mailbox encrypts.
type MailboxTLS string

const (
	// MailboxPlain never encrypts.
	MailboxPlain MailboxTLS = ""
	// MailboxSTARTTLS offers STARTTLS and refuses mail before it.
	MailboxSTARTTLS MailboxTLS = "starttls"
	// MailboxImplicit speaks TLS from the first byte.
	MailboxImplicit MailboxTLS = "implicit"
)

// MailboxOptions sets up a Mailbox. The zero value accepts any mail, in plain.
type MailboxOptions struct {
	// Domain is the name in the greeting; default "mailbox.example".
	Domain string
	// User and Password, if set, must be given by AUTH PLAIN or LOGIN. With TLS
	// they are accepted only once the connection is encrypted.
	User, Password string
	// TLS and TLSConfig choose the encryption; TLSConfig needs a certificate
	// unless TLS is MailboxPlain.
	TLS       MailboxTLS
	TLSConfig *tls.Config
	// MaxBytes is the greatest size of one message; default 10 MB.
	MaxBytes int64
	// NoPipelining hides that commands may be sent ahead of their answers.
	NoPipelining bool
	// PerByte holds back each byte of what the server says: one that is slow.
	PerByte time.Duration
	// Keep is how many messages are kept; the oldest leave first. Default 500.
	Keep int
	// Restore is what was kept before, oldest first; it is parsed again.
	Restore []Mail
	// OnAccept is called with each message before its acceptance is answered;
	// an error turns the answer into 451 and the message is not kept. Calls
	// come one at a time, in the order of their IDs.
	OnAccept func(Mail) error
	// Hooks fail mail on purpose.
	Hooks MailHooks
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Logger hears of broken connections; default: nobody.
	Logger *slog.Logger
}

func (o *MailboxOptions) setDefaults() {
	if o.Domain == "" {
		o.Domain = "mailbox.example"
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 10 << 20
	}
	if o.Keep == 0 {
		o.Keep = defaultKeep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

func (o *MailboxOptions) validate() error {
	switch {
	case o.TLS != MailboxPlain && o.TLS != MailboxSTARTTLS && o.TLS != MailboxImplicit:
		return fmt.Errorf("mailbox: TLS %q is none of \"\", starttls, implicit", o.TLS)
	case o.TLS != MailboxPlain && o.TLSConfig == nil:
		return fmt.Errorf("mailbox: TLS %s needs a TLSConfig with a certificate", o.TLS)
	case o.Keep < 0 || o.MaxBytes < 0:
		return errors.New("mailbox: Keep and MaxBytes must not be negative")
	case (o.User == "") != (o.Password == ""):
		return errors.New("mailbox: User and Password belong together")
	}
	return nil
}

// Mailbox is an SMTP server that keeps what it accepts. Its methods may be
// called from any goroutine.
type Mailbox struct {
	opts   MailboxOptions
	server *smtp.Server
	ctx    context.Context // ends with Close; cuts delays short
	cancel context.CancelFunc
	serve  sync.WaitGroup

	accepting sync.Mutex // orders OnAccept by ID

	mu       sync.Mutex
	listener *ownListener
	hooks    MailHooks
	mails    []Mail
	received int
	changed  chan struct{} // closed and replaced at each arrival
}

// NewMailbox returns a Mailbox that does not listen yet. It fails if the
// options contradict each other or a restored message cannot be parsed.
func NewMailbox(opts MailboxOptions) (*Mailbox, error) {
	opts.setDefaults()
	if err := opts.validate(); err != nil {
		return nil, err
	}
	b := &Mailbox{opts: opts, hooks: opts.Hooks, changed: make(chan struct{})}
	for _, m := range opts.Restore {
		if err := m.Parse(); err != nil {
			return nil, fmt.Errorf("restore mail %d: %w", m.ID, err)
		}
		b.mails = append(b.mails, m)
		b.received = max(b.received, m.ID)
	}
	b.mails = b.mails[max(0, len(b.mails)-opts.Keep):]
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.server = b.newServer()
	return b, nil
}

func (b *Mailbox) newServer() *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &mailSession{box: b, conn: c}, nil
	}))
	s.Domain = b.opts.Domain
	s.MaxMessageBytes = b.opts.MaxBytes
	s.MaxRecipients = 100
	s.ReadTimeout, s.WriteTimeout = time.Minute, time.Minute
	s.ErrorLog = smtpLogger{b.opts.Logger}
	s.AllowInsecureAuth = b.opts.TLS == MailboxPlain
	if b.opts.TLS == MailboxSTARTTLS {
		s.TLSConfig = b.opts.TLSConfig
	}
	return s
}

// Start listens on addr ("127.0.0.1:0" takes a free port) and returns once
// connections are accepted.
func (b *Mailbox) Start(ctx context.Context, addr string) error {
	tcp, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	own := &ownListener{Listener: tcp, conns: map[*ownConn]struct{}{}, write: b.write}
	b.mu.Lock()
	b.listener = own
	b.mu.Unlock()
	var l net.Listener = own
	if b.opts.TLS == MailboxImplicit {
		l = tls.NewListener(own, b.opts.TLSConfig)
	}
	b.serve.Go(func() {
		if err := b.server.Serve(l); err != nil && b.ctx.Err() == nil {
			b.opts.Logger.Error("mailbox stopped listening", "error", err)
		}
	})
	return nil
}

// Addr is the address that Start listens on; empty before.
func (b *Mailbox) Addr() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.listener == nil {
		return ""
	}
	return b.listener.Addr().String()
}

// Close ends all connections and waits until they have been left. Closing
// again does nothing.
func (b *Mailbox) Close() error {
	b.cancel()
	b.mu.Lock()
	listener := b.listener
	b.mu.Unlock()
	if listener == nil {
		return nil
	}
	err := listener.Close()
	b.serve.Wait()
	// Nothing is accepted any more, so this only waits for the sessions.
	_ = b.server.Shutdown(context.Background()) // closes the listener a second time
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close mailbox: %w", err)
	}
	return nil
}

// SetHooks replaces the hooks, for commands that come from now on.
func (b *Mailbox) SetHooks(h MailHooks) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hooks = h
}

// Messages returns what is kept, oldest first.
func (b *Mailbox) Messages() []Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.mails)
}

// Message returns the message with this ID, if it is still kept.
func (b *Mailbox) Message(id int) (Mail, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.mails, func(m Mail) bool { return m.ID == id })
	if i < 0 {
		return Mail{}, false
	}
	return b.mails[i], true
}

// Received is how many messages were ever accepted, those no longer kept and
// those restored included.
func (b *Mailbox) Received() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.received
}

// Wait returns what is kept once n messages have been received, or the
// context's error with how many there were.
func (b *Mailbox) Wait(ctx context.Context, n int) ([]Mail, error) {
	for {
		b.mu.Lock()
		mails, received, changed := slices.Clone(b.mails), b.received, b.changed
		b.mu.Unlock()
		if received >= n {
			return mails, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return mails, fmt.Errorf("wait for mail %d, have %d: %w", n, received, ctx.Err())
		}
	}
}

// write says a byte at a time, and hides what is to be hidden, if that is
// wanted.
func (b *Mailbox) write(c net.Conn, p []byte) (int, error) {
	said := p
	if b.opts.NoPipelining {
		said = bytes.Replace(p, []byte("250-PIPELINING\r\n"), nil, 1)
	}
	step := max(1, len(said))
	if b.opts.PerByte > 0 {
		step = 1
	}
	for part := range slices.Chunk(said, step) {
		b.pause(b.opts.PerByte)
		if _, err := c.Write(part); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// accept keeps a parsed message; only after it has returned nil may the sender
// hear of the acceptance.
func (b *Mailbox) accept(m Mail) error {
	b.accepting.Lock()
	defer b.accepting.Unlock()
	m.ID, m.At = b.Received()+1, b.opts.Now()
	if b.opts.OnAccept != nil {
		if err := b.opts.OnAccept(m); err != nil {
			return fmt.Errorf("keep mail: %w", err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.received = m.ID
	b.mails = append(b.mails, m)
	if len(b.mails) > b.opts.Keep {
		b.mails = slices.Clone(b.mails[len(b.mails)-b.opts.Keep:])
	}
	close(b.changed)
	b.changed = make(chan struct{})
	return nil
}

// smtpLogger passes the library's complaints to slog.
type smtpLogger struct{ log *slog.Logger }

func (l smtpLogger) Printf(format string, v ...any) {
	l.log.Debug("smtp connection", "detail", fmt.Sprintf(format, v...))
}

func (l smtpLogger) Println(v ...any) { l.log.Debug("smtp connection", "detail", fmt.Sprint(v...)) }
