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

// What a journey may open. No page that people use comes near.
const (
	mostFrames   = 200 // at the same time
	mostPopups   = 20
	mostWorkers  = 50
	mostDialogs  = 50
	mostPages    = 200    // navigations of the top frame
	mostRequests = 20_000 // requests
	mostLines    = 2_000  // console messages
)

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
		if o.frames++; o.frames == mostFrames+1 {
			t.refuse(failed("the page opened more than %d frames", mostFrames))
		}
	case *page.EventFrameDetached:
		o.frames--
	case *page.EventFrameNavigated:
		if ev.Frame.ParentID == "" {
			o.frames = 0 // those of the page before went with it
		}
	case *page.EventJavascriptDialogOpening:
		if o.dialogs++; o.dialogs == mostDialogs+1 {
			t.refuse(failed("the page opened more than %d dialogs", mostDialogs))
		}
	case *network.EventRequestWillBeSent:
		if o.requests++; o.requests == mostRequests+1 {
			t.refuse(failed("the page made more than %d requests", mostRequests))
		}
		if ev.Type != network.ResourceTypeDocument || ev.FrameID != t.frame {
			return
		}
		if o.pages++; o.pages == mostPages+1 {
			t.refuse(failed("the page went on to another page more than %d times", mostPages))
		}
	case *runtime.EventConsoleAPICalled, *log.EventEntryAdded:
		if o.lines++; o.lines == mostLines+1 {
			t.refuse(failed("the page wrote more than %d lines to its console", mostLines))
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
	case cdp.FrameID(info.OpenerID) == t.frame:
		if t.opened.popups++; t.opened.popups == mostPopups+1 {
			t.refuse(failed("the page opened more than %d windows", mostPopups))
		}
	case info.BrowserContextID != chromedp.FromContext(t.ctx).BrowserContextID:
	case info.Type == "worker", info.Type == "shared_worker", info.Type == "service_worker":
		if t.opened.workers++; t.opened.workers == mostWorkers+1 {
			t.refuse(failed("the page started more than %d workers", mostWorkers))
		}
	}
}
