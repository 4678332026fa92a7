package console

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/internal/civil"
)

// slasPage lists the reports.
type slasPage struct {
	frame
	SLAs   []slaChoice
	Months []monthChoice
}

type slaChoice struct {
	ID    string
	Parts []string // names of its components
	To    []string // who is mailed it
}

func (s *Site) serveSLAs(w http.ResponseWriter, r *http.Request, who access.Principal) {
	page := &slasPage{frame: s.frame(r, "SLA reports", "slas", who), Months: s.months()}
	for _, sla := range s.API.SLAs {
		choice := slaChoice{ID: sla.ID, To: sla.Report}
		for i := range s.API.Components {
			if c := &s.API.Components[i]; c.SLA == sla.ID {
				choice.Parts = append(choice.Parts, cmp.Or(c.Name, c.ID))
			}
		}
		page.SLAs = append(page.SLAs, choice)
	}
	s.show(w, r, http.StatusOK, "slas", page)
}

// months are those that one can choose, newest first.
func (s *Site) months() []monthChoice {
	var all []monthChoice
	y, m, _ := s.Now().In(s.Zone).Date()
	for i := range monthsChosen {
		month := civil.Date(y, m-time.Month(i), 1, s.Zone)
		all = append(all, monthChoice{month.Format("2006-01"), month.Format("January 2006")})
	}
	return all
}

// slaPage is the report of one SLA for one month.
type slaPage struct {
	frame
	SLA, Month, Span string
	Say              string
	Status           incident.Status
	To               string // the address of this page
	Printed          string // when, where it is
	Together         keptComponent
	Components       []keptComponent
	Incidents        []slaIncident
	Promises         []keptPromises
	Exceptions       []keptException
	Reviews          []slaReview
	Site             string // where links of a print lead
}

type slaIncident struct {
	ID, Name, Severity, When, Lasted string
}

type slaReview struct {
	Incident, Name, State string
	Actions               []slaAction
}

type slaAction struct{ Text, Owner, State string }

func (s *Site) sla(r *http.Request) (slaRow, error) {
	return s.API.readSLA(r.Context(), Call{}, slaAsked{ID: r.PathValue("id"), Month: r.PathValue("month")})
}

func (s *Site) serveSLA(w http.ResponseWriter, r *http.Request, who access.Principal) {
	row, err := s.sla(r)
	if err != nil {
		s.unfound(w, r, err, "There is no such SLA or month.")
		return
	}
	page := s.slaPage(&row)
	page.frame = s.frame(r, "SLA "+row.SLA+", "+page.Month, "slas", who)
	s.show(w, r, http.StatusOK, "sla", page)
}

// slaPage says a report in words.
func (s *Site) slaPage(row *slaRow) *slaPage {
	month := row.From.In(s.Zone)
	page := &slaPage{
		SLA: row.SLA, Month: month.Format("January 2006"), Span: s.day(row.From.Time) + " to " + s.day(row.Until.Add(-time.Second)), Site: s.URL,
		To: "/console/slas/" + url.PathEscape(row.SLA) + "/" + month.Format("2006-01"), Together: s.keptComponent(&row.Together),
	}
	if !row.Complete {
		page.Span += ", so far"
	}
	for i := range row.Availability {
		page.Components = append(page.Components, s.keptComponent(&row.Availability[i]))
	}
	for i := range row.Incidents {
		inc := &row.Incidents[i]
		view := slaIncident{ID: inc.ID, Name: inc.Name, Severity: inc.Worst, When: s.moment(inc.Since.Time), Lasted: "goes on"}
		if !inc.Resolved.IsZero() {
			view.Lasted = lasted(inc.Resolved.Sub(inc.Since.Time))
		}
		page.Incidents = append(page.Incidents, view)
	}
	var kept keepingPage
	s.fillKeeping(&kept, &keepingRow{Promises: row.Promises, Exceptions: row.Exceptions})
	page.Promises, page.Exceptions, page.Say, page.Status = kept.Promises, kept.Exceptions, kept.Say, kept.Status
	for i := range row.Reviews {
		page.Reviews = append(page.Reviews, s.slaReview(&row.Reviews[i]))
	}
	return page
}

