package browser

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"daymark/checker"
	"daymark/internal/redact"
)

// journey is one run of one job.
type journey struct {
	options *Options
	process *process
	rooms   *rooms
	another bool // one more run is to come in this Chromium
	job     *checker.Job
	tab     *tab
	result  checker.Result
	secrets []string // what went into password fields
	uploads []string // directories of files that were uploaded
	spent   time.Duration

	began    time.Time
	crashed  bool // the page's process did
	broke    bool // a step failed, the last of those timed
	measured *checker.BrowserFacts
	view     view
	shots    []shot
	harNote  string // how much of the requests is kept as an archive
}

const (
	evidenceWithin = 3 * time.Second // after the time is up, for a look at the page
	settleWithin   = 5 * time.Second // after the last step, for the page to finish loading
)

// run goes through the steps, then judges; it never returns an empty outcome.
func (j *journey) run(ctx context.Context) checker.Result {
	j.began = time.Now()
	steps, end := context.WithCancelCause(ctx)
	defer end(nil)
	width, height, err := viewport(j.job.Browser.Viewport)
	if err != nil {
		return j.finish(unknown("%v", err))
	}
	own, err := j.rooms.take(ctx)
	if err != nil {
		return j.finish(j.explain(ctx, unknown("Chromium did not open a page: %v", err), nil))
	}
	own.tidy = j.removeUploads
	defer j.rooms.leave(own)
	j.tab = own.tab
	if err := own.enter(j.origins(), width, height, func(f *fault) { end(f) }); err != nil {
		return j.finish(j.explain(ctx, unknown("Chromium did not prepare a page: %v", err), nil))
	}
	if j.another {
		j.rooms.prepare()
	}
	// Commands carry the tab in their context and end with the run.
	work, stop := context.WithCancelCause(j.tab.ctx)
	defer stop(nil)
	defer context.AfterFunc(steps, func() { stop(context.Cause(steps)) })()
	j.tab.answer(func() { j.tab.weigh(work) })

	if j.options.Trace {
		if err := j.tab.tracer.begin(work); err != nil {
			return j.finish(j.explain(ctx, unknown("%v", err), context.Cause(work)))
		}
	}
	for i := range j.job.Browser.Steps {
		if f := j.step(ctx, work, i); f != nil {
			return j.finish(f)
		}
	}
	facts, err := j.facts(ctx, work)
	if err != nil {
		return j.finish(j.explain(ctx, unknown("measure the page: %v", err), context.Cause(work)))
	}
	j.job.Judge(facts, &j.result)
	j.result.Latency, j.measured = j.spent, &facts
	most := maxPicture
	if j.result.Outcome == checker.OK {
		most = calmPicture
	}
	look, cancel := context.WithTimeout(j.tab.ctx, j.options.evidenceWithin)
	defer cancel()
	j.look(look, "", most)
	return j.finish(nil)
}

// origins are where the top page may go.
func (j *journey) origins() map[string]bool {
	all := map[string]bool{}
	add := func(address string) {
		if origin, err := originOf(address); err == nil { // Validate has seen them
			all[origin] = true
		}
	}
	for _, step := range j.job.Browser.Steps {
		if step.Open != "" {
			add(step.Open)
		}
	}
	for _, origin := range j.job.Browser.AllowOrigins {
		add(origin)
	}
	return all
}

// step runs one step, times it, and on a fault completes its reason.
func (j *journey) step(ctx, work context.Context, i int) *fault {
	step := &j.job.Browser.Steps[i]
	name := fmt.Sprintf("step %d, %s", i+1, title(step, veil{j.redact}))
	began := time.Now()
	err := j.do(work, step)
	if cause := context.Cause(work); cause != nil && err != nil {
		err = waited(err, cause)
	}
	took := time.Since(began)
	j.spent += took
	j.result.Timings = append(j.result.Timings, checker.Timing{Name: clip(j.redact(name), 120), Duration: took})
	if err == nil {
		j.stepPicture(i + 1)
		return nil
	}
	j.broke = true
	var f *fault
	switch {
	case errors.As(err, &f):
	case errors.Is(err, context.DeadlineExceeded), errors.Is(ctx.Err(), context.DeadlineExceeded):
		f = failed("%s %s", j.tab.watch.pending("not done"), within(took))
	default:
		f = unknown("%v", err)
	}
	f = j.explain(ctx, f, context.Cause(work))
	about := ""
	if f.outcome == checker.Failed {
		about = j.evidence(ctx, step)
	}
	return &fault{outcome: f.outcome, reason: name + ": " + f.reason + about}
}

