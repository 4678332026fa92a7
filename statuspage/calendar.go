package statuspage

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"daymark/incident"
	"daymark/internal/lang"
)

// calendarBack is for how long maintenance that is done or cancelled stays in
// the calendar.
const calendarBack = 30 * 24 * time.Hour

// mostAhead is how many times of a recurring maintenance the calendar has that
// were not announced yet.
const mostAhead = 12

const calendarType = "text/calendar; charset=utf-8"

// serveCalendar serves the calendar of maintenance, ?component=ID those of one
// component.
func (p *Page) serveCalendar(w http.ResponseWriter, r *http.Request) {
	component := r.URL.Query().Get("component")
	if _, known := p.layout.component(component); component != "" && !known {
		p.errors.Write(w, r, http.StatusNotFound, p.layout.sentence("no-such-component"))
		return
	}
	p.composed(w, r, "calendar "+component, calendarType, func(ctx context.Context, now *rendering) (string, error) {
		all, err := p.source.Maintenances(ctx, p.now().Add(-calendarBack))
		if err != nil {
			return "", err
		}
		if component != "" {
			all = slices.DeleteFunc(all, func(m incident.PlannedMaintenance) bool { return !slices.Contains(m.Components, component) })
		}
		says := p.layout.sentence("planned")
		if component != "" {
			says = p.layout.with("calendar-of", lang.Values{"component": p.layout.name(component)})
		}
		return p.calendar(p.layout.titleOf(says, p.layout.Options.Name), append(all, p.ahead(all)...)), nil
	})
}

// serveCalendarOf serves one maintenance as a calendar.
func (p *Page) serveCalendarOf(w http.ResponseWriter, r *http.Request, id string) {
	p.composed(w, r, "calendar-of "+id, calendarType, func(ctx context.Context, _ *rendering) (string, error) {
		m, err := p.source.Maintenance(ctx, id)
		if err != nil {
			return "", err
		}
		return p.calendar(m.Title, []incident.PlannedMaintenance{*m}), nil
	})
}

// ahead lists the coming times of each rule of which one time at least was
// announced: before that, a rule is not public. Their ids are those that they
// will be planned with.
func (p *Page) ahead(known []incident.PlannedMaintenance) []incident.PlannedMaintenance {
	var all []incident.PlannedMaintenance
	for _, r := range p.recurring {
		last := -1
		planned := map[string]bool{}
		for i := range known {
			if planned[known[i].ID] = true; known[i].Rule == r.ID {
				last = i
			}
		}
		if last < 0 {
			continue
		}
		starts, _ := r.Next(p.now(), mostAhead)
		for _, at := range starts {
			// What was announced already stands for itself, ended or not.
			if id := r.OccurrenceID(at); !planned[id] && !at.Before(known[last].Ends) {
				all = append(all, incident.PlannedMaintenance{
					ID: id, Rule: r.ID, Title: r.Name, Components: r.Components, Stage: incident.Scheduled, Starts: at, Ends: at.Add(r.Lasts), Made: known[last].Made, Updated: known[last].Made,
				})
			}
		}
	}
	return all
}

// calendar writes maintenance as iCalendar (RFC 5545). An event keeps its UID,
// and its SEQUENCE rises with each change. Times are in UTC.
func (p *Page) calendar(name string, all []incident.PlannedMaintenance) string {
	l := p.layout
	b := &builder{Layout: l, snapshot: &Snapshot{}, now: p.now()}
	host := strings.TrimSuffix(strings.TrimPrefix(tagOf(l.Options.URL), "tag:"), ",2005:")
	c := ics.NewCalendar()
	c.SetProductId("-//Daymark//Status page//EN")
	c.SetCalscale("GREGORIAN")
	c.SetMethod(ics.MethodPublish)
	c.SetXWRCalName(oneLine(name))
	c.SetRefreshInterval("PT1H")
	c.SetXPublishedTTL("PT1H")
	for i := range all {
		m := &all[i]
		link := l.Options.URL + maintenancePath(m.ID)
		said := []string{b.plannedOf(b.componentNames(m.Components), incident.Scheduled), link}
		if m.Announced.IsZero() {
			said[1] = l.sentence("calendar-ahead")
		}
		if m.Text != "" {
			said = append([]string{m.Text}, said...)
		}
		e := c.AddEvent(wireID("maintenance", m.ID) + "@" + host)
		e.SetDtStampTime(m.Updated.UTC())
		e.SetCreatedTime(m.Made.UTC())
		e.SetModifiedAt(m.Updated.UTC())
		if !m.Announced.IsZero() {
			e.SetSequence(1 + max(0, int(m.Updated.Sub(m.Made)/time.Second)))
		}
		e.SetStartAt(m.Starts)
		e.SetEndAt(workOver(m))
		e.SetSummary(oneLine(m.Title))
		e.SetDescription(strings.TrimSpace(printable(strings.Join(said, "\n\n"))))
		if !m.Announced.IsZero() {
			e.SetURL(link)
		}
		e.SetStatus(calendarStatus(m))
		e.SetTimeTransparency(ics.TransparencyTransparent) // it takes nobody's time
	}
	return c.Serialize(ics.WithNewLineWindows)
}

// calendarStatus says how sure a maintenance is.
func calendarStatus(m *incident.PlannedMaintenance) ics.ObjectStatus {
	switch {
	case m.Stage == incident.Cancelled:
		return ics.ObjectStatusCancelled
	case m.Announced.IsZero():
		return ics.ObjectStatusTentative
	}
	return ics.ObjectStatusConfirmed
}
