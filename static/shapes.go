package static

import (
	"html/template"
	"strings"
	"sync"
)

// shape is the sign of a status, drawn 16 by 16 as one path.
type shape struct {
	status string // the API's word
	before string // attributes, besides the path
	path   string
	after  string
}

// shapes are those of all statuses: day signals of ships, which are told apart
// in grey, too.
var shapes = []shape{
	{status: "operational", before: ` fill-rule="evenodd"`, path: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm-.9 10.4L3.9 8.2l1.2-1.2 2 2 3.9-3.9 1.2 1.2Z"},
	{status: "degraded_performance", path: "M8 1.2 15.6 14.6H.4Z"},
	{status: "partial_outage", before: ` fill-rule="evenodd"`, path: "M8 .2 15.8 8 8 15.8.2 8Zm0 2.3v11L13.5 8Z"},
	{status: "major_outage", before: ` fill-rule="evenodd"`, path: "M8 .2 15.8 8 8 15.8.2 8Zm0 6.7L6.3 5.2 5.2 6.3 6.9 8 5.2 9.7l1.1 1.1L8 9.1l1.7 1.7 1.1-1.1L9.1 8l1.7-1.7-1.1-1.1Z"},
	{status: "under_maintenance", path: "M2 1h12v1.6L9.2 8 14 13.4V15H2v-1.6L6.8 8 2 2.6Z"},
	{status: "unknown", path: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Z", after: ` fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3.1 3.18"`},
}

// Path gives the path of a status's sign; "" where there is no such status.
func Path(status string) string {
	for _, s := range shapes {
		if s.status == status {
			return s.path
		}
	}
	return ""
}

// Sprite is the signs of all statuses as symbols, once a page: each is drawn by
// <use href="#status">.
var Sprite = sync.OnceValue(func() template.HTML {
	var out strings.Builder
	out.WriteString(`<svg class="sprite" width="0" height="0" aria-hidden="true">` + "\n")
	for _, s := range shapes {
		out.WriteString(`<symbol id="` + s.status + `" viewBox="0 0 16 16"><path` + s.before + ` d="` + s.path + `"` + s.after + "/></symbol>\n")
	}
	out.WriteString("</svg>")
	return template.HTML(out.String()) //nolint:gosec // of constants above
})
