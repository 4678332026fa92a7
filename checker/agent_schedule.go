package checker

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/robfig/cron/v3"
)

// entry is a check on its schedule. It is a cron.Schedule that notes each time
// it gives out, because cron starts a job without telling it which time it is
// for, and that time is the key of the run.
type entry struct {
	check       Check
	kind        Kind
	invalid     string // why the check cannot be run at all; empty when it can
	fingerprint string
	schedule    cron.Schedule
	blind       string  // why the last run could not tell; only the run that goes uses it
	showing     showing // what was sent of the evidence; only the run that goes uses it
	gone        bool    // not in the plan any more; the memory's lock guards it

	mu      sync.Mutex
	due     []time.Time // given out and not yet begun, oldest first
	next    time.Time   // the last that was given out, as it was given
	resumed bool        // the loop is a new one, which asks for what the old one knew
	stopped bool
	cancel  context.CancelFunc // of the run that is going; nil when none is
	asked   time.Time          // when somebody last had it run
}

// newEntry puts a check on its schedule. An error means that it has none; a
// check that cannot be run for another reason has one and says so each time.
func newEntry(check Check) (*entry, error) {
	schedule, err := ParseSchedule(check.Schedule)
	if err != nil {
		return nil, err
	}
	e := &entry{check: check, fingerprint: fingerprint(check), schedule: schedule}
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

// Next implements cron.Schedule. The loop asks once after each start and once
// when it begins, so what is given out and what is started stay in step.
func (e *entry) Next(now time.Time) time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.resumed {
		e.resumed = false
		if !e.next.IsZero() {
			return e.next
		}
	}
	e.next = e.schedule.Next(now)
	if !e.next.IsZero() {
		e.due = append(e.due, e.next.Truncate(time.Millisecond).UTC())
	}
	return e.next
}

// resume has the next loop go on where the one that was stopped stood. A loop
// that is stopped between runs has always been told of one time that it has
// not started.
func (e *entry) resume() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.resumed = true
}

// begin takes the oldest time that is due. It is false when there is none or
// the entry was stopped. free is false when the run before is still going;
// then there is no run to end. cancel stops the run that begins.
func (e *entry) begin(cancel context.CancelFunc) (at time.Time, free, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stopped || len(e.due) == 0 {
		return time.Time{}, false, false
	}
	at = e.due[0]
	e.due = slices.Delete(e.due, 0, 1)
	if e.cancel != nil {
		return at, false, true
	}
	e.cancel = cancel
	return at, true, true
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
