package statuspage

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"strings"
	"time"

	"daymark/incident"
	"daymark/internal/civil"
	"daymark/statuspage/wire"
)

// moreRoutes are the addresses beside /api/v2 that Statuspage does not
// document and its clients read. One incident is told at its page's address
// with .json behind it.
func (p *Page) moreRoutes() []Route {
	return []Route{
		{Pattern: "GET /history.json", Handler: p.prepared("history", p.wireMonths)},
		{Pattern: "GET /uptime_showcase", Handler: http.HandlerFunc(p.serveShowcase)},
	}
}

// serveIncidentJSON tells one incident, with what was learned from it.
func (p *Page) serveIncidentJSON(w http.ResponseWriter, r *http.Request, id string) {
	p.prepared("incident "+id, func(ctx context.Context, now *rendering, _ int) (any, error) {
		record, err := p.source.Incident(ctx, id)
		if err != nil {
			return nil, err
		}
		l := Learned{record.Learned, record.Published}
		one := wire.OneIncident{Incident: now.wireReviewed(&record.Incident, l)}
		if one.Status == wire.Postmortem {
			one.PostmortemBody, one.PostmortemPublishedAt = wire.Text(l.Text), wire.At(l.At)
		}
		return one, nil
	}).ServeHTTP(w, r)
}

// monthsPerPage is how many months history.json tells at once.
const monthsPerPage = 3

// mostScanned bounds how many pages of incidents are read for one of months.
const mostScanned = 40

// wireMonths answers history.json: three months a page, the newest first, until
// the month of the first incident.
func (p *Page) wireMonths(ctx context.Context, r *rendering, page int) (any, error) {
	now := p.now().In(p.layout.Zone)
	this := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, p.layout.Zone)
	month := func(back int) time.Time { return this.AddDate(0, -back, 0) }
	from, to := month(page*monthsPerPage-1), month((page-1)*monthsPerPage-1)
	var found []incident.Incident
	oldest := to
	for n := 1; n <= mostScanned; n++ {
		some, err := p.source.Incidents(ctx, n)
		if err != nil {
			return nil, err
		}
		for i := range some {
			oldest = some[i].Opened
			if !oldest.Before(from) && oldest.Before(to) {
				found = append(found, some[i])
			}
		}
		if len(some) < perPage || oldest.Before(from) {
			break
		}
	}
	answer := wire.Months{Months: []wire.Month{}}
	for at := range monthsPerPage {
		begins, ends := month((page-1)*monthsPerPage+at), month((page-1)*monthsPerPage+at-1)
		if ends.Before(oldest) || ends.Equal(oldest) {
			break // nothing is older
		}
		one := wire.Month{Name: begins.Month().String(), Year: begins.Year(), Incidents: []wire.MonthIncident{}}
		for i := range found {
			if opened := found[i].Opened; !opened.Before(begins) && opened.Before(ends) {
				one.Incidents = append(one.Incidents, r.wireMonthIncident(&found[i]))
			}
		}
		answer.Months = append(answer.Months, one)
	}
	return answer, nil
}

// wireMonthIncident has the last word as its message. Readers of this address
// put both texts into a page as they are, so both are HTML.
func (r *rendering) wireMonthIncident(i *incident.Incident) wire.MonthIncident {
	one := wire.MonthIncident{Code: wireID("incident", i.ID), Name: short(i.Name), Impact: string(i.Worst.Impact())}
	if n := len(i.Updates); n > 0 {
		one.Message = html.EscapeString(i.Updates[n-1].Text)
	}
	clock := func(at time.Time) string { return "<var data-var='time'>" + at.Format("15:04") + "</var>" }
	day := func(at time.Time) string {
		return at.Format("Jan") + " <var data-var='date'>" + at.Format("2") + "</var>, " + clock(at)
	}
	opened := i.Opened.In(r.page.layout.Zone)
	one.Timestamp = day(opened)
	if !i.Resolved.IsZero() {
		if over := i.Resolved.In(r.page.layout.Zone); sinceDays(opened, over) == 0 {
			one.Timestamp += " - " + clock(over)
		} else {
			one.Timestamp += " - " + day(over)
		}
	}
	one.Timestamp += " " + opened.Format("MST")
	return one
}

// mostShowcased is how many components can be asked for at once.
const mostShowcased = 60

// serveShowcase tells the days of components that publish their uptime:
// ?components=a,b by the ids of the API.
func (p *Page) serveShowcase(w http.ResponseWriter, r *http.Request) {
	asked := strings.Split(r.URL.Query().Get("components"), ",")
	if len(asked) > mostShowcased {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		p.errors.Write(w, r, http.StatusBadRequest, fmt.Sprintf("At most %d components can be asked for at once.", mostShowcased))
		return
	}
	wanted := map[string]bool{}
	for _, id := range asked {
		wanted[id] = true
	}
	p.answer(w, r, func(_ context.Context, now *rendering, _ int) (any, error) {
		return now.showcase(func(id string) bool { return asked[0] == "" || wanted[id] }), nil
	})
}

func (r *rendering) showcase(wanted func(id string) bool) wire.Showcase {
	all := wire.Showcase{Timelines: map[string]wire.Timeline{}, Values: []wire.Uptime{}, Components: map[string]string{}}
	layout := r.page.layout
	today := civil.Day(r.at.In(layout.Zone))
	b := &builder{Layout: layout, snapshot: r.snapshot, now: r.at}
	for _, c := range layout.Components {
		id := wire.ID("component", c.ID)
		state, known := r.snapshot.Components[c.ID]
		if !shows(c, "uptime") || !known || !wanted(id) || len(all.Timelines) == mostShowcased {
			continue
		}
		line := wire.Timeline{Component: wire.TimelineOf{Code: id, Name: c.Name}, Days: []wire.TimelineDay{}}
		if !state.Created.IsZero() {
			line.Component.StartDate = wire.Text(state.Created.In(layout.Zone).Format(time.DateOnly))
		}
		days := lastDays(state.Days, today)
		for _, d := range days {
			one := wire.TimelineDay{
				Date: d.Date.Format(time.DateOnly), Related: []wire.Related{},
				Outages: wire.Outages{Partial: int(d.Partial.Seconds()), Major: int(d.Down.Seconds())},
			}
			for _, link := range b.dayLinks(c.ID, d.Date, civil.Plus(d.Date, 1)) {
				one.Related = append(one.Related, wire.Related{Name: link.Text})
			}
			line.Days = append(line.Days, one)
		}
		all.Timelines[id] = line
		all.Values = append(all.Values, wire.Uptime{Component: id, Ninety: r.share(days), Thirty: r.share(days[max(0, len(days)-30):])})
	}
	return all
}

// share is the uptime of days in hundredths of a per cent as a percentage, or
// nil where nothing was measured.
func (r *rendering) share(days []Day) *float64 {
	u := countUptime(days, r.page.layout.Options.Uptime.Maintenance != "counted")
	if u.checks == 0 {
		return nil
	}
	share := float64(u.hundredths()) / 100
	return &share
}
