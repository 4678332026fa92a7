package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// caller takes commands: the page's own target, or a session inside it.
type caller interface {
	Call(ctx context.Context, method string, params, result any) error
}

// ask sends one command and gives its result.
func ask[P, R any](ctx context.Context, to caller, command cdp.Command[P, R], params P) (R, error) {
	var result R
	err := to.Call(ctx, command.Method, params, &result)
	return result, err
}

// session speaks to what Chromium runs apart from the page but for it: a frame
// of another site, a worker, a service worker. Chromium holds each back at its
// start until we listen, so that no request of theirs goes by uncounted. Its
// messages travel inside those of the parent, because chromedp hands us no
// sessions but its own.
type session struct {
	parent caller
	id     target.SessionID
	kind   string      // iframe, worker, service_worker …
	frame  cdp.FrameID // of an iframe
	outer  cdp.FrameID // the frame that holds it

	mu      sync.Mutex
	last    int64
	waiting map[int64]chan *cdproto.Message
	gone    chan struct{}
}

// maxSessions bounds what one page may run apart from itself and be listened to.
const maxSessions = 50

var errGone = errors.New("it is gone")

// Call sends a command and waits for its answer.
func (s *session) Call(ctx context.Context, method string, params, result any) error {
	answer, err := s.post(ctx, method, params)
	if err != nil {
		return err
	}
	select {
	case message := <-answer:
		if message.Error != nil {
			return message.Error
		}
		if result == nil {
			return nil
		}
		return jsonv2.Unmarshal(message.Result, result, chromedp.DefaultUnmarshalOptions)
	case <-s.gone:
		return errGone
	case <-ctx.Done():
		return ctx.Err()
	}
}

// post sends a command; its answer, if any, comes on the channel.
func (s *session) post(ctx context.Context, method string, params any) (<-chan *cdproto.Message, error) {
	message := cdproto.Message{Method: cdproto.MethodType(method)}
	if params != nil {
		text, err := jsonv2.Marshal(params, chromedp.DefaultMarshalOptions)
		if err != nil {
			return nil, fmt.Errorf("write parameters of %s: %w", method, err)
		}
		message.Params = text
	}
	answer := make(chan *cdproto.Message, 1)
	s.mu.Lock()
	s.last++
	message.ID = s.last
	s.waiting[message.ID] = answer
	s.mu.Unlock()
	text, err := jsonv2.Marshal(message, chromedp.DefaultMarshalOptions)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", method, err)
	}
	return answer, s.parent.Call(ctx, "Target.sendMessageToTarget", map[string]any{"sessionId": s.id, "message": string(text)}, nil)
}

// receive takes a message: an answer, which it hands over, or an event, which
// it gives back. Nil: neither.
func (s *session) receive(text string) any {
	var message cdproto.Message
	if jsonv2.Unmarshal([]byte(text), &message, chromedp.DefaultUnmarshalOptions) != nil {
		return nil // of a newer protocol than ours
	}
	if message.ID != 0 {
		s.mu.Lock()
		defer s.mu.Unlock()
		if answer := s.waiting[message.ID]; answer != nil {
			answer <- &message // has room for it
			delete(s.waiting, message.ID)
		}
		return nil
	}
	event, err := cdproto.UnmarshalMessage(&message, chromedp.DefaultUnmarshalOptions)
	if err != nil {
		return nil
	}
	return event
}

// sessions are those of one tab, by their names, which are unique in a browser.
type sessions struct {
	mu    sync.Mutex
	all   map[target.SessionID]*session
	order []*session
}

func (a *sessions) get(id target.SessionID) *session {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.all[id]
}

// holds says whether a frame of the page runs in a process of its own.
func (a *sessions) holds(frame cdp.FrameID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.all {
		if s.frame == frame {
			return true
		}
	}
	return false
}

// add makes a session of what Chromium attached to the parent.
func (a *sessions) add(parent caller, ev *target.EventAttachedToTarget) (made *session, listen bool) {
	made = &session{
		parent: parent, id: ev.SessionID, kind: ev.TargetInfo.Type,
		frame: cdp.FrameID(ev.TargetInfo.TargetID), outer: ev.TargetInfo.ParentFrameID,
		waiting: map[int64]chan *cdproto.Message{}, gone: make(chan struct{}),
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil {
		a.all = map[target.SessionID]*session{}
	}
	if len(a.all) >= maxSessions {
		return made, false
	}
	a.all[made.id] = made
	a.order = append(a.order, made)
	return made, true
}

func (a *sessions) drop(id target.SessionID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := a.all[id]; s != nil {
		close(s.gone)
		delete(a.all, id)
	}
}

// frames lists the living sessions of frames, oldest first.
func (a *sessions) frames() []*session {
	a.mu.Lock()
	defer a.mu.Unlock()
	var living []*session
	for _, s := range a.order {
		if a.all[s.id] != nil && s.kind == "iframe" {
			living = append(living, s)
		}
	}
	return living
}

// autoAttach has Chromium tell of what it runs apart, and hold it back.
func autoAttach() target.SetAutoAttachParams {
	return target.SetAutoAttachParams{AutoAttach: true, WaitForDebuggerOnStart: true, Flatten: new(false)}
}

// begin listens to a session and lets it run. It does not wait for answers,
// some of which come only once it runs; one that is gone meanwhile needs none.
func (s *session) begin(ctx context.Context, listen bool) {
	type order struct {
		method string
		params any
	}
	var orders []order
	if listen {
		orders = []order{
			{network.Enable.Method, network.EnableParams{}},
			{runtime.Enable.Method, cdp.Empty{}},
			{log.Enable.Method, cdp.Empty{}},
			{target.SetAutoAttach.Method, autoAttach()},
		}
	}
	if listen && s.kind == "iframe" {
		orders = append(
			orders,
			order{page.Enable.Method, page.EnableParams{}},
			order{page.SetInterceptFileChooserDialog.Method, page.SetInterceptFileChooserDialogParams{Enabled: true}},
			order{page.AddScriptToEvaluateOnNewDocument.Method, page.AddScriptToEvaluateOnNewDocumentParams{Source: findScript, WorldName: world}},
		)
	}
	for _, order := range append(orders, order{runtime.RunIfWaitingForDebugger.Method, cdp.Empty{}}) {
		if _, err := s.post(ctx, order.method, order.params); err != nil {
			return
		}
	}
}

// worldOf tells of an execution context whether it is our scripts' world of a
// frame.
func worldOf(described *runtime.ExecutionContextDescription) (cdp.FrameID, bool) {
	var aux struct{ FrameID cdp.FrameID }
	if described.Name != world || json.Unmarshal(described.AuxData, &aux) != nil {
		return "", false
	}
	return aux.FrameID, aux.FrameID != ""
}
