package checker

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/robfig/cron/v3"
)

// DefaultBeatGrace is how late a call may be where the check does not say.
const DefaultBeatGrace = 5 * time.Minute

// Patience is how late a call may be.
func (h *Heartbeat) Patience() time.Duration {
	if h.Grace > 0 {
		return h.Grace
	}
	return DefaultBeatGrace
}

// LongestGap gives the longest time between two calls that are due; errors
// are those of the schedule.
func (h *Heartbeat) LongestGap() (time.Duration, error) {
	if h.Schedule == "" {
		return h.Every, nil
	}
	return LongestGap(h.Schedule)
}

// Signal is what a call says of a run of the job.
type Signal string

// The signals.
const (
	SignalStart Signal = "start" // it began
	SignalEnd   Signal = "end"   // it ended, with an exit code
	SignalFail  Signal = "fail"  // it failed, and has no exit code to tell
)

// BeatCall is one call of a heartbeat's address.
type BeatCall struct {
	At       time.Time // whole milliseconds, UTC
	Signal   Signal
	ExitCode int    // with SignalEnd; 0 is a success
	Run      string // the caller's name for the run, so that runs may overlap; may be empty
	Log      string // tidied, the secrets taken out: see TidyLog
}

// BeatState is what has to be known between two calls. It is small, and kept
// in the database with the results that followed from it.
type BeatState struct {
	Since  time.Time `json:"since"`  // when a call was first awaited
	Base   time.Time `json:"base"`   // the next due time follows from this one
	Called time.Time `json:"called"` // the last call of any signal; zero: never
	Judged time.Time `json:"judged"` // the time of the latest result; zero: none
	Runs   []BeatRun `json:"runs"`   // told as begun and not as ended, oldest first
}

// BeatRun is a run that was told as begun.
type BeatRun struct {
	ID    string    `json:"id,omitempty"`
	Began time.Time `json:"began"`
	Due   time.Time `json:"due"`            // by when it has to end, but for the grace: the due time after its start
	Told  bool      `json:"told,omitempty"` // a result has said that it does not end
}

// maxBeatRuns bounds the runs that are remembered; the oldest are forgotten.
const maxBeatRuns = 20

// NewBeatState is the state of a heartbeat that is awaited from now on.
func NewBeatState(now time.Time) BeatState { return BeatState{Since: now, Base: now} }

// Beat is a heartbeat check made ready: its schedule read, its expressions
// compiled. Its rules read no clock, and it is safe for concurrent use.
type Beat struct {
	job      *Job
	region   string
	every    time.Duration // 0: by schedule
	schedule cron.Schedule // nil: by period
	grace    time.Duration
	zone     *time.Location
	speaks   bool // an expectation speaks of exit_code, so no code fails by itself
}

// PrepareBeat makes a heartbeat ready. Its results are of the check's first
// region; a schedule without a zone of its own is in the given one.
func PrepareBeat(check Check, zone *time.Location) (*Beat, error) {
	job, err := Prepare(check)
	if err != nil {
		return nil, err
	}
	if job.kind != KindHeartbeat {
		return nil, fmt.Errorf("check %s is no heartbeat", check.ID)
	}
	if len(check.Regions) == 0 {
		return nil, fmt.Errorf("check %s: a heartbeat needs a region", check.ID)
	}
	b := &Beat{job: job, region: check.Regions[0], every: check.Heartbeat.Every, grace: check.Heartbeat.Patience(), zone: zone}
	switch {
	case check.Heartbeat.Schedule != "":
		if b.schedule, err = ParseSchedule(check.Heartbeat.Schedule); err != nil {
			return nil, fmt.Errorf("check %s: %w", check.ID, err)
		}
	case b.every <= 0:
		return nil, fmt.Errorf("check %s: %w", check.ID, errors.New("a heartbeat needs every or schedule"))
	}
	if len(check.Expect) > 0 {
		for _, rule := range job.rules {
			b.speaks = b.speaks || rule.effect == effectExpect && slices.Contains(rule.program.Facts(), "exit_code")
		}
	}
	return b, nil
}

// Check gives the check.
func (b *Beat) Check() *Check { return &b.job.Check }

// Region gives the region of the results.
func (b *Beat) Region() string { return b.region }

// Due gives the time by which the next call is due; zero: never. It may be
// late by the grace.
func (b *Beat) Due(state *BeatState) time.Time { return b.after(state.Base) }

// after gives the due time that follows a moment.
func (b *Beat) after(at time.Time) time.Time {
	if b.schedule == nil {
		return at.Add(b.every)
	}
	next := b.schedule.Next(at.In(b.zone))
	if next.IsZero() {
		return next
	}
	return next.UTC()
}

// deadline gives when a due time is missed: after the grace, of which all has
// to be time in which calls could reach us.
func (b *Beat) deadline(due, listening time.Time) time.Time {
	if listening.After(due) {
		due = listening
	}
	return due.Add(b.grace)
}

// Next gives when Pass has to be asked at the latest; zero: never. listening
// is the moment since which calls can reach us.
func (b *Beat) Next(state *BeatState, listening time.Time) time.Time {
	var next time.Time
	sooner := func(due time.Time) {
		if due.IsZero() {
			return
		}
		if at := b.deadline(due, listening); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	sooner(b.Due(state))
	for _, run := range state.Runs {
		if !run.Told {
			sooner(run.Due)
		}
	}
	return next
}
