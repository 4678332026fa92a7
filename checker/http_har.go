package checker

import (
	"net/http"
	"net/url"
	"time"

	"daymark/internal/har"
	"daymark/internal/redact"
)

// harPiece is the name of the requests of a check with steps, as an archive.
const harPiece = "network.har"

// maxHARSteps bounds how many steps it has.
const maxHARSteps = 100

// sent is a request that was made, as far as an archive tells of it.
type sent struct {
	method string
	url    *url.URL
	began  time.Time
	hidden redact.Redactor
}

func sentOf(message *http.Request, hidden redact.Redactor) *sent {
	return &sent{message.Method, message.URL, time.Now(), hidden}
}

// archive are the requests of the steps so far.
type archive struct {
	began   time.Time
	entries []har.Entry
}

// add tells of a step that was made; where nothing was sent there is nothing
// to tell. Headers and bodies are in the text beside it.
func (a *archive) add(step string, got *answer, problem *fault) {
	if got.sent == nil || len(a.entries) == maxHARSteps {
		return
	}
	if a.entries == nil {
		a.began = got.sent.began
	}
	address := got.sent.url
	if reached, err := url.Parse(got.facts.URL); err == nil && got.facts.URL != "" { // after redirects
		address = reached
	}
	entry := har.EntryOf(got.sent.began, got.sent.method, clip(got.sent.hidden.String(withoutValues(address)), MaxReason))
	entry.Kind = clip("step "+step, MaxID)
	took := sum(got.timings)
	if took == 0 {
		took = time.Since(got.sent.began)
	}
	entry.Time = ms(took)
	for _, part := range got.timings {
		if span := entry.Timings.Part(part.Name); span != nil {
			*span = ms(part.Duration)
		}
	}
	if entry.Response.Status = int64(got.facts.Status); got.facts.Status == 0 && problem != nil {
		entry.Response.Error = clip(got.sent.hidden.String(problem.reason), MaxReason)
	}
	if version := got.facts.Version; version != "" {
		entry.Request.Version, entry.Response.Version = "HTTP/"+version, "HTTP/"+version
	}
	entry.Response.StatusText = http.StatusText(got.facts.Status)
	entry.Response.Content = har.Content{Size: got.facts.Size, Type: clip(got.facts.Headers["Content-Type"], MaxID)}
	if got.facts.Status != 0 && got.facts.Encoding == "" {
		entry.Response.BodySize = got.facts.Size
	}
	a.entries = append(a.entries, entry)
}

func ms(span time.Duration) float64 { return float64(span) / float64(time.Millisecond) }

// attach adds the archive to what a run has seen, without what steps saved.
func (a *archive) attach(result *Result, title string, saved redact.Redactor) {
	if len(a.entries) == 0 || result.Outcome == Unknown {
		return
	}
	for i := range a.entries { // a value may stand in an address before the step that saves it
		e := &a.entries[i]
		e.Request.URL, e.Response.Error, e.Response.Content.Type = saved.String(e.Request.URL), saved.String(e.Response.Error), saved.String(e.Response.Content.Type)
	}
	text, err := har.Write(title, a.began, a.entries, "Headers and bodies are in answer.txt; values of parameters are left out.")
	size := len(text)
	for i := range result.Evidence {
		size += len(result.Evidence[i].Data)
	}
	if err != nil || size > MaxEvidence { // the text beside it has as much
		return
	}
	result.Evidence = append(result.Evidence, Evidence{Name: harPiece, MediaType: "application/json", Data: text})
}
