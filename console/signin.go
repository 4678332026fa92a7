package console

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"daymark/access"
	"daymark/internal/web"
)

// signInPage asks for id and password.
type signInPage struct {
	frame
	Who   string // as it was typed
	To    string
	Error string
	Out   bool // somebody has just signed out
}

func (s *Site) serveSignIn(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	if _, in := s.who(r); in {
		http.Redirect(w, r, inside(r.URL.Query().Get("to")), http.StatusSeeOther)
		return
	}
	s.show(w, r, http.StatusOK, "sign-in", &signInPage{
		frame: s.frame(r, "Sign in", "", access.Principal{}), To: inside(r.URL.Query().Get("to")), Out: r.URL.Query().Has("out"),
	})
}

// inside gives an address of the console to go to; its beginning where another
// one was asked for.
func inside(to string) string {
	if to == "/console" || strings.HasPrefix(to, "/console/") && !strings.HasPrefix(to, "/console/sign-") && !strings.ContainsAny(to, "\\\r\n") && len(to) < 1000 {
		return to
	}
	return "/console"
}

// takeSignIn takes id and password. Whether somebody has an account cannot be
// seen by the answer, nor by how long it takes.
func (s *Site) takeSignIn(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	page := &signInPage{frame: s.frame(r, "Sign in", "", access.Principal{}), Who: cutText(strings.TrimSpace(r.PostFormValue("who")), 200), To: inside(r.PostFormValue("to"))}
	person := s.called(page.Who)
	try := s.try(r, access.TryPassword, person, page.Who)
	if wait := s.attempts.Begin(try, s.Now()); wait > 0 {
		s.wait(w, r, "sign-in", page, &page.Error, wait)
		return
	}
	account, err := s.Accounts.Account(r.Context(), person)
	if errors.Is(err, ErrNotFound) || err == nil && !s.RoleOf(r.Context(), person, s.Now()).Staff() {
		account, err = &access.Account{}, nil
	}
	if err == nil {
		err = s.passwords.Compare(r.Context(), r.PostFormValue("password"), account.Password)
	}
	switch {
	case errors.Is(err, access.ErrWrongPassword):
		page.Error = "That is not a name and a password that belong together. Who has no account, or has forgotten the password, is sent a link by an administrator."
		s.show(w, r, http.StatusUnprocessableEntity, "sign-in", page)
		return
	case err != nil:
		s.failAccount(w, r, err)
		return
	}
	s.attempts.Right(try)
	s.lead(w, r, account, s.Access.NextStage(account), page.To)
}

// called gives the person of an id or an address for email; what was typed
// where it is nobody's.
func (s *Site) called(typed string) string {
	typed = strings.ToLower(typed)
	for i := range s.API.People {
		if p := &s.API.People[i]; strings.ToLower(p.ID) == typed || typed != "" && strings.ToLower(p.Email) == typed {
			return p.ID
		}
	}
	return typed
}

// try is an attempt of a request on a person's account. It is counted by what
// was typed, so that nobody finds out which id an address belongs to.
func (s *Site) try(r *http.Request, step, person, typed string) access.Try {
	device, known := s.knownDevice(r, person)
	return access.Try{Step: step, Person: strings.ToLower(typed), Network: web.AddressOf(r), Device: device, Known: known}
}

// wait answers that too many were wrong.
func (s *Site) wait(w http.ResponseWriter, r *http.Request, name string, page any, note *string, wait time.Duration) {
	w.Header().Set("Retry-After", wholeSeconds(wait))
	*note = "Too many were wrong. Please wait " + lasting(wait) + " and try again. Browsers that you have signed in with before do not wait for others."
	s.show(w, r, http.StatusTooManyRequests, name, page)
}

// lasting says a time to wait.
func lasting(d time.Duration) string {
	if d <= time.Minute {
		return wholeSeconds(d) + " s"
	}
	return decimal(int64((d+time.Minute-1)/time.Minute)) + " min"
}

// wholeSeconds writes a time to wait in seconds, of which none is left out.
func wholeSeconds(d time.Duration) string { return decimal(int64((d + time.Second - 1) / time.Second)) }

