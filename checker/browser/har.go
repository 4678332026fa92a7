package browser

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/chromedp/cdproto/network"

	"daymark/internal/har"
)

// maxHARText bounds an address and a header's value, in characters: a target
// chooses how long they are. maxHARQuery bounds the parameters that are listed.
const (
	maxHARText  = 2_000
	maxHARQuery = 50
)

// harOf writes requests as HAR 1.2; note says what is left out.
func harOf(title string, began time.Time, entries []har.Entry, note string) ([]byte, error) {
	comment := "Bodies are left out; secrets are redacted."
	if note != "" {
		comment += " There was room for " + note + "."
	}
	return har.Write(title, began, entries, comment)
}

// entriesOf are exchanges in the form of HAR, without bodies, cookies and
// secrets.
func entriesOf(all []exchange, hide veil) []har.Entry {
	entries := make([]har.Entry, len(all))
	for i := range all {
		entries[i] = all[i].entry(hide)
	}
	return entries
}

func (e *exchange) entry(hide veil) har.Entry {
	address := clip(hide.address(e.url), maxHARText)
	entry := har.EntryOf(e.wall, clip(e.method, 100), address)
	entry.Time, entry.Timings.Wait, entry.Kind = max(e.ended-e.began, 0)*1000, max(e.answered-e.began, 0)*1000, string(e.kind)
	entry.Response.BodySize, entry.Response.Error = int(e.bytes), hide.text(e.fault)
	if parsed, err := url.Parse(address); err == nil {
		for name, values := range parsed.Query() {
			for _, value := range values {
				entry.Request.Query = append(entry.Request.Query, har.Pair{Name: name, Value: value})
			}
		}
		slices.SortFunc(entry.Request.Query, byName)
		entry.Request.Query = entry.Request.Query[:min(len(entry.Request.Query), maxHARQuery)]
	}
	entry.Request.Headers = pairs(e.sent, hide)
	if e.response == nil {
		return entry
	}
	version := clip(e.response.Protocol, 100)
	entry.Request.Version, entry.Response.Version = version, version
	entry.Response.Status, entry.Response.StatusText = e.response.Status, clip(hide.text(e.response.StatusText), 200)
	entry.Response.Content.Type = clip(hide.text(e.response.MimeType), 200)
	entry.Response.Redirect = clip(hide.address(e.moved), maxHARText)
	entry.Response.Headers = pairs(e.response.Headers, hide)
	if e.response.FromServiceWorker {
		entry.Comment = "answered by a service worker"
	}
	if t := e.response.Timing; t != nil {
		entry.Timings = e.timings(t)
	}
	return entry
}

// timings turns Chromium's marks, in ms after requestTime, into spans.
func (e *exchange) timings(t *network.ResourceTiming) har.Timings {
	span := func(from, to float64) float64 {
		if from < 0 || to < from {
			return -1
		}
		return to - from
	}
	first := t.SendStart
	for _, mark := range []float64{t.DNSStart, t.ConnectStart} {
		if mark >= 0 {
			first = min(first, mark)
		}
	}
	return har.Timings{
		Blocked: max(first, 0), DNS: span(t.DNSStart, t.DNSEnd), Connect: span(t.ConnectStart, t.ConnectEnd), SSL: span(t.SslStart, t.SslEnd),
		Send: max(span(t.SendStart, t.SendEnd), 0), Wait: max(span(t.SendEnd, t.ReceiveHeadersEnd), 0),
		Receive: max((e.ended-t.RequestTime)*1000-t.ReceiveHeadersEnd, 0),
	}
}

func pairs(headers network.Headers, hide veil) []har.Pair {
	all := make([]har.Pair, 0, len(headers))
	for name, value := range headers {
		all = append(all, har.Pair{Name: name, Value: clip(hide.header(name, fmt.Sprint(value)), maxHARText)})
	}
	slices.SortFunc(all, byName)
	return all
}

func byName(a, b har.Pair) int {
	switch {
	case a.Name < b.Name:
		return -1
	case a.Name > b.Name:
		return 1
	}
	return 0
}
