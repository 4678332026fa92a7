// Package demo is the sample shop: something to watch, to break and to be told
// about, so that Daymark can be tried without a service of one's own.
//
// A Server is three listeners in one process: the shop (pages, sign-in, an API,
// the switch that breaks it, the outbox), an SMTP server and a Twilio, both
// from notify/notifytest. What arrives at the latter two shows at /outbox and
// /outbox.json, which answer in every mode, as do /switch and /state.json.
//
// It promises that a message answered as accepted shows in the outbox, and that
// with Options.Dir it still does after a restart (the last Options.Keep of each
// kind). It is a sample: it takes any email with one documented password and
// binds to loopback unless told otherwise.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"daymark/notify/notifytest"
)

// Options sets up a Server. The zero value listens on free ports of 127.0.0.1
// and keeps nothing on disk.
type Options struct {
	// Listen, SMTPListen and TwilioListen are the addresses of the shop, the SMTP
	// server and Twilio's API; default "127.0.0.1:0" each.
	Listen, SMTPListen, TwilioListen string
	// Dir keeps what arrived, in files of its own; empty: memory only.
	Dir string
	// StateFile keeps the switch's position; empty: memory only.
	StateFile string
	// Keep is how many emails and how many text messages are kept; default 500.
	Keep int
	// AccountSID, AuthToken and MessagingServiceSID are what Twilio's stand-in
	// knows; default: the sample's, as in SampleConfig.
	AccountSID, AuthToken, MessagingServiceSID string
	// SlowMin and SlowMax bound the delay in mode Slow; default 1.2 s and 1.8 s.
	SlowMin, SlowMax time.Duration
	// StepDelay is the time between two statuses of a text message; default
	// 300 ms, so that a person sees them.
	StepDelay time.Duration
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Logger hears of what cannot be kept or sent back; default: nobody.
	Logger *slog.Logger
}

func (o *Options) setDefaults() {
	for field, value := range map[*string]string{
		&o.Listen: "127.0.0.1:0", &o.SMTPListen: "127.0.0.1:0", &o.TwilioListen: "127.0.0.1:0",
		&o.AccountSID: SampleAccountSID, &o.AuthToken: SampleAuthToken, &o.MessagingServiceSID: SampleMessagingServiceSID,
	} {
		if *field == "" {
			*field = value
		}
	}
	if o.Keep == 0 {
		o.Keep = 500
	}
	if o.SlowMin == 0 && o.SlowMax == 0 {
		o.SlowMin, o.SlowMax = 1200*time.Millisecond, 1800*time.Millisecond
	}
	if o.StepDelay == 0 {
		o.StepDelay = 300 * time.Millisecond
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

func (o *Options) validate() error {
	switch {
	case o.Keep < 1:
		return errors.New("demo: Keep must be at least 1")
	case o.SlowMin < 0 || o.SlowMax < o.SlowMin:
		return errors.New("demo: SlowMin must lie between zero and SlowMax")
	}
	return nil
}

// Server is the sample shop with its stand-ins.
type Server struct {
	opts     Options
	pages    *pages
	switcher *switcher
	sessions *sessions
	mailbox  *notifytest.Mailbox
	twilio   *notifytest.Twilio
	handler  http.Handler
	products counter

	stopping context.Context // ends with Stop; cuts the slow mode's waits short
	stop     context.CancelFunc
	serve    sync.WaitGroup

	mu   sync.Mutex
	http *http.Server
	addr string
}

// New reads what Dir and StateFile hold and returns a Server that does not
// listen yet. Stop it even if it is never started.
func New(opts Options) (*Server, error) {
	opts.setDefaults()
	if err := opts.validate(); err != nil {
		return nil, err
	}
	s := &Server{opts: opts, sessions: newSessions(opts.Now)}
	var err error
	if s.pages, err = newPages(opts.Now); err != nil {
		return nil, err
	}
	if s.switcher, err = newSwitcher(opts.StateFile, opts.Now); err != nil {
		return nil, err
	}
	if err := s.openStandIns(); err != nil {
		return nil, err
	}
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.handler = s.routes()
	return s, nil
}

// openStandIns makes the mailbox and Twilio with what was kept.
func (s *Server) openStandIns() error {
	kept, err := openArchive(s.opts.Dir, s.opts.Keep, s.opts.Logger)
	if err != nil {
		return err
	}
	s.mailbox, err = notifytest.NewMailbox(notifytest.MailboxOptions{
		Domain: "mail.example", Keep: s.opts.Keep, Restore: kept.mails, OnAccept: kept.saveMail,
		Now: s.opts.Now, Logger: s.opts.Logger,
	})
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	s.twilio, err = notifytest.NewTwilio(notifytest.TwilioOptions{
		AccountSID: s.opts.AccountSID, AuthToken: s.opts.AuthToken, MessagingServiceSID: s.opts.MessagingServiceSID,
		Keep: s.opts.Keep, Restore: kept.texts, OnChange: kept.saveSMS, StepDelay: s.opts.StepDelay,
		Now: s.opts.Now, Logger: s.opts.Logger,
	})
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}

// Start listens on the three addresses. If one fails, those that listen are
// closed again.
func (s *Server) Start(ctx context.Context) error {
	if err := s.start(ctx); err != nil {
		return errors.Join(fmt.Errorf("start demo: %w", err), s.Stop(ctx))
	}
	return nil
}

func (s *Server) start(ctx context.Context) error {
	if err := s.mailbox.Start(ctx, s.opts.SMTPListen); err != nil {
		return err
	}
	if err := s.twilio.Start(ctx, s.opts.TwilioListen); err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.opts.Listen)
	if err != nil {
		return fmt.Errorf("shop: %w", err)
	}
	server := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute,
	}
	s.mu.Lock()
	s.http, s.addr = server, l.Addr().String()
	s.mu.Unlock()
	s.serve.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.opts.Logger.Error("sample shop stopped listening", "error", err)
		}
	})
	return nil
}

// Stop closes the shop, then Twilio, then the mailbox, and returns when all
// that was started has ended. Requests under way have until ctx ends.
func (s *Server) Stop(ctx context.Context) error {
	s.stop()
	s.mu.Lock()
	server := s.http
	s.mu.Unlock()
	var errs []error
	if server != nil {
		if err := server.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop shop: %w", err), server.Close())
		}
		s.serve.Wait()
	}
	return errors.Join(append(errs, s.twilio.Close(), s.mailbox.Close())...)
}

// Handler is the shop without a listener.
func (s *Server) Handler() http.Handler { return s.handler }

// URL is the shop's address, "http://host:port"; empty before Start.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.addr == "" {
		return ""
	}
	return "http://" + s.addr
}

// SMTPAddr is the mailbox's "host:port"; empty before Start.
func (s *Server) SMTPAddr() string { return s.mailbox.Addr() }

// TwilioURL is the base URL of Twilio's stand-in; empty before Start.
func (s *Server) TwilioURL() string { return s.twilio.URL() }

// Mailbox is the SMTP stand-in.
func (s *Server) Mailbox() *notifytest.Mailbox { return s.mailbox }

// Twilio is the stand-in of Twilio's API.
func (s *Server) Twilio() *notifytest.Twilio { return s.twilio }

// Mode is the switch's position.
func (s *Server) Mode() Mode { return s.switcher.get().Mode }

// SetMode flips the switch. It fails for an unknown mode, and if StateFile
// cannot be written; the mode stays as it was then.
func (s *Server) SetMode(m Mode) error { return s.switcher.set(m) }
