package browser

import (
	"context"
	"encoding/json"
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

	loading network.RequestID // the request of a page that is on its way
	target  string            // its address
	broken  string            // Chromium's name for why the last page did not come
	status  int64             // HTTP status of the page shown

	unbidden                                network.RequestID // the last request for /favicon.ico
	consoleErrors, failedRequests, requests int
	bytes                                   float64
	firstError                              string
	vitals                                  vitals
	notes                                   []string // what was refused on the way
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

const maxNotes = 5

func newWatch() *watch { return &watch{changed: make(chan struct{})} }

// event takes one event of the tab.
func (w *watch) event(ev any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		if strings.HasPrefix(ev.Request.URL, "data:") {
			return
		}
		if ev.Type == network.ResourceTypeOther && strings.HasSuffix(ev.Request.URL, "/favicon.ico") {
			// Chromium asks for it unbidden; its absence is nobody's fault.
			w.unbidden = ev.RequestID
			return
		}
		w.requests++
		if ev.Type == network.ResourceTypeDocument && ev.FrameID == w.main {
			w.loading, w.target, w.broken = ev.RequestID, ev.Request.URL, ""
		}
	case *network.EventResponseReceived:
		if ev.Response.Status >= 400 && ev.RequestID != w.unbidden {
			w.failedRequests++
		}
		if ev.RequestID == w.loading {
			w.status = ev.Response.Status
		}
	case *network.EventLoadingFailed:
		if !ev.Canceled && ev.RequestID != w.unbidden {
			w.failedRequests++
		}
		if ev.RequestID == w.loading && w.loading != "" {
			w.loading, w.broken = "", ev.ErrorText
			if ev.Canceled {
				w.broken = "" // by another navigation, or a download
			}
		}
	case *network.EventLoadingFinished:
		w.bytes += ev.EncodedDataLength
		if ev.RequestID == w.loading {
			w.loading = ""
		}
	case *page.EventFrameNavigated:
		if ev.Frame.ParentID == "" {
			w.loading = ""
		}
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError {
			w.consoleError(argument(ev.Args))
		}
	case *runtime.EventExceptionThrown:
		w.consoleError(exception(ev.ExceptionDetails))
	case *log.EventEntryAdded:
		// A request that failed is counted as such.
		if ev.Entry.Level == log.EntryLevelError && ev.Entry.Source != log.EntrySourceNetwork {
			w.consoleError(ev.Entry.Text)
		}
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

func (w *watch) consoleError(text string) {
	w.consoleErrors++
	if w.firstError == "" {
		w.firstError = clip(text, 200)
	}
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
