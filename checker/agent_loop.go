package checker

import (
	"container/heap"
	"context"
	"time"
)

// look is how long the loop sleeps at most, so that it sees when the clock was
// changed; changed is by how much a clock has to jump for that.
const (
	look    = time.Second
	changed = time.Second
)

// keepTime starts what is due until the agent closes.
func (a *Agent) keepTime(base context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	last, steady := a.params.Now().Round(0), time.Now()
	for {
		now := a.params.Now().Round(0) // the clock on the wall, which schedules go by
		passed := time.Since(steady)
		if jump := now.Sub(last) - passed; jump.Abs() > changed {
			a.params.Logger.Warn("the clock was changed, or the machine slept; what was due meanwhile is left out", "by", jump.Round(time.Millisecond))
			a.retime(now)
		}
		last, steady = now, steady.Add(passed)
		timer.Reset(min(a.startDue(base, now), look))
		select {
		case <-timer.C:
		case <-a.planned:
		case <-a.closed:
			return
		}
	}
}

// startDue starts all that is due and says how long nothing else is.
func (a *Agent) startDue(base context.Context, now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.queue) > 0 && !a.closing() {
		e := a.queue[0]
		if e.next.IsZero() || e.next.After(now) {
			break
		}
		at := e.next
		e.next = e.times.Next(at)
		if !e.next.IsZero() && !e.next.After(now) {
			// So late that another is due: of those that were missed none is
			// made up for.
			a.missed.Add(1)
			a.params.Logger.Debug("a run was left out: the next is due already", "check", e.check.ID, "at", at)
			e.next = e.times.Next(now)
		} else if a.params.Mine == nil || a.params.Mine(e.check.ID, at) {
			a.late.add(now.Sub(at))
			a.runs.Go(func() { a.start(base, e, at.UTC(), now.Sub(at)) }) // under the lock: Drain waits only after it has closed
		}
		heap.Fix(&a.queue, e.place)
	}
	if len(a.queue) == 0 || a.queue[0].next.IsZero() {
		return look
	}
	return a.queue[0].next.Sub(now)
}

// retime has every check wait for its next time from now on.
func (a *Agent) retime(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range a.queue {
		e.next = e.times.Next(now)
	}
	heap.Init(&a.queue)
}

// enqueue makes the queue of all entries; a.mu is held. One that was there
// before keeps the time that it waits for.
func (a *Agent) enqueue(now time.Time) {
	a.queue = a.queue[:0]
	for _, e := range a.entries {
		if e.next.IsZero() {
			e.next = e.times.Next(now)
		}
		e.place = len(a.queue)
		a.queue = append(a.queue, e)
	}
	heap.Init(&a.queue)
	select {
	case a.planned <- struct{}{}:
	default:
	}
}
