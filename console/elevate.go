package console

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"daymark/access"
)

// Elevating keeps the elevations of sessions. What is not there is ErrNotFound.
type Elevating interface {
	// ElevationIn gives the latest elevation of a session that nobody has ended.
	ElevationIn(ctx context.Context, session string) (*access.Elevation, error)
	// Elevate begins an elevation of a session that lasts, tells the others, and
	// gives its id. Where one lasts already it is *incident.Refusal.
	Elevate(ctx context.Context, e access.Elevation) (id string, err error)
}

// raised gives who acts in a session, which may have risen above the role of
// its person. Where that cannot be read it has not.
func (s *Site) raised(ctx context.Context, who access.Principal, session string) access.Principal {
	if _, err := s.Access.Rises(who.Role); err != nil {
		return who
	}
	e, err := s.Elevating.ElevationIn(ctx, session)
	if err != nil {
		if !errors.Is(err, ErrNotFound) && ctx.Err() == nil {
			s.Logger.ErrorContext(ctx, "an elevation cannot be read; its session acts by the role of its person", "who", who.Actor(), "error", err)
		}
		return who
	}
	return s.Access.Raise(who, session, e, s.Now())
}

func (s *Site) elevationRoutes() []PageRoute {
	return []PageRoute{
		{Pattern: "GET /console/elevations", Right: access.ReadElevations, Serve: s.serveElevations, Menu: "Elevations", About: "Rise above your role in an emergency, and see who did, why, and what they did."},
		{Pattern: "POST /console/elevate", Right: access.WriteSelf, Serve: s.takeElevation},
	}
}

// elevationsPage lets somebody rise, and lists who did.
type elevationsPage struct {
	frame
	To         string // the role that who looks may rise to; empty: none
	Why        string // why they may not
	Lasts      string
	Factor     bool // a code is asked for, too
	Reason     string
	Wrong      string
	Elevations []elevationView
	Next       string // cursor of the next part
}

// elevationView is one elevation for people.
type elevationView struct {
	elevationRow
	Who, From, To, How string
	MayEnd             bool
	Acts               []actView
}

type actView struct{ At, Action, Object string }

func (s *Site) serveElevations(w http.ResponseWriter, r *http.Request, who access.Principal) {
	s.showElevations(w, r, http.StatusOK, who, "")
}

func (s *Site) showElevations(w http.ResponseWriter, r *http.Request, status int, who access.Principal, wrong string) {
	page := &elevationsPage{
		frame: s.frame(r, "Elevations", "elevations", who), Wrong: wrong, Reason: cutText(r.PostFormValue("reason"), 4*access.MaxReason), Lasts: lasted(s.Access.Elevation),
	}
	page.from = "/console/elevations" // also where this answers a form
	to, err := s.Access.Rises(who.Own())
	if page.To = string(to); err != nil {
		page.Why = sentence(err.Error())
	}
	if page.Raised != "" {
		page.To = ""
	}
	account, err := s.Accounts.Account(r.Context(), who.Person)
	if err != nil {
		s.failAccount(w, r, err)
		return
	}
	page.Factor = len(account.Factor) > 0
	asked := paging{Limit: 20}
	if !writes(r) {
		asked.Cursor = r.URL.Query().Get("cursor")
	}
	found, err := s.API.listElevations(r.Context(), Call{Who: who}, asked)
	if err != nil {
		s.wrongly(w, r, err)
		return
	}
	page.Next = found.Next
	for _, e := range found.Items {
		page.Elevations = append(page.Elevations, s.elevationView(e, who))
	}
	s.show(w, r, status, "elevations", page)
}

func (s *Site) elevationView(e elevationRow, who access.Principal) elevationView {
	view := elevationView{elevationRow: e, Who: s.nameOf(e.Person), From: s.moment(e.Began.Time), To: s.clock(e.Until.Time, s.Now()), How: "It ended by itself."}
	switch {
	case e.Lasts:
		view.How = ""
		view.MayEnd = owns(who, e.Person) || who.May(access.WriteAccounts)
	case !e.Ended.IsZero():
		view.To, view.How = s.clock(e.Ended.Time, s.Now()), "It ended "+e.How+"."
	}
	for _, d := range e.Done {
		view.Acts = append(view.Acts, actView{s.clock(d.At.Time, s.Now()), d.Action, d.Object})
	}
	return view
}

// takeElevation lets somebody rise who proves once more who they are.
func (s *Site) takeElevation(w http.ResponseWriter, r *http.Request, who access.Principal) {
	e, err := s.Access.Elevate(who.Person, s.visitOf(r).ID, who.Own(), r.PostFormValue("reason"), s.Now())
	if err != nil {
		s.showElevations(w, r, http.StatusUnprocessableEntity, who, sentence(err.Error()))
		return
	}
	wrong, err := s.provenTwice(r, who)
	switch {
	case err != nil:
		s.failAccount(w, r, err)
		return
	case wrong != "":
		s.showElevations(w, r, http.StatusUnprocessableEntity, who, wrong)
		return
	}
	if _, err := s.Elevating.Elevate(r.Context(), e); err != nil {
		problem := problemOf(err)
		if problem.Status >= http.StatusInternalServerError || errors.Is(err, ErrNotFound) {
			s.failAccount(w, r, err)
			return
		}
		s.showElevations(w, r, problem.Status, who, problem.Detail)
		return
	}
	http.Redirect(w, r, "/console/elevations", http.StatusSeeOther)
}

// provenTwice says whether who calls has given their present password, and
// where they have a second factor its code; wrong says why not, in a sentence.
func (s *Site) provenTwice(r *http.Request, who access.Principal) (wrong string, err error) {
	account, wrong, err := s.proven(r, who)
	if err != nil || wrong != "" || len(account.Factor) == 0 {
		return wrong, err
	}
	try := s.try(r, access.TryCode, who.Person, who.Person)
	if wait := s.attempts.Begin(try, s.Now()); wait > 0 {
		s.noteWrongCode(r, who.Person)
		return "Too many were wrong. Please wait " + lasting(wait) + ".", nil
	}
	right, err := s.checkCode(r.Context(), account, strings.TrimSpace(r.PostFormValue("code")))
	if err != nil {
		return "", err
	}
	if !right {
		s.noteWrongCode(r, who.Person)
		return "That is not the code of this moment. Each is good for half a minute, and once.", nil
	}
	s.attempts.Right(try)
	return "", nil
}

// wrongly answers a page whose address asks for what cannot be.
func (s *Site) wrongly(w http.ResponseWriter, r *http.Request, err error) {
	if problem := problemOf(err); problem.Status < http.StatusInternalServerError {
		s.wrong(w, r, problem.Status, saidOf(&problem))
		return
	}
	s.failAccount(w, r, err)
}
