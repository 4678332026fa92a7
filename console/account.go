package console

import (
	"errors"
	"net/http"
	"time"

	"daymark/access"
)

// accountPage is what somebody sees and changes of their own account.
type accountPage struct {
	frame
	ID       string
	Email    string
	Factor   bool
	Codes    int // recovery codes that are left
	Changed  string
	Sessions []sessionRow
	Errors   map[string]string
	Done     string
}

type sessionRow struct {
	ID, Browser, Agent, Address, Began, Seen string // Agent as the browser named itself
	This                                     bool
}

func (s *Site) serveAccount(w http.ResponseWriter, r *http.Request, who access.Principal) {
	s.showAccount(w, r, http.StatusOK, who, nil)
}

// done are the acts of the page, by what its address then says.
var done = map[string]string{
	"password": "The password is changed. All other browsers are signed out.",
	"sessions": "Signed out.",
}

func (s *Site) showAccount(w http.ResponseWriter, r *http.Request, status int, who access.Principal, wrong map[string]string) {
	account, err := s.Accounts.Account(r.Context(), who.Person)
	if err != nil {
		s.failAccount(w, r, err)
		return
	}
	now := s.Now()
	sessions, err := s.Sessions.Sessions(r.Context(), who.Person, now)
	if err != nil {
		s.failAccount(w, r, err)
		return
	}
	page := &accountPage{
		frame: s.frame(r, "Your account", "account", who), ID: who.Person, Factor: len(account.Factor) > 0, Codes: len(account.Codes),
		Changed: s.day(account.Changed), Errors: wrong, Done: done[r.URL.Query().Get("done")],
	}
	if p := s.person(who.Person); p != nil {
		page.Email = p.Email
	}
	this := s.visitOf(r).ID
	for _, x := range sessions {
		if x.Stage != access.SignedIn {
			continue
		}
		page.Sessions = append(page.Sessions, sessionRow{
			ID: x.ID, Browser: browserName(x.Browser), Agent: x.Browser, Address: x.Address, Began: s.moment(x.Began), Seen: s.moment(x.Seen), This: x.ID == this,
		})
	}
	s.show(w, r, status, "account", page)
}

// day and moment write times in the page's zone.
func (s *Site) day(at time.Time) string    { return at.In(s.Zone).Format("2 January 2006") }
func (s *Site) moment(at time.Time) string { return at.In(s.Zone).Format("2 January 2006, 15:04") }

// proven says whether who calls has given their present password, as every
// change of how one signs in asks for; wrong says why not, in a sentence.
func (s *Site) proven(r *http.Request, who access.Principal) (account *access.Account, wrong string, err error) {
	account, err = s.Accounts.Account(r.Context(), who.Person)
	if err != nil {
		return nil, "", err
	}
	try := s.try(r, access.TryPassword, who.Person, who.Person)
	if wait := s.attempts.Begin(try, s.Now()); wait > 0 {
		return account, "Too many were wrong. Please wait " + lasting(wait) + ".", nil
	}
	err = s.passwords.Compare(r.Context(), r.PostFormValue("present"), account.Password)
	if errors.Is(err, access.ErrWrongPassword) {
		return account, "That is not your present password.", nil
	}
	if err == nil {
		s.attempts.Right(try)
	}
	return account, "", err
}

// takePassword changes the password.
func (s *Site) takePassword(w http.ResponseWriter, r *http.Request, who access.Principal) {
	account, wrong, err := s.proven(r, who)
	hash := ""
	if err == nil && wrong == "" {
		hash, wrong, err = s.newPassword(r, who.Person)
	}
	if err == nil && wrong == "" {
		account.Changed = s.Now()
		err = s.Accounts.SetPassword(r.Context(), who, hash, account.Changed, s.visitOf(r).ID)
	}
	switch {
	case err != nil:
		s.failAccount(w, r, err)
	case wrong != "":
		s.showAccount(w, r, http.StatusUnprocessableEntity, who, map[string]string{"password": wrong})
	default:
		if err := s.begin(r, account, access.SignedIn); err != nil {
			s.failAccount(w, r, err)
			return
		}
		http.Redirect(w, r, "/console/account?done=password", http.StatusSeeOther)
	}
}

// takeSessions signs browsers out: one, or all but this.
func (s *Site) takeSessions(w http.ResponseWriter, r *http.Request, who access.Principal) {
	if err := s.Accounts.EndSessions(r.Context(), who, r.PostFormValue("id"), s.visitOf(r).ID); err != nil {
		s.failAccount(w, r, err)
		return
	}
	http.Redirect(w, r, "/console/account?done=sessions", http.StatusSeeOther)
}

// show answers with a page.
func (s *Site) show(w http.ResponseWriter, r *http.Request, status int, name string, page any) {
	if t := triedOf(r); t != nil && status < http.StatusBadRequest {
		status = t.status
	}
	body, err := draw(r, name, page)
	if err != nil {
		s.failAccount(w, r, err)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // who has hung up needs no answer
	}
}
