package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"daymark/notify"
	"daymark/store"
)

// stuckAfter is how long a message may be due without being begun before
// Daymark counts as not well.
const stuckAfter = 10 * time.Minute

// startSelfCare runs what watches whether messages arrive, and what tells
// others that Daymark is there.
func (a *app) startSelfCare(ctx context.Context) error {
	canary, watchdog := a.doc.Notify.Canary, a.doc.Notify.Watchdog
	if canary.Email != "" || canary.Phone != "" {
		canaries, err := a.newCanaries(canary)
		if err != nil {
			return err
		}
		a.spawn(ctx, "the canary of messages", forever(canaries.Run))
	}
	if watchdog.URL != "" {
		guard, err := guardOf(a.doc.Agents.Private)
		if err != nil {
			return err
		}
		caller := notify.NewWatchdogCaller(notify.WatchdogCallerOptions{Watchdog: watchdog, Well: a.well, Control: guard.Control, Logger: a.log})
		a.spawn(ctx, "the watchdog", forever(caller.Run))
	}
	return nil
}

func (a *app) newCanaries(canary notify.Canary) (*notify.Canaries, error) {
	if a.sender == nil {
		return nil, errors.New("the canary has nothing to fly by: notify.email and notify.sms are empty")
	}
	arrival, err := a.arrivals(canary)
	if err != nil {
		return nil, err
	}
	return notify.NewCanaries(notify.CanariesOptions{
		Arrival: arrival, Canary: canary, Book: store.Canaries{Store: a.store}, Staff: a.staff, Watched: a.now(), Now: a.now, Wake: a.sender.Wake, Logger: a.log,
		Notice: func(at time.Time) *notify.Notice {
			n := trialNotice(a.doc, a.zone, at)
			n.Title, n.Why = "Canary of "+at.In(a.zone).Format("15:04:05"), "You get this because the configuration sends canaries here (notify.canary)."
			return n
		},
	})
}

// well says why Daymark cannot do its work: it cannot write, its timers do not
// run, or messages lie there.
func (a *app) well(ctx context.Context) error {
	if err := a.ready(ctx); err != nil {
		return err
	}
	return a.lies(ctx, a.now())
}

// lies says that messages lie there, which somebody should have begun to send.
func (a *app) lies(ctx context.Context, now time.Time) error {
	due, err := a.store.LongestDue(ctx, a.channels)
	if err != nil {
		return fmt.Errorf("the outbox cannot be read: %w", err)
	}
	if late := now.Sub(due); !due.IsZero() && late > stuckAfter {
		return fmt.Errorf("messages have been due for %s", late.Round(time.Minute))
	}
	return nil
}
