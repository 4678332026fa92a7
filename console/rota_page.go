package console

import (
	"cmp"
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/support"
)

func (s *Site) rotaRoutes() []PageRoute {
	return []PageRoute{
		{Pattern: "GET /console/rota", Right: access.ReadIncidents, Serve: s.serveRota, Menu: "Rota", About: "Who is on call in the weeks ahead, swaps, the month's hours, and the note for a hand-over."},
		{Pattern: "GET /console/rota/hours.csv", Right: access.ReadIncidents, Serve: s.serveHours},
		{Pattern: "GET /console/rotas/{id}/handover.md", Right: access.ReadIncidents, Serve: s.serveHandover},
		{Pattern: "GET /console/people/{id}/calendar.ics", Right: access.ReadIncidents, Serve: s.serveCalendar},
	}
}

// rotaPage is one rota, and who is on call for each.
type rotaPage struct {
	frame
	Say      string
	ID       string // of the rota that is shown; "": there is none
	Rotas    []onCallView
	Weeks    []shiftView
	Away     []string
	Offers   []swapView
	Accepted []swapView
	Zone     string
	Me       string // the id of who looks at it
	Others   bool   // they may swap for others
	May      bool   // they may swap
	People   []support.Person
	Starts   string
	Ends     string
	Month    string // such as 2026-11
	Before   string
	After    string
	Hours    [][]string // rows, the heads first
	NoHours  string     // why there are none
	Note     string     // for the hand-over, as Markdown
}

type shiftView struct {
	From, To, Lead, Engineer string
	At                       string // ISO
	Now, Mine                bool
}

type swapView struct {
	ID, Role, Giver, Taker, From, To, Note string
	Form                                   string // the name of its form
	Accept, Withdraw                       bool   // what who looks at it may do
}

// weeksAhead is how far the calendar looks.
const weeksAhead = 6

func (s *Site) serveRota(w http.ResponseWriter, r *http.Request, who access.Principal) {
	ctx, now, query := r.Context(), s.Now(), r.URL.Query()
	page := &rotaPage{
		Me: who.Person, May: who.May(access.WriteTurns), Others: who.May(access.WriteRotas), People: s.API.People, Zone: s.Zone.String(),
		Starts: s.typedTime(now.Add(time.Hour).Truncate(time.Hour)), Ends: s.typedTime(now.Add(25 * time.Hour).Truncate(time.Hour)),
	}
	onCall, err := s.API.Rotas.OnCall(ctx, now)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, c := range onCall {
		page.Rotas = append(page.Rotas, s.onCallView(c, now))
	}
	page.ID = query.Get("rota")
	if page.ID == "" && len(onCall) > 0 {
		page.ID = onCall[0].Rota
	}
	page.Say = sayRota(page)
	if page.ID != "" {
		if err := s.fillRota(r, page, now); err != nil {
			s.unfound(w, r, err, "There is no rota with this id.")
			return
		}
	}
	page.frame = s.frame(r, "Rota", "more", who)
	s.show(w, r, http.StatusOK, "rota", page)
}

// sayRota is the sentence on top.
func sayRota(p *rotaPage) string {
	for _, c := range p.Rotas {
		if c.Rota == p.ID {
			return orNobody(c.Lead) + " is Lead and " + orNobody(c.Engineer) + " is Engineer."
		}
	}
	return "Nobody is on call."
}

func orNobody(name string) string {
	if name == "" {
		return "Nobody"
	}
	return name
}

func (s *Site) onCallView(c OnCall, now time.Time) onCallView {
	view := onCallView{Rota: c.Rota, Lead: s.somebody(c.Lead), Engineer: s.somebody(c.Engineer), NextLead: s.somebody(c.NextLead), NextEngineer: s.somebody(c.NextEngineer)}
	if !c.Until.IsZero() {
		view.Until = s.clock(c.Until, now)
	}
	return view
}

