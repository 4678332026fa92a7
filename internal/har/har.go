// Package har writes HTTP archives, HAR 1.2: which requests were made and when.
//
// Use: Write with the entries, which EntryOf begins. Everything in them is as
// its caller made it: to take out secrets and to bound texts is theirs.
//
// Promises: what is written is an archive by the specification of HAR 1.2,
// without bodies and cookies.
package har

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// The parts of HAR 1.2 that we write; its specification has the meanings.
type (
	// File is an archive.
	File struct {
		Log Log `json:"log"`
	}
	// Log is what it holds.
	Log struct {
		Version string  `json:"version"`
		Creator Maker   `json:"creator"`
		Browser *Maker  `json:"browser,omitempty"`
		Pages   []Page  `json:"pages"`
		Entries []Entry `json:"entries"`
		Comment string  `json:"comment"`
	}
	// Maker is a program.
	Maker struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	// Page is what entries belong to.
	Page struct {
		Started string   `json:"startedDateTime"`
		ID      string   `json:"id"`
		Title   string   `json:"title"`
		Timings struct{} `json:"pageTimings"`
	}
	// Entry is a request and its answer.
	Entry struct {
		Page     string   `json:"pageref"`
		Started  string   `json:"startedDateTime"`
		Time     float64  `json:"time"` // ms, as all below
		Request  Request  `json:"request"`
		Response Response `json:"response"`
		Cache    struct{} `json:"cache"`
		Timings  Timings  `json:"timings"`
		Kind     string   `json:"_resourceType,omitempty"`
		Comment  string   `json:"comment,omitempty"`
	}
	// Request is what was asked.
	Request struct {
		Method      string `json:"method"`
		URL         string `json:"url"`
		Version     string `json:"httpVersion"`
		Cookies     []Pair `json:"cookies"`
		Headers     []Pair `json:"headers"`
		Query       []Pair `json:"queryString"`
		HeadersSize int    `json:"headersSize"`
		BodySize    int    `json:"bodySize"`
	}
	// Response is what came; its status is 0 where nothing did.
	Response struct {
		Status      int64   `json:"status"`
		StatusText  string  `json:"statusText"`
		Version     string  `json:"httpVersion"`
		Cookies     []Pair  `json:"cookies"`
		Headers     []Pair  `json:"headers"`
		Content     Content `json:"content"`
		Redirect    string  `json:"redirectURL"`
		HeadersSize int     `json:"headersSize"`
		BodySize    int     `json:"bodySize"`
		Error       string  `json:"_error,omitempty"`
	}
	// Content is what is known of a body.
	Content struct {
		Size int    `json:"size"`
		Type string `json:"mimeType"`
	}
	// Pair is a header, a parameter or a cookie.
	Pair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	// Timings are spans in ms; -1: there was none.
	Timings struct {
		Blocked float64 `json:"blocked"`
		DNS     float64 `json:"dns"`
		Connect float64 `json:"connect"`
		SSL     float64 `json:"ssl"`
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
)

// EntryOf begins an entry of the only page of an archive: what is not set is
// said to be unknown.
func EntryOf(began time.Time, method, url string) Entry {
	return Entry{
		Page: page, Started: stamp(began),
		Request:  Request{Method: method, URL: url, Cookies: []Pair{}, Headers: []Pair{}, Query: []Pair{}, HeadersSize: -1, BodySize: -1},
		Response: Response{Cookies: []Pair{}, Headers: []Pair{}, HeadersSize: -1, BodySize: -1},
		Timings:  Timings{Blocked: -1, DNS: -1, Connect: -1, SSL: -1},
	}
}

// page is the id of the only page.
const page = "journey"

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }

// Write writes an archive; comment says what is left out.
func Write(title string, began time.Time, entries []Entry, comment string) ([]byte, error) {
	if entries == nil {
		entries = []Entry{}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // addresses are full of &
	if err := encoder.Encode(File{Log{
		Version: "1.2", Creator: Maker{"Daymark", "1"}, Pages: []Page{{Started: stamp(began), ID: page, Title: title}}, Entries: entries, Comment: comment,
	}}); err != nil {
		return nil, fmt.Errorf("write HAR: %w", err)
	}
	return text.Bytes(), nil
}

// Part gives the span of a part of a request as checks name it; nil: there is
// none for it.
func (t *Timings) Part(name string) *float64 {
	switch name {
	case "redirects":
		return &t.Blocked
	case "dns":
		return &t.DNS
	case "connect":
		return &t.Connect
	case "tls":
		return &t.SSL
	case "first_byte":
		return &t.Wait
	case "transfer":
		return &t.Receive
	}
	return nil
}
