package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"daymark/checker"
)

// slice is how long one call into the page looks before it answers; a page
// that changes answers sooner.
const slice = time.Second

// do runs one step until it is done or ctx ends. Its error is a *fault where
// the step can say what is wrong.
func (j *journey) do(ctx context.Context, step *checker.BrowserStep) error {
	switch {
	case step.Open != "":
		return j.open(ctx, step.Open)
	case step.Fill != nil:
		return j.fill(ctx, step.Fill)
	case step.Click != "":
		return j.click(ctx, step.Click)
	case step.Press != "":
		return j.press(ctx, step.Press)
	case step.Select != nil:
		return j.choose(ctx, step.Select)
	case step.Upload != nil:
		return j.upload(ctx, step.Upload)
	case step.Hover != "":
		at, _, err := j.locate(ctx, "hover", step.Hover)
		if err != nil {
			return err
		}
		return mouse(ctx, at, input.DispatchMouseEventTypeMouseMoved)
	case step.Wait != 0:
		return pause(ctx, step.Wait)
	case step.See != "":
		return j.see(ctx, step.See, true)
	case step.NotSee != "":
		return j.see(ctx, step.NotSee, false)
	case step.Expect != nil:
		return j.expect(ctx, step.Expect)
	case step.Screenshot != "":
		return j.shoot(ctx, step.Screenshot)
	}
	return unknown("this kind of step is not supported")
}

const (
	aborted   = "net::ERR_ABORTED"
	crashSays = 500 * time.Millisecond
)

// open goes to an address and waits until its document is there.
func (j *journey) open(ctx context.Context, address string) error {
	began := time.Now()
	gone, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: address})
	if err != nil {
		return j.late(ctx, err, began, "no answer")
	}
	if gone.ErrorText == aborted {
		// A crash aborts the page on its way, and Chromium tells of it after that.
		_ = pause(ctx, crashSays) // however it ends, the step is judged below
	}
	if gone.ErrorText != "" {
		j.tab.watch.mu.Lock()
		target := j.tab.watch.target // after redirects
		j.tab.watch.mu.Unlock()
		if target == "" {
			target = address
		}
		return unreachable(target, gone.ErrorText, j.tab.proxy.why(target))
	}
	var ready answer
	for !ready.Done {
		if err := j.tab.call(ctx, &ready, "daymark.ready", slice.Milliseconds()); err != nil {
			return j.late(ctx, err, began, "the page did not finish loading")
		}
	}
	j.tab.watch.mu.Lock()
	defer j.tab.watch.mu.Unlock()
	if status := j.tab.watch.status; status >= 400 {
		return failed("answered with status %d", status)
	}
	return nil
}

// late words an error that the end of the time made.
func (j *journey) late(ctx context.Context, err error, began time.Time, what string) error {
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return failed("%s %s", j.tab.watch.pending(what), within(time.Since(began)))
	}
	return err
}

func (j *journey) see(ctx context.Context, wanted string, want bool) error {
	began := time.Now()
	what := "not on the page"
	if !want {
		what = "still on the page"
	}
	for {
		now, err := j.seen(ctx, wanted, want)
		if err != nil {
			return j.late(ctx, err, began, what)
		}
		if now.Why == "selector" {
			return unknown("the selector cannot be read: %s", now.By)
		}
		if now.Done {
			return nil
		}
	}
}

// seen looks once whether a text is there, or not there, on the whole page.
func (j *journey) seen(ctx context.Context, wanted string, want bool) (answer, error) {
	if !j.tab.framed() {
		var now answer
		err := j.tab.call(ctx, &now, "daymark.see", wanted, want, slice.Milliseconds())
		return now, err
	}
	whole := answer{Done: !want}
	err := j.tab.each(ctx, "daymark.see", []any{wanted, want, 0}, func(_ *place, now answer) {
		switch {
		case now.Why == "selector":
			whole = now
		case whole.Why == "selector":
		case want:
			whole.Done = whole.Done || now.Done
		default:
			whole.Done = whole.Done && now.Done
		}
	})
	if err == nil && !whole.Done {
		err = pause(ctx, 50*time.Millisecond)
	}
	return whole, err
}

// expect evaluates a script in the page's own world until its value is the
// wanted one.
func (j *journey) expect(ctx context.Context, wanted *checker.ScriptExpect) error {
	want, err := plain(wanted.Is)
	if err != nil {
		return unknown("the wanted value cannot be compared: %v", err)
	}
	began, saw := time.Now(), "it gave no value"
	for {
		var actual any
		var exception *thrown
		err := evaluate(ctx, j.tab.top.to, runtime.EvaluateParams{Expression: wanted.Script}, &actual)
		switch {
		case err == nil && reflect.DeepEqual(actual, want):
			return nil
		case err == nil:
			saw = fmt.Sprintf("it was %s, not %s", brief(actual), brief(want))
		case errors.As(err, &exception):
			saw = "it threw " + clip(exception.text, 200)
		case !passing(err):
			return j.late(ctx, err, began, saw)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return j.late(ctx, err, began, saw)
		}
	}
}

// plain turns a value of the configuration into what JSON makes of it, so that
// numbers compare whatever their type.
func plain(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var same any
	return same, json.Unmarshal(text, &same)
}

func brief(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return clip(string(text), 200)
}
