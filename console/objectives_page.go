package console

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"daymark/access"
	"daymark/incident"
)

func (s *Site) objectiveRoutes() []PageRoute {
	return []PageRoute{
		{Pattern: "GET /console/objectives", Right: access.ReadComponents, Serve: s.serveObjectives, Menu: "Objectives", About: "How much of each error budget is left, what spent it, and how fast."},
		{Pattern: "GET /console/objectives.csv", Right: access.ReadComponents, Serve: s.serveObjectivesCSV},
		{Pattern: "GET /console/objectives/{id}", Right: access.ReadComponents, Serve: s.serveObjective},
		{Pattern: "GET /console/objectives/{id}/csv", Right: access.ReadComponents, Serve: s.serveObjectiveCSV},
		{Pattern: "GET /console/promises", Right: access.ReadIncidents, Serve: s.serveKeeping, Menu: "Promises kept", About: "Whether we keep our promises: availability, incidents with how long each step took, and promises, by the month."},
		{Pattern: "GET /console/promises.csv", Right: access.ReadIncidents, Serve: s.serveKeepingCSV},
		{Pattern: "GET /console/slas", Right: access.ReadIncidents, Serve: s.serveSLAs, Menu: "SLA reports", About: "What was promised to whom, and how it was kept, by SLA and month: as a page, as PDF and as CSV."},
		{Pattern: "GET /console/slas/{id}/{month}", Right: access.ReadIncidents, Serve: s.serveSLA},
		{Pattern: "GET /console/slas/{id}/{month}/csv", Right: access.ReadIncidents, Serve: s.serveSLACSV},
		{Pattern: "GET /console/slas/{id}/{month}/pdf", Right: access.ReadIncidents, Serve: s.serveSLAPDF},
		{Pattern: "GET /console/backups", Right: access.ReadAgents, Serve: s.serveBackups, Menu: "Backups and room", About: "What came of the latest backups, whether the newest can be restored, and how the database grows."},
	}
}

// objectivesPage shows how the objectives stand.
type objectivesPage struct {
	frame
	Say        string
	Status     incident.Status
	AsOf, ISO  string
	Objectives []objectiveView
}

type objectiveView struct {
	ID, Path         string // Path is of its own page
	Name, To         string // the component, and its page
	Wanted           string // "99.9 % of runs succeed, over 28 days"
	Status           incident.Status
	Word             string
	Percent          string
	Left, LeftTime   string
	Meter            int // of the budget, 0 to 100
	Coverage         string
	Events           string
	Apart            string // what does not count
	Burns            string // why staff are told
	Incident         string
	Pairs            []pairView
	Spent            []spentView
	From, Until, How string
}

type pairView struct {
	Windows, Threshold, Long, Short, Says string
}

type spentView struct {
	Incident, Name string
	ISO, Since     string // when it began; "" where no incident was open
	Bad, Share     string
}

