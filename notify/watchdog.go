package notify

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"
)

// WatchdogCallerOptions sets up a WatchdogCaller. Watchdog.URL and Well are
// required.
type WatchdogCallerOptions struct {
	Watchdog Watchdog
	// Well says why Daymark is not well; nil where it is.
	Well func(ctx context.Context) error
	// Control sees each address just before it is dialled; guard.Policy has one.
	// Nil allows all.
	Control func(network, address string, c syscall.RawConn) error
	Logger  *slog.Logger  // default: nobody
	Timeout time.Duration // of one call; 10 s
}

// WatchdogCaller calls an address while Daymark is well, so that somebody else
// notices when the calls stop. That a call fails is logged and nothing more:
// whoever waits for it will say so.
type WatchdogCaller struct {
	opts   WatchdogCallerOptions
	client *http.Client
	said   string // what was logged last; empty: all is well
}

// NewWatchdogCaller returns a WatchdogCaller that does nothing before Run.
func NewWatchdogCaller(opts WatchdogCallerOptions) *WatchdogCaller {
	orElse(&opts.Watchdog.Every, DefaultWatchdogEvery)
	orElse(&opts.Timeout, 10*time.Second)
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	dialer := &net.Dialer{Timeout: opts.Timeout, Control: opts.Control}
	return &WatchdogCaller{opts: opts, client: &http.Client{
		Timeout: opts.Timeout,
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, TLSHandshakeTimeout: opts.Timeout,
			ResponseHeaderTimeout: opts.Timeout, MaxResponseHeaderBytes: 64 << 10, DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Run calls until ctx ends.
func (w *WatchdogCaller) Run(ctx context.Context) {
	defer w.client.CloseIdleConnections()
	ticker := time.NewTicker(w.opts.Watchdog.Every)
	defer ticker.Stop()
	for {
		w.Tick(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Tick calls once, if all is well.
func (w *WatchdogCaller) Tick(ctx context.Context) {
	looking, cancel := context.WithTimeout(ctx, w.opts.Timeout)
	defer cancel()
	if err := w.opts.Well(looking); err != nil {
		w.say(ctx, "Daymark is not well", err)
		return
	}
	if err := w.call(ctx); err != nil {
		w.say(ctx, "it cannot be called", err)
		return
	}
	if w.said != "" {
		w.said = ""
		w.opts.Logger.InfoContext(ctx, "the watchdog is called again")
	}
}

// say logs why no call was heard once, not at each call.
func (w *WatchdogCaller) say(ctx context.Context, why string, err error) {
	if ctx.Err() != nil || w.said == why {
		return
	}
	w.said = why
	w.opts.Logger.WarnContext(ctx, "the watchdog hears nothing", "because", why, "error", err)
}

func (w *WatchdogCaller) call(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.opts.Watchdog.URL, http.NoBody)
	if err != nil {
		return fmt.Errorf("make the call: %w", err)
	}
	request.Header.Set("User-Agent", "daymark")
	answer, err := w.client.Do(request)
	if err != nil {
		return fmt.Errorf("call: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()                     // only read from
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 4<<10)) // what it says is of no interest
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("it answered %d", answer.StatusCode)
	}
	return nil
}
