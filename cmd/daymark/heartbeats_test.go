package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/testkit"
	"daymark/store"
)

// newBeatApp is a server with one heartbeat, which does not run.
func newBeatApp(t *testing.T) (*app, *operations) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "daymark.yaml")
	document := fmt.Sprintf(`version: 1
page: {name: A, url: "http://status.example"}
server: {listen: "127.0.0.1:0", data: %q}
components:
  - {id: batch, name: Batch, checks: [{id: nightly, heartbeat: {every: 24h, grace: 1m}}]}
`, dir)
	if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	doc, err := loadRunnable(path)
	if err != nil {
		t.Fatal(err)
	}
	newDatabase(t, filepath.Join(dir, "daymark.db"))
	a, err := newApp(context.Background(), doc, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return a, &operations{engine: a.engine, doc: doc, core: a.core, heartbeats: a.heartbeats}
}

func (a *app) beatState(t *testing.T) checker.BeatState {
	t.Helper()
	states, _, err := a.store.Heartbeats(context.Background(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return states["nightly"]
}

// TestManyCallsAtOnce: each call has its result, whatever comes beside it.
func TestManyCallsAtOnce(t *testing.T) {
	testkit.Beside(t)
	a, o := newBeatApp(t)
	address, err := o.createHeartbeat(context.Background(), heartbeatOrder{Check: "nightly"})
	if err != nil {
		t.Fatal(err)
	}
	a.heartbeats.listen()
	handler, all := a.handler(), sync.WaitGroup{}
	for i := range 40 {
		all.Go(func() {
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, address+[]string{"", "/3", "/start"}[i%3], strings.NewReader("log")))
			if answer.Code != http.StatusOK {
				t.Errorf("a call was answered %d", answer.Code)
			}
			if err := a.heartbeats.tick(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	snapshot, err := store.NewPage(a.store, a.policy.Component).Snapshot(context.Background(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	days := snapshot.Components["batch"].Days
	runs, failed := 0, 0
	for _, day := range days { // two, when midnight passes meanwhile
		runs, failed = runs+day.Checks, failed+day.Failed
	}
	if runs != 27 || failed != 13 {
		t.Errorf("%d results, %d of them failed; want 27 and 13: one for each end", runs, failed)
	}
	if state := a.beatState(t); len(state.Runs) > 1 || state.Called.IsZero() {
		t.Errorf("%+v", state)
	}
}

// TestAMachineThatSleptWasNotListening: no call could reach it either.
func TestAMachineThatSleptWasNotListening(t *testing.T) {
	testkit.Beside(t)
	a, o := newBeatApp(t)
	h := a.heartbeats
	now := time.Now()
	h.now = func() time.Time { return now }
	h.listen()
	if _, err := o.createHeartbeat(context.Background(), heartbeatOrder{Check: "nightly"}); err != nil {
		t.Fatal(err)
	}
	look := func(what string, want int) {
		t.Helper()
		due, err := h.due(context.Background())
		if err != nil || len(due) != want {
			t.Fatalf("%s: %v, %v; want %d", what, due, err, want)
		}
	}
	look("at the beginning", 0)
	if next, want := h.next["nightly"], a.beatState(t).Base.Add(24*time.Hour+time.Minute); !next.Equal(want) {
		t.Errorf("it looks again at %s; want %s", next, want)
	}
	now = now.Add(25 * time.Hour) // with the lid closed
	look("right after a sleep over the due time", 0)
	for range 59 {
		now = now.Add(time.Second)
		look("in the grace after it", 0)
	}
	now = now.Add(time.Second)
	look("after the grace", 1)
}

func TestWhatCannotBeAskedOfAHeartbeat(t *testing.T) {
	testkit.Beside(t)
	_, o := newBeatApp(t)
	order := heartbeatOrder{Check: "nightly"}
	for _, test := range []struct {
		name string
		do   func() error
		want string
	}{
		{"another check", func() error { _, err := o.createHeartbeat(t.Context(), heartbeatOrder{Check: "x"}); return err }, `there is no heartbeat "x" in the configuration; it has nightly`},
		{"a rotation of nothing", func() error { _, err := o.rotateHeartbeat(t.Context(), order); return err }, "has no address yet: `daymark heartbeat create nightly`"},
		{"an end of nothing", func() error { _, err := o.revokeHeartbeat(t.Context(), order); return err }, "has no address that works"},
		{"the first", func() error { _, err := o.createHeartbeat(t.Context(), order); return err }, ""},
		{"a second", func() error { _, err := o.createHeartbeat(t.Context(), order); return err }, "has an address already"},
		{"a long overlap", func() error {
			_, err := o.rotateHeartbeat(t.Context(), heartbeatOrder{Check: "nightly", Overlap: maxOverlap + 1})
			return err
		}, "at most"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.do()
			if _, usage := errors.AsType[usageError](err); test.want == "" && err != nil || test.want != "" && (!usage || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("the error is %v; want %q", err, test.want)
			}
		})
	}
}
