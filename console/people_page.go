package console

import (
	"net/http"
	"strings"

	"daymark/access"
)

func (s *Site) peopleRoutes() []PageRoute {
	return []PageRoute{
		{Pattern: "GET /console/people", Right: access.ReadPeople, Serve: s.servePeople, Menu: "People", About: "Who there is, in which role, and who is on call. Administrators invite people and sign them out."},
		{Pattern: "GET /console/tokens", Right: access.ReadSelf, Serve: s.serveTokens, Menu: "Tokens", About: "Tokens for the API: make, replace and revoke them."},
		{Pattern: "GET /console/agents", Right: access.ReadAgents, Serve: s.serveAgents, Menu: "Agents", About: "What measures from each region, and the agents’ tokens."},
		{Pattern: "GET /console/audit", Right: access.ReadAudit, Serve: s.serveAudit, Menu: "Audit trail", About: "What people did."},
		{Pattern: "GET /console/audit.csv", Right: access.ReadAudit, Serve: s.serveAuditCSV},
	}
}

// peoplePage lists the people of the configuration.
type peoplePage struct {
	frame
	All    bool // how they sign in is shown, too
	May    bool // who looks may change that
	People []personView
}

type personView struct {
	staffRow
	OnCallOf, MayTake, SignedIn string
	Browsers                    []browserView
}

type browserView struct {
	browserRow
	Since, Used string
}

func (s *Site) servePeople(w http.ResponseWriter, r *http.Request, who access.Principal) {
	call := Call{Who: who}
	people, err := s.API.listPeople(r.Context(), call, nothing{})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := &peoplePage{frame: s.frame(r, "People", "people", who), All: who.May(access.ReadAccounts), May: who.May(access.WriteAccounts)}
	browsers := map[string][]browserView{}
	if page.All {
		found, err := s.API.listSessions(r.Context(), call, sessionsAsked{})
		if err != nil {
			s.fail(w, r, err)
			return
		}
		for _, x := range found.Items {
			browsers[x.Person] = append(browsers[x.Person], s.browserView(x))
		}
	}
	for _, p := range people.Items {
		view := personView{staffRow: p, OnCallOf: strings.Join(p.OnCall, ", "), MayTake: strings.Join(p.May, " and "), SignedIn: "never", Browsers: browsers[p.ID]}
		if p.Account != nil && !p.Account.SignedIn.IsZero() {
			view.SignedIn = s.moment(p.Account.SignedIn.Time)
		}
		page.People = append(page.People, view)
	}
	s.show(w, r, http.StatusOK, "people", page)
}

func (s *Site) browserView(x browserRow) browserView {
	if x.Browser == "" {
		x.Browser = "A browser without a name"
	}
	return browserView{x, s.moment(x.Began.Time), s.moment(x.Seen.Time)}
}
