package statuspage

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"daymark/incident"
	"daymark/internal/web"
)

// incidentPage is what the page of one incident says.
type incidentPage struct {
	speech
	Frame         frame
	ID            string
	Status        incident.Status
	Name          string
	Open          bool
	Follow        Line
	Into          string // the incident that it goes on as part of; empty: none
	Lasted        string
	Promise       *Promise
	AffectedTitle string
	Affected      []affectedLine
	BadTitle      string
	Bad           string
	Kept          []string
	DoneIn        string
	Log           []logEntry
	Learned       *learned // nil: no review is published
}

// learned is the published review.
type learned struct {
	HTML template.HTML
	On   Moment
}

// affectedLine is a component with how and how long it was affected. Status is
// that of the words while it fails, and empty when that is over.
type affectedLine struct {
	Name, Span string
	Link       string // empty: the component left the configuration
	Status     incident.Status
}

// logEntry is one update, newest first.
type logEntry struct {
	ID      string
	At      Moment
	City    string
	Day     string
	Heading string
	Status  incident.Status // empty: no component changed
	HTML    template.HTML
	Kept    []string
}

// Word says a status, for the template.
func (v incidentPage) Word(s incident.Status) string { return v.statusWord(s) }

// viewIncident says one incident in words. It is pure but for the frame,
// which is the caller's.
func viewIncident(layout *Layout, record *IncidentRecord, now time.Time) incidentPage {
	i := &record.Incident
	b := &builder{Layout: layout, snapshot: &Snapshot{}, now: now}
	v := incidentPage{speech: layout.speech, ID: i.ID, Name: strings.TrimSuffix(layout.called(i), ".") + ".", Open: i.Open(), Status: incident.Operational}
	over := overAt(i)
	if v.Open {
		better := len(i.Affected) > 0
		for _, a := range i.Affected {
			better = better && a.Status == incident.Operational
			if a.Status.Badness() > v.Status.Badness() {
				v.Status = a.Status
			}
		}
		v.Follow = layout.since(i, layout.clockToday(i.Since, now, layout.Zone))
		if better {
			v.Name = layout.worksAgain(b.affectedNames([]incident.Incident{*i}))
			v.Follow = layout.place("works-since", layout.clockToday(over, now, layout.Zone))
		}
		v.AffectedTitle, v.BadTitle = layout.sentence("is-affected"), layout.sentence("how-bad")
		if runs(i.Promise) {
			v.Promise = b.promiseOf(i, false)
		}
	} else if v.Into = i.Care.MergedInto; v.Into != "" {
		v.Follow = Line{Before: layout.sentence("goes-on-in")}
		v.AffectedTitle, v.BadTitle = layout.sentence("was-affected"), layout.sentence("how-bad-was")
	} else {
		v.Follow = layout.place("over-since", layout.clockLong(over, layout.Zone))
		v.Lasted = layout.lasted(over.Sub(i.Since))
		v.AffectedTitle, v.BadTitle = layout.sentence("was-affected"), layout.sentence("how-bad-was")
	}
	day := now // the day whose times need no date
	if !v.Open {
		day = i.Resolved
	}
	at := func(t time.Time) Moment { return layout.clock(t, day, layout.Zone) }
	for _, a := range i.Affected {
		line := affectedLine{Name: layout.name(a.Component), Link: layout.linkOf(a.Component)}
		status, mixed, until, took := a.Worst, i.Better(a.Component) >= time.Second, "", time.Duration(0)
		if !a.Until.IsZero() {
			until, took = at(a.Until).Text, a.Until.Sub(a.From)
		} else if v.Open {
			status, mixed, line.Status = a.Status, mixed || a.Status != a.Worst, a.Status
		}
		line.Span = layout.affectedSpan(status, mixed, at(a.From).Text, until, took)
		v.Affected = append(v.Affected, line)
	}
	owed := layout.owed(i)
	v.Bad = layout.gradeSays(i.Worst, &owed)
	v.Kept = b.kept(i)
	if !v.Open && v.Into == "" && owed.resolve > 0 {
		v.DoneIn = layout.doneIn(owed.took(i), owed.resolve)
	}
	for _, v0 := range slices.Backward(i.Updates) {
		said := entry(layout, v0, now)
		if v.Into != "" && v0.Kind == incident.Ended {
			said.Heading = layout.Text("phase.merged", nil)
		}
		v.Log = append(v.Log, said)
	}
	if record.Learned != "" && !v.Open {
		v.Learned = &learned{HTML: layout.written(record.Learned), On: layout.dateOf(record.Published, layout.Zone)}
	}
	return v
}

