package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"daymark/checker"
	"daymark/config"
	"daymark/incident"
	"daymark/store"
)

// heartbeats hears the calls of jobs and notices those that do not come. What
// it knows is stored, so that a restart loses no timer; it keeps in memory
// only when it has to look next.
type heartbeats struct {
	beats  map[string]*checker.Beat
	engine *incident.Engine
	store  *store.Store
	now    func() time.Time
	log    *slog.Logger

	mu        sync.Mutex
	listening time.Time // since when calls can reach us; zero: not yet
	ticked    time.Time
	stale     bool                 // next has to be read again
	next      map[string]time.Time // when a heartbeat has to be looked at, by check
}

// prepareBeats makes the heartbeats of a configuration ready, by check.
func prepareBeats(doc *config.Document, zone *time.Location) (map[string]*checker.Beat, error) {
	beats := map[string]*checker.Beat{}
	for i := range doc.Components {
		for _, check := range doc.Components[i].Checks {
			if check.Heartbeat == nil {
				continue
			}
			beat, err := checker.PrepareBeat(check, zone)
			if err != nil {
				return nil, err
			}
			beats[check.ID] = beat
		}
	}
	return beats, nil
}

func newHeartbeats(c *core, doc *config.Document, now func() time.Time, log *slog.Logger) (*heartbeats, error) {
	beats, err := prepareBeats(doc, c.zone)
	if err != nil {
		return nil, fmt.Errorf("prepare the heartbeats: %w", err)
	}
	return &heartbeats{beats: beats, engine: c.engine, store: c.store, now: now, log: log, stale: true, next: map[string]time.Time{}}, nil
}

// listen says that calls can reach us from now on.
func (h *heartbeats) listen() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listening, h.ticked = h.now(), h.now()
}

// since says since when calls can reach us.
func (h *heartbeats) since() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.listening
}

// listenSince is listen where calls could reach us before: they waited.
func (h *heartbeats) listenSince(began time.Time) {
	h.listen()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listening = began
}

// refresh has everything read again, after a command has changed it.
func (h *heartbeats) refresh() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stale = true
}

const (
	// beatEvery is how often Run looks for what is due.
	beatEvery = time.Second
	// beatAsleep is a pause of Run in which the machine must have slept. Then
	// no call could reach us either.
	beatAsleep = 30 * time.Second
)

// Run notices what did not come, until ctx ends. A failing store is tried
// again.
func (h *heartbeats) Run(ctx context.Context) {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	failing := false
	for {
		err := h.tick(ctx)
		switch {
		case err != nil && ctx.Err() == nil && !failing:
			h.log.ErrorContext(ctx, "heartbeats cannot be looked at; it is tried again each second", "error", err)
			failing = true
		case err == nil && failing:
			h.log.InfoContext(ctx, "heartbeats are looked at again")
			failing = false
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// tick takes what is due now.
func (h *heartbeats) tick(ctx context.Context) error {
	due, err := h.due(ctx)
	for _, check := range due {
		err = errors.Join(err, h.hear(ctx, h.beats[check], func(state *checker.BeatState, listening, now time.Time) []checker.Result {
			return h.beats[check].Pass(state, listening, now)
		}))
	}
	return err
}

// due lists the checks to look at now.
func (h *heartbeats) due(ctx context.Context) ([]string, error) {
	now := h.now()
	h.mu.Lock()
	defer h.mu.Unlock()
	// Wall clocks, because the other one may stand still in a sleep.
	if !h.ticked.IsZero() && now.Round(0).Sub(h.ticked.Round(0)) > beatAsleep {
		h.listening = now
		h.stale = true
	}
	h.ticked = now
	if h.stale {
		states, _, err := h.store.Heartbeats(ctx, now)
		if err != nil {
			return nil, err
		}
		clear(h.next)
		for check, state := range states {
			if beat := h.beats[check]; beat != nil {
				h.next[check] = beat.Next(&state, h.listening)
			}
		}
		h.stale = false
	}
	var due []string
	for check, next := range h.next {
		if !next.IsZero() && !now.Before(next) {
			due = append(due, check)
		}
	}
	return due, nil
}

// call takes one call. ErrNotFound: the heartbeat is not awaited any more.
func (h *heartbeats) call(ctx context.Context, beat *checker.Beat, call checker.BeatCall) error {
	return h.hear(ctx, beat, func(state *checker.BeatState, listening, now time.Time) []checker.Result {
		call.At = now
		return beat.Call(state, call, listening)
	})
}

// hear advances one heartbeat and submits what follows, in one transaction.
func (h *heartbeats) hear(ctx context.Context, beat *checker.Beat, advance func(state *checker.BeatState, listening, now time.Time) []checker.Result) error {
	h.mu.Lock()
	listening := h.listening
	h.mu.Unlock()
	check := beat.Check().ID
	var next time.Time
	rejected, err := h.engine.Hear(ctx, beat.Region(), func(ctx context.Context, tx incident.Tx, now time.Time) ([]checker.Result, error) {
		rows := tx.(*store.Tx)
		state, err := rows.Heartbeat(ctx, check)
		if err != nil {
			return nil, err
		}
		results := advance(&state, listening, now)
		next = beat.Next(&state, listening)
		return results, rows.SaveHeartbeat(ctx, check, &state)
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case errors.Is(err, store.ErrNotFound):
		delete(h.next, check) // it was revoked
		return err
	case err != nil:
		return fmt.Errorf("heartbeat %s: %w", check, err)
	}
	h.next[check] = next
	for _, r := range rejected {
		h.log.WarnContext(ctx, "the result of a heartbeat was not taken", "check", r.Check, "at", r.At, "reason", r.Reason)
	}
	return nil
}
