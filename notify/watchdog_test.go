package notify_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"daymark/internal/testkit"
	"daymark/notify"
)

// TestWatchdog: it is called while all is well and not otherwise; what goes
// wrong is logged once.
func TestWatchdog(t *testing.T) {
	testkit.NoLeaks(t)
	var calls atomic.Int32
	var code atomic.Int32
	code.Store(200)
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if r.URL.Path == "/hang" {
			<-hang
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(int(code.Load()))
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(hang) })
	var well error
	var log bytes.Buffer
	caller := func(path string, control func(string, string, syscall.RawConn) error, timeout time.Duration) *notify.WatchdogCaller {
		return notify.NewWatchdogCaller(notify.WatchdogCallerOptions{
			Watchdog: notify.Watchdog{URL: server.URL + path}, Well: func(context.Context) error { return well }, Control: control,
			Logger: slog.New(slog.NewTextHandler(&log, nil)), Timeout: timeout,
		})
	}
	w := caller("/", nil, time.Minute)
	tick := func(w *notify.WatchdogCaller, want int32, says ...string) {
		t.Helper()
		before := calls.Load()
		log.Reset()
		w.Tick(t.Context())
		w.Tick(t.Context())
		if got := calls.Load() - before; got != want {
			t.Errorf("%d calls, want %d", got, want)
		}
		for _, s := range says {
			if strings.Count(log.String(), s) != 1 {
				t.Errorf("%q is not said once in\n%s", s, log.String())
			}
		}
		if len(says) == 0 && log.Len() > 0 {
			t.Errorf("it says\n%s", log.String())
		}
	}
	tick(w, 2)
	well = errors.New("the database cannot be written")
	tick(w, 0, "Daymark is not well", "cannot be written")
	well = nil
	tick(w, 2, "called again")
	code.Store(302)
	tick(w, 2, "cannot be called", "answered 302")
	code.Store(503)
	tick(w, 2)
	code.Store(204)
	tick(w, 2, "called again")
	tick(caller("/hang", nil, 250*time.Millisecond), 2, "cannot be called")
	tick(caller("/", func(string, string, syscall.RawConn) error { return errors.New("refused at the dial") }, time.Minute), 0, "refused at the dial")
}