// entry is one update of the log.
func entry(layout *Layout, u incident.Update, now time.Time) logEntry {
	local := u.At.In(layout.Zone)
	e := logEntry{
		ID: fmt.Sprintf("update-%d", u.Number), Heading: layout.phaseWord(&u), City: city(layout.Zone),
		At: Moment{ISO: u.At.UTC().Format(time.RFC3339), Text: local.Format("15:04")},
	}
	_, e.HTML = layout.said(&u)
	if sinceDays(local, now.In(layout.Zone)) != 0 {
		e.Day = layout.dateOf(u.At, layout.Zone).Text
	}
	for _, c := range u.Changes {
		if e.Status == "" || c.New.Badness() > e.Status.Badness() {
			e.Status = c.New
		}
	}
	if !u.Promised.IsZero() {
		e.Kept = append(e.Kept, layout.kept(layout.clock(u.Promised, u.At, layout.Zone).Text, u.Promised.Sub(u.At)))
	}
	if u.Auto {
		e.Kept = append(e.Kept, layout.sentence("written-by-measure"))
	}
	if !u.Edited.IsZero() {
		e.Kept = append(e.Kept, layout.at("put-right", layout.clock(u.Edited, u.At, layout.Zone).Text))
	}
	return e
}

// incidentCache keeps rendered pages of incidents or components for as long as the page
// itself does not change, so that a crowd costs one rendering.
type incidentCache struct {
	mu    sync.Mutex
	of    *rendering
	pages map[string]*web.Body
}

// mostCached bounds what a crawler can make us keep.
const mostCached = 200

func (c *incidentCache) get(of *rendering, key string) *web.Body {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of != of {
		c.of, c.pages = of, map[string]*web.Body{}
	}
	return c.pages[key]
}

func (c *incidentCache) put(of *rendering, key string, body *web.Body) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == of && len(c.pages) < mostCached {
		c.pages[key] = body
	}
}

// serveIncident serves the page of one incident.
func (p *Page) serveIncident(w http.ResponseWriter, r *http.Request) {
	id, chosen := r.PathValue("id"), theme(r)
	if id, json := strings.CutSuffix(id, ".json"); json {
		p.serveIncidentJSON(w, r, id)
		return
	}
	current, err := p.latest(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	key := chosen + " " + id
	if body := p.incidents.get(current, key); body != nil {
		body.ServeHTTP(w, r)
		return
	}
	i, err := p.source.Incident(r.Context(), id)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	v := viewIncident(p.layout, i, p.now())
	v.Frame = p.frame(chosen, v.Status)
	v.Frame.Title = strings.TrimSuffix(v.Name, ".")
	v.Frame.Own, v.Frame.Version = p.layout.Zone.String(), current.number()
	if v.Open {
		v.Frame.Mode, v.Frame.Live = "whole", true
	}
	v.Frame.Share = p.shared(incidentPath(id), "article", p.layout.described(v.Name, v.Follow), id, v.Name, v.Frame.Version)
	v.Frame.Share.Data = p.incidentData(i, v.Frame.Share.Card)
	html, err := p.layout.execute("incident", v)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	body := web.NewBody(web.BodyOptions{Type: "text/html; charset=utf-8", Vary: vary}, html)
	p.incidents.put(current, key, body)
	body.ServeHTTP(w, r)
}

// number gives the version that open pages are at.
func (r *rendering) number() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.version
}
