package console

import (
	"net/http"
	"strings"

	"daymark/access"
)

// tokensPage lists tokens of the API, and makes them.
type tokensPage struct {
	frame
	All      bool     // everybody's are shown
	Roles    []string // that a new one may have
	Scopes   []access.Scope
	People   []choice // of whom it may be; empty: of who looks alone
	Who      string   // who looks, by their id
	Working  []tokenView
	Ended    []tokenView
	Lifetime int // days, unless said otherwise
}

type tokenView struct {
	tokenRow
	Whose, Only, Until, Used, Why string
	Mine                          bool // who looks may replace it
}

func (s *Site) serveTokens(w http.ResponseWriter, r *http.Request, who access.Principal) {
	found, err := s.API.listTokens(r.Context(), Call{Who: who}, tokensAsked{})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := &tokensPage{
		frame: s.frame(r, "Tokens", "tokens", who), All: who.May(access.ReadTokens), Scopes: access.Scopes(), Who: who.Person, Lifetime: int(access.DefaultTokenLife.Hours() / 24),
	}
	for _, role := range access.StaffRoles() {
		if who.Own().AtLeast(role) {
			page.Roles = append(page.Roles, string(role))
		}
	}
	if who.May(access.WriteTokens) {
		for i := range s.API.People {
			page.People = append(page.People, choice{s.API.People[i].ID, s.API.People[i].Name})
		}
	}
	for _, t := range found.Items {
		view := s.tokenView(t)
		view.Mine = t.Person == who.Person || who.May(access.WriteTokens)
		if t.Works {
			page.Working = append(page.Working, view)
		} else {
			page.Ended = append(page.Ended, view)
		}
	}
	s.show(w, r, http.StatusOK, "tokens", page)
}

func (s *Site) tokenView(t tokenRow) tokenView {
	view := tokenView{tokenRow: t, Whose: s.nameOf(t.Person), Only: strings.Join(t.Scopes, " and "), Until: s.moment(t.Expires.Time), Used: "never used", Why: "Expired"}
	if !t.LastUsed.IsZero() {
		view.Used = "last used " + s.moment(t.LastUsed.Time)
	}
	if !t.Revoked.IsZero() {
		view.Why, view.Until = "Revoked", s.moment(t.Revoked.Time)
	}
	return view
}
