package checker

import (
	"slices"
	"time"
)

const (
	// beatSteps bounds the due times that are walked through after a long
	// time without the server.
	beatSteps = 10_000
	// beatOld is how old a missed due time may be for the result to carry it.
	// Older results may not be taken any more.
	beatOld = 24 * time.Hour
	// beatAhead is how far a stored time may lie in the future before it is
	// taken for that of a clock that ran ahead.
	beatAhead = time.Minute
)

// Call advances the state by a call and gives the results that follow: what
// was missed before it, and what it tells of the end of a run. A start has no
// result. listening is the moment since which calls can reach us.
func (b *Beat) Call(state *BeatState, call BeatCall, listening time.Time) []Result {
	results := b.Pass(state, listening, call.At)
	state.Called = call.At
	if call.Signal == SignalStart {
		state.Base = b.settle(state.Base, call.At, true)
		return append(results, b.begin(state, call)...)
	}
	began, told := state.end(call)
	took := time.Duration(0)
	if told {
		took = max(call.At.Sub(began), 0)
	}
	state.Base = b.settle(state.Base, call.At, !told)
	result := b.judge(call, took)
	result.At = state.stamp(call.At, call.At)
	return append(results, result)
}

// Pass advances the state by the passing of time and gives the results that
// follow: a call that did not come, or a run that did not end, fails. Asking
// again changes nothing until the time that Next gives.
func (b *Beat) Pass(state *BeatState, listening, now time.Time) []Result {
	state.right(now, b.grace)
	var results []Result
	if due := b.Due(state); !due.IsZero() && !now.Before(b.deadline(due, listening)) {
		due = b.lastMissed(due, now)
		results = append(results, b.failed(state, due, now, b.missed(state, due, listening)))
		state.Base = due
		for i := range state.Runs {
			state.Runs[i].Told = state.Runs[i].Told || !state.Runs[i].Due.After(due)
		}
	}
	for i := range state.Runs {
		run := &state.Runs[i]
		if run.Told || run.Due.IsZero() || now.Before(b.deadline(run.Due, listening)) {
			continue
		}
		run.Told = true
		results = append(results, b.failed(state, run.Due, now, b.unended(*run)))
	}
	return results
}

// lastMissed gives the last of the due times from due on whose grace is over.
// There are several only when we were not there, and then one result tells of
// all of them.
func (b *Beat) lastMissed(due, now time.Time) time.Time {
	over := now.Add(-b.grace)
	if !over.After(due) {
		return due
	}
	if b.schedule == nil {
		return due.Add(over.Sub(due) / b.every * b.every)
	}
	for range beatSteps {
		next := b.after(due)
		if next.IsZero() || next.After(over) {
			return due
		}
		due = next
	}
	return over
}

// settle gives the base after a call. By period that is the call. By schedule
// a call settles what was waited for; where nothing was, one that may be early
// settles the next due time, if it is early by no more than the grace and
// nearer to it than to the one before. The end of a run whose start was told
// is never early.
func (b *Beat) settle(base, at time.Time, mayBeEarly bool) time.Time {
	if b.schedule == nil {
		return at
	}
	due := b.after(base)
	switch {
	case due.IsZero():
		return base
	case due.After(at):
		if early := due.Sub(at); mayBeEarly && early <= b.grace && early < at.Sub(base) {
			return due
		}
		return base
	}
	for range beatSteps {
		next := b.after(due)
		if next.IsZero() || next.After(at) {
			return due
		}
		due = next
	}
	return at
}

// failed makes the result of what did not come by its due time.
func (b *Beat) failed(state *BeatState, due, now time.Time, reason string) Result {
	at := due
	if now.Sub(due) > beatOld {
		at = now
	}
	return Result{
		Check: b.job.ID, Region: b.region, At: state.stamp(at, now), Started: now, Attempts: 1,
		Outcome: Failed, Reason: clip(reason, MaxReason),
	}
}

// judge makes the result of a run that ended.
func (b *Beat) judge(call BeatCall, took time.Duration) Result {
	code := call.ExitCode
	if call.Signal == SignalFail {
		code = 1
	}
	result := Result{Check: b.job.ID, Region: b.region, Started: call.At.Add(-took), Duration: took, Attempts: 1}
	b.job.Judge(HeartbeatFacts{ExitCode: code, Duration: took, Log: call.Log}, &result)
	switch {
	case call.Signal == SignalFail:
		result.Outcome, result.Reason = Failed, reported("it reported a failure", call.Log)
	case code != 0 && !b.speaks:
		result.Outcome, result.Reason = Failed, reported(exitWords(code), call.Log)
	case code != 0 && result.Outcome == Failed:
		result.Reason = clip(reported(result.Reason, call.Log), MaxReason)
	}
	if call.Log != "" {
		result.Evidence = []Evidence{{Name: "log.txt", MediaType: "text/plain; charset=utf-8", Data: []byte(call.Log)}}
	}
	return result
}

// begin remembers a run. A second start under one name, or without any, is
// the same start told again when it comes within the grace; later it means
// that the run before has not ended.
func (b *Beat) begin(state *BeatState, call BeatCall) []Result {
	var results []Result
	if i := state.find(call.Run); i >= 0 {
		run := state.Runs[i]
		if call.At.Sub(run.Began) <= b.grace && !run.Told {
			return nil
		}
		if !run.Told {
			results = append(results, b.failed(state, call.At, call.At, b.restarted(run, call.At)))
		}
		state.Runs = slices.Delete(state.Runs, i, i+1)
	}
	state.Runs = append(state.Runs, BeatRun{ID: call.Run, Began: call.At, Due: b.after(state.Base)})
	if extra := len(state.Runs) - maxBeatRuns; extra > 0 {
		state.Runs = slices.Delete(state.Runs, 0, extra)
	}
	return results
}

// end forgets the run that a call ends and gives its start, if that was told.
func (s *BeatState) end(call BeatCall) (began time.Time, told bool) {
	i := s.find(call.Run)
	if i < 0 {
		return time.Time{}, false
	}
	began = s.Runs[i].Began
	s.Runs = slices.Delete(s.Runs, i, i+1)
	return began, true
}

func (s *BeatState) find(run string) int {
	return slices.IndexFunc(s.Runs, func(r BeatRun) bool { return r.ID == run })
}

// stamp gives the time of a result: each is later than the one before, since
// check, region and time are its key.
func (s *BeatState) stamp(at, now time.Time) time.Time {
	if !at.After(s.Judged) {
		at = s.Judged.Add(time.Millisecond)
	}
	if at.After(now.Add(beatAhead)) {
		at = now
	}
	s.Judged = at
	return at
}

// right takes back what a clock that ran ahead has left.
func (s *BeatState) right(now time.Time, grace time.Duration) {
	if s.Base.After(now.Add(grace + beatAhead)) {
		s.Base = now
	}
	if s.Judged.After(now.Add(beatAhead)) {
		s.Judged = time.Time{}
	}
	for i := range s.Runs {
		if run := &s.Runs[i]; run.Began.After(now.Add(beatAhead)) {
			run.Began, run.Due = now, now.Add(max(run.Due.Sub(run.Began), 0))
		}
	}
}
