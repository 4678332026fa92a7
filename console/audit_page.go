package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"daymark/access"
)

// auditPage shows what people did.
type auditPage struct {
	frame
	Filter  map[string]string // what it is narrowed by, as it was typed
	People  []choice
	Narrow  bool
	Entries []auditView
	Next    string // address of the next part
	CSV     string // address of all of it for a spreadsheet
}

// auditView is one entry in words.
type auditView struct {
	auditRow
	Moment, Who, How string
	Refused          bool
}

// auditFilter are the fields by which the trail is narrowed.
var auditFilter = []string{"person", "action", "object", "since", "until"}

// auditAskedOf reads the filter of an address; times are in the page's zone.
func (s *Site) auditAskedOf(query url.Values) (auditAsked, error) {
	asked := auditAsked{Person: query.Get("person"), Action: cutText(query.Get("action"), 200), Object: cutText(query.Get("object"), 200)}
	asked.Limit, asked.Cursor = 100, query.Get("cursor")
	for name, into := range map[string]*Time{"since": &asked.Since, "until": &asked.Until} {
		if text := query.Get(name); text != "" {
			at, err := time.ParseInLocation(localTime, text, s.Zone)
			if err != nil {
				return asked, &Fault{Status: http.StatusBadRequest, Detail: "A time is to be written such as 2026-12-01T13:00."}
			}
			*into = Time{at}
		}
	}
	return asked, nil
}

func (s *Site) serveAudit(w http.ResponseWriter, r *http.Request, who access.Principal) {
	query := r.URL.Query()
	asked, err := s.auditAskedOf(query)
	if err != nil {
		s.wrongly(w, r, err)
		return
	}
	found, err := s.API.listAudit(r.Context(), Call{Who: who}, asked)
	if err != nil {
		s.wrongly(w, r, err)
		return
	}
	page := &auditPage{frame: s.frame(r, "Audit trail", "audit", who), Filter: map[string]string{}}
	kept := url.Values{}
	for _, name := range auditFilter {
		if value := query.Get(name); value != "" {
			page.Filter[name], page.Narrow = value, true
			kept.Set(name, value)
		}
	}
	for i := range s.API.People {
		page.People = append(page.People, choice{s.API.People[i].ID, s.API.People[i].Name})
	}
	page.CSV = "/console/audit.csv?" + kept.Encode()
	if found.Next != "" {
		kept.Set("cursor", found.Next)
		page.Next = "/console/audit?" + kept.Encode()
	}
	for _, e := range found.Items {
		page.Entries = append(page.Entries, s.auditView(e))
	}
	s.show(w, r, http.StatusOK, "audit", page)
}

// auditView says in words who did what by what.
func (s *Site) auditView(e auditRow) auditView {
	view := auditView{auditRow: e, Moment: s.moment(e.At.Time), Who: e.Actor}
	id, how, _ := strings.Cut(e.Actor, " ")
	if p := s.person(id); p != nil {
		view.Who, view.How = p.Name, how
	}
	if told := tellRefusal(e.Action); told != "" {
		view.Action, view.Refused = told, true
	}
	return view
}

// mostCSV is how many entries one document has at most.
const mostCSV = 50_000

// serveAuditCSV gives the trail for a spreadsheet.
func (s *Site) serveAuditCSV(w http.ResponseWriter, r *http.Request, who access.Principal) {
	asked, err := s.auditAskedOf(r.URL.Query())
	if err != nil {
		s.wrongly(w, r, err)
		return
	}
	entries, err := s.API.Audit.ListAudit(r.Context(), AuditQuery{
		Person: asked.Person, Action: asked.Action, Object: asked.Object, Since: asked.Since.Time, Until: asked.Until.Time, Most: mostCSV,
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	rows := [][]string{{"seq", "at", "actor", "action", "object", "hash"}}
	for _, e := range entries {
		rows = append(rows, []string{strconv.FormatInt(e.Seq, 10), e.At.UTC().Format(stamp), cell(e.Actor), cell(e.Action), cell(e.Object), e.Hash})
	}
	serveCSV(w, "audit.csv", rows)
}
