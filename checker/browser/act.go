package browser

import (
	"context"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"daymark/checker"
)

// answer is what script/find.js says of an element.
type answer struct {
	Done, Set, Secret, Filled bool
	Why, By                   string
	X, Y                      float64
	Rank, Count               int // how sure the name is, least best; how many are as good
}

// locate waits until an element can be used, and says where on the page it is
// and in which document.
func (j *journey) locate(ctx context.Context, kind, wanted string) (answer, *place, error) {
	began := time.Now()
	last := answer{Why: "missing"}
	for {
		now, at, err := j.glance(ctx, kind, wanted)
		if err != nil {
			return now, nil, j.late(ctx, err, began, obstacle(kind, last))
		}
		if now.Why == "selector" {
			return now, nil, unknown("the selector cannot be read: %s", now.By)
		}
		if now.Done {
			if now.Count > 1 {
				j.ambiguous(wanted, now.Count)
			}
			return now, at, nil
		}
		last = now
	}
}

// glance looks once: for a while on a page of one document, for a moment in
// each where there are several.
func (j *journey) glance(ctx context.Context, kind, wanted string) (answer, *place, error) {
	if !j.tab.framed() {
		var now answer
		err := j.tab.call(ctx, &now, "daymark.locate", kind, wanted, slice.Milliseconds())
		return now, j.tab.top, err
	}
	best, at := answer{Why: "missing"}, (*place)(nil)
	better := func(now answer) bool {
		if now.Done != best.Done {
			return now.Done
		}
		if now.Done {
			return now.Rank < best.Rank
		}
		return best.Why == "missing" && now.Why != "missing"
	}
	err := j.tab.each(ctx, "daymark.locate", []any{kind, wanted, 0}, func(here *place, now answer) {
		if now.Why == "selector" || best.Why != "selector" && better(now) {
			best, at = now, here
		}
	})
	if err == nil && best.Done && best.Why == "" && kind != "file" {
		var seen answer
		if seen, err = j.tab.outward(ctx, at, best); err == nil && seen.Why != "" {
			best.Done, best.Why, best.By = false, seen.Why, seen.By
		}
		best.X, best.Y = seen.X, seen.Y
	}
	if err == nil && !best.Done {
		err = pause(ctx, 50*time.Millisecond)
	}
	return best, at, err
}

// ambiguous remembers that a name was not enough, which matters when the
// journey fails later.
func (j *journey) ambiguous(wanted string, count int) {
	j.tab.watch.note(fmt.Sprintf("step %d used the first of %d named %q", len(j.result.Timings)+1, count, clip(wanted, 80)))
}

// obstacle says why an element could not be used.
func obstacle(kind string, last answer) string {
	what := map[string]string{"field": "field of that name", "click": "button or link of that name", "file": "field for files of that name"}[kind]
	if what == "" {
		what = "element of that name"
	}
	if last.Count > 1 {
		what = fmt.Sprintf("first %s (of %d)", what, last.Count)
	}
	switch last.Why {
	case "hidden", "outside":
		return "the " + what + " stayed hidden"
	case "disabled":
		return "the " + what + " stayed disabled"
	case "readonly":
		return "the " + what + " stayed read-only"
	case "moving":
		return "the " + what + " did not stand still"
	case "covered":
		return fmt.Sprintf("the %s stayed covered by %s", what, last.By)
	}
	return "no " + what
}

func (j *journey) fill(ctx context.Context, fill *checker.Fill) error {
	for {
		_, at, err := j.locate(ctx, "field", fill.Field)
		if err != nil {
			return err
		}
		var field, done answer
		if err := j.tab.within(ctx, at, &field, "daymark.focus"); err != nil {
			return err
		}
		if field.Why != "" {
			return failed("it is of type %s, which cannot be typed into", field.Why)
		}
		if field.Secret && fill.With != "" {
			j.secrets = append(j.secrets, fill.With)
		}
		switch {
		case field.Set:
			err = j.tab.within(ctx, at, &done, "daymark.set", fill.With)
		case fill.With == "":
			err = j.tab.within(ctx, at, &done, "daymark.clear")
		default:
			if _, err = chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: fill.With}); err == nil {
				err = j.tab.within(ctx, at, &done, "daymark.filled")
			}
		}
		if err != nil && !passing(err) {
			return err
		}
		if done.Filled {
			return nil
		}
		// The page took the focus away or replaced the field: once more.
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return failed("the field did not take the text")
		}
	}
}

func (j *journey) click(ctx context.Context, wanted string) error {
	at, _, err := j.locate(ctx, "click", wanted)
	if err != nil {
		return err
	}
	j.tab.chosen.clear()
	if err := mouse(ctx, at, input.DispatchMouseEventTypeMouseMoved, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased); err != nil {
		return err
	}
	err = j.settle(ctx)
	if j.tab.chosen.take() != nil {
		j.tab.watch.note(fmt.Sprintf("step %d asked for a file, which a step upload gives", len(j.result.Timings)+1))
	}
	return err
}

func mouse(ctx context.Context, at answer, events ...input.DispatchMouseEventType) error {
	for _, kind := range events {
		params := input.DispatchMouseEventParams{Type: kind, X: at.X, Y: at.Y}
		if kind != input.DispatchMouseEventTypeMouseMoved {
			params.Button, params.ClickCount = input.MouseButtonLeft, 1
		}
		if _, err := chromedp.Call(ctx, input.DispatchMouseEvent, params); err != nil {
			return err
		}
	}
	return nil
}

func (j *journey) press(ctx context.Context, text string) error {
	key, modifiers, err := keyOf(text)
	if err != nil {
		return unknown("%v", err)
	}
	if err := chromedp.Do(ctx, chromedp.KeyEvent(key, chromedp.KeyModifiers(modifiers...))); err != nil {
		return err
	}
	return j.settle(ctx)
}

// settle waits for the page that an action has set off, so that the next step
// does not look at the one before.
func (j *journey) settle(ctx context.Context) error {
	began := time.Now()
	var painted answer
	// While a page is on its way, Chromium may keep our calls until it is there.
	if err := j.tab.call(ctx, &painted, "daymark.painted"); err != nil {
		return j.late(ctx, err, began, "the page did not react")
	}
	address, broken, err := j.tab.watch.arrived(ctx)
	if err != nil {
		return j.late(ctx, err, began, "no answer")
	}
	if broken != "" {
		return unreachable(address, broken, j.tab.proxy.why(address))
	}
	return nil
}

func (j *journey) choose(ctx context.Context, choice *checker.Fill) error {
	_, at, err := j.locate(ctx, "field", choice.Field)
	if err != nil {
		return err
	}
	began := time.Now()
	for last := (answer{}); ; {
		var now answer
		if err := j.tab.within(ctx, at, &now, "daymark.choose", choice.With, slice.Milliseconds()); err != nil {
			return j.late(ctx, err, began, fmt.Sprintf("no choice %q among %s", choice.With, last.By))
		}
		switch {
		case now.Why == "nolist":
			return failed("it is no list to choose from")
		case now.Done:
			return j.settle(ctx)
		}
		last = now
	}
}