func (s *Site) serveObjectives(w http.ResponseWriter, r *http.Request, who access.Principal) {
	all, at, err := s.API.Objectives.Objectives(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := &objectivesPage{frame: s.frame(r, "Objectives", "objectives", who), Status: incident.Operational, AsOf: s.clock(at, s.Now()), ISO: at.UTC().Format(time.RFC3339)}
	overspent, burning := 0, 0
	for i := range all {
		view := s.objectiveView(&all[i])
		page.Objectives = append(page.Objectives, view)
		if !all[i].Kept() {
			overspent++
		}
		if all[i].Alert != nil {
			burning++
		}
	}
	switch {
	case len(all) == 0:
		page.Say, page.Status = "No objectives yet", incident.Unmeasured
	case overspent > 0:
		page.Say, page.Status = counted(overspent, "objective has overspent its budget", "objectives have overspent their budgets"), incident.Down
	case burning > 0:
		page.Say, page.Status = counted(burning, "objective spends its budget too fast", "objectives spend their budgets too fast"), incident.Slow
	default:
		page.Say = "No budget is overspent"
	}
	s.show(w, r, http.StatusOK, "objectives", page)
}

func (s *Site) objectiveView(o *ObjectiveStanding) objectiveView {
	view := objectiveView{
		ID: o.ID, Path: objectivePath(o.ID), Name: o.Component, To: "/console/components/" + o.Component, Wanted: wanted(o), Status: incident.Unmeasured, Word: "Not measured",
		From: s.moment(o.From), Until: s.moment(o.Until), Events: counted(o.Events(), "event", "events") + ", " + decimal(int64(o.Bad)) + " bad",
	}
	if c := s.API.component(o.Component); c != nil {
		view.Name = c.Name
	}
	if apart := apartOf(o); apart != "" {
		view.Apart = apart
	}
	if o.Known() {
		view.Percent = perCent(floored(100*o.Ratio(), 3))
		view.Left, view.LeftTime = perCent(floored(100*o.Left, 1)), leftTime(o.LeftTime)
		view.Meter = int(min(max(100*o.Left, 0), 100))
		view.Coverage = perCent(floored(100*o.Coverage, 1))
		switch {
		case !o.Kept():
			view.Status, view.Word = incident.Down, "Overspent"
		case o.Alert != nil:
			view.Status, view.Word = incident.Slow, "Burns too fast"
		default:
			view.Status, view.Word = incident.Operational, "Within its budget"
		}
	}
	if o.Alert != nil {
		view.Burns = fmt.Sprintf("At %s the budget began to be spent more than %s times faster than allowed. How fast it is now is below.", s.moment(o.Alert.Since), plainFloat(o.Alert.Pair.Burn))
		view.Incident = o.Incident
	}
	for i := range o.Pairs {
		b := &o.Pairs[i]
		pair := pairView{Windows: lasted(b.Long) + " and " + lasted(b.Short), Threshold: plainFloat(b.Burn), Long: plainFloat(rounded(b.LongRate, 2)), Short: plainFloat(rounded(b.ShortRate, 2)), Says: "calm"}
		switch {
		case !b.Reachable:
			pair.Says = "cannot be reached by this objective"
		case b.Held:
			pair.Says = fmt.Sprintf("held back: fewer than %d bad of %d", o.Guard().Bad, o.Guard().Samples)
		case b.Fires():
			pair.Says = "too fast"
		}
		view.Pairs = append(view.Pairs, pair)
	}
	for _, spent := range slices.Backward(o.Spent) {
		row := spentView{Incident: spent.Incident, Name: cmp.Or(spent.Incident, "No incident was open"), Bad: decimal(int64(spent.Bad))}
		if !spent.Since.IsZero() {
			row.ISO, row.Since = iso(spent.Since), s.clock(spent.Since, s.Now())
		}
		if o.Allowed > 0 {
			row.Share = perCent(rounded(100*float64(spent.Bad)/o.Allowed, 1))
		}
		view.Spent = append(view.Spent, row)
	}
	return view
}

// wanted says an objective in words.
func wanted(o *ObjectiveStanding) string {
	what := map[string]string{"availability": "of runs succeed", "heartbeat": "of calls come in time"}[o.Indicator]
	if what == "" {
		what = "of answers come within " + o.Threshold.String()
	}
	over := "over " + lasted(o.Window.Rolling)
	if o.Window.Month {
		over = "in each calendar month"
	}
	return plainFloat(o.Objective.Objective) + " % " + what + ", " + over
}

func apartOf(o *ObjectiveStanding) string {
	text := ""
	if o.Unknown > 0 {
		text = counted(o.Unknown, "run could not tell", "runs could not tell")
	}
	if o.Excused > 0 {
		if text != "" {
			text += ", "
		}
		text += counted(o.Excused, "run was in a maintenance", "runs were in a maintenance")
	}
	return text
}

func perCent(value float64) string { return plainFloat(value) + " %" }

func plainFloat(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }

func leftTime(d time.Duration) string {
	if d < 0 {
		return lasted(-d) + " over"
	}
	return lasted(d)
}
