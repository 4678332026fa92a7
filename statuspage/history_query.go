package statuspage

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"daymark/internal/lang"
)

// Limits of what a search takes.
const (
	longestSearch    = 100 // characters; what is longer is cut
	mostWords        = 8   // further ones are not looked for
	longestComponent = 200 // bytes
)

// monthShape is a month in an address.
const monthShape = "2006-01"

// past is what the history is asked for, as its address says it.
type past struct {
	words     string // as they were typed
	component string
	kind      Kind
	month     time.Time // its beginning in the page's zone; zero: all
	page      int
}

// pastOf reads an address. What is no search at all is named by the id of a
// sentence.
func (l *Layout) pastOf(query url.Values) (asked past, wrong string) {
	asked = past{words: strings.Join(strings.Fields(strings.ToValidUTF8(query.Get("q"), " ")), " "), component: query.Get("component"), kind: Kind(query.Get("kind")), page: pageOf(query)}
	if utf8.RuneCountInString(asked.words) > longestSearch {
		asked.words = strings.TrimSpace(string([]rune(asked.words)[:longestSearch]))
	}
	if text := query.Get("month"); text != "" {
		month, err := time.ParseInLocation(monthShape, text, l.Zone)
		if err != nil {
			return asked, "no-such-month"
		}
		asked.month = month
	}
	_, known := l.component(asked.component)
	switch {
	case asked.page == 0:
		return asked, "no-earlier"
	// One that left the configuration may still be asked for: addresses stay.
	case !known && (len(asked.component) > longestComponent || !utf8.ValidString(asked.component)):
		return asked, "no-such-component"
	case asked.kind != "" && asked.kind != OfIncidents && asked.kind != OfMaintenance:
		return asked, "no-such-kind"
	}
	return asked, ""
}

// address is where the same is asked for.
func (a past) address() string {
	if query := a.query(); len(query) > 0 {
		return "/history?" + query.Encode()
	}
	return "/history"
}

// query is what of the address asks.
func (a past) query() url.Values {
	query := url.Values{}
	for key, value := range map[string]string{"q": a.words, "component": a.component, "kind": string(a.kind)} {
		if value != "" {
			query.Set(key, value)
		}
	}
	if !a.month.IsZero() {
		query.Set("month", a.month.Format(monthShape))
	}
	if a.page > 1 {
		query.Set("page", strconv.Itoa(a.page))
	}
	return query
}

// narrowed says whether anything but a page is asked for.
func (a past) narrowed() bool {
	return a.words != "" || a.component != "" || a.kind != "" || !a.month.IsZero()
}

// with gives the first page of what is asked for, changed.
func (a past) with(change func(*past)) past {
	change(&a)
	a.page = 1
	return a
}

// search is what the source is asked for.
func (l *Layout) search(a past) Search {
	s := Search{Kind: a.kind, Component: a.component, Month: a.month, Page: a.page}
	if s.Words = strings.Fields(lang.Fold(a.words)); len(s.Words) > mostWords {
		s.Words = s.Words[:mostWords]
	}
	if len(s.Words) > 0 {
		s.Names = map[string]string{}
		for _, c := range l.Components {
			s.Names[c.ID] = lang.Fold(l.name(c.ID))
		}
	}
	return s
}

// pageOf reads page=N; 1 when there is none, 0 when it is no page.
func pageOf(query url.Values) int {
	text := query.Get("page")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > deepest {
		return 0
	}
	return n
}

// pageNumber is pageOf a request.
func pageNumber(r *http.Request) int { return pageOf(r.URL.Query()) }

// hollow says whether a form without an answer to each question made an
// address; the same is then found under a shorter one.
func hollow(query url.Values) bool {
	for _, key := range []string{"q", "component", "kind", "month", "page"} {
		if slices.Contains(query[key], "") {
			return true
		}
	}
	return false
}
