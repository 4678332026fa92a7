package console

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"daymark/access"
	"daymark/incident"
)

type silenceRow struct {
	ID        string `json:"id"`
	Check     string `json:"check,omitempty" doc:"Its id; left out: all that the component is measured by."`
	Component string `json:"component" doc:"Its id."`
	Reason    string `json:"reason"`
	By        string `json:"by"`
	Began     Time   `json:"began"`
	Until     Time   `json:"until"`
}

func (a *API) listSilences(ctx context.Context, _ Call, _ nothing) (page[silenceRow], error) {
	found, err := a.ByHand.Silences(ctx, a.Now())
	if err != nil {
		return page[silenceRow]{}, err
	}
	var rows []silenceRow
	for _, s := range found {
		rows = append(rows, silenceRow{s.ID, s.Check, s.Component, s.Reason, s.By, Time{s.Began}, Time{s.Until}})
	}
	return whole(rows), nil
}

// silences is the part of the table that silences checks and components.
func (a *API) silences() []Operation {
	return []Operation{
		read("/api/v1/silences", access.ReadComponents, "The silences that last, the one that began last first.", a.listSilences),
		act[checkSilence](a, "/api/v1/checks/{id}/silence", "Let what a check finds open no incident and call nobody until a time, 7 days at most; given again, it has another end and reason."),
		act[checkSilenceEnd](a, "/api/v1/checks/{id}/silence/end", "End the silence of a check: what still fails is an incident at once."),
		act[componentSilence](a, "/api/v1/components/{id}/silence", "Let what is found of a component open no incident and call nobody until a time, 7 days at most; given again, it has another end and reason."),
		act[componentSilenceEnd](a, "/api/v1/components/{id}/silence/end", "End the silence of a component: what still fails is an incident at once."),
	}
}

type silenceAsked struct {
	idAsked
	Until  Time   `json:"until" doc:"Then it ends by itself."`
	Reason string `json:"reason" longest:"10000" doc:"For staff."`
}

type checkSilence struct{ silenceAsked }

func (q checkSilence) command() incident.Command {
	return incident.SetSilence{Check: q.ID, Until: q.Until.Time, Reason: q.Reason}
}

type componentSilence struct{ silenceAsked }

func (q componentSilence) command() incident.Command {
	return incident.SetSilence{Component: q.ID, Until: q.Until.Time, Reason: q.Reason}
}

type checkSilenceEnd struct{ idAsked }

func (q checkSilenceEnd) command() incident.Command { return incident.EndSilence{Check: q.ID} }

type componentSilenceEnd struct{ idAsked }

func (q componentSilenceEnd) command() incident.Command { return incident.EndSilence{Component: q.ID} }

// silenceView is a silence that lasts, in words.
type silenceView struct {
	To, Name  string // what is silenced, and where it is
	End       string // the address that ends it
	By, Until string
	Left      string
	Reason    string
}

func (s *Site) silenceViews(all []incident.Silence, now time.Time) []silenceView {
	var views []silenceView
	for i := range all {
		views = append(views, s.silenceView(&all[i], now))
	}
	return views
}

func (s *Site) silenceView(silence *incident.Silence, now time.Time) silenceView {
	view := silenceView{By: s.byName(silence.By), Until: s.clock(silence.Until, now), Left: lasted(silence.Until.Sub(now)), Reason: silence.Reason}
	if silence.Check == "" {
		view.To, view.Name = "/console/components/"+silence.Component, s.API.componentName(silence.Component)
	} else {
		view.To, view.Name = checkPath(silence.Check), silence.Check
		if check, _ := s.API.checkAt(silence.Check); check != nil {
			view.Name = check.Title()
		}
	}
	view.End = view.To + "/silence/end"
	return view
}

// silencePage is the form that silences a check or a component.
type silencePage struct {
	frame
	Name, Back, Action string
	Lasts              *silenceView
	First, Least, Most string // as browsers choose times
	Zone               string
}

// firstSilence is how long a silence lasts that nobody chose an end for.
const firstSilence = 2 * time.Hour

func (s *Site) serveCheckSilence(w http.ResponseWriter, r *http.Request, who access.Principal) {
	check, _ := s.API.checkAt(r.PathValue("id"))
	if check == nil {
		s.noSuch(w, r, "check")
		return
	}
	s.showSilence(w, r, who, &silencePage{Name: check.Title(), Back: checkPath(check.ID)}, check.ID, "")
}

func (s *Site) serveComponentSilence(w http.ResponseWriter, r *http.Request, who access.Principal) {
	c := s.API.component(r.PathValue("id"))
	if c == nil {
		s.noSuch(w, r, "component")
		return
	}
	s.showSilence(w, r, who, &silencePage{Name: cmp.Or(c.Name, c.ID), Back: "/console/components/" + c.ID}, "", c.ID)
}

func (s *Site) showSilence(w http.ResponseWriter, r *http.Request, who access.Principal, page *silencePage, check, component string) {
	now := s.Now()
	all, err := s.API.ByHand.Silences(r.Context(), now)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page.Lasts = s.lasting(all, check, component, now)
	page.Action = page.Back + "/silence"
	page.First, page.Least, page.Most = now.Add(firstSilence).In(s.Zone).Format(localTime), now.In(s.Zone).Format(localTime), now.Add(incident.MaxSilence).In(s.Zone).Format(localTime)
	page.Zone = s.Zone.String()
	page.frame = s.frame(r, "Silence "+page.Name, "components", who)
	s.show(w, r, http.StatusOK, "silence", page)
}

// lasting gives the silence of a check, or without one of a component; nil:
// there is none.
func (s *Site) lasting(all []incident.Silence, check, component string, now time.Time) *silenceView {
	for i := range all {
		if one := &all[i]; one.Check == check && (check != "" || one.Component == component) {
			view := s.silenceView(one, now)
			return &view
		}
	}
	return nil
}
