package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// watch gathers what Chromium tells of one tab, in its order. Its methods do
// not block, because the reader of the tab's messages calls them.
type watch struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change that somebody may wait for
	main    cdp.FrameID   // the tab's top frame; set before the first navigation
	frames  map[cdp.FrameID]bool

	loading network.RequestID // the request of a page that is on its way
	target  string            // its address
	broken  string            // Chromium's name for why the last page did not come
	status  int64             // HTTP status of the page shown

	traffic       traffic
	console       []line
	consoleErrors int
	firstError    string
	vitals        vitals
	notes         []string // what was refused on the way
}

// line is what the page wrote to its console.
type line struct {
	at    time.Time
	level string // error, warning, info, log, debug
	text  string
	where string // address and line, where Chromium told
}

// vitals is what script/vitals.js measures, in milliseconds but for CLS: the
// greatest of the pages so far.
type vitals struct {
	LCP float64 `json:"lcp"`
	CLS float64 `json:"cls"`
	TBT float64 `json:"tbt"`
}

func (v *vitals) fold(other vitals) {
	v.LCP, v.CLS, v.TBT = max(v.LCP, other.LCP), max(v.CLS, other.CLS), max(v.TBT, other.TBT)
}

const (
	maxNotes   = 5
	maxConsole = 200 // lines that are kept
	maxLine    = 500 // characters of one
)

func newWatch() *watch {
	return &watch{changed: make(chan struct{}), frames: map[cdp.FrameID]bool{}, traffic: newTraffic()}
}

// event takes one event of the tab: of the page itself where kind is empty,
// else of a session of that kind.
func (w *watch) event(kind string, ev any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		if w.traffic.sent(ev) && ev.Type == network.ResourceTypeDocument && ev.FrameID == w.main {
			w.loading, w.target, w.broken = ev.RequestID, ev.Request.URL, ""
		}
	case *network.EventResponseReceived:
		if kind == "service_worker" || kind == "shared_worker" {
			w.traffic.unannounced(ev)
		}
		w.traffic.answered(ev)
		if ev.RequestID == w.loading {
			w.status = ev.Response.Status
		}
	case *network.EventLoadingFailed:
		w.traffic.failed(ev)
		if ev.RequestID == w.loading && w.loading != "" {
			w.loading, w.broken = "", ev.ErrorText
			if ev.Canceled {
				w.broken = "" // by another navigation, or a download
			}
		}
	case *network.EventLoadingFinished:
		w.traffic.finished(ev)
		if ev.RequestID == w.loading {
			w.loading = ""
		}
	case *page.EventFrameAttached:
		w.frames[ev.FrameID] = true
	case *page.EventFrameDetached:
		if ev.Reason != page.FrameDetachedReasonSwap { // else it goes on in another process
			delete(w.frames, ev.FrameID)
		}
	case *page.EventFrameNavigated:
		if ev.Frame.ParentID == "" {
			w.loading = ""
			if ev.Type != page.NavigationTypeBackForwardCacheRestore { // which brings its frames along
				clear(w.frames)
			}
		}
	case *runtime.EventConsoleAPICalled:
		w.say(string(ev.Type), argument(ev.Args), origin(ev.StackTrace))
	case *runtime.EventExceptionThrown:
		w.say("error", exception(ev.ExceptionDetails), at(ev.ExceptionDetails.URL, ev.ExceptionDetails.LineNumber))
	case *log.EventEntryAdded:
		if ev.Entry.NetworkRequestID != "" && ev.Entry.NetworkRequestID == w.traffic.unbidden {
			return
		}
		level := string(ev.Entry.Level)
		if ev.Entry.Source == log.EntrySourceNetwork && level == "error" {
			level = "network" // a request that failed is counted as such
		}
		w.say(level, ev.Entry.Text, at(ev.Entry.URL, ev.Entry.LineNumber))
	case *runtime.EventBindingCalled:
		var told vitals
		// The binding is known to our world alone; a text that is none is dropped.
		if ev.Name == tellBinding && json.Unmarshal([]byte(ev.Payload), &told) == nil {
			w.vitals.fold(told)
		}
	default:
		return
	}
	close(w.changed)
	w.changed = make(chan struct{})
}

// spoken tells whether an event is a word to the console.
func spoken(ev any) bool {
	switch ev.(type) {
	case *runtime.EventConsoleAPICalled, *runtime.EventExceptionThrown, *log.EventEntryAdded:
		return true
	}
	return false
}

// say keeps a line of the console.
func (w *watch) say(level, text, where string) {
	if level == "error" {
		w.consoleErrors++
		if w.firstError == "" {
			w.firstError = clip(text, 200)
		}
	}
	if len(w.console) < maxConsole {
		w.console = append(w.console, line{time.Now(), level, clip(text, maxLine), where})
	}
}

// at says where in a script something was; Chromium counts lines from 0.
func at(address string, number int64) string {
	if address == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", withoutUser(address), number+1)
}

func origin(stack *runtime.StackTrace) string {
	if stack == nil || len(stack.CallFrames) == 0 {
		return ""
	}
	return at(stack.CallFrames[0].URL, stack.CallFrames[0].LineNumber)
}

// holds tells whether a frame is one of this page's.
func (w *watch) holds(frame cdp.FrameID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.frames[frame]
}

func argument(args []*runtime.RemoteObject) string {
	var parts []string
	for _, arg := range args {
		text := arg.Description
		if text == "" && json.Unmarshal(arg.Value, &text) != nil {
			text = string(arg.Value)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

func exception(details *runtime.ExceptionDetails) string {
	text := details.Text
	if details.Exception != nil && details.Exception.Description != "" {
		text, _, _ = strings.Cut(details.Exception.Description, "\n")
	}
	return text
}

// note remembers something that was refused.
func (w *watch) note(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.notes) < maxNotes {
		w.notes = append(w.notes, clip(text, 200))
	}
}

// arrived waits until no page is on its way in the top frame. A page that did
// not come is named by its address and Chromium's word for why.
func (w *watch) arrived(ctx context.Context) (address, broken string, err error) {
	for {
		w.mu.Lock()
		address, broken = w.target, w.broken
		loading, changed := w.loading != "", w.changed
		if !loading {
			w.broken = ""
		}
		w.mu.Unlock()
		if !loading {
			return address, broken, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return address, "", ctx.Err()
		}
	}
}

// pending says that a page is on its way, if one is, and what otherwise.
func (w *watch) pending(what string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.loading == "" {
		return what
	}
	return "no answer from " + clip(withoutUser(w.target), 200)
}

func millis(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
