package browser

import (
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

// harOf writes exchanges as HAR 1.2, without bodies, cookies and secrets; most
// bounds how many, and headers whether theirs are in it.
func harOf(title string, began time.Time, all []exchange, hide veil, most int, headers bool) ([]byte, error) {
	file := harFile{harLog{
		Version: "1.2", Creator: harMaker{"Daymark", "1"},
		Pages:   []harPage{{Started: began.UTC().Format(time.RFC3339Nano), ID: "journey", Title: title}},
		Entries: []harEntry{}, Comment: "Bodies are left out; secrets are redacted.",
	}}
	for i := range all[:min(len(all), most)] {
		file.Log.Entries = append(file.Log.Entries, all[i].har(hide, headers))
	}
	text, err := json.Marshal(file)
	if err != nil {
		return nil, fmt.Errorf("write HAR: %w", err)
	}
	return text, nil
}

func (e *exchange) har(hide veil, headers bool) harEntry {
	address := hide.address(e.url)
	entry := harEntry{
		Page: "journey", Started: e.wall.UTC().Format(time.RFC3339Nano), Time: max(e.ended-e.began, 0) * 1000,
		Request: harRequest{
			Method: e.method, URL: address, Cookies: []harPair{}, Headers: []harPair{}, Query: []harPair{}, HeadersSize: -1, BodySize: -1,
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
	}
	if headers {
		entry.Request.Headers = pairs(e.sent, hide)
	}
	if e.response == nil {
		return entry
	}
	entry.Request.Version, entry.Response.Version = e.response.Protocol, e.response.Protocol
	entry.Response.Status, entry.Response.StatusText = e.response.Status, e.response.StatusText
	entry.Response.Content.Type = e.response.MimeType
	entry.Response.Redirect = hide.address(e.moved)
	if headers {
		entry.Response.Headers = pairs(e.response.Headers, hide)
	}
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
		all = append(all, harPair{name, clip(hide.header(name, fmt.Sprint(value)), 2_000)})
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
