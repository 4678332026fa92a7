package console

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"daymark/incident"
	"daymark/internal/expression"
)

// waterfall is what a browser asked for, and when, of an HTTP archive.
type waterfall struct {
	Rows   []exchangeRow
	Asked  int    // requests; Rows may be fewer
	Failed int    // that were not answered, or with an error
	Size   string // of the answers' bodies
	Lasted string
}

type exchangeRow struct {
	Method, URL, Kind, Size, Took string
	Answer                        string // "200", or why there is none
	Status                        incident.Status
	Bad                           bool
	From, Wait, To                int      // of waterfallWidth: when it began, when the answer began and ended
	Parts                         []string // "name lookup 3 ms"
}

const (
	waterfallWidth = 1000
	mostExchanges  = 500
	mostURL        = 300 // characters
	// longestHAR bounds a request's time, so that no number of a target's
	// makes ours overflow.
	longestHAR = 24 * time.Hour
)

// archive is what we read of HAR 1.2.
type archive struct {
	Log struct {
		Entries []archived `json:"entries"`
	} `json:"log"`
}

type archived struct {
	Started time.Time `json:"startedDateTime"`
	Time    float64   `json:"time"` // ms
	Request struct {
		Method string `json:"method"`
		URL    string `json:"url"`
	} `json:"request"`
	Response struct {
		Status  int    `json:"status"`
		Error   string `json:"_error"`
		Size    int64  `json:"bodySize"`
		Content struct {
			Type string `json:"mimeType"`
		} `json:"content"`
	} `json:"response"`
	Timings struct {
		DNS     float64 `json:"dns"`
		Connect float64 `json:"connect"`
		SSL     float64 `json:"ssl"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	} `json:"timings"`
	Kind string `json:"_resourceType"`
}

// readHAR reads an archive; nil where it is none, or has no request.
func readHAR(data []byte) *waterfall {
	var a archive
	if json.Unmarshal(data, &a) != nil || len(a.Log.Entries) == 0 {
		return nil
	}
	entries := a.Log.Entries
	slices.SortStableFunc(entries, func(x, y archived) int { return x.Started.Compare(y.Started) })
	first, last := entries[0].Started, entries[0].Started
	w := &waterfall{Asked: len(entries)}
	var size int64
	for i := range entries {
		e := &entries[i]
		if end := e.Started.Add(millis(e.Time)); end.After(last) {
			last = end
		}
		if e.failed() {
			w.Failed++
		}
		size += min(max(e.Response.Size, 0), 1<<40)
	}
	whole := max(min(last.Sub(first), longestHAR), time.Millisecond)
	w.Size, w.Lasted = expression.FormatSize(size), took(whole)
	for i := range entries[:min(len(entries), mostExchanges)] {
		w.Rows = append(w.Rows, entries[i].row(first, whole))
	}
	return w
}

// millis reads a time of an archive; what is not one is none.
func millis(ms float64) time.Duration {
	if !(ms > 0) {
		return 0
	}
	return time.Duration(min(ms, float64(longestHAR/time.Millisecond)) * float64(time.Millisecond))
}

func (e *archived) failed() bool { return e.Response.Status == 0 || e.Response.Status >= 400 }

func (e *archived) row(first time.Time, whole time.Duration) exchangeRow {
	at := func(d time.Duration) int {
		return int(float64(waterfallWidth) * min(max(float64(d)/float64(whole), 0), 1))
	}
	began, lasts := e.Started.Sub(first), millis(e.Time)
	row := exchangeRow{
		Method: clipped(e.Request.Method, 20), URL: clipped(e.Request.URL, mostURL), Kind: clipped(cmp.Or(e.Kind, e.Response.Content.Type), 40), Took: took(lasts),
		Status: incident.Operational, From: at(began), To: max(at(began+lasts), at(began)+2), Size: "–",
	}
	row.Wait = min(max(at(began+lasts-millis(e.Timings.Receive)), row.From), row.To)
	if e.Response.Size >= 0 {
		row.Size = expression.FormatSize(e.Response.Size)
	}
	row.Answer = strconv.Itoa(e.Response.Status)
	if e.Response.Status == 0 {
		row.Answer = cmp.Or(clipped(e.Response.Error, 80), "no answer")
	}
	if e.failed() {
		row.Status, row.Bad = incident.Down, true
	}
	for _, part := range []struct {
		name string
		took float64
	}{{"name lookup", e.Timings.DNS}, {"connect", e.Timings.Connect}, {"TLS", e.Timings.SSL}, {"wait", e.Timings.Wait}, {"receive", e.Timings.Receive}} {
		if d := millis(part.took); d > 0 {
			row.Parts = append(row.Parts, part.name+" "+took(d))
		}
	}
	return row
}

func clipped(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
