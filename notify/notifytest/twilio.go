package notifytest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Twilio is an http.Handler that speaks the Messages and the Calls API. Its methods may be
// called from any goroutine.
type Twilio struct {
	opts    TwilioOptions
	mux     *http.ServeMux
	courier *courier

	serve sync.WaitGroup

	mu        sync.Mutex
	server    *http.Server
	addr      string
	hook      func(to, body string) SMSAction
	optedOut  map[string]bool
	messages  []SMS // oldest first
	received  int
	callbacks []Callback
	calls     []Call        // oldest first
	changed   chan struct{} // closed and replaced at each change
}

// NewTwilio returns a Twilio that can be used as a handler at once and listens
// after Start. Close it in either case.
func NewTwilio(opts TwilioOptions) (*Twilio, error) {
	opts.setDefaults()
	if err := opts.validate(); err != nil {
		return nil, err
	}
	t := &Twilio{opts: opts, hook: opts.Hook, optedOut: map[string]bool{}, changed: make(chan struct{})}
	t.courier = newCourier(t)
	t.mux = t.routes()
	t.messages = slices.Clone(opts.Restore[max(0, len(opts.Restore)-opts.Keep):])
	t.received = len(t.messages)
	for _, m := range t.messages {
		t.courier.follow(m)
	}
	return t, nil
}

// Start listens on addr ("127.0.0.1:0" takes a free port) and returns once
// connections are accepted.
func (t *Twilio) Start(ctx context.Context, addr string) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("twilio: %w", err)
	}
	server := &http.Server{Handler: t, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second}
	t.mu.Lock()
	t.server, t.addr = server, l.Addr().String()
	t.mu.Unlock()
	t.serve.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			t.opts.Logger.Error("twilio stand-in stopped listening", "error", err)
		}
	})
	return nil
}

// URL is the base URL that Start listens on, without a slash at the end; empty
// before.
func (t *Twilio) URL() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.addr == "" {
		return ""
	}
	return "http://" + t.addr
}

// Close cuts delays short, gives callbacks up, and returns when all that was
// started has ended.
func (t *Twilio) Close() error {
	t.courier.close()
	t.mu.Lock()
	server := t.server
	t.mu.Unlock()
	if server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := server.Shutdown(ctx)
	if err != nil {
		err = server.Close()
	}
	t.serve.Wait()
	if err != nil {
		return fmt.Errorf("close twilio: %w", err)
	}
	return nil
}

// SetHook replaces the hook, for requests that come from now on.
func (t *Twilio) SetHook(h func(to, body string) SMSAction) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hook = h
}

// OptOut refuses messages to a number with 21610, as after STOP; OptIn ends it.
func (t *Twilio) OptOut(number string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.optedOut[number] = true
}

// OptIn lets messages to a number pass again, as after START.
func (t *Twilio) OptIn(number string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.optedOut, number)
}

// Messages returns what is kept, oldest first.
func (t *Twilio) Messages() []SMS {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.messages)
}

// Received is how many messages were ever accepted, those no longer kept and
// those restored included.
func (t *Twilio) Received() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.received
}

// Wait returns what is kept once n messages have been received, or the
// context's error with how many there were.
func (t *Twilio) Wait(ctx context.Context, n int) ([]SMS, error) {
	if err := t.Await(ctx, func() bool { return t.Received() >= n }); err != nil {
		return t.Messages(), fmt.Errorf("wait for SMS %d, have %d: %w", n, t.Received(), err)
	}
	return t.Messages(), nil
}

// Await returns nil once done, which is asked again after each change of a
// message and each callback, or the context's error.
func (t *Twilio) Await(ctx context.Context, done func() bool) error {
	for {
		t.mu.Lock()
		changed := t.changed
		t.mu.Unlock()
		if done() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// accept keeps a new message and starts its way to the last status.
func (t *Twilio) accept(m SMS) error {
	if t.opts.OnChange != nil {
		if err := t.opts.OnChange(m); err != nil {
			return fmt.Errorf("keep SMS: %w", err)
		}
	}
	t.mu.Lock()
	t.received++
	t.messages = append(t.messages, m)
	if len(t.messages) > t.opts.Keep {
		t.messages = slices.Clone(t.messages[len(t.messages)-t.opts.Keep:])
	}
	t.announce()
	t.mu.Unlock()
	t.courier.follow(m)
	return nil
}

// update replaces a kept message; one that has left is left alone.
func (t *Twilio) update(m SMS) {
	t.mu.Lock()
	i := slices.IndexFunc(t.messages, func(o SMS) bool { return o.SID == m.SID })
	if i >= 0 {
		t.messages[i] = m
		t.announce()
	}
	t.mu.Unlock()
	if i >= 0 && t.opts.OnChange != nil {
		if err := t.opts.OnChange(m); err != nil {
			t.opts.Logger.Error("status of an SMS not kept", "sid", m.SID, "error", err)
		}
	}
}

// announce wakes who waits; t.mu is held.
func (t *Twilio) announce() {
	close(t.changed)
	t.changed = make(chan struct{})
}
