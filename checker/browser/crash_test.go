package browser

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/testkit"
)

// deadly is a page whose script asks for /crash, whereupon the process of the
// page is killed, so many times.
func deadly(t *testing.T, runner *Runner, times int) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<title>deadly</title><p>Here</p><script>addEventListener('load',()=>setTimeout(()=>fetch('/crash'),200))</script>")
	})
	var mu sync.Mutex
	mux.HandleFunc("GET /crash", func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if times--; times >= 0 {
			killRenderers(runner)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return server.URL
}

func killRenderers(runner *Runner) {
	runner.mu.Lock()
	profile := runner.current.process.profile.dir
	runner.mu.Unlock()
	for _, pid := range using(profile) {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if strings.Contains(string(line), "--type=renderer") {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

func TestACrashCountsWhenItComesAgain(t *testing.T) {
	testkit.Beside(t)
	for _, test := range []struct {
		name    string
		times   int
		outcome checker.Outcome
		reason  string
	}{
		{"once", 1, checker.OK, ""},
		{"twice", 2, checker.Failed, "twice in a row: step "},
	} {
		t.Run(test.name, func(t *testing.T) {
			runner := newRunner(t, nil)
			warm(t, runner)
			result := try(t, runner, ample, steps(open(deadly(t, runner, test.times)), pauseStep(2*time.Second), see("Here")))
			if result.Outcome != test.outcome || !strings.HasPrefix(result.Reason, test.reason) {
				t.Errorf("%s: %s", result.Outcome, result.Reason)
			}
		})
	}
}

// A Chromium that has grown since it was warm is replaced.
func TestGrowthReplacesChromium(t *testing.T) {
	testkit.Beside(t)
	shop := shop(t)
	var said lockedText
	runner := newRunner(t, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&said, nil)) })
	runner.options.growthLeast = 1
	visit := steps(open(shop.URL+"/login"), see("Sign in"))
	for range warmAfter {
		if result := try(t, runner, ample, visit); result.Outcome != checker.OK {
			t.Fatal(result.Reason)
		}
	}
	first := runner.current
	if first.warm == 0 {
		t.Fatal("its warm memory is not known")
	}
	first.warm /= 4 // as if it had grown to four times as much
	if result := try(t, runner, ample, visit); result.Outcome != checker.OK {
		t.Fatal(result.Reason)
	}
	if runner.current == first || !strings.Contains(said.String(), "chromium has grown and is replaced") {
		t.Errorf("it was not replaced:\n%s", said.String())
	}
	if result := try(t, runner, ample, visit); result.Outcome != checker.OK {
		t.Errorf("the next: %s: %s", result.Outcome, result.Reason)
	}
}

// A journey that went down with all of Chromium, because of what its pages
// held together, is made once more.
func TestAJourneyOutlivesASwollenChromium(t *testing.T) {
	testkit.Beside(t)
	runner := newRunner(t, nil)
	warm(t, runner)
	first := runner.current
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		once.Do(func() { // as guardMemory does
			first.process.swollen.Store(true)
			first.process.kill()
		})
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<p>Here")
	}))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	result := try(t, runner, ample, steps(open(server.URL), see("Here")))
	if result.Outcome != checker.OK || runner.current == first {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
}

// The room that is made ready beforehand reaches nothing before a run has it.
func TestTheSpareRoomReachesNothing(t *testing.T) {
	testkit.Beside(t)
	shop, runner := shop(t), newRunner(t, nil)
	if result := try(t, runner, ample, steps(open(shop.URL+"/login"), see("Sign in"))); result.Outcome != checker.OK {
		t.Fatal(result.Reason)
	}
	rooms := runner.current.rooms
	eventually(t, ample, "a spare", func() bool { rooms.mu.Lock(); defer rooms.mu.Unlock(); return rooms.spare != nil })
	if !rooms.spare.proxy.idle.Load() {
		t.Error("its proxy serves already")
	}
	if err := runner.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// lockedText is text that several goroutines write.
type lockedText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
