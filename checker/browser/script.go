package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed script/find.js
var findScript string

//go:embed script/vitals.js
var vitalsScript string

// call runs a function of our scripts in our world and reads its answer. It
// tries again when a navigation takes the world away meanwhile.
func (t *tab) call(ctx context.Context, into any, function string, args ...any) error {
	if args == nil {
		args = []any{}
	}
	list, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("write arguments of %s: %w", function, err)
	}
	source := fmt.Sprintf("%s(...%s)", function, list)
	for {
		made, err := chromedp.Call(ctx, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: t.frame, WorldName: world})
		if err == nil {
			err = evaluate(ctx, made.ExecutionContextID, source, into)
		}
		if err == nil || !passing(err) {
			return err
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// evaluate runs an expression, awaits its promise and decodes its value. A zero
// id stands for the page's own world.
func evaluate(ctx context.Context, id runtime.ExecutionContextID, source string, into any) error {
	yes := true
	answer, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{
		Expression: source, ContextID: id, AwaitPromise: &yes, ReturnByValue: &yes, UserGesture: &yes,
	})
	if err != nil {
		return err
	}
	if answer.ExceptionDetails != nil {
		return &thrown{exception(answer.ExceptionDetails)}
	}
	if len(answer.Result.Value) == 0 { // undefined, and what JSON has no word for
		text, err := json.Marshal(answer.Result.UnserializableValue)
		if err != nil || answer.Result.UnserializableValue == "" {
			text = []byte("null")
		}
		return json.Unmarshal(text, into)
	}
	return json.Unmarshal(answer.Result.Value, into)
}

// thrown is an exception of a script.
type thrown struct{ text string }

func (t *thrown) Error() string { return t.text }

// passing tells whether an error says no more than that the page has just
// changed, or has not got our scripts yet.
func passing(err error) bool {
	if _, ok := errors.AsType[*cdproto.Error](err); ok {
		return true
	}
	var exception *thrown
	return errors.As(err, &exception) && strings.Contains(exception.text, "daymark") && strings.Contains(exception.text, "not defined")
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
