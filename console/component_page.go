package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/statuspage"
)

// componentPage is all that staff see of one component.
type componentPage struct {
	frame
	said
	ID, Component string // Component is its name
	About, Owner  string
	Criticality   string
	Runbook       string
	Hand          *handView
	Silence       *silenceView
	Checks        []checkLine
	Needs, Needed []componentLine
	Incidents     []pastRow
	Changes       []changeView // of the last day, those of this component first
	Strip         *statuspage.Strip
	MaySet        bool
}

// pastRow is an incident as the page of a component lists it.
type pastRow struct {
	ID, Name, Severity, When, Lasted string
	Status                           incident.Status // the worst of this component
	Word                             string
	Open                             bool
}

// pastListed is how many incidents a page lists.
const pastListed = 20

func (s *Site) serveComponent(w http.ResponseWriter, r *http.Request, who access.Principal) {
	c := s.API.component(r.PathValue("id"))
	if c == nil {
		s.noSuch(w, r, "component")
		return
	}
	now := s.Now()
	seen, err := s.seen(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	incidents, err := s.API.Incidents.ListIncidents(r.Context(), IncidentQuery{Component: c.ID, Most: pastListed})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := &componentPage{
		said: s.saidOf(seen.statuses[c.ID], now), ID: c.ID, Component: cmp.Or(c.Name, c.ID), About: told(c.Description), Owner: c.Owner, Criticality: cmp.Or(c.Criticality, "minor"),
		Runbook: c.Runbook, Checks: s.checkLines(c, seen, now), MaySet: who.May(access.WriteIncidents), Silence: s.lasting(seen.silences, "", c.ID, now),
	}
	worstFirst(page.Checks, func(line *checkLine) incident.Status { return line.Status })
	if o, set := seen.set[c.ID]; set {
		page.Hand, page.Reason = s.handOf(o, now), ""
	}
	for i := range s.API.Components {
		other := &s.API.Components[i]
		if slices.Contains(c.DependsOn, other.ID) {
			page.Needs = append(page.Needs, s.componentLine(other, seen, now))
		}
		if slices.Contains(other.DependsOn, c.ID) {
			page.Needed = append(page.Needed, s.componentLine(other, seen, now))
		}
	}
	for i := range incidents {
		page.Incidents = append(page.Incidents, s.pastRow(&incidents[i], c.ID, now))
	}
	if page.Changes, err = s.changesAround(r.Context(), who, now, []string{c.ID}); err != nil {
		s.fail(w, r, err)
		return
	}
	if s.Watching.Strip != nil {
		if page.Strip, err = s.Watching.Strip(r.Context(), c.ID); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	page.frame = s.frame(r, page.Component, "components", who)
	page.Live = true
	s.show(w, r, http.StatusOK, "component", page)
}

func (s *Site) pastRow(inc *incident.Incident, component string, now time.Time) pastRow {
	row := pastRow{ID: inc.ID, Name: inc.Name, Severity: inc.Worst.String(), When: s.clock(inc.Since, now), Open: inc.Open(), Status: incident.Unmeasured}
	until := inc.Resolved
	if row.Open {
		until = now
	}
	row.Lasted = lasted(until.Sub(inc.Since))
	for _, a := range inc.Affected {
		if a.Component == component {
			row.Status = a.Worst
		}
	}
	row.Word = s.saidOf(incident.ComponentStatus{Status: row.Status}, now).Word
	return row
}

// statusPage is the form that sets the status of a component.
type statusPage struct {
	frame
	said
	ID, Component string
	Hand          *handView
	Choices       []statusChoice
}

type statusChoice struct {
	Status incident.Status
	Word   string
}

func (s *Site) serveStatus(w http.ResponseWriter, r *http.Request, who access.Principal) {
	c := s.API.component(r.PathValue("id"))
	if c == nil {
		s.noSuch(w, r, "component")
		return
	}
	seen, err := s.seen(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	now := s.Now()
	page := &statusPage{said: s.saidOf(seen.statuses[c.ID], now), ID: c.ID, Component: cmp.Or(c.Name, c.ID)}
	if o, set := seen.set[c.ID]; set {
		page.Hand = s.handOf(o, now)
	}
	for _, status := range []incident.Status{incident.Operational, incident.Slow, incident.PartlyDown, incident.Down} {
		page.Choices = append(page.Choices, statusChoice{status, s.saidOf(incident.ComponentStatus{Status: status}, time.Time{}).Word})
	}
	page.frame = s.frame(r, "Set the status of "+page.Component, "components", who)
	s.show(w, r, http.StatusOK, "component-status", page)
}

// Whole says a status in one sentence.
func (p *componentPage) Whole() string {
	text := p.Component + ": " + strings.ToLower(p.Word)
	if p.Since != "" {
		text += " since " + p.Since
	}
	return text + "."
}