// fillRota puts in what is known of the rota that is shown.
func (s *Site) fillRota(r *http.Request, page *rotaPage, now time.Time) error {
	ctx := r.Context()
	plan, err := s.API.Rotas.Plan(ctx, page.ID, now, now.AddDate(0, 0, 7*weeksAhead))
	if err != nil {
		return err
	}
	for _, shift := range plan.Shifts {
		page.Weeks = append(page.Weeks, shiftView{
			From: s.clock(shift.From, now), To: s.clock(shift.To, now), Lead: s.somebody(shift.Lead), Engineer: s.somebody(shift.Engineer),
			At: shift.From.UTC().Format(time.RFC3339), Now: !now.Before(shift.From) && now.Before(shift.To), Mine: page.Me != "" && (shift.Lead == page.Me || shift.Engineer == page.Me),
		})
	}
	for _, away := range plan.Away {
		page.Away = append(page.Away, s.nameOf(away.Person)+", "+s.clock(away.From, now)+" to "+s.clock(away.To, now))
	}
	swaps, err := s.API.Rotas.Swaps(ctx, page.ID, now)
	if err != nil {
		return err
	}
	for i := range swaps {
		switch view := s.swapView(&swaps[i], page, now); swaps[i].State(now) {
		case incident.SwapOffered:
			page.Offers = append(page.Offers, view)
		case incident.SwapAccepted:
			page.Accepted = append(page.Accepted, view)
		case incident.SwapWithdrawn, incident.SwapLapsed:
		}
	}
	if page.Note, err = s.API.Rotas.HandoverNote(ctx, page.ID, now); err != nil {
		return err
	}
	month := s.monthOf(r.URL.Query().Get("month"), now)
	page.Month, page.Before, page.After = month.Format(monthLayout), month.AddDate(0, -1, 0).Format(monthLayout), month.AddDate(0, 1, 0).Format(monthLayout)
	return s.fillHours(r, page)
}

func (s *Site) fillHours(r *http.Request, page *rotaPage) error {
	text, err := s.API.readHours(r.Context(), Call{}, hoursAsked{Month: page.Month, Rota: page.ID, SLA: r.URL.Query().Get("sla")})
	if refusal, is := errors.AsType[*incident.Refusal](err); is {
		page.NoHours = sentence(refusal.Text)
		return nil
	}
	if err != nil {
		return err
	}
	page.Hours, err = csv.NewReader(strings.NewReader(text.Text)).ReadAll()
	for _, row := range page.Hours[:min(1, len(page.Hours))] {
		for i := range row {
			row[i] = cmp.Or(hoursWords[row[i]], row[i])
		}
	}
	return err
}

// hoursWords are the columns of the hours of a month as people read them.
var hoursWords = map[string]string{
	"month": "Month", "rota": "Rota", "person": "Person", "name": "Name", "hours_on_call": "Hours on call", "hours_out_of_service": "Outside service hours", "call_outs": "Call-outs",
}

func (s *Site) swapView(x *incident.Swap, page *rotaPage, now time.Time) swapView {
	return swapView{
		ID: x.ID, Role: x.Role.Title(), Giver: s.nameOf(x.Giver), Taker: s.nameOf(x.Taker), From: s.clock(x.From, now), To: s.clock(x.To, now), Note: x.Note, Form: "swap-" + x.ID,
		Accept:   page.May && (page.Others || page.Me == x.Taker),
		Withdraw: page.May && (page.Others || slices.Contains([]string{x.Giver, x.Taker}, page.Me)),
	}
}

func (s *Site) serveHours(w http.ResponseWriter, r *http.Request, who access.Principal) {
	query := r.URL.Query()
	text, err := s.API.readHours(r.Context(), Call{Who: who}, hoursAsked{Month: query.Get("month"), Rota: query.Get("rota"), SLA: query.Get("sla")})
	s.download(w, r, "on-call.csv", text, err)
}

func (s *Site) serveHandover(w http.ResponseWriter, r *http.Request, who access.Principal) {
	text, err := s.API.readHandover(r.Context(), Call{Who: who}, noteAsked{idAsked: idAsked{ID: r.PathValue("id")}})
	s.download(w, r, "handover.md", text, err)
}

func (s *Site) serveCalendar(w http.ResponseWriter, r *http.Request, who access.Principal) {
	id := r.PathValue("id")
	text, err := s.API.readCalendar(r.Context(), Call{Who: who}, calendarAsked{idAsked: idAsked{ID: id}, Days: 90})
	s.download(w, r, "on-call-"+url.PathEscape(id)+".ics", text, err)
}
