package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/internal/lang"
	"daymark/notify"
	"daymark/statuspage"
)

func (s *Site) reportRoutes() []PageRoute {
	return []PageRoute{
		{Pattern: "GET /console/reports", Right: access.ReadIncidents, Serve: s.serveReports, Menu: "Reports of users", About: "What users report: what waits for an answer, and until when it is owed."},
		{Pattern: "GET /console/reports/{id}", Right: access.ReadIncidents, Serve: s.serveReport},
		{Pattern: "POST /console/reports/{id}/preview", Right: access.WriteIncidents, Serve: s.previewAnswer},
	}
}

// reportsPage is the queue of what users report.
type reportsPage struct {
	frame
	Say        string
	All        bool
	May        bool // write one down
	Groups     []reportGroup
	Next       string // of a longer list
	Components []incident.Component
}

// reportGroup is what looks like one incident, or like none.
type reportGroup struct {
	Incident, Title string // Incident "": it belongs to none
	Reports         []reportLine
}

type reportLine struct {
	ID, Text, Component, State, Priority string
	At, Came                             string
	Due, In                              string // when it is answered at the latest
	Late                                 bool
	Reachable                            bool
}

// reportWords is where a report stands, for people.
var reportWords = map[incident.ReportState]string{incident.Received: "Nobody has answered", incident.Triaged: "Being worked on", incident.Closed: "Closed"}

// becameWords is what became of it.
var becameWords = map[incident.ReportOutcome]string{incident.Duplicate: "reported before", incident.NotOurs: "not ours"}

func (s *Site) serveReports(w http.ResponseWriter, r *http.Request, who access.Principal) {
	query := r.URL.Query()
	page := &reportsPage{All: query.Get("show") == "all", May: who.May(access.WriteIncidents), Components: s.API.Components}
	asked := reportsAsked{allAsked: allAsked{Status: "open"}, paging: paging{Limit: 100, Cursor: query.Get("cursor")}}
	if page.All {
		asked.Status = "all"
	}
	found, err := s.API.listReports(r.Context(), Call{Who: who}, asked)
	if err != nil {
		s.unfound(w, r, err, "")
		return
	}
	open, err := s.API.Incidents.ListIncidents(r.Context(), IncidentQuery{Open: true, Most: mostOpen})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	now := s.Now()
	for i := range found.Items {
		row := &found.Items[i]
		page.add(s.looksLike(row, open, page.All), s.reportLine(row, now))
	}
	page.Next = found.Next
	page.Say = "Nothing waits for an answer."
	if n := len(found.Items); n > 0 && !page.All {
		page.Say = counted(n, "report waits", "reports wait") + " for somebody."
	}
	if page.All {
		page.Say = "All that users reported."
	}
	page.frame = s.frame(r, "Reports of users", "more", who)
	s.show(w, r, http.StatusOK, "reports", page)
}

// add puts a report into its group; the groups stand in the order of their
// first reports.
func (p *reportsPage) add(group reportGroup, line reportLine) {
	i := slices.IndexFunc(p.Groups, func(g reportGroup) bool { return g.Incident == group.Incident && g.Title == group.Title })
	if i < 0 {
		i = len(p.Groups)
		p.Groups = append(p.Groups, group)
	}
	p.Groups[i].Reports = append(p.Groups[i].Reports, line)
}

// looksLike gives the group of a report: of the incident that it belongs to, or
// of an open one of its component; else of its component.
func (s *Site) looksLike(r *reportRow, open []incident.Incident, all bool) reportGroup {
	if all {
		return reportGroup{}
	}
	for i := range open {
		if inc := &open[i]; inc.ID == r.Incident || r.Incident == "" && !inc.Warns() && inc.Affects(r.Component) {
			return reportGroup{Incident: inc.ID, Title: inc.Severity.String() + " " + inc.Name}
		}
	}
	if r.Component == "" {
		return reportGroup{Title: "The reporter does not know what part it is"}
	}
	return reportGroup{Title: s.API.componentName(r.Component) + ": no incident is open"}
}

func (s *Site) reportLine(r *reportRow, now time.Time) reportLine {
	line := reportLine{
		ID: r.ID, Text: shortened(r.Text), Component: s.API.componentName(r.Component), State: reportWords[incident.ReportState(r.State)], Priority: r.Priority,
		At: r.At.UTC().Format(time.RFC3339), Came: s.clock(r.At.Time, now), Reachable: r.Reachable,
	}
	if outcome := becameWords[incident.ReportOutcome(r.Outcome)]; outcome != "" {
		line.State += ", " + outcome
	}
	switch {
	case incident.ReportState(r.State) == incident.Received && r.Answered:
		line.State = "Answered, and nobody has decided what it is"
	case incident.ReportState(r.State) == incident.Received:
		line.Due, line.In, line.Late = s.clock(r.Due.Time, now), until(r.Due.Time, now), now.After(r.Due.Time)
	}
	return line
}

