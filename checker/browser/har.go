package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/chromedp/cdproto/network"
)

// The parts of HAR 1.2 that we write; its specification has the meanings.
type (
	harFile struct {
		Log harLog `json:"log"`
	}
	harLog struct {
		Version string     `json:"version"`
		Creator harMaker   `json:"creator"`
		Browser *harMaker  `json:"browser,omitempty"`
		Pages   []harPage  `json:"pages"`
		Entries []harEntry `json:"entries"`
		Comment string     `json:"comment"`
	}
	harMaker struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	harPage struct {
		Started string   `json:"startedDateTime"`
		ID      string   `json:"id"`
		Title   string   `json:"title"`
		Timings struct{} `json:"pageTimings"`
	}
	harEntry struct {
		Page     string      `json:"pageref"`
		Started  string      `json:"startedDateTime"`
		Time     float64     `json:"time"` // ms, as all below
		Request  harRequest  `json:"request"`
		Response harResponse `json:"response"`
		Cache    struct{}    `json:"cache"`
		Timings  harTimings  `json:"timings"`
		Kind     string      `json:"_resourceType,omitempty"`
		Comment  string      `json:"comment,omitempty"`
	}
	harRequest struct {
		Method      string    `json:"method"`
		URL         string    `json:"url"`
		Version     string    `json:"httpVersion"`
		Cookies     []harPair `json:"cookies"`
		Headers     []harPair `json:"headers"`
		Query       []harPair `json:"queryString"`
		HeadersSize int       `json:"headersSize"`
		BodySize    int       `json:"bodySize"`
	}
	harResponse struct {
		Status      int64      `json:"status"`
		StatusText  string     `json:"statusText"`
		Version     string     `json:"httpVersion"`
		Cookies     []harPair  `json:"cookies"`
		Headers     []harPair  `json:"headers"`
		Content     harContent `json:"content"`
		Redirect    string     `json:"redirectURL"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int        `json:"bodySize"`
		Error       string     `json:"_error,omitempty"`
	}
	harContent struct {
		Size int    `json:"size"`
		Type string `json:"mimeType"`
	}
	harPair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	harTimings struct {
		Blocked float64 `json:"blocked"`
		DNS     float64 `json:"dns"`
		Connect float64 `json:"connect"`
		SSL     float64 `json:"ssl"`
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
)

// maxHARText bounds an address and a header's value, in characters: a target
// chooses how long they are. maxHARQuery bounds the parameters that are listed.
const (
	maxHARText  = 2_000
	maxHARQuery = 50
)

// harOf writes requests as HAR 1.2; note says what is left out.
func harOf(title string, began time.Time, entries []harEntry, note string) ([]byte, error) {
	file := harFile{harLog{
		Version: "1.2", Creator: harMaker{"Daymark", "1"},
		Pages:   []harPage{{Started: began.UTC().Format(time.RFC3339Nano), ID: "journey", Title: title}},
		Entries: entries, Comment: "Bodies are left out; secrets are redacted.",
	}}
	if note != "" {
		file.Log.Comment += " There was room for " + note + "."
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // addresses are full of &
	if err := encoder.Encode(file); err != nil {
		return nil, fmt.Errorf("write HAR: %w", err)
	}
	return text.Bytes(), nil
}

// entriesOf are exchanges in the form of HAR, without bodies, cookies and
// secrets.
func entriesOf(all []exchange, hide veil) []harEntry {
	entries := make([]harEntry, len(all))
	for i := range all {
		entries[i] = all[i].har(hide)
	}
	return entries
}

func (e *exchange) har(hide veil) harEntry {
	address := clip(hide.address(e.url), maxHARText)
	entry := harEntry{
		Page: "journey", Started: e.wall.UTC().Format(time.RFC3339Nano), Time: max(e.ended-e.began, 0) * 1000,
		Request: harRequest{
			Method: clip(e.method, 100), URL: address, Cookies: []harPair{}, Headers: []harPair{}, Query: []harPair{}, HeadersSize: -1, BodySize: -1,
		},
		Response: harResponse{Cookies: []harPair{}, Headers: []harPair{}, HeadersSize: -1, BodySize: int(e.bytes), Error: hide.text(e.fault)},
		Timings:  harTimings{Blocked: -1, DNS: -1, Connect: -1, SSL: -1, Wait: max(e.answered-e.began, 0) * 1000},
		Kind:     string(e.kind),
	}
	if parsed, err := url.Parse(address); err == nil {
		for name, values := range parsed.Query() {
			for _, value := range values {
				entry.Request.Query = append(entry.Request.Query, harPair{name, value})
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
func (e *exchange) timings(t *network.ResourceTiming) harTimings {
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
	return harTimings{
		Blocked: max(first, 0), DNS: span(t.DNSStart, t.DNSEnd), Connect: span(t.ConnectStart, t.ConnectEnd), SSL: span(t.SslStart, t.SslEnd),
		Send: max(span(t.SendStart, t.SendEnd), 0), Wait: max(span(t.SendEnd, t.ReceiveHeadersEnd), 0),
		Receive: max((e.ended-t.RequestTime)*1000-t.ReceiveHeadersEnd, 0),
	}
}

func pairs(headers network.Headers, hide veil) []harPair {
	all := make([]harPair, 0, len(headers))
	for name, value := range headers {
		all = append(all, harPair{name, clip(hide.header(name, fmt.Sprint(value)), maxHARText)})
	}
	slices.SortFunc(all, byName)
	return all
}

func byName(a, b harPair) int {
	switch {
	case a.Name < b.Name:
		return -1
	case a.Name > b.Name:
		return 1
	}
	return 0
}
