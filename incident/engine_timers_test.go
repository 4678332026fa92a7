package incident_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daymark/incident"
)

// logged is a log that is read while it is written.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// The log tells of a store that fails once, and once that it works again.
func TestTimersTellOnceThatTheyCannotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log logged
		s := serve(t, "", func(o *incident.EngineOptions) {
			o.Now, o.Logger = nil, slog.New(slog.NewTextHandler(&log, nil))
		})
		const cannot, again = "timers cannot run", "timers run again"
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		if !s.engine.Ticked().IsZero() {
			t.Error("the timers ran before they began")
		}
		s.store.failAt("load")
		go func() { defer close(ended); s.engine.Run(ctx) }()
		after := func(d time.Duration) {
			<-time.After(d)
			synctest.Wait()
		}
		after(5500 * time.Millisecond)
		if got := log.String(); strings.Count(got, cannot) != 1 || strings.Contains(got, again) || !strings.Contains(got, errDisk.Error()) {
			t.Errorf("while it fails, the log is:\n%s", got)
		}
		if !s.engine.Ticked().IsZero() {
			t.Error("timers that fail count as run")
		}
		s.store.failAt("")
		after(3 * time.Second)
		if got := log.String(); strings.Count(got, cannot) != 1 || strings.Count(got, again) != 1 {
			t.Errorf("when it works, the log is:\n%s", got)
		}
		if since := time.Since(s.engine.Ticked()); since < 0 || since > time.Second {
			t.Errorf("the timers ran %s ago", since)
		}
		cancel()
		<-ended
		synctest.Wait()
		if got := log.String(); strings.Count(got, cannot) != 1 {
			t.Errorf("at the end, the log is:\n%s", got)
		}
	})
}

func TestTheEndOfTheServerIsNoFault(t *testing.T) {
	var log bytes.Buffer
	s := serve(t, "", func(o *incident.EngineOptions) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.store.failAt("load")
	s.engine.Run(ctx)
	if log.Len() != 0 {
		t.Errorf("the log is:\n%s", &log)
	}
}
