package console

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"daymark/access"
	"daymark/incident"
)

// incidentsPage lists incidents: those that are open first.
type incidentsPage struct {
	frame
	Open, Past []incidentLine
	Crowded    bool // more are open than are shown
	Status     string
	Severity   string
	Component  string
	Older      string // the address of those before; empty: there are none
	Later      bool   // it is not the newest part
	Filtered   bool
	Writes     bool
	Severities []string
	Components []choice
	Slots      bool     // components are named by hand: there are too many to tick
	Named      []choice // the rows of the form that opens one
	Statuses   []choice // that a component can have for an incident
}

// incidentLine is one incident of the list.
type incidentLine struct {
	openRow
	Since, Over instant
	Into        bool // it goes on as part of another
	Public      bool
}

// overShown is how many of those that are over are on one page.
const overShown = 25

func (s *Site) roomRoutes() []PageRoute {
	return []PageRoute{
		{Pattern: "GET /console/incidents", Right: access.ReadIncidents, Serve: s.serveIncidents, Menu: "Incidents", About: "Those that are open and those that are over. Open one by hand."},
		{Pattern: "GET /console/incidents/{id}", Right: access.ReadIncidents, Serve: s.serveRoom},
		{Pattern: "GET /console/incidents/{id}/deliveries", Right: access.ReadDeliveries, Serve: s.serveLedger},
		{Pattern: "GET /console/deliveries/{id}", Right: access.ReadDeliveries, Serve: s.serveDelivery},
	}
}

func (s *Site) serveIncidents(w http.ResponseWriter, r *http.Request, who access.Principal) {
	query := r.URL.Query()
	before := query.Get("before")
	page := &incidentsPage{
		Status: query.Get("status"), Severity: query.Get("severity"), Component: query.Get("component"), Later: before != "", Writes: who.May(access.WriteIncidents),
		Severities: severities, Components: s.components(), Statuses: settable(),
	}
	page.Named = page.Components
	if page.Slots = len(page.Components) > mostTicked; page.Slots {
		page.Named = slots()
	}
	page.Filtered = page.Status != "" || page.Severity != "" || page.Component != ""
	asked := IncidentQuery{Severity: severityOf(page.Severity), Component: page.Component}
	now := s.Now()
	if page.Status != "over" && before == "" {
		asked.Open, asked.Most = true, mostOpen
		open, err := s.API.Incidents.ListIncidents(r.Context(), asked)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		worstFirst(open)
		page.Open, page.Crowded = s.incidentLines(open, now), len(open) == mostOpen
	}
	if page.Status != "open" {
		asked.Open, asked.Over, asked.Before, asked.Most = false, true, before, overShown+1
		over, err := s.API.Incidents.ListIncidents(r.Context(), asked)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if len(over) > overShown {
			over = over[:overShown]
			query.Set("before", over[overShown-1].ID)
			query.Del("done")
			page.Older = "/console/incidents?" + query.Encode()
		}
		page.Past = s.incidentLines(over, now)
	}
	page.frame = s.frame(r, "Incidents", "incidents", who)
	page.Live = page.tried == nil && before == ""
	s.show(w, r, http.StatusOK, "incidents", page)
}

// worstFirst puts open incidents into the order in which they press.
func worstFirst(open []incident.Incident) {
	slices.SortStableFunc(open, func(a, b incident.Incident) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), a.Since.Compare(b.Since))
	})
}

func (s *Site) incidentLines(found []incident.Incident, now time.Time) []incidentLine {
	var lines []incidentLine
	for i := range found {
		inc := &found[i]
		line := incidentLine{
			openRow: s.openRow(inc, now), Since: instant{iso(inc.Since), s.clock(inc.Since, now)}, Public: inc.Public(), Into: inc.Care.MergedInto != "",
		}
		if !inc.Open() {
			line.Over, line.Lasted = instant{iso(inc.Resolved), s.clock(inc.Resolved, now)}, lasted(inc.Resolved.Sub(inc.Since))
		}
		lines = append(lines, line)
	}
	return lines
}