// waited prefers the reason that ended the run to the error that this end
// made of the step; a step's own words stay.
func waited(err, cause error) error {
	var own *fault
	if errors.As(cause, &own) || !errors.As(err, &own) {
		return cause
	}
	return err
}

// explain looks behind a fault: what Chromium's own end made of a step is not
// the target's doing.
func (j *journey) explain(ctx context.Context, f *fault, cause error) *fault {
	var refusal *fault
	switch {
	case j.process.swollen.Load():
		return unknown("%s", j.process.tooMuch(j.options))
	case j.process.ended():
		return unknown("Chromium ended during the run")
	case errors.As(cause, &refusal):
		j.crashed = refusal.crash
		return refusal
	case errors.Is(ctx.Err(), context.Canceled):
		return unknown("the run was cancelled")
	}
	if f.outcome == checker.Failed {
		// A page that cannot reach its own origins because of us proves nothing.
		for origin := range j.tab.origins {
			cause := j.tab.proxy.why(origin)
			if guarded, ok := errors.AsType[*refused](cause); ok {
				return unknown("%s; %v", f.reason, guarded)
			}
			if cause == nil {
				continue
			}
			if own := unreachable(origin, "", cause); own.outcome == checker.Unknown {
				return unknown("%s; %s", f.reason, own.reason)
			}
		}
	}
	return f
}

// evidence looks at the page after a failed step, in a little time of its own
// since the attempt's may be over, and gives what to add to the reason.
func (j *journey) evidence(ctx context.Context, step *checker.BrowserStep) string {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ""
	}
	own, cancel := context.WithTimeout(j.tab.ctx, j.options.evidenceWithin)
	defer cancel()
	if j.tab.watch.pending("") != "" {
		// Chromium keeps questions until a page on its way is there. If it does
		// not stop there is no evidence, which is no fault of the step.
		_, _ = chromedp.Call(own, page.StopLoading, cdp.Empty{})
	}
	about := j.about(own, step)
	j.look(own, wantedBy(step), maxPicture)
	j.stepPicture(len(j.result.Timings))
	return about
}

// about says what the page was when a step failed.
func (j *journey) about(ctx context.Context, step *checker.BrowserStep) string {
	var shown struct{ URL, Title, Alerts string }
	var parts []string
	// Without an answer the reason does without the page.
	if err := j.tab.call(ctx, &shown, "(globalThis.daymark?.about ?? Object)"); err == nil && strings.HasPrefix(shown.URL, "http") {
		j.view.url, j.view.title = shown.URL, clip(shown.Title, 200)
		at := "the page is " + clip(veil{j.redact}.address(shown.URL), 200)
		if shown.Title != "" {
			at += fmt.Sprintf(" %q", clip(shown.Title, 100))
		}
		if step.Open == "" {
			parts = append(parts, at)
		}
		if shown.Alerts != "" {
			parts = append(parts, fmt.Sprintf("it says %q", shown.Alerts))
		}
	}
	j.tab.watch.mu.Lock()
	defer j.tab.watch.mu.Unlock()
	if j.tab.watch.status >= 400 && step.Open == "" {
		parts = append(parts, fmt.Sprintf("it was answered with status %d", j.tab.watch.status))
	}
	if j.tab.watch.firstError != "" {
		parts = append(parts, fmt.Sprintf("its console says %q", j.tab.watch.firstError))
	}
	parts = append(parts, j.tab.watch.notes...)
	if len(parts) == 0 {
		return ""
	}
	return "; " + strings.Join(parts, "; ")
}

// redact hides configured secrets, the agent's own, and what was typed into
// password fields.
func (j *journey) redact(text string) string {
	return j.options.Redact(redact.New(append(variants(j.secrets), j.job.Secrets...)...).String(text))
}

// finish puts the fault, if any, into the result.
func (j *journey) finish(f *fault) checker.Result {
	if f != nil {
		j.result.Outcome, j.result.Reason = f.outcome, f.reason
	}
	j.result.Reason = clip(j.redact(j.result.Reason), checker.MaxReason)
	for i := range j.result.Expectations {
		j.result.Expectations[i].Actual = j.redact(j.result.Expectations[i].Actual)
	}
	for i := range j.result.Warnings {
		j.result.Warnings[i] = j.redact(j.result.Warnings[i])
	}
	j.attach()
	j.traceEvidence()
	return j.result
}
