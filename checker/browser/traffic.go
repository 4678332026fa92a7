package browser

import (
	"strings"
	"time"

	"github.com/chromedp/cdproto/network"

	"daymark/checker"
)

// traffic counts the requests of a page, of its frames and of its workers, and
// keeps what there is to say of the first of them. A request may begin in one
// session and end in another: they are told apart by Chromium's names for them.
type traffic struct {
	requests, failures int
	bytes              float64
	by                 checker.BytesByKind

	open     map[network.RequestID]*exchange
	kept     []*exchange
	unbidden network.RequestID // the last request for /favicon.ico
}

// exchange is one request and its answer.
type exchange struct {
	method, url              string
	kind                     network.ResourceType
	sent                     network.Headers
	wall                     time.Time // when it began
	began, answered, ended   float64   // Chromium's clock, seconds; 0: not yet
	response                 *network.Response
	moved                    string // where it was redirected
	fault                    string // why no answer came
	bytes                    float64
	failed, canceled, posted bool
}

const (
	maxExchanges = 1_000  // kept to look at
	maxOpen      = 10_000 // on their way at the same time
)

func newTraffic() traffic { return traffic{open: map[network.RequestID]*exchange{}} }

// sent takes a new request; false for one that does not count.
func (t *traffic) sent(ev *network.EventRequestWillBeSent) bool {
	if strings.HasPrefix(ev.Request.URL, "data:") || strings.HasPrefix(ev.Request.URL, "blob:") {
		return false
	}
	if ev.Type == network.ResourceTypeOther && strings.HasSuffix(ev.Request.URL, "/favicon.ico") {
		// Chromium asks for it unbidden; its absence is nobody's fault.
		t.unbidden = ev.RequestID
		return false
	}
	if before := t.open[ev.RequestID]; before != nil {
		if ev.RedirectResponse == nil {
			return false // told by two sessions
		}
		before.moved = ev.Request.URL
		t.answer(before, ev.RedirectResponse, ev.Timestamp.Float64())
		t.end(ev.RequestID, ev.Timestamp.Float64(), ev.RedirectResponse.EncodedDataLength)
	}
	t.requests++
	if len(t.open) >= maxOpen {
		return true
	}
	made := &exchange{
		method: ev.Request.Method, url: ev.Request.URL + ev.Request.URLFragment, kind: ev.Type, sent: ev.Request.Headers, posted: ev.Request.HasPostData,
		wall: time.UnixMicro(int64(ev.WallTime.Float64() * 1e6)), began: ev.Timestamp.Float64(),
	}
	t.open[ev.RequestID] = made
	if len(t.kept) < maxExchanges {
		t.kept = append(t.kept, made)
	}
	return true
}

// unannounced takes the answer to a request that began before its session: a
// service worker's own script.
func (t *traffic) unannounced(ev *network.EventResponseReceived) {
	if t.open[ev.RequestID] != nil || len(t.open) >= maxOpen {
		return
	}
	t.requests++
	made := &exchange{method: "GET", url: ev.Response.URL, kind: network.ResourceTypeScript, began: ev.Timestamp.Float64(), wall: time.Now()}
	if timing := ev.Response.Timing; timing != nil {
		made.began = timing.RequestTime
	}
	t.open[ev.RequestID] = made
	if len(t.kept) < maxExchanges {
		t.kept = append(t.kept, made)
	}
}

func (t *traffic) answered(ev *network.EventResponseReceived) {
	if about := t.open[ev.RequestID]; about != nil && about.response == nil {
		if about.kind == "" {
			about.kind = ev.Type
		}
		t.answer(about, ev.Response, ev.Timestamp.Float64())
	}
}

func (t *traffic) answer(about *exchange, response *network.Response, at float64) {
	about.response, about.answered = response, at
	if response.Status >= 400 {
		t.fail(about)
	}
}

// fail counts a request that failed, once.
func (t *traffic) fail(about *exchange) {
	if !about.failed {
		about.failed = true
		t.failures++
	}
}

func (t *traffic) failed(ev *network.EventLoadingFailed) {
	about := t.open[ev.RequestID]
	if about == nil {
		return
	}
	about.fault, about.canceled = ev.ErrorText, ev.Canceled
	if !ev.Canceled {
		t.fail(about)
	}
	t.end(ev.RequestID, ev.Timestamp.Float64(), 0)
}

func (t *traffic) finished(ev *network.EventLoadingFinished) {
	t.end(ev.RequestID, ev.Timestamp.Float64(), ev.EncodedDataLength)
}

// end takes a request off those on their way and counts what it received.
func (t *traffic) end(id network.RequestID, at, bytes float64) {
	about := t.open[id]
	if about == nil {
		return // another session's word of the same request
	}
	delete(t.open, id)
	about.ended, about.bytes = at, max(bytes, 0)
	t.bytes += about.bytes
	*kindOf(&t.by, about.kind) += int(about.bytes)
}

// kindOf gives the count that a kind of resource belongs to.
func kindOf(by *checker.BytesByKind, kind network.ResourceType) *int {
	switch kind {
	case network.ResourceTypeDocument:
		return &by.Document
	case network.ResourceTypeStylesheet:
		return &by.Stylesheet
	case network.ResourceTypeScript:
		return &by.Script
	case network.ResourceTypeImage:
		return &by.Image
	case network.ResourceTypeFont:
		return &by.Font
	case network.ResourceTypeXHR, network.ResourceTypeFetch, network.ResourceTypeEventSource:
		return &by.Fetch
	case network.ResourceTypeMedia:
		return &by.Media
	}
	return &by.Other
}