// shortened gives the beginning of a text, on one line.
func shortened(text string) string {
	const most = 160
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most-1]) + "…"
}

// reportPage is one report.
type reportPage struct {
	frame
	Report    reportRow
	Line      reportLine
	Language  string
	Open      bool
	May       bool // work on it
	Contact   string
	Hidden    bool // how to reach the reporter is there, and not for who looks
	Answers   []answerView
	Incidents []incidentChoice // incidents that it may belong to
	Chosen    string           // that it belongs to, or looks like
	Others    []reportLine     // that may say the same
	Words     map[string]string
	How       string // how the reporter gets an answer
	Preview   *notify.Notice
	Statuses  []affectedView
	Component string
}

type answerView struct{ At, By, Text, State string }

type incidentChoice struct{ ID, Name string }

func (s *Site) serveReport(w http.ResponseWriter, r *http.Request, who access.Principal) {
	ctx := r.Context()
	report, answers, err := s.API.Reports.Report(ctx, r.PathValue("id"))
	if err != nil {
		s.unfound(w, r, err, "There is no report with this id. Reporters can take theirs back.")
		return
	}
	open, err := s.API.Incidents.ListIncidents(ctx, IncidentQuery{Open: true, Most: mostOpen})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	others, err := s.API.listReports(ctx, Call{Who: who}, reportsAsked{allAsked: allAsked{Status: "open"}, paging: paging{Limit: 200}})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	now, row := s.Now(), reportOf(report, who)
	page := &reportPage{
		Report: row, Line: s.reportLine(&row, now), Open: report.State != incident.Closed, May: who.May(access.WriteIncidents),
		Contact: row.Contact, Hidden: row.Reachable && row.Contact == "", How: howAnswered(report),
		Words: map[string]string{"ours": incident.WorkingAnswer, "same": incident.SameAnswer, "not": incident.NotOursAnswer}, Component: s.API.componentName(report.Component),
	}
	if row.Language != "" && row.Language != lang.English().Tag {
		page.Language = row.Language
	}
	for _, a := range answers {
		page.Answers = append(page.Answers, s.answerView(&a, now))
	}
	page.choose(report, open, r.URL.Query().Get("incident"))
	for i := range others.Items {
		if other := &others.Items[i]; other.ID != report.ID && other.Component == report.Component {
			page.Others = append(page.Others, s.reportLine(other, now))
		}
	}
	for _, status := range []incident.Status{incident.Slow, incident.PartlyDown, incident.Down} {
		page.Statuses = append(page.Statuses, affectedView{Status: status, Word: statuspage.StatusWord(lang.English(), status)})
	}
	if t := triedOf(r); t != nil && t.form == "answer" {
		answer := incident.Answer{Text: t.typed.Get("text"), State: report.State}
		if t.typed.Get("close") != "" {
			answer.State = incident.Closed
		}
		page.Preview = notify.TellReporter(report, &answer, lang.Or(report.Language))
	}
	page.frame = s.frame(r, "Report: "+cmp.Or(page.Component, "a part that is not known"), "more", who)
	s.show(w, r, http.StatusOK, "report", page)
}

// choose lists the incidents that a report may belong to.
func (p *reportPage) choose(r *incident.Report, open []incident.Incident, asked string) {
	for i := range open {
		inc := &open[i]
		if inc.Warns() {
			continue
		}
		p.Incidents = append(p.Incidents, incidentChoice{inc.ID, inc.Severity.String() + " " + inc.Name})
		if inc.Affects(r.Component) && p.Chosen == "" {
			p.Chosen = inc.ID
		}
	}
	p.Chosen = cmp.Or(asked, r.Incident, p.Chosen)
}

// howAnswered says how a reporter gets an answer.
func howAnswered(r *incident.Report) string {
	_, _, err := notify.ReportAddress(r.Contact)
	switch {
	case r.Source != incident.SourcePage:
		return "Staff wrote this report down: what you answer is kept here, and telling the reporter is yours."
	case r.Contact == "":
		return "The reporter reads your answer at the private link of the report, and left no address."
	case err != nil:
		return "The reporter reads your answer at the private link of the report. What they left takes no mail."
	}
	return "The reporter reads your answer at the private link of the report, and is mailed it."
}

func (s *Site) answerView(a *incident.Answer, now time.Time) answerView {
	view := answerView{At: s.clock(a.At, now), By: "Daymark", Text: a.Text, State: reportWords[a.State]}
	if a.State == incident.Received {
		view.State = "Not decided yet" // what it is: this line is an answer
	}
	switch {
	case a.Reporter:
		view.By = "The reporter"
	case a.By != "":
		view.By = s.nameOf(a.By)
	}
	return view
}

// previewAnswer shows what a reporter would get, and changes nothing.
func (s *Site) previewAnswer(w http.ResponseWriter, r *http.Request, who access.Principal) {
	s.tryOut(w, r, who, nil)
}
