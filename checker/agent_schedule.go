package checker

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// entry is a check on its schedule.
type entry struct {
	check       Check
	kind        Kind
	invalid     string // why the check cannot be run at all; empty when it can
	fingerprint string
	times       timetable
	next        time.Time // when it is due; zero: never. The agent's lock guards it and place
	place       int       // in the queue
	blind       string    // why the last run could not tell; only the run that goes uses it
	showing     showing   // what was sent of the evidence; only the run that goes uses it
	gone        bool      // not in the plan any more; the memory's lock guards it

	mu      sync.Mutex
	stopped bool
	cancel  context.CancelFunc // of the run that is going; nil when none is
	asked   time.Time          // when somebody last had it run
}

// newEntry puts a check on its schedule. An error means that it has none; a
// check that cannot be run for another reason has one and says so each time.
func newEntry(check Check, spread time.Duration, zone *time.Location) (*entry, error) {
	times, err := timetableOf(check.Schedule, spread, zone)
	if err != nil {
		return nil, err
	}
	e := &entry{check: check, fingerprint: fingerprint(check), times: times}
	if e.kind, err = check.Kind(); err != nil {
		e.invalid = err.Error()
	}
	return e, nil
}

// fingerprint is equal for checks that are equal.
func fingerprint(check Check) string {
	document, err := json.Marshal(check)
	if err != nil { // only a value that JSON does not know, which is then told apart by its Go form
		return fmt.Sprintf("%#v", check)
	}
	return string(document)
}

// begin takes the place of a run. ok is false when the entry was stopped; free
// is false when the run before is still going, and then there is no run to
// end. cancel stops the run that begins.
func (e *entry) begin(cancel context.CancelFunc) (free, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stopped {
		return false, false
	}
	if e.cancel != nil {
		return false, true
	}
	e.cancel = cancel
	return true, true
}

// end makes way for the next run.
func (e *entry) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.cancel = nil
}

// stop ends the entry: the run that is going is cut off, none begins.
func (e *entry) stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stopped = true
	if e.cancel != nil {
		e.cancel()
	}
}

// queue are entries by when they are due, for container/heap; those that never
// are come last.
type queue []*entry

// Len implements heap.Interface.
func (q queue) Len() int { return len(q) }

// Less implements heap.Interface.
func (q queue) Less(i, j int) bool {
	if q[i].next.IsZero() || q[j].next.IsZero() {
		return !q[i].next.IsZero()
	}
	return q[i].next.Before(q[j].next)
}

// Swap implements heap.Interface.
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}

// Push implements heap.Interface.
func (q *queue) Push(x any) {
	e := x.(*entry)
	e.place = len(*q)
	*q = append(*q, e)
}

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	*q = (*q)[:last]
	return e
}
