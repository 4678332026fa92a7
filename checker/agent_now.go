package checker

import (
	"context"
	"errors"
	"time"
)

// NowEvery is how long lies between two runs of a check that somebody asked for.
const NowEvery = 5 * time.Second

// Why a run that somebody asked for does not begin.
var (
	ErrNotRun  = errors.New("the agent does not run this check")
	ErrRunning = errors.New("a run of it is going")
	ErrTooSoon = errors.New("it was run by hand a moment ago")
)

// RunNow begins a run of a check beside its schedule, and gives its time; its
// result goes the way of any other. It never overlaps another run of the check.
func (a *Agent) RunNow(check string) (time.Time, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e, base := a.entries[check], a.base
	if e == nil || base == nil || a.closing() {
		return time.Time{}, ErrNotRun
	}
	ctx, cancel := context.WithCancel(base)
	at := a.params.Now().UTC().Truncate(time.Millisecond)
	if err := e.beginNow(at, cancel); err != nil {
		cancel()
		return time.Time{}, err
	}
	a.runs.Go(func() {
		defer cancel()
		a.make(ctx, base, e, at, 0)
	})
	return at, nil
}

// beginNow takes the place of a run, as begin does. cancel stops it.
func (e *entry) beginNow(at time.Time, cancel context.CancelFunc) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.stopped:
		return ErrNotRun
	case e.cancel != nil:
		return ErrRunning
	case at.Sub(e.asked) < NowEvery:
		return ErrTooSoon
	}
	e.cancel, e.asked = cancel, at
	return nil
}
