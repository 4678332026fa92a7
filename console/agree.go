package console

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/internal/limit"
	"daymark/internal/web"
)

// Agreements are the links by which a stakeholder, who may have no role, agrees
// to a fix that was proposed.
type Agreements interface {
	// Link gives the address of the link of an ask.
	Link(ask AskRef) string
	// Of gives the ask that the token of a link is of; false where it is none
	// of ours.
	Of(token string) (AskRef, bool)
	// Asked says how an ask stands; the ask is nil where there is none.
	Asked(inc *incident.Incident, ask AskRef, now time.Time) (*incident.Ask, incident.AskState)
	// Mails says whether a person is sent mail.
	Mails(person string) bool
}

// AskRef names an ask to agree to a proposal.
type AskRef struct {
	Incident string
	Proposal int
	Number   int
}

type askAsked struct {
	idAsked
	numberAsked
	Person string `json:"person,omitempty" doc:"The stakeholder of the incident's team, by their id; left out: whoever that is."`
}

type askRow struct {
	Link    string `json:"link" doc:"Shown this once. Who has it answers in the person's name."`
	Person  string `json:"person" doc:"Who is asked."`
	Mailed  bool   `json:"mailed" doc:"It is mailed to them; else it has to be given to them."`
	Expires Time   `json:"expires"`
}

// askAgreement asks the stakeholder to agree to a proposal by a link.
func (a *API) askAgreement(ctx context.Context, call Call, asked askAsked) (askRow, error) {
	if _, err := a.give(ctx, call, incident.AskAgreement{Incident: asked.ID, Of: asked.Number, Person: asked.Person}); err != nil {
		return askRow{}, err
	}
	found, err := a.Incidents.Incident(ctx, asked.ID)
	if err != nil {
		return askRow{}, err
	}
	proposed := found.Care.Proposals[asked.Number]
	if proposed == nil || proposed.Ask == nil {
		return askRow{}, ErrNotFound
	}
	ask := proposed.Ask
	return askRow{
		Link: a.Agreements.Link(AskRef{asked.ID, asked.Number, ask.Number}), Person: ask.Person, Mailed: a.Agreements.Mails(ask.Person), Expires: Time{ask.Expires},
	}, nil
}

// askPage shows a link once to who asked for it.
type askPage struct {
	frame
	Link, Whom, Until, Back string
	Mailed                  bool
}

// showIn implements ownPage.
func (row askRow) showIn(s *Site, w http.ResponseWriter, r *http.Request, who access.Principal) {
	s.show(w, r, http.StatusOK, "ask", &askPage{
		frame: s.frame(r, "A link for "+s.nameOf(row.Person), "", who), Link: row.Link, Whom: s.nameOf(row.Person), Mailed: row.Mailed,
		Until: s.clock(row.Expires.Time, s.Now()), Back: inside(r.PostFormValue("from")),
	})
}

func (s *Site) agreeRoutes() []PageRoute {
	return []PageRoute{
		{Pattern: "GET /console/agree/{token}", Serve: s.serveAgree},
		{Pattern: "POST /console/agree/{token}", Serve: s.takeAgree},
	}
}

// agreePage lets somebody answer who was asked to agree to a proposal.
type agreePage struct {
	frame
	Token, State   string
	Whom, By, When string // who is asked; who proposed it, and when
	Text           string // of the proposal
	What           string // the incident, where visitors see it
	Until          string
	Reason, Error  string
}

// Said is the sentence of a link that asks nothing any more.
func (p *agreePage) Said() string {
	switch incident.AskState(p.State) {
	case incident.AskAgreed:
		return "You have agreed."
	case incident.AskDeclined:
		return "You have not agreed."
	case incident.AskReplaced:
		return "This link was replaced by another."
	case incident.AskExpired:
		return "This link has expired."
	}
	return "Your agreement is not needed any more."
}

// agreeRate is how often one network may come to these pages.
var agreeRate = limit.Rate{AtOnce: 30, Every: 5 * time.Second}

// askers counts who comes to these pages, by network.
type askers struct {
	mu     sync.Mutex
	counts *limit.Counts[string]
}

func newAskers() *askers { return &askers{counts: limit.New(10_000, web.UnknownAddress)} }

