package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// place is a document of the page: the top one, or a frame's. Scripts of the
// top one reach the frames of its own origin by themselves; those of other
// origins are asked one by one, through the session of their site.
type place struct {
	to    caller
	frame cdp.FrameID
	outer *place // nil: the top one
}

// maxPlaces bounds how many frames of a page are searched.
const maxPlaces = 50

// places lists the top document and those of the frames in it, outermost first.
func (t *tab) places(ctx context.Context) []*place {
	all := []*place{t.top}
	if !t.framed() {
		return all
	}
	by := map[cdp.FrameID]*place{t.frame(): t.top}
	t.collect(ctx, t.top, &all, by)
	// A frame of another site is a session of its own. One inside another may
	// be listed before it.
	rest := t.sessions.frames()
	for range rest {
		var later []*session
		for _, s := range rest {
			outer := by[s.outer]
			if outer == nil {
				later = append(later, s)
				continue
			}
			if by[s.frame] == nil && len(all) < maxPlaces {
				inner := &place{to: s, frame: s.frame, outer: outer}
				by[s.frame] = inner
				all = append(all, inner)
				t.collect(ctx, inner, &all, by)
			}
		}
		if len(later) == len(rest) {
			break
		}
		rest = later
	}
	return all
}

// patience is how long a frame is waited for: hardly, once it has not answered,
// so that one that hangs does not keep the others from being found.
func (t *tab) patience(at *place) time.Duration {
	if t.silent[at.frame] {
		return slice / 20
	}
	return slice
}

// heard remembers whether a frame answered.
func (t *tab) heard(at *place, err error) {
	if t.silent == nil || len(t.silent) > 10*maxPlaces {
		t.silent = map[cdp.FrameID]bool{}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		t.silent[at.frame] = true
	} else {
		delete(t.silent, at.frame)
	}
}

// collect adds the frames that share the place's session. A place that is gone
// has none.
func (t *tab) collect(ctx context.Context, from *place, all *[]*place, by map[cdp.FrameID]*place) {
	soon, cancel := context.WithTimeout(ctx, t.patience(from))
	defer cancel()
	tree, err := ask(soon, from.to, page.GetFrameTree, cdp.Empty{})
	if err != nil || tree.FrameTree == nil {
		t.heard(from, err)
		return
	}
	var add func(tree *page.FrameTree, outer *place)
	add = func(tree *page.FrameTree, outer *place) {
		for _, child := range tree.ChildFrames {
			if len(*all) >= maxPlaces || by[child.Frame.ID] != nil {
				continue
			}
			inner := &place{to: from.to, frame: child.Frame.ID, outer: outer}
			by[child.Frame.ID] = inner
			*all = append(*all, inner)
			add(child, inner)
		}
	}
	add(tree.FrameTree, from)
}

// within runs a function of our scripts in a place, once.
func (t *tab) within(ctx context.Context, at *place, into any, function string, args ...any) error {
	if args == nil {
		args = []any{}
	}
	list, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("write arguments of %s: %w", function, err)
	}
	source := fmt.Sprintf("%s(...%s)", function, list)
	if known := t.worlds.of(at.frame); known != "" {
		err := evaluate(ctx, at.to, runtime.EvaluateParams{Expression: source, UniqueContextID: known}, into)
		if err == nil || !passing(err) {
			return err
		}
		t.worlds.forget(at.frame, known)
	}
	made, err := ask(ctx, at.to, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: at.frame, WorldName: world})
	if err != nil {
		return err
	}
	return evaluate(ctx, at.to, runtime.EvaluateParams{Expression: source, ContextID: made.ExecutionContextID}, into)
}

// each asks a function of all places once, with no patience, and hands each
// answer over; a frame that is going or does not answer soon has none.
func (t *tab) each(ctx context.Context, function string, args []any, take func(*place, answer)) error {
	for _, at := range t.places(ctx) {
		var now answer
		if at == t.top {
			if err := t.call(ctx, &now, function, args...); err != nil {
				return err
			}
			take(at, now)
			continue
		}
		soon, cancel := context.WithTimeout(ctx, t.patience(at))
		err := t.within(soon, at, &now, function, args...)
		cancel()
		t.heard(at, err)
		if err == nil && now.Why != "inner" { // reached through the frame that holds it
			take(at, now)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// outward turns a point of a place's window into one of the top window, and
// says in why what is in the way of it.
func (t *tab) outward(ctx context.Context, at *place, point answer) (answer, error) {
	for at.outer != nil {
		var now struct {
			answer
			Up int // windows of the same origin that the script climbed by itself
		}
		if err := t.hole(ctx, at, point, &now); err != nil {
			if errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
				return answer{Why: "missing"}, ctx.Err()
			}
			return answer{Why: "missing"}, nil // the frame has just gone
		}
		if now.Why != "" {
			return now.answer, nil
		}
		point.X, point.Y = now.X, now.Y
		at = at.outer
		for range now.Up {
			if at.outer == nil {
				break
			}
			at = at.outer
		}
	}
	return point, nil
}

// hole asks the document around a frame where the frame's point is in it.
func (t *tab) hole(ctx context.Context, at *place, point answer, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	around := at.outer
	made, err := ask(ctx, around.to, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: around.frame, WorldName: world})
	if err != nil {
		return err
	}
	owner, err := ask(ctx, around.to, dom.GetFrameOwner, dom.GetFrameOwnerParams{FrameID: at.frame})
	if err != nil {
		return err
	}
	node, err := ask(ctx, around.to, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: owner.BackendNodeID, ExecutionContextID: made.ExecutionContextID})
	if err != nil {
		return err
	}
	args, err := arguments(point.X, point.Y)
	if err != nil {
		return err
	}
	told, err := ask(ctx, around.to, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: "function (x, y) { return daymark.hole(this, x, y); }", ObjectID: node.Object.ObjectID,
		Arguments: args, ReturnByValue: new(true), AwaitPromise: new(true),
	})
	if err != nil {
		return err
	}
	if told.ExceptionDetails != nil {
		return &thrown{exception(told.ExceptionDetails)}
	}
	return json.Unmarshal(told.Result.Value, into)
}

func arguments(values ...any) ([]*runtime.CallArgument, error) {
	var all []*runtime.CallArgument
	for _, value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		all = append(all, &runtime.CallArgument{Value: text})
	}
	return all, nil
}
