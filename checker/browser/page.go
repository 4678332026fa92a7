package browser

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

const (
	world       = "daymark"     // the scripts' own world, apart from the page's
	tellBinding = "daymarkTell" // how vitals.js tells
)

// tab is the one page of a run, in a browser context of its own.
type tab struct {
	ctx      context.Context // chromedp's context of the tab
	close    func()          // disposes of the browser context and waits for it
	watch    *watch
	proxy    *proxy
	origins  map[string]bool
	refuse   func(*fault) // ends the run at once
	process  *process
	memory   int64 // bytes a page may use
	most     limits
	opened   opened
	main     atomic.Pointer[cdp.FrameID] // nil until the tab is open, when events come already
	top      *place
	worlds   worlds
	chosen   choosers
	silent   map[cdp.FrameID]bool // frames that did not answer in time
	tracer   *tracer
	sessions sessions
	answers  sync.Mutex
	ended    bool           // no more answers
	busy     sync.WaitGroup // answers to Chromium under way
}

// openTab makes the browser context and prepares its page. ctx bounds the
// preparation, not the life of the tab.
func openTab(ctx context.Context, process *process, t *tab, width, height int64) error {
	t.watch = newWatch()
	root, cancel := chromedp.NewContext(process.ctx,
		chromedp.WithNewBrowserContext(func(params *target.CreateBrowserContextParams) {
			params.ProxyServer, params.ProxyBypassList = t.proxy.address(), "<-loopback>"
		}),
		chromedp.WithListener(t.event))
	t.ctx = root
	t.close = func() {
		cancel()
		t.answers.Lock()
		t.ended = true
		t.answers.Unlock()
		t.busy.Wait()
	}
	// The first call binds the tab's life to its context, so ctx must not be
	// part of that; its end closes the tab instead.
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	if err := chromedp.Do(root); err != nil {
		return err
	}
	own := chromedp.FromContext(root)
	frame := cdp.FrameID(own.Target.TargetID)
	t.main.Store(&frame)
	t.watch.mu.Lock()
	t.watch.main = frame
	t.watch.mu.Unlock()
	t.top = &place{to: own.Target, frame: frame}
	if err := chromedp.ListenBrowser(root, t.browserEvent); err != nil {
		return err
	}
	return t.prepare(own.BrowserContextID, width, height)
}

// prepare sets what a journey may do before it goes anywhere.
func (t *tab) prepare(id cdp.BrowserContextID, width, height int64) error {
	for _, step := range []func() error{
		func() error {
			_, err := chromedp.CallBrowser(t.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
				Behavior: browser.SetDownloadBehaviorBehaviorDeny, BrowserContextID: id, EventsEnabled: new(true),
			})
			return err
		},
		command(t, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{
			{URLPattern: "*", ResourceType: "Document", RequestStage: fetch.RequestStageRequest},
		}}),
		command(t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1}),
		command(t, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
		command(t, page.SetInterceptFileChooserDialog, page.SetInterceptFileChooserDialogParams{Enabled: true}),
		command(t, target.SetAutoAttach, autoAttach()),
		command(t, runtime.AddBinding, runtime.AddBindingParams{Name: tellBinding, ExecutionContextName: world}),
		command(t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: findScript + vitalsScript, WorldName: world}),
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func command[P, R any](t *tab, command cdp.Command[P, R], params P) func() error {
	return func() error {
		if _, err := chromedp.Call(t.ctx, command, params); err != nil {
			return fmt.Errorf("%s: %w", command.Method, err)
		}
		return nil
	}
}

// event takes an event of the page's own session.
func (t *tab) event(ev any) { t.from(nil, ev) }

// from takes an event of a session, nil for the page's own; what needs an
// answer gets it from a goroutine of its own, since the caller reads the tab's
// messages.
func (t *tab) from(s *session, ev any) {
	switch ev := ev.(type) {
	case *fetch.EventRequestPaused:
		t.answer(func() { t.judge(ev) })
	case *page.EventJavascriptDialogOpening:
		t.answer(func() { t.dismiss(ev) })
	case *page.EventFileChooserOpened:
		t.chosen.put(&chooser{to: t.caller(s), mode: ev.Mode, input: ev.BackendNodeID})
	case *tracing.EventTracingComplete:
		t.tracer.ended(ev)
	case *target.EventAttachedToTarget:
		t.count(ev)
		made, listen := t.sessions.add(t.caller(s), ev)
		t.answer(func() { made.begin(t.ctx, listen) })
	case *target.EventDetachedFromTarget:
		t.sessions.drop(ev.SessionID)
	case *target.EventReceivedMessageFromTarget:
		if inner := t.sessions.get(ev.SessionID); inner != nil {
			if told := inner.receive(ev.Message); told != nil {
				t.from(inner, told)
			}
		}
	case *runtime.EventExecutionContextCreated:
		if frame, ours := worldOf(ev.Context); ours {
			t.worlds.learn(frame, ev.Context.UniqueID)
		}
	default:
		kind := ""
		if s != nil {
			kind = s.kind
		}
		if kind == "worker" && spoken(ev) {
			return // the page tells it as well
		}
		t.count(ev)
		t.watch.event(kind, ev)
	}
}

