package incident

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"time"
)

// Incident is one cause that users notice, from its first failure to its end.
// Zero times mean "not yet".
type Incident struct {
	ID         string
	Check      string // whose warning it is; empty: components fail
	Name       string // what users notice: "Sign in is not available"
	Phase      Phase
	Severity   Severity
	Reason     string    // why it has this severity, for people
	Worst      Severity  // the worst that it reached
	Since      time.Time // the first failure
	Opened     time.Time
	Updated    time.Time // the last change of any kind
	Monitoring time.Time // when it last went to monitoring
	Resolved   time.Time
	CleanSince time.Time   // all affected components work since
	EaseSince  time.Time   // the facts give a better severity since
	Turns      []time.Time // when its components lately went from working to failing, or back
	Affected   []Affected
	Updates    []Update  // oldest first
	Promise    *Promise  // the clock that runs: when the next update is due
	Clocks     []Promise // the others that run: acknowledge, resolve
	Care       Care      // what staff do with it; never public
}

// Affected is one component of an incident.
type Affected struct {
	Component string
	Status    Status // now, or at the end of the incident
	Worst     Status
	From      time.Time
	Until     time.Time // zero while it lasts
}

// UpdateKind says why an update was written.
type UpdateKind string

// The kinds of update.
const (
	Opened   UpdateKind = "opened"
	Reopened UpdateKind = "reopened"
	Worsened UpdateKind = "worsened"
	Progress UpdateKind = "progress" // the promised word
	Ended    UpdateKind = "ended"
)

// Update is a public message on an incident.
type Update struct {
	ID       string
	Incident string
	Number   int // from 1
	Kind     UpdateKind
	Phase    Phase
	Severity Severity
	At       time.Time
	Text     string           // in the page's first language
	Findings []Finding        // what Text says, where Daymark wrote it
	Auto     bool             // written by Daymark from what it measured
	By       string           // the person who wrote it, for staff alone; "" where Daymark did
	Edited   time.Time        // when its text was last put right; zero: never
	Promised time.Time        // when it was owed by; zero: not promised
	NextBy   time.Time        // when the next one is promised; zero: none is
	Changes  []AffectedChange // every component attached at that moment
	Channels []string         // who is told besides the page: email, sms, webhook, chat
}

// AffectedChange is a component's status before and after an update.
type AffectedChange struct {
	Component string `json:"component"`
	Old       Status `json:"old"`
	New       Status `json:"new"`
}

// Promise is a due time that the SLA gives: one stored clock. Of an incident's
// words at most one runs (Ended is zero) at any time, and one of each other
// kind.
type Promise struct {
	Incident string
	Kind     PromiseKind
	Made     time.Time
	Due      time.Time
	Nudged   time.Time // when the Lead was reminded of it
	Ended    time.Time // when the update came, or the incident ended
	How      Ending    // how it ended
}

// PromiseKind names what is promised.
type PromiseKind string

// The promises that Daymark keeps now.
const (
	FirstWord    PromiseKind = "first"
	NextUpdate   PromiseKind = "update"
	Acknowledged PromiseKind = "acknowledge"
	Restored     PromiseKind = "resolve"
)

// Words says whether it is a public word that is promised.
func (k PromiseKind) Words() bool { return k == FirstWord || k == NextUpdate }

// Ending says how a clock ended.
type Ending string

// The endings. A clock that was replaced or called off before its due time is
// neither kept nor broken.
const (
	ByPerson Ending = "person"
	ByFacts  Ending = "facts"    // Daymark published, or everything worked again
	Replaced Ending = "replaced" // by a due time that is earlier
	Over     Ending = "over"     // nothing was left to keep: the incident ended, or became another's
)

// Kept says whether the promise ended at or before its due time.
func (p *Promise) Kept() bool { return !p.Ended.IsZero() && !p.Ended.After(p.Due) }

// PromiseState is how a promise stands, or what became of it.
type PromiseState string

// The states of a promise.
const (
	PromiseRuns      PromiseState = "running"
	PromiseLate      PromiseState = "late" // it is due, and runs still
	PromiseKept      PromiseState = "kept"
	PromiseBroken    PromiseState = "broken"
	PromiseCalledOff PromiseState = "called_off" // before its due time: neither kept nor broken
)

// State says how the promise stands at a moment.
func (p *Promise) State(now time.Time) PromiseState {
	switch {
	case p.Ended.IsZero() && now.After(p.Due):
		return PromiseLate
	case p.Ended.IsZero():
		return PromiseRuns
	case !p.Kept():
		return PromiseBroken
	case p.How == Replaced || p.How == Over:
		return PromiseCalledOff
	}
	return PromiseKept
}

// Open says whether the incident is not over.
func (i *Incident) Open() bool { return i.Phase != Resolved }

// Public says whether visitors see the incident: P4 alone is for staff.
func (i *Incident) Public() bool { return i.Worst != 0 && i.Worst != P4 && !i.Warns() }

// Warns says whether the incident is a check's warning: nothing fails, its
// component's status stays as it is, and it is never public.
func (i *Incident) Warns() bool { return i.Check != "" }

// Affects says whether the incident is about a component.
func (i *Incident) Affects(component string) bool {
	return slices.ContainsFunc(i.Affected, func(a Affected) bool { return a.Component == component })
}

// thisTime lists what is or was affected since the incident last began: one
// that was reopened says nothing of what was over before. The end of one that
// is over is no such end.
func (i *Incident) thisTime() []Affected {
	ended := i.Care.WasOver
	for _, u := range i.Updates {
		if u.Kind == Ended && (i.Open() || u.At.Before(i.Resolved)) {
			ended = later(ended, u.At)
		}
	}
	return slices.DeleteFunc(slices.Clone(i.Affected), func(a Affected) bool { return !a.Until.IsZero() && !a.Until.After(ended) })
}

// Clone copies the incident, so that a decision holds what it was then.
func (i *Incident) Clone() Incident {
	c := *i
	c.Affected = slices.Clone(i.Affected)
	c.Updates = slices.Clone(i.Updates)
	c.Turns = slices.Clone(i.Turns)
	c.Clocks = slices.Clone(i.Clocks)
	c.Care = i.Care.clone()
	if i.Promise != nil {
		p := *i.Promise
		c.Promise = &p
	}
	return c
}

// newID gives 12 characters [a-z0-9] that sort by time and are the same for
// the same time and name.
func newID(at time.Time, name string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never fails, by its contract
	return fmt.Sprintf("%08s%04s", strconv.FormatInt(at.UnixMilli(), 36), strconv.FormatInt(int64(h.Sum32()%(36*36*36*36)), 36))
}
