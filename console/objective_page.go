package console

import (
	"net/http"
	"net/url"
	"time"

	"daymark/access"
)

// objectivePage is one objective: when its budget was spent, and on what.
type objectivePage struct {
	frame
	Say       string
	Objective objectiveView
	AsOf, ISO string
	CSV       string
	Budget    *budgetView // nil: there is nothing to judge by
}

// incidentsNamed is of how many incidents of a component a page of an objective
// knows the names; of those before it says the id.
const incidentsNamed = 100

func (s *Site) serveObjective(w http.ResponseWriter, r *http.Request, who access.Principal) {
	o, at := s.objective(w, r)
	if o == nil {
		return
	}
	page := &objectivePage{
		Objective: s.objectiveView(o), AsOf: s.clock(at, s.Now()), ISO: iso(at), CSV: objectivePath(o.ID) + "/csv", Budget: s.budget(o, at),
	}
	incidents, err := s.API.Incidents.ListIncidents(r.Context(), IncidentQuery{Component: o.Component, Most: incidentsNamed})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	names := map[string]string{}
	for i := range incidents {
		names[incidents[i].ID] = incidents[i].Name
	}
	for i := range page.Objective.Spent {
		if name := names[page.Objective.Spent[i].Incident]; name != "" {
			page.Objective.Spent[i].Name = name
		}
	}
	switch {
	case !o.Known():
		page.Say = "Nothing was measured yet"
	case !o.Kept():
		page.Say = "The budget is overspent"
	case o.Alert != nil:
		page.Say = "The budget is spent too fast"
	default:
		page.Say = page.Objective.Left + " of the budget is left"
	}
	page.frame = s.frame(r, "Objective "+o.ID, "objectives", who)
	page.Charted = page.Budget != nil
	s.show(w, r, http.StatusOK, "objective", page)
}

// objective gives the one that an address names, and as of when; nil where that
// is answered.
func (s *Site) objective(w http.ResponseWriter, r *http.Request) (*ObjectiveStanding, time.Time) {
	all, at, err := s.API.Objectives.Objectives(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return nil, at
	}
	for i := range all {
		if all[i].ID == r.PathValue("id") {
			return &all[i], at
		}
	}
	s.noSuch(w, r, "objective")
	return nil, at
}

func objectivePath(id string) string { return "/console/objectives/" + url.PathEscape(id) }

// serveObjectiveCSV gives the numbers of the chart for a spreadsheet, a stretch
// of time a line, oldest first.
func (s *Site) serveObjectiveCSV(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	o, _ := s.objective(w, r)
	if o == nil {
		return
	}
	lines := [][]string{{"objective", "from", "until", "good", "bad", "unknown", "excused", "budget_left_percent"}}
	for i := range o.Course {
		p := &o.Course[i]
		lines = append(lines, []string{
			cell(o.ID), iso(p.From), iso(p.Until), decimal(int64(p.Good)), decimal(int64(p.Bad)), decimal(int64(p.Unknown)), decimal(int64(p.Excused)), plainFloat(floored(100*p.Left, 1)),
		})
	}
	serveCSV(w, "objective-"+url.PathEscape(o.ID)+".csv", lines)
}
