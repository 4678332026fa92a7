package checker

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"daymark/internal/pause"
)

// Runners finds the runner of each kind.
type Runners map[Kind]Runner

// For gives the runner of a kind. For a kind without one it is a runner whose
// results are `unknown` and say so.
func (r Runners) For(kind Kind) Runner {
	if runner := r[kind]; runner != nil {
		return runner
	}
	return absent(kind)
}

// absent stands for the runner of a kind that has none.
type absent Kind

// Run answers that nothing can be told.
func (a absent) Run(context.Context, *Job) Result {
	if Kind(a) == KindHeartbeat {
		return Result{Outcome: Unknown, Reason: "a heartbeat is not run but called: `daymark heartbeat list` tells when it last was"}
	}
	return Result{Outcome: Unknown, Reason: fmt.Sprintf("checks of kind %s do not work yet in this version", string(a))}
}

// maxStack bounds what is kept of a runner's panic.
const maxStack = 8_000

// RunOnce makes one run of a job: as many attempts as the check allows, each
// with its own time and a pause before the next, until one is ok or degraded;
// the last attempt is the result. It fills in Check, Started, Duration and Attempts. Region and At are
// the caller's. A runner that panics gives `unknown`, and so does a check
// whose environment variables are missing (see Expand). When ctx ends, no
// further attempt begins. now may be time.Now.
func RunOnce(ctx context.Context, runner Runner, job *Job, now func() time.Time) Result {
	started := now()
	result, attempts := Result{}, 0
	if job.missing != nil {
		result = Result{Outcome: Unknown, Reason: job.missing.Error()}
	}
	for job.missing == nil && attempts < job.Tries() {
		if attempts > 0 && pause.For(ctx, job.Between()) != nil {
			break
		}
		result = attempt(ctx, runner, job)
		attempts++
		if result.Outcome == OK || result.Outcome == Degraded || ctx.Err() != nil {
			break
		}
	}
	result.Check, result.Started, result.Attempts = job.ID, started, attempts
	result.Duration = max(now().Sub(started), 0)
	return result
}

// Patience gives how long a run within ctx may take, for sentences: the check's
// own timeout, or what ctx leaves where that is clearly another time. What a
// busy machine lost on the way here is no part of what the check allows.
func (j *Job) Patience(ctx context.Context) time.Duration {
	timeout := j.AttemptTimeout()
	deadline, bounded := ctx.Deadline()
	if !bounded {
		return timeout
	}
	left := max(time.Until(deadline), 0).Round(10 * time.Millisecond)
	if left <= timeout && left > timeout/2 {
		return timeout
	}
	return left
}

// attempt runs the job once, within its time and behind a net.
func attempt(ctx context.Context, runner Runner, job *Job) (result Result) {
	ctx, cancel := context.WithTimeout(ctx, job.AttemptTimeout())
	defer cancel()
	defer func() {
		if fallen := recover(); fallen != nil {
			stack := strings.ToValidUTF8(string(debug.Stack()), "")
			result = Result{
				Outcome:  Unknown,
				Reason:   clip(fmt.Sprintf("the agent's own code failed while it ran the check: %v", fallen), MaxReason),
				Evidence: []Evidence{{Name: "panic.txt", MediaType: "text/plain", Data: []byte(clip(stack, maxStack))}},
			}
		}
	}()
	result = runner.Run(ctx, job)
	if result.Outcome == "" {
		result.Outcome, result.Reason = Unknown, "the runner of kind "+string(job.Kind())+" gave no outcome"
	}
	return result
}
