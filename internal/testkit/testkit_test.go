package testkit_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"daymark/internal/testkit"
)

func TestCount(t *testing.T) {
	tests := []struct {
		name, value string
		want        int
	}{
		{"unset means small", "", 3},
		{"one means full", "1", 100},
		{"true means full", "true", 100},
		{"zero means small", "0", 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("DAYMARK_FULL", test.value)
			if got := testkit.Count(3, 100); got != test.want {
				t.Errorf("Count(3, 100) = %d, want %d", got, test.want)
			}
		})
	}
}

func TestFullRefusesOtherWords(t *testing.T) {
	t.Setenv("DAYMARK_FULL", "very")
	defer func() {
		if recover() == nil {
			t.Error("Full() accepted \"very\", want a panic")
		}
	}()
	testkit.Full()
}

func TestSoakFor(t *testing.T) {
	tests := []struct {
		name, value string
		want        time.Duration
		fails       bool
	}{
		{"unset means the small one", "", time.Second, false},
		{"set means what it says", "90m", 90 * time.Minute, false},
		{"no duration fails", "long", 0, true},
		{"nothing to do fails", "-1s", 0, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("DAYMARK_SOAK", test.value)
			watcher := &recorder{TB: t}
			got := testkit.SoakFor(watcher, time.Second)
			if failed := watcher.failures > 0; failed != test.fails {
				t.Fatalf("SoakFor failed = %v, want %v", failed, test.fails)
			}
			if !test.fails && got != test.want {
				t.Errorf("SoakFor = %s, want %s", got, test.want)
			}
		})
	}
}

func TestNoLeaks(t *testing.T) {
	t.Run("sees a goroutine left behind", func(t *testing.T) {
		watcher := &recorder{TB: t}
		stop, stopped := make(chan struct{}), make(chan struct{})
		testkit.NoLeaks(watcher)
		go func() {
			defer close(stopped)
			<-stop
		}()
		watcher.end()
		if watcher.failures == 0 {
			t.Error("a goroutine that still ran was not reported")
		}
		close(stop)
		<-stopped
	})
	t.Run("is content with what was there before", func(t *testing.T) {
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			<-stop
		}()
		watcher := &recorder{TB: t}
		testkit.NoLeaks(watcher)
		watcher.end()
		if watcher.failures != 0 {
			t.Errorf("reported %d leaks, want none: %s", watcher.failures, watcher.last)
		}
		close(stop)
		<-stopped
	})
	t.Run("waits for what is about to end", func(t *testing.T) {
		watcher := &recorder{TB: t}
		testkit.NoLeaks(watcher)
		timer := time.NewTimer(50 * time.Millisecond)
		go func() { <-timer.C }()
		watcher.end()
		if watcher.failures != 0 {
			t.Errorf("reported %d leaks, want none: %s", watcher.failures, watcher.last)
		}
	})
}

// recorder stands in for a test, so that a check that must fail can be seen
// to fail without failing the test that looks.
type recorder struct {
	testing.TB
	cleanups []func()
	failures int
	last     string
}

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Failed() bool     { return r.failures > 0 }

func (r *recorder) Error(args ...any) { r.failures++; r.last = fmt.Sprint(args...) }

func (r *recorder) Errorf(format string, args ...any) {
	r.failures++
	r.last = fmt.Sprintf(format, args...)
}

func (r *recorder) Fatal(args ...any) { r.Error(args...) }

func (r *recorder) Fatalf(format string, args ...any) { r.Errorf(format, args...) }

// end runs the cleanups last in, first out, as package testing does.
func (r *recorder) end() {
	for _, cleanup := range slices.Backward(r.cleanups) {
		cleanup()
	}
}