// frame gives the page's own frame, "" until the tab is open.
func (t *tab) frame() cdp.FrameID {
	if main := t.main.Load(); main != nil {
		return *main
	}
	return ""
}

// caller gives what takes commands for a session, nil for the page's own.
func (t *tab) caller(s *session) caller {
	if s == nil {
		return chromedp.FromContext(t.ctx).Target
	}
	return s
}

// framed tells whether the page may hold frames.
func (t *tab) framed() bool {
	t.watch.mu.Lock()
	defer t.watch.mu.Unlock()
	return len(t.watch.frames) > 0
}

// answer runs do in the background, unless the tab is being closed.
func (t *tab) answer(do func()) {
	t.answers.Lock()
	defer t.answers.Unlock()
	if !t.ended {
		t.busy.Go(do)
	}
}

// browserEvent takes an event of the whole browser.
func (t *tab) browserEvent(ev any) {
	switch ev := ev.(type) {
	case *target.EventTargetCrashed:
		switch frame := cdp.FrameID(ev.TargetID); {
		case frame == t.frame():
			t.refuse(t.process.crash(ev, t.memory))
		case t.sessions.holds(frame) && t.process.eaters.take(time.Now()):
			t.refuse(failed("a frame of the page used more than %d MB of memory", t.memory>>20))
		}
	case *target.EventTargetCreated:
		t.count(ev)
		if cdp.FrameID(ev.TargetInfo.OpenerID) == t.frame() {
			t.watch.note("a pop-up was closed: " + withoutUser(ev.TargetInfo.URL))
			t.answer(func() {
				// One that closed itself meanwhile is as good.
				_, _ = chromedp.CallBrowser(t.ctx, target.CloseTarget, target.CloseTargetParams{TargetID: ev.TargetInfo.TargetID})
			})
		}
	case *browser.EventDownloadWillBegin:
		if ev.FrameID == t.frame() || t.watch.holds(ev.FrameID) {
			t.watch.note("a download was refused: " + withoutUser(ev.URL))
		}
	}
}

// judge lets a document load or not: the top page stays at its origins.
// Frames inside go where they like, through the guard.
func (t *tab) judge(ev *fetch.EventRequestPaused) {
	if ev.FrameID == t.frame() && !t.allowed(ev.Request.URL) {
		t.refuse(failed("the page went to %s, an origin that neither the steps open nor allow_origins lists", clip(withoutUser(ev.Request.URL), 200)))
		_, _ = chromedp.Call(t.ctx, fetch.FailRequest, fetch.FailRequestParams{RequestID: ev.RequestID, ErrorReason: "BlockedByClient"})
		return
	}
	// A request that was given up meanwhile needs no answer.
	_, _ = chromedp.Call(t.ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: ev.RequestID})
}

// allowed tells whether the top page may be at this address. https stands in
// for http of the same host.
func (t *tab) allowed(address string) bool {
	origin, err := originOf(address)
	if err != nil {
		return false
	}
	if host, secure := strings.CutPrefix(origin, "https://"); secure && strings.HasSuffix(host, ":443") {
		if t.origins["http://"+strings.TrimSuffix(host, ":443")+":80"] {
			return true
		}
	}
	return t.origins[origin]
}

// dismiss answers a dialog as a person in a hurry would: cancel, and leave.
func (t *tab) dismiss(ev *page.EventJavascriptDialogOpening) {
	t.count(ev)
	t.watch.note(fmt.Sprintf("a dialog was dismissed: %s %q", ev.Type, clip(ev.Message, 120)))
	leave := ev.Type == page.DialogTypeBeforeunload
	_, _ = chromedp.Call(t.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: leave})
}
