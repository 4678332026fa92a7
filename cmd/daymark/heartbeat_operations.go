package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"daymark/access"
	"daymark/checker"
	"daymark/incident"
	"daymark/internal/expression"
	"daymark/store"
)

// heartbeatOrder is what a command asks of a heartbeat's addresses.
type heartbeatOrder struct {
	Check   string        `json:"check"`
	Overlap time.Duration `json:"overlap,omitempty"` // for how long the old address still works
}

// maxOverlap is how long an old address may work beside the new one.
const maxOverlap = 90 * 24 * time.Hour

// heartbeatCheck finds a heartbeat in the configuration.
func (o *operations) heartbeatCheck(id string) (*checker.Check, error) {
	var known []string
	for i := range o.doc.Components {
		for j := range o.doc.Components[i].Checks {
			check := &o.doc.Components[i].Checks[j]
			if check.Heartbeat == nil {
				continue
			}
			if check.ID == id {
				return check, nil
			}
			known = append(known, check.ID)
		}
	}
	hint := "it has none at all"
	if len(known) > 0 {
		hint = "it has " + strings.Join(known, ", ")
	}
	return nil, usageError{fmt.Errorf("there is no heartbeat %q in the configuration; %s", id, hint)}
}

// createHeartbeat gives a heartbeat its address, which is shown once. From now
// on its calls are awaited.
func (o *operations) createHeartbeat(ctx context.Context, order heartbeatOrder) (string, error) {
	return o.newAddress(ctx, order.Check, "heartbeat address created", func(ctx context.Context, tx *store.Tx, now time.Time) error {
		live, err := tx.HeartbeatTokens(ctx, now, order.Check)
		if err == nil && live > 0 {
			err = usageError{fmt.Errorf("the heartbeat %q has an address already: `daymark heartbeat rotate %s` gives it a new one", order.Check, order.Check)}
		}
		return err
	})
}

// rotateHeartbeat gives a heartbeat a new address; the old one works on for a while.
func (o *operations) rotateHeartbeat(ctx context.Context, order heartbeatOrder) (string, error) {
	if order.Overlap < 0 || order.Overlap > maxOverlap {
		return "", usageError{fmt.Errorf("the old address can work on for %s at most", expression.FormatDuration(maxOverlap))}
	}
	return o.newAddress(ctx, order.Check, "heartbeat address rotated", func(ctx context.Context, tx *store.Tx, now time.Time) error {
		ended, err := tx.EndHeartbeatTokens(ctx, now, order.Check, now.Add(order.Overlap))
		if err == nil && ended == 0 {
			err = usageError{fmt.Errorf("the heartbeat %q has no address yet: `daymark heartbeat create %s` gives it one", order.Check, order.Check)}
		}
		return err
	})
}

func (o *operations) newAddress(ctx context.Context, id, action string, before func(context.Context, *store.Tx, time.Time) error) (string, error) {
	check, err := o.heartbeatCheck(id)
	if err != nil {
		return "", err
	}
	token, hash := access.NewHeartbeatToken()
	err = o.doHeartbeat(ctx, action, id, func(ctx context.Context, tx *store.Tx, now time.Time) error {
		if err := before(ctx, tx, now); err != nil {
			return err
		}
		_, err := tx.Heartbeat(ctx, check.ID)
		if errors.Is(err, store.ErrNotFound) {
			state := checker.NewBeatState(now)
			err = tx.SaveHeartbeat(ctx, check.ID, &state)
		}
		if err != nil {
			return err
		}
		return tx.AddHeartbeatToken(ctx, now, hash, check.ID)
	})
	if err != nil {
		return "", err
	}
	return strings.TrimRight(o.doc.Page.URL, "/") + "/heartbeat/" + token, nil
}

