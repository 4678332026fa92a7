package console

import (
	"errors"
	"net/http"

	"daymark/access"
)

// welcomePage lets somebody choose a password, and so makes their account.
type welcomePage struct {
	frame
	Token   string
	Invited string // whose account it will be; empty: one of Choices
	ID      string
	First   bool
	Choice  string
	// Choices are the administrators of the configuration, of whom one makes
	// the first account.
	Choices []choice
	Error   string
}

type choice struct{ ID, Name string }

// invited finds the invitation of an address, and answers where there is none.
func (s *Site) invited(w http.ResponseWriter, r *http.Request) (*access.Invitation, *welcomePage) {
	token := r.PathValue("token")
	invitation, err := s.Accounts.Invitation(r.Context(), access.HashToken(token))
	if errors.Is(err, ErrNotFound) {
		s.wrong(w, r, http.StatusNotFound, "This link was used, has expired, or was replaced by another. An administrator makes a new one: daymark person invite.")
		return nil, nil
	}
	if err != nil {
		s.failAccount(w, r, err)
		return nil, nil
	}
	if !invitation.First() && s.person(invitation.Person) == nil {
		s.wrong(w, r, http.StatusNotFound, "This link is for somebody who has left the configuration.")
		return nil, nil
	}
	page := &welcomePage{frame: s.frame(r, "Your account", "", access.Principal{}), Token: token, First: invitation.First(), ID: invitation.Person, Invited: s.nameOf(invitation.Person)}
	for i := range s.API.People {
		if p := &s.API.People[i]; invitation.First() && access.Role(p.Role) == access.Administrator {
			page.Choices = append(page.Choices, choice{p.ID, p.Name})
		}
	}
	return invitation, page
}

func (s *Site) serveWelcome(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	if _, page := s.invited(w, r); page != nil {
		s.show(w, r, http.StatusOK, "welcome", page)
	}
}

// takeWelcome makes the account. Of many at once who hold one link, one makes
// it.
func (s *Site) takeWelcome(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	invitation, page := s.invited(w, r)
	if page == nil {
		return
	}
	person := invitation.Person
	if invitation.First() {
		person = ""
		page.Choice = r.PostFormValue("person")
		for _, c := range page.Choices {
			if c.ID == page.Choice {
				person = c.ID
			}
		}
		if person == "" {
			page.Error = "Please say who you are."
			s.show(w, r, http.StatusUnprocessableEntity, "welcome", page)
			return
		}
	}
	hash, wrong, err := s.newPassword(r, person)
	if wrong != "" {
		page.Error = wrong
		s.show(w, r, http.StatusUnprocessableEntity, "welcome", page)
		return
	}
	now := s.Now()
	account := &access.Account{Person: person, Password: hash, Created: now, Changed: now}
	if err == nil {
		err = s.Accounts.Welcome(r.Context(), access.HashToken(page.Token), account)
	}
	switch {
	case errors.Is(err, ErrNotFound):
		s.wrong(w, r, http.StatusNotFound, "This link was used meanwhile.")
	case err != nil:
		s.failAccount(w, r, err)
	default:
		s.lead(w, r, account, s.Access.NextStage(account), "/console")
	}
}

// newPassword reads a password that somebody wants to have, typed twice, and
// hashes it; wrong says what is wrong with it, in a sentence.
func (s *Site) newPassword(r *http.Request, person string) (hash, wrong string, err error) {
	password := r.PostFormValue("password")
	known := []string{person, s.Name}
	if p := s.person(person); p != nil {
		known = append(known, p.Name, p.Email)
	}
	if err := access.CheckPassword(password, known...); err != nil {
		return "", sentence(err.Error()), nil
	}
	if password != r.PostFormValue("again") {
		return "", "The two are not the same.", nil
	}
	hash, err = s.passwords.Hash(r.Context(), password)
	return hash, "", err
}