// lead begins the session that follows a right password or code, and leads on.
func (s *Site) lead(w http.ResponseWriter, r *http.Request, account *access.Account, stage access.Stage, to string) {
	next, err := inside(to), error(nil)
	switch stage {
	case access.AskedCode:
		next, err = "/console/sign-in/code", s.begin(r, account, stage)
	case access.AskedFactor:
		next, err = "/console/sign-in/second-factor", s.begin(r, account, stage)
	case access.SignedIn:
		err = s.enter(w, r, account)
	}
	if err != nil {
		s.failAccount(w, r, err)
		return
	}
	s.sessions.Put(r.Context(), keyTo, inside(to))
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// enter lets somebody in: written down before it is so.
func (s *Site) enter(w http.ResponseWriter, r *http.Request, account *access.Account) error {
	if err := s.Accounts.Entered(r.Context(), account.Person, web.AddressOf(r), s.Now()); err != nil {
		return err
	}
	s.rememberDevice(w, r, account.Person)
	return s.begin(r, account, access.SignedIn)
}

// codePage asks for a code.
type codePage struct {
	frame
	Error string
}

// halfway gives the account of who has given the password and owes what a stage
// is about; nil where nobody does, who is then led to the beginning.
func (s *Site) halfway(w http.ResponseWriter, r *http.Request, stage access.Stage) *access.Account {
	v := s.visitOf(r)
	if v.Stage != stage || !s.RoleOf(r.Context(), v.Person, s.Now()).Staff() {
		http.Redirect(w, r, "/console/sign-in", http.StatusSeeOther)
		return nil
	}
	account, err := s.Accounts.Account(r.Context(), v.Person)
	switch {
	case err != nil:
		s.failAccount(w, r, err)
		return nil
	case account.Changed.UnixMilli() != v.Changed.UnixMilli() || stage == access.AskedFactor && len(account.Factor) > 0:
		http.Redirect(w, r, "/console/sign-in", http.StatusSeeOther) // what was given holds no more
		return nil
	}
	return account
}

func (s *Site) serveCode(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	if s.halfway(w, r, access.AskedCode) != nil {
		s.showCode(w, r, http.StatusOK, "")
	}
}

func (s *Site) showCode(w http.ResponseWriter, r *http.Request, status int, wrong string) {
	f := s.frame(r, "Your code", "", access.Principal{})
	f.CSRF = s.visitOf(r).csrf
	s.show(w, r, status, "code", &codePage{frame: f, Error: wrong})
}

// takeCode takes the code of an authenticator, or a recovery code.
func (s *Site) takeCode(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	account := s.halfway(w, r, access.AskedCode)
	if account == nil {
		return
	}
	if !s.ours(r) {
		s.noteRefused(r, access.Principal{Kind: access.BySession, Person: account.Person}, refusedForm)
		s.showCode(w, r, http.StatusForbidden, "This form was not sent by a page of ours. Please try again.")
		return
	}
	try := s.try(r, access.TryCode, account.Person, account.Person)
	if wait := s.attempts.Begin(try, s.Now()); wait > 0 {
		s.noteWrongCode(r, account.Person)
		page := &codePage{frame: s.frame(r, "Your code", "", access.Principal{})}
		page.CSRF = s.visitOf(r).csrf
		s.wait(w, r, "code", page, &page.Error, wait)
		return
	}
	right, err := s.checkCode(r.Context(), account, r.PostFormValue("code"))
	switch {
	case err != nil:
		s.failAccount(w, r, err)
	case !right:
		s.noteWrongCode(r, account.Person)
		s.showCode(w, r, http.StatusUnprocessableEntity, "That is not the code of this moment. Each is good for half a minute, and once. Is the clock of your device right?")
	default:
		s.attempts.Right(try)
		s.lead(w, r, account, access.SignedIn, s.sessions.GetString(r.Context(), keyTo))
	}
}

// checkCode says whether a code, or a recovery code, is good, and uses it up.
func (s *Site) checkCode(ctx context.Context, account *access.Account, code string) (bool, error) {
	code = cutText(strings.TrimSpace(code), 100)
	secret, err := s.Seal.Open(account.Person, account.Factor)
	if err != nil {
		return false, err
	}
	if step, right := access.CheckCode(secret, code, account.Step, s.Now()); right {
		return s.Accounts.UseCode(ctx, account.Person, step)
	}
	if len(code) < 10 {
		return false, nil
	}
	return s.Accounts.UseRecoveryCode(ctx, account.Person, code)
}

// takeSignOut ends the session.
func (s *Site) takeSignOut(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	if err := s.sessions.Destroy(r.Context()); err != nil {
		s.failAccount(w, r, err)
		return
	}
	http.Redirect(w, r, "/console/sign-in?out", http.StatusSeeOther)
}