// revokeHeartbeat ends all addresses of a heartbeat. Nothing can call any
// more, so it is not awaited, and how its job does is unknown.
func (o *operations) revokeHeartbeat(ctx context.Context, order heartbeatOrder) (int64, error) {
	var ended int64
	err := o.doHeartbeat(ctx, "heartbeat addresses revoked", order.Check, func(ctx context.Context, tx *store.Tx, now time.Time) (err error) {
		if ended, err = tx.EndHeartbeatTokens(ctx, now, order.Check, now); err != nil {
			return err
		}
		if ended == 0 {
			return usageError{fmt.Errorf("the heartbeat %q has no address that works", order.Check)}
		}
		return tx.DropHeartbeat(ctx, order.Check)
	})
	if err != nil {
		return 0, err
	}
	check, err := o.heartbeatCheck(order.Check)
	if err != nil {
		return ended, nil // it has left the configuration, and has no results any more
	}
	now := time.Now()
	_, err = o.engine.Submit(ctx, check.Regions[0], []checker.Result{{
		Check: check.ID, Region: check.Regions[0], At: now, Started: now, Attempts: 1,
		Outcome: checker.Unknown, Reason: "its addresses were revoked: nothing can call",
	}})
	return ended, err
}

// doHeartbeat is engine.Do for a heartbeat. What the user did wrong is told
// as it is.
func (o *operations) doHeartbeat(ctx context.Context, action, id string, fn func(context.Context, *store.Tx, time.Time) error) error {
	act := incident.Act{Actor: "command line", Action: action, Object: id}
	err := o.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, now time.Time) error { return fn(ctx, tx.(*store.Tx), now) })
	if wrong, ok := errors.AsType[usageError](err); ok {
		return wrong
	}
	if err == nil && o.heartbeats != nil {
		o.heartbeats.refresh()
	}
	return err
}

// heartbeatRow is one line of `daymark heartbeat list`.
type heartbeatRow struct {
	ID        string    `json:"id"`
	Component string    `json:"component"`
	Due       string    `json:"due"` // "every 1d" or the schedule
	Grace     string    `json:"grace"`
	Called    time.Time `json:"called"`    // zero: never
	Next      time.Time `json:"next"`      // by when a call is due; zero: it is not awaited
	Addresses int       `json:"addresses"` // that work
	Ends      time.Time `json:"ends"`      // when the first of several stops working
}

func (o *operations) listHeartbeats(ctx context.Context) ([]heartbeatRow, error) {
	states, tokens, err := o.core.store.Heartbeats(ctx, time.Now())
	if err != nil {
		return nil, err
	}
	beats, err := prepareBeats(o.doc, o.core.zone)
	if err != nil {
		return nil, err
	}
	rows := []heartbeatRow{}
	for id, beat := range beats {
		check := beat.Check()
		row := heartbeatRow{ID: id, Component: check.Component, Due: check.Heartbeat.Schedule, Grace: expression.FormatDuration(check.Heartbeat.Patience())}
		if row.Due == "" {
			row.Due = "every " + expression.FormatDuration(check.Heartbeat.Every)
		}
		if state, awaited := states[id]; awaited {
			row.Called, row.Next = state.Called, beat.Due(&state)
		}
		for _, token := range tokens {
			if token.Check == id {
				row.Addresses++
				if row.Ends.IsZero() {
					row.Ends = token.Ends
				}
			}
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b heartbeatRow) int { return strings.Compare(a.ID, b.ID) })
	return rows, nil
}

// controlHeartbeats lets the commands reach a running server.
func controlHeartbeats(mux *http.ServeMux, o *operations) {
	order := func(w http.ResponseWriter, r *http.Request) (order heartbeatOrder, ok bool) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4096))
		if err == nil {
			err = json.Unmarshal(body, &order)
		}
		if err != nil {
			answerControl(w, nil, err)
		}
		return order, err == nil
	}
	for path, do := range map[string]func(context.Context, heartbeatOrder) (any, error){
		"create": func(ctx context.Context, order heartbeatOrder) (any, error) { return o.createHeartbeat(ctx, order) },
		"rotate": func(ctx context.Context, order heartbeatOrder) (any, error) { return o.rotateHeartbeat(ctx, order) },
		"revoke": func(ctx context.Context, order heartbeatOrder) (any, error) { return o.revokeHeartbeat(ctx, order) },
		"list":   func(ctx context.Context, _ heartbeatOrder) (any, error) { return o.listHeartbeats(ctx) },
	} {
		mux.HandleFunc("POST /heartbeats/"+path, func(w http.ResponseWriter, r *http.Request) {
			if order, ok := order(w, r); ok {
				value, err := do(r.Context(), order)
				answerControl(w, value, err)
			}
		})
	}
}
