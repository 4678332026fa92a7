package statuspage

import (
	"fmt"
	"net/http"
	"strconv"

	"daymark/incident"
	"daymark/internal/web"
)

// perPage is how many incidents a Source gives at once.
const perPage = 50

// deepest is the last page of the history that can be asked for.
const deepest = 1000

// historyPage is the list of incidents by month.
type historyPage struct {
	Frame        frame
	Lead         string
	Months       []month
	Empty        string
	Newer, Older string // addresses; empty: there is none
}

// month is a heading with its incidents, newest first.
type month struct {
	ID, Name  string
	Incidents []PastView
}

// serveHistory serves past and open incidents, newest first, fifty a page.
func (p *Page) serveHistory(w http.ResponseWriter, r *http.Request) {
	page := pageNumber(r)
	if page == 0 {
		p.errors.Write(w, r, http.StatusNotFound, p.layout.sentence("no-earlier"))
		return
	}
	incidents, err := p.source.Incidents(r.Context(), page)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	if len(incidents) == 0 && page > 1 {
		p.errors.Write(w, r, http.StatusNotFound, p.layout.sentence("no-earlier"))
		return
	}
	v := historyPage{Frame: p.frame(theme(r), incident.Operational), Lead: p.layout.sentence("history-sentence"), Empty: p.layout.sentence("no-incidents-at-all"), Months: p.months(incidents)}
	v.Frame.Title = p.layout.sentence("past")
	if page > 1 {
		v.Newer = historyPath(page - 1)
	}
	if len(incidents) == perPage {
		v.Older = historyPath(page + 1)
	}
	html, err := p.layout.execute("history", v)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	web.NewBody(web.BodyOptions{Type: "text/html; charset=utf-8", Vary: vary}, html).ServeHTTP(w, r)
}

func historyPath(page int) string {
	if page == 1 {
		return "/history"
	}
	return fmt.Sprintf("/history?page=%d", page)
}

// months groups incidents by the month in which they began.
func (p *Page) months(incidents []incident.Incident) []month {
	b := &builder{Layout: p.layout, snapshot: &Snapshot{}, now: p.now()}
	var all []month
	for i := range incidents {
		since := incidents[i].Since.In(p.layout.Zone)
		name := p.layout.Month(since)
		if len(all) == 0 || all[len(all)-1].Name != name {
			all = append(all, month{ID: "month-" + since.Format("2006-01"), Name: name})
		}
		last := &all[len(all)-1]
		last.Incidents = append(last.Incidents, b.pastView(&incidents[i]))
	}
	return all
}

// pageNumber reads ?page=N; 1 when there is none, 0 when it is no page.
func pageNumber(r *http.Request) int {
	text := r.URL.Query().Get("page")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > deepest {
		return 0
	}
	return n
}
