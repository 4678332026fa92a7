package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/runtime"

	pauses "daymark/internal/pause"
)

//go:embed script/find.js
var findScript string

//go:embed script/vitals.js
var vitalsScript string

// call runs a function of our scripts in the top document and reads its
// answer. It tries again when a navigation takes the world away meanwhile.
func (t *tab) call(ctx context.Context, into any, function string, args ...any) error {
	for {
		err := t.within(ctx, t.top, into, function, args...)
		if err == nil || !passing(err) {
			return err
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// evaluate runs an expression, awaits its promise and decodes its value. Without
// a context it runs in the page's own world.
func evaluate(ctx context.Context, to caller, params runtime.EvaluateParams, into any) error {
	params.AwaitPromise, params.ReturnByValue, params.UserGesture = new(true), new(true), new(true)
	answer, err := ask(ctx, to, runtime.Evaluate, params)
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

func pause(ctx context.Context, d time.Duration) error { return pauses.For(ctx, d) }

// worlds remembers where our scripts run in each frame. Chromium's names for
// these places are never used twice.
type worlds struct {
	mu    sync.Mutex
	named map[cdp.FrameID]string
}

func (w *worlds) of(frame cdp.FrameID) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.named[frame]
}

func (w *worlds) learn(frame cdp.FrameID, name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.named == nil || len(w.named) > 10*maxPlaces {
		w.named = map[cdp.FrameID]string{} // they are only a short cut
	}
	w.named[frame] = name
}

func (w *worlds) forget(frame cdp.FrameID, name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.named[frame] == name {
		delete(w.named, frame)
	}
}
