package browser

import (
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// limits are how much of each kind a journey may open.
type limits struct {
	frames   int // at the same time
	popups   int
	workers  int
	dialogs  int
	pages    int // navigations of the top frame
	requests int
	lines    int // console messages
}

// usualLimits are far from what any page opens that people use.
func usualLimits() limits {
	return limits{frames: 200, popups: 20, workers: 50, dialogs: 50, pages: 200, requests: 20_000, lines: 2_000}
}

// opened counts what the page of a journey has opened.
type opened struct {
	mu                                                       sync.Mutex
	frames, popups, workers, dialogs, pages, requests, lines int
}

// count ends the run when the page opens more than it may.
func (t *tab) count(ev any) {
	o := &t.opened
	o.mu.Lock()
	defer o.mu.Unlock()
	switch ev := ev.(type) {
	case *page.EventFrameAttached:
		if o.frames++; o.frames == t.most.frames+1 {
			t.refuse(failed("the page opened more than %d frames", t.most.frames))
		}
	case *page.EventFrameDetached:
		if ev.Reason != page.FrameDetachedReasonSwap { // else it goes on in another process
			o.frames--
		}
	case *page.EventFrameNavigated:
		if ev.Frame.ParentID == "" {
			o.frames = 0 // those of the page before went with it
		}
	case *page.EventJavascriptDialogOpening:
		if o.dialogs++; o.dialogs == t.most.dialogs+1 {
			t.refuse(failed("the page opened more than %d dialogs", t.most.dialogs))
		}
	case *network.EventRequestWillBeSent:
		if o.requests++; o.requests == t.most.requests+1 {
			t.refuse(failed("the page made more than %d requests", t.most.requests))
		}
		if ev.Type != network.ResourceTypeDocument || ev.FrameID != t.frame() {
			return
		}
		if o.pages++; o.pages == t.most.pages+1 {
			t.refuse(failed("the page went on to another page more than %d times", t.most.pages))
		}
	case *runtime.EventConsoleAPICalled, *log.EventEntryAdded:
		if o.lines++; o.lines == t.most.lines+1 {
			t.refuse(failed("the page wrote more than %d lines to its console", t.most.lines))
			t.process.flooded.Store(true)
		}
	case *target.EventTargetCreated:
		t.countTarget(ev.TargetInfo)
	case *target.EventAttachedToTarget:
		if ev.TargetInfo.Type == "worker" { // Chromium tells of the other kinds as targets of their own
			t.countTarget(ev.TargetInfo)
		}
	}
}

// countTarget counts a pop-up or a worker of this run; the caller holds mu.
func (t *tab) countTarget(info *target.Info) {
	switch {
	case info.OpenerID != "" && cdp.FrameID(info.OpenerID) == t.frame():
		if t.opened.popups++; t.opened.popups == t.most.popups+1 {
			t.refuse(failed("the page opened more than %d windows", t.most.popups))
		}
	case info.BrowserContextID != chromedp.FromContext(t.ctx).BrowserContextID:
	case info.Type == "worker", info.Type == "shared_worker", info.Type == "service_worker":
		if t.opened.workers++; t.opened.workers == t.most.workers+1 {
			t.refuse(failed("the page started more than %d workers", t.most.workers))
		}
	}
}
