package console

import (
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/internal/prose"
)

func (s *Site) maintenanceRoutes() []PageRoute {
	return []PageRoute{
		{Pattern: "GET /console/maintenance", Right: access.ReadIncidents, Serve: s.serveMaintenances, Menu: "Maintenance", About: "Work that is planned, goes on, or comes again by a rule, in a calendar."},
		{Pattern: "GET /console/maintenance/{id}", Right: access.ReadIncidents, Serve: s.serveMaintenance},
		{Pattern: "POST /console/maintenance/preview", Right: access.WriteIncidents, Serve: s.previewMaintenance},
	}
}

// maintenancesPage is the calendar, what is on, and the form that plans more.
type maintenancesPage struct {
	frame
	Say        string
	May        bool // plan
	Calendar   monthView
	On, Coming []maintenanceLine
	Done       []maintenanceLine
	Rules      []ruleLine
	Components []incident.Component
	Starts     string // what the form has at first
	Told       string // how many hear of it
	Preview    template.HTML
	Previewed  bool
}

type maintenanceLine struct {
	ID, Title, Stage, Components string
	From, To                     string
	At                           string // ISO
	Hidden                       string // from when visitors see it; "": they do
	Rule                         bool
}

type ruleLine struct{ Name, Components, Lasts, Rule, Next string }

// stageWords is where maintenance stands, for people.
var stageWords = map[incident.Stage]string{
	incident.Scheduled: "Planned", incident.InProgress: "Going on", incident.Verifying: "Over, and being verified", incident.Completed: "Completed", incident.Cancelled: "Cancelled",
}

func (s *Site) serveMaintenances(w http.ResponseWriter, r *http.Request, who access.Principal) {
	ctx, now := r.Context(), s.Now()
	month := s.monthOf(r.URL.Query().Get("month"), now)
	since := now.Add(-maintenanceShown)
	if month.Before(since) {
		since = month
	}
	found, err := s.API.Work.Maintenances(ctx, since)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := &maintenancesPage{May: who.May(access.WriteIncidents), Components: s.API.Components, Starts: s.typedTime(now.Add(24 * time.Hour).Truncate(time.Hour)), Calendar: s.month(month, now, found)}
	for i := range found {
		m := &found[i]
		switch line := s.maintenanceLine(m, now); {
		case m.Stage == incident.InProgress || m.Stage == incident.Verifying:
			page.On = append(page.On, line)
		case m.Stage == incident.Scheduled:
			page.Coming = append(page.Coming, line)
		case m.Done.After(now.Add(-maintenanceShown)):
			page.Done = append(page.Done, line)
		}
	}
	slices.Reverse(page.Done)
	for _, rule := range s.API.Recurring {
		page.Rules = append(page.Rules, s.ruleLine(rule, now))
	}
	t := triedOf(r)
	var chosen []string
	if t != nil && t.form == "plan" {
		chosen, page.Previewed = t.typed["components"], t.problem == ""
		page.Preview = prose.HTML(t.typed.Get("text"))
	}
	if page.Told, err = s.told(r, chosen); err != nil {
		s.fail(w, r, err)
		return
	}
	page.Say = sayMaintenance(page)
	page.frame = s.frame(r, "Maintenance", "more", who)
	s.show(w, r, http.StatusOK, "maintenances", page)
}

// sayMaintenance is the sentence on top.
func sayMaintenance(p *maintenancesPage) string {
	switch {
	case len(p.On) == 1:
		return p.On[0].Title + ": " + strings.ToLower(p.On[0].Stage) + ", until " + p.On[0].To + "."
	case len(p.On) > 1:
		return counted(len(p.On), "maintenance goes", "maintenances go") + " on."
	case len(p.Coming) > 0:
		return "Next: " + p.Coming[0].Title + ", " + p.Coming[0].From + "."
	}
	return "No maintenance is planned."
}

// told says how many hear of maintenance of some components; of none: how many
// hear of all.
func (s *Site) told(r *http.Request, components []string) (string, error) {
	counts, err := s.API.Work.MaintenanceAudience(r.Context(), components)
	if err != nil {
		return "", err
	}
	total := 0
	for _, n := range counts {
		total += n
	}
	if len(components) == 0 {
		return counted(total, "subscriber hears", "subscribers hear") + " of all maintenance; those of the components come on top.", nil
	}
	return counted(total, "subscriber hears", "subscribers hear") + " of it, when it is announced.", nil
}

func (s *Site) maintenanceLine(m *incident.PlannedMaintenance, now time.Time) maintenanceLine {
	line := maintenanceLine{
		ID: m.ID, Title: m.Title, Stage: stageWords[m.Stage], Components: s.componentNames(m.Components), At: m.Starts.UTC().Format(time.RFC3339),
		From: s.clock(m.Starts, now), To: s.clock(m.Ends, now), Rule: m.Rule != "",
	}
	if !m.Public() && !m.Ended() {
		line.Hidden = s.clock(m.Announce, now)
	}
	return line
}

func (s *Site) componentNames(ids []string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = s.API.componentName(id)
	}
	return strings.Join(names, ", ")
}

func (s *Site) ruleLine(rule *incident.Recurrence, now time.Time) ruleLine {
	line := ruleLine{Name: rule.Name, Components: s.componentNames(rule.Components), Lasts: lasted(rule.Lasts), Rule: rule.RRule}
	starts, _ := rule.Next(now, 1)
	for _, at := range starts {
		line.Next = s.clock(at, now)
	}
	return line
}

// previewMaintenance says who would hear of what is typed, and plans nothing.
func (s *Site) previewMaintenance(w http.ResponseWriter, r *http.Request, who access.Principal) {
	s.tryOut(w, r, who, nil)
}

// maintenancePage is one maintenance.
type maintenancePage struct {
	frame
	Line             maintenanceLine
	Text             template.HTML
	May              bool
	Planned          bool // it can be cancelled, and extended
	On               bool // it can be ended, and extended
	Verifying        bool
	Until            string // when verifying ends at the latest
	Moves            []string
	Why, Over, Ended string
	Told             string
}

func (s *Site) serveMaintenance(w http.ResponseWriter, r *http.Request, who access.Principal) {
	now := s.Now()
	m, err := s.API.maintenance(r.Context(), r.PathValue("id"))
	if err != nil {
		s.unfound(w, r, err, "There is no maintenance with this id.")
		return
	}
	page := &maintenancePage{
		Line: s.maintenanceLine(m, now), Text: prose.HTML(m.Text), May: who.May(access.WriteIncidents), Planned: m.Stage == incident.Scheduled, On: m.Stage == incident.InProgress,
		Verifying: m.Stage == incident.Verifying, Why: m.Why,
	}
	if page.Told, err = s.told(r, m.Components); err != nil {
		s.fail(w, r, err)
		return
	}
	if !m.Over.IsZero() {
		page.Over, page.Until = s.moment(m.Over), s.clock(m.Over.Add(incident.VerifyAtMost), now)
	}
	if !m.Done.IsZero() {
		page.Ended = s.moment(m.Done)
	}
	for _, move := range slices.Backward(m.Moves) {
		page.Moves = append(page.Moves, s.moment(move.At)+": from "+s.clock(move.From, now)+" to "+s.clock(move.To, now))
	}
	page.frame = s.frame(r, m.Title, "more", who)
	s.show(w, r, http.StatusOK, "maintenance", page)
}
