package browser

import (
	"fmt"
	"strings"
	"time"

	"daymark/internal/expression"
)

// requestsOf fills the table of requests: the failed ones first to be kept,
// all in the order in which they began.
func (r *report) requestsOf(all []exchange, hide veil, most int) {
	if len(all) == 0 {
		return
	}
	first, last := all[0].began, all[0].began
	for i := range all {
		first = min(first, all[i].began)
		last = max(last, all[i].began, all[i].answered, all[i].ended)
	}
	whole := max(last-first, 0.001)
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	shown := chosen(all, most, func(i int) bool { return all[i].failed })
	for i := range shown {
		e := &shown[i]
		row := reportRequest{
			Method: clip(e.method, 20), Address: clip(hide.address(e.url), 300), Kind: strings.ToLower(string(e.kind)), Status: e.outcome(hide),
			Size: expression.FormatSize(int64(e.bytes)), Began: spell(seconds(e.began - first)), Took: "–", Bad: e.failed,
		}
		end := e.ended
		if end == 0 {
			row.Size, end = "–", last
		} else {
			row.Took = spell(seconds(max(e.ended-e.began, 0)))
		}
		answered := e.answered
		if answered == 0 {
			answered = end
		}
		thousandth := func(at float64) int { return min(max(int((at-first)/whole*1000), 0), 1000) }
		row.From, row.Answered = thousandth(e.began), thousandth(answered)
		row.Wait, row.Take = max(row.Answered-row.From, 0), max(thousandth(end)-row.Answered, 3)
		r.Requests = append(r.Requests, row)
	}
	r.Span = spell(seconds(whole))
	r.RequestsNote = "Pale: until the answer began; dark: until it was there."
	if len(shown) < len(all) {
		r.RequestsNote = fmt.Sprintf("%d of %d, all that failed among them. %s", len(shown), len(all), r.RequestsNote)
	}
}

// outcome says in a word or two what became of a request.
func (e *exchange) outcome(hide veil) string {
	switch {
	case e.fault != "" && e.canceled:
		return "given up"
	case e.fault != "":
		return hide.text(strings.TrimPrefix(e.fault, "net::"))
	case e.response == nil:
		return "no answer"
	case e.response.FromServiceWorker:
		return fmt.Sprintf("%d, service worker", e.response.Status)
	}
	return fmt.Sprint(e.response.Status)
}

// recorded copies what was kept of requests and console.
func (w *watch) recorded() (all []exchange, lines []line) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, kept := range w.traffic.kept {
		all = append(all, *kept)
	}
	return all, append(lines, w.console...)
}

func (w *watch) counted() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.traffic.requests
}