// wait counts one of a network, and says how long it has to wait.
func (a *askers) wait(network string, now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	wait := a.counts.Wait(network, agreeRate, now)
	if wait == 0 {
		a.counts.Add(network, agreeRate, now)
	}
	return wait
}

// askedBy finds what a link asks, and answers where it asks nothing.
func (s *Site) askedBy(w http.ResponseWriter, r *http.Request) (*agreePage, AskRef, *incident.Ask) {
	if wait := s.askers.wait(web.AddressOf(r), s.Now()); wait > 0 {
		w.Header().Set("Retry-After", wholeSeconds(wait))
		s.Errors.Write(w, r, http.StatusTooManyRequests, "")
		return nil, AskRef{}, nil
	}
	const none = "This is not a link of ours, or not all of it."
	token := r.PathValue("token")
	ref, ours := s.API.Agreements.Of(token)
	if !ours {
		s.Errors.Write(w, r, http.StatusNotFound, none)
		return nil, ref, nil
	}
	found, err := s.API.Incidents.Incident(r.Context(), ref.Incident)
	if err != nil && !errors.Is(err, ErrNotFound) {
		s.fail(w, r, err)
		return nil, ref, nil
	}
	var ask *incident.Ask
	state := incident.AskUnknown
	if err == nil {
		ask, state = s.API.Agreements.Asked(&found.Incident, ref, s.Now())
	}
	if ask == nil {
		s.Errors.Write(w, r, http.StatusNotFound, none)
		return nil, ref, nil
	}
	page := &agreePage{frame: s.frame(r, "Your agreement is asked for", "", access.Principal{}), Token: token, State: string(state), Whom: s.nameOf(ask.Person), Until: s.clock(ask.Expires, s.Now())}
	if !ask.Answered.IsZero() {
		page.When = s.moment(ask.Answered)
	}
	if state == incident.AskWaits {
		s.describe(page, found, ref)
	}
	return page, ref, ask
}

// describe adds what was proposed. Nothing else that staff keep of the incident
// is told.
func (s *Site) describe(page *agreePage, found *IncidentStory, ref AskRef) {
	if found.Public() {
		page.What = found.Name
	}
	for _, e := range found.Entries {
		if e.Number == ref.Proposal {
			page.Text, page.By, page.When = e.Text, s.nameOf(e.By), s.clock(e.At, s.Now())
		}
	}
}

func (s *Site) serveAgree(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	page, _, _ := s.askedBy(w, r)
	if page != nil {
		s.show(w, r, agreeStatus(page.State), "agree", page)
	}
}

// agreeStatus is with what a link is answered: one that asks nothing more is
// gone.
func agreeStatus(state string) int {
	switch incident.AskState(state) {
	case incident.AskWaits, incident.AskAgreed, incident.AskDeclined:
		return http.StatusOK
	}
	return http.StatusGone
}

// takeAgree takes the answer. Of several at once, one is taken.
func (s *Site) takeAgree(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	page, ref, ask := s.askedBy(w, r)
	if page == nil {
		return
	}
	if page.State != string(incident.AskWaits) {
		s.show(w, r, http.StatusConflict, "agree", page)
		return
	}
	answer := r.PostFormValue("answer")
	page.Reason = strings.TrimSpace(strings.ReplaceAll(r.PostFormValue("reason"), "\r\n", "\n"))
	switch {
	case answer != "agree" && answer != "decline":
		page.Error = "Please choose one of the two."
	case answer == "decline" && page.Reason == "":
		page.Error = "Please say why not: the team looks for another way."
	}
	if page.Error != "" {
		s.show(w, r, http.StatusUnprocessableEntity, "agree", page)
		return
	}
	_, err := s.API.Commands.Command(r.Context(), incident.By{Person: ask.Person, Via: "a signed link"}, "", incident.AnswerAsk{
		Incident: ref.Incident, Of: ref.Proposal, Ask: ref.Number, Agree: answer == "agree", Reason: page.Reason,
	})
	if refusal, is := errors.AsType[*incident.Refusal](err); is && refusal.Kind == incident.Invalid {
		page.Error = sentence(refusal.Text)
		s.show(w, r, http.StatusUnprocessableEntity, "agree", page)
		return
	} else if err != nil && !is {
		s.fail(w, r, err)
		return
	}
	// How it stands now is told by the link itself, also where somebody else
	// was first.
	http.Redirect(w, r, "/console/agree/"+page.Token, http.StatusSeeOther)
}