func (s *Site) slaReview(r *reviewRow) slaReview {
	view := slaReview{Incident: r.Incident, Name: r.Name, State: "due " + s.day(r.Due.Time)}
	if !r.Signed.IsZero() {
		view.State = "signed off by " + s.byName(r.SignedBy) + ", " + s.day(r.Signed.Time)
	}
	for _, x := range r.Actions {
		action := slaAction{Text: x.Text, Owner: s.byName(x.Owner), State: "due " + s.day(x.Due.Time)}
		if !x.Done.IsZero() {
			action.State = "done " + s.day(x.Done.Time)
		}
		view.Actions = append(view.Actions, action)
	}
	return view
}

func (s *Site) keptComponent(v *availabilityRow) keptComponent {
	c := keptComponent{ID: v.Component, Name: s.API.componentName(v.Component), Percent: "–", How: decimal(int64(v.Good)) + " of " + decimal(int64(v.Good+v.Bad)), Coverage: perCent(v.Coverage)}
	if v.Percent != nil {
		c.Percent = perCent(*v.Percent)
	}
	return c
}

// serveSLAPDF has the report printed.
func (s *Site) serveSLAPDF(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	row, err := s.sla(r)
	if err != nil {
		s.unfound(w, r, err, "There is no such SLA or month.")
		return
	}
	pdf, err := s.printSLA(r.Context(), &row)
	switch {
	case errors.Is(err, ErrNoPrinter):
		s.wrong(w, r, http.StatusServiceUnavailable, "Nothing here prints PDF: the server has no Chromium. Print the page by your browser.")
		return
	case err != nil:
		s.API.Logger.ErrorContext(r.Context(), "a report cannot be printed", "sla", row.SLA, "error", err)
		s.wrong(w, r, http.StatusServiceUnavailable, "It cannot be printed now: the log says why. Print the page by your browser.")
		return
	}
	attach(w, row.file(s.Zone, "pdf"), pdfType)
	_, _ = w.Write(pdf) // who has hung up needs no answer
}

// serveSLACSV gives the same numbers for a spreadsheet, a figure a line.
func (s *Site) serveSLACSV(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	row, err := s.sla(r)
	if err != nil {
		s.unfound(w, r, err, "There is no such SLA or month.")
		return
	}
	serveCSV(w, row.file(s.Zone, "csv"), slaLines(&row))
}

func slaCSV(row *slaRow) []byte {
	var text bytes.Buffer
	_ = csv.NewWriter(&text).WriteAll(slaLines(row)) // a buffer takes all
	return text.Bytes()
}

func slaLines(row *slaRow) [][]string {
	lines := [][]string{{"sla", "from", "until", "about", "of", "figure", "value"}}
	add := func(about, of, figure, value string) {
		lines = append(lines, []string{cell(row.SLA), row.From.UTC().Format(time.RFC3339), row.Until.UTC().Format(time.RFC3339), about, cell(of), figure, cell(value)})
	}
	availabilityLines("all", &row.Together, add)
	for i := range row.Availability {
		availabilityLines(row.Availability[i].Component, &row.Availability[i], add)
	}
	for i := range row.Incidents {
		inc := &row.Incidents[i]
		add("incident", inc.ID, "name", inc.Name)
		add("incident", inc.ID, "worst", inc.Worst)
		add("incident", inc.ID, "since", inc.Since.UTC().Format(time.RFC3339))
		if !inc.Resolved.IsZero() {
			add("incident", inc.ID, "seconds", decimal(int64(inc.Resolved.Sub(inc.Since.Time).Seconds())))
		}
	}
	promiseLines(row.Promises, row.Exceptions, add)
	for i := range row.Reviews {
		reviewLines(&row.Reviews[i], add)
	}
	return lines
}

// reviewLines tells when a review is due or was signed off, and of its actions.
func reviewLines(v *reviewRow, add addLine) {
	told := func(of, figure string, at Time) {
		if !at.IsZero() {
			add("review", of, figure, at.UTC().Format(time.RFC3339))
		}
	}
	told(v.Incident, "due", v.Due)
	told(v.Incident, "signed_off", v.Signed)
	if v.SignedBy != "" {
		add("review", v.Incident, "signed_off_by", v.SignedBy)
	}
	for _, x := range v.Actions {
		action := "action " + decimal(int64(x.Number)) + " "
		add("review", v.Incident, action+x.Kind, x.Text)
		add("review", v.Incident, action+"owner", x.Owner)
		told(v.Incident, action+"due", x.Due)
		told(v.Incident, action+"done", x.Done)
	}
}
