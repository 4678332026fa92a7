package browser

import "context"

// expects notes how long a run may take, and tells whether its Chromium is
// going to have another.
func (r *Runner) expects(ctx context.Context, e *engine) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if deadline, ok := ctx.Deadline(); ok && deadline.After(e.until) {
		e.until = deadline
	}
	return !r.closed && !e.retired && e.runs < r.options.RecycleAfter
}

// weigh looks at the memory of a Chromium whose last run has just ended, and
// retires it when it has grown too much since it was warm.
func (r *Runner) weigh(e *engine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.users != 1 || e.retired || e.runs < warmAfter || e.failed() {
		return
	}
	now, _ := memoryOf(e.process.pid)
	switch {
	case e.warm == 0:
		e.warm = now
	case now > growthTimes*e.warm && now-e.warm > r.options.growthLeast:
		r.options.Logger.Info("chromium has grown and is replaced",
			"megabytes", now>>20, "warm", e.warm>>20, "journeys", e.runs)
		r.retire(e)
	}
}
