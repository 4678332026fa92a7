package console

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"image/png"
	"net/http"

	"github.com/pquerna/otp"

	"daymark/access"
)

// factorPage shows the secret of a new second factor, and asks for a code by
// which it is proven.
type factorPage struct {
	frame
	Action   string
	Again    bool         // there is one already, which this replaces
	Picture  template.URL // of the secret, for a camera
	Secret   string       // in groups of four letters, for people
	Error    string
	Required bool
}

// codesPage shows recovery codes, once.
type codesPage struct {
	frame
	Codes []string
	Next  string
}

// serveFirstFactor is for who has to set one up before anything else.
func (s *Site) serveFirstFactor(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	if account := s.halfway(w, r, access.AskedFactor); account != nil {
		s.showFactor(w, r, http.StatusOK, account, access.Principal{}, "")
	}
}

func (s *Site) serveFactor(w http.ResponseWriter, r *http.Request, who access.Principal) {
	account, err := s.Accounts.Account(r.Context(), who.Person)
	if err != nil {
		s.failAccount(w, r, err)
		return
	}
	s.showFactor(w, r, http.StatusOK, account, who, "")
}

// showFactor shows the second factor that this session is setting up. It stays
// the same until it is proven, so that a mistyped code costs nothing.
func (s *Site) showFactor(w http.ResponseWriter, r *http.Request, status int, account *access.Account, who access.Principal, wrong string) {
	secret, address, err := s.factorOf(r, account.Person)
	if err != nil {
		s.failAccount(w, r, err)
		return
	}
	page := &factorPage{
		frame: s.frame(r, "Second factor", "account", who), Action: r.URL.Path, Again: len(account.Factor) > 0, Error: wrong,
		Secret: grouped(secret), Required: s.Access.SecondFactor != "optional",
	}
	page.CSRF = s.visitOf(r).csrf
	if page.Picture, err = picture(address); err != nil {
		s.failAccount(w, r, err)
		return
	}
	s.show(w, r, status, "factor", page)
}

// factorOf gives the secret that this session is setting up, and makes it where
// there is none.
func (s *Site) factorOf(r *http.Request, person string) (secret, address string, err error) {
	if kept, found := s.keptFactor(r, person); found {
		return kept, access.FactorAddress(s.Name, person, kept), nil
	}
	secret, err = access.NewSecondFactor(s.Name, person)
	if err != nil {
		return "", "", err
	}
	s.sessions.Put(r.Context(), keyFactor, base64.StdEncoding.EncodeToString(s.Seal.Close(person, secret)))
	return secret, access.FactorAddress(s.Name, person, secret), nil
}

func (s *Site) keptFactor(r *http.Request, person string) (string, bool) {
	sealed, err := base64.StdEncoding.DecodeString(s.sessions.GetString(r.Context(), keyFactor))
	if err != nil || len(sealed) == 0 {
		return "", false
	}
	secret, err := s.Seal.Open(person, sealed)
	return secret, err == nil
}

// grouped writes a secret for people who type it.
func grouped(secret string) string {
	var out bytes.Buffer
	for i, r := range secret {
		if i > 0 && i%4 == 0 {
			out.WriteByte(' ')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// pictureSize is how wide the picture of a secret is.
const pictureSize = 220

func picture(address string) (template.URL, error) {
	key, err := otp.NewKeyFromURL(address)
	if err != nil {
		return "", err
	}
	image, err := key.Image(pictureSize, pictureSize)
	if err != nil {
		return "", err
	}
	var data bytes.Buffer
	if err := png.Encode(&data, image); err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(data.Bytes())), nil //nolint:gosec // we made it
}

// takeFirstFactor takes the code that proves the first one.
func (s *Site) takeFirstFactor(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	account := s.halfway(w, r, access.AskedFactor)
	if account == nil {
		return
	}
	if !s.ours(r) {
		s.noteRefused(r, access.Principal{Kind: access.BySession, Person: account.Person}, refusedForm)
		s.showFactor(w, r, http.StatusForbidden, account, access.Principal{}, "This form was not sent by a page of ours. Please try again.")
		return
	}
	to := s.sessions.GetString(r.Context(), keyTo)
	codes, wrong, err := s.proveFactor(r, account.Person)
	switch {
	case err != nil:
		s.failAccount(w, r, err)
		return
	case wrong != "":
		s.showFactor(w, r, http.StatusUnprocessableEntity, account, access.Principal{}, wrong)
		return
	}
	if err := s.enter(w, r, account); err != nil {
		s.failAccount(w, r, err)
		return
	}
	s.proved(r)
	s.showCodes(w, r, codes, inside(to))
}

// proveFactor sets the second factor of this session, if the code that came is
// its own, and gives new recovery codes.
func (s *Site) proveFactor(r *http.Request, person string) (codes []string, wrong string, err error) {
	secret, found := s.keptFactor(r, person)
	step, right := access.CheckCode(secret, r.PostFormValue("code"), 0, s.Now())
	if !found || !right {
		return nil, "That is not the code of this moment. Each is good for half a minute. Is the clock of your device right?", nil
	}
	codes, hashes := access.NewRecoveryCodes()
	err = s.Accounts.SetFactor(r.Context(), person, s.Seal.Close(person, secret), step, hashes, s.visitOf(r).ID)
	return codes, "", err
}

// takeFactor replaces the second factor of somebody who is signed in.
func (s *Site) takeFactor(w http.ResponseWriter, r *http.Request, who access.Principal) {
	account, wrong, err := s.proven(r, who)
	var codes []string
	if err == nil && wrong == "" {
		codes, wrong, err = s.proveFactor(r, who.Person)
	}
	switch {
	case err != nil:
		s.failAccount(w, r, err)
	case wrong != "":
		s.showFactor(w, r, http.StatusUnprocessableEntity, account, who, wrong)
	default:
		s.proved(r)
		s.showCodes(w, r, codes, "/console/account")
	}
}

// proved notes that the second factor was set by this session.
func (s *Site) proved(r *http.Request) {
	s.sessions.Remove(r.Context(), keyFactor)
	s.sessions.Remove(r.Context(), keyAlone)
}

func (s *Site) showCodes(w http.ResponseWriter, r *http.Request, codes []string, next string) {
	s.show(w, r, http.StatusOK, "codes", &codesPage{frame: s.frame(r, "Recovery codes", "", access.Principal{}), Codes: codes, Next: next})
}

// takeNewCodes replaces the recovery codes.
func (s *Site) takeNewCodes(w http.ResponseWriter, r *http.Request, who access.Principal) {
	account, wrong, err := s.proven(r, who)
	if err == nil && wrong == "" && len(account.Factor) == 0 {
		wrong = "There is no second factor yet that codes could stand for."
	}
	codes, hashes := access.NewRecoveryCodes()
	if err == nil && wrong == "" {
		err = s.Accounts.SetCodes(r.Context(), who, hashes, s.visitOf(r).ID)
	}
	switch {
	case err != nil:
		s.failAccount(w, r, err)
	case wrong != "":
		s.showAccount(w, r, http.StatusUnprocessableEntity, who, map[string]string{"codes": wrong})
	default:
		s.showCodes(w, r, codes, "/console/account")
	}
}
