package statuspage

import (
	"encoding/json"
	"errors"
	"net/http"

	"daymark/incident"
	"daymark/internal/web"
)

// subscriptionPage is where somebody confirms a subscription, or manages it.
type subscriptionPage struct {
	Frame    frame
	Token    string
	Sentence string
	Follow   string
	Channel  string
	Address  string
	Lines    []string // the wishes that a link confirms
	Known    bool     // it changes a subscription that there is
	Wish     wishForm
	Ended    bool
	Secret   string // of a webhook
	Done     string // what was done just now; empty: nothing
	Summary  string
	Errors   map[string]string
}

// saidPage says one thing, and that is all.
type saidPage struct {
	Frame            frame
	Sentence, Follow string
	Again            bool // it links to the form of a sign-up
}

func (p *Page) say(r *http.Request, title, sentence, follow string) saidPage {
	v := saidPage{Frame: p.frame(theme(r), incident.Operational), Sentence: sentence, Follow: follow}
	v.Frame.Title = title
	return v
}

// doneWords say what was done just now, and what follows.
var doneWords = map[string][2]string{
	"":          {"Your subscription.", "What we send you, and how to stop it."},
	"confirmed": {"You are subscribed.", "The first message comes when there is something to tell."},
	"changed":   {"Saved.", "What we send you from now on, and how to stop it."},
	"renewed":   {"Old links no longer work.", "This page has a new address, which our next message has too."},
}

// serveSubscription shows what a link is for. It changes nothing.
func (p *Page) serveSubscription(w http.ResponseWriter, r *http.Request) {
	s, err := p.subscribing.Subscriptions.Open(r.Context(), r.PathValue("token"))
	if err != nil {
		p.failSubscription(w, r, err)
		return
	}
	p.showSubscription(w, r, http.StatusOK, s, r.URL.Query().Get("done"), nil)
}

func (p *Page) showSubscription(w http.ResponseWriter, r *http.Request, status int, s *Subscription, done string, wrong *Rejection) {
	name := s.Wishes.Incident
	if i, err := p.source.Incident(r.Context(), s.Wishes.Incident); err == nil && name != "" {
		name = i.Name
	}
	v := subscriptionPage{
		Frame: p.frame(theme(r), incident.Operational), Token: r.PathValue("token"), Channel: channelWords[s.Channel], Address: s.Address,
		Known: s.Confirmed, Wish: p.wishForm(s.Wishes, name), Ended: !s.Ended.IsZero(), Secret: s.Secret, Errors: map[string]string{},
	}
	if wrong != nil {
		v.Errors[wrong.Field], v.Summary = wrong.Message, formBad+wrong.Message
	}
	template := "subscription"
	switch {
	case s.Confirms:
		template, v.Frame.Title = "subscription-confirm", confirmTitle
		v.Sentence, v.Follow = "One press, and you are subscribed.", "If you did not ask for this, close the page: nothing will come."
		if s.Confirmed {
			v.Sentence, v.Follow = "Change your subscription?", "You are subscribed already. If you did not ask for this, close the page: nothing changes."
		}
		v.Lines = p.layout.wishLines(s.Wishes, name)
	case v.Ended:
		v.Frame.Title, v.Sentence, v.Follow = manageTitle, "This subscription has ended.", "Nothing more comes, and the address is deleted 30 days after the end."
		if s.Because != "" {
			v.Follow = s.Because + " " + v.Follow
		}
	case !s.Confirmed:
		v.Frame.Title, v.Sentence, v.Follow = manageTitle, "This subscription is not confirmed.", "Nothing comes before it is. The message that asked for it has the link."
	default:
		said, known := doneWords[done]
		if !known {
			said = doneWords[""]
		}
		v.Frame.Title, v.Sentence, v.Follow = manageTitle, said[0], said[1]
	}
	p.show(w, r, status, template, v)
}

// changeSubscription does what a form of a subscription asks.
func (p *Page) changeSubscription(w http.ResponseWriter, r *http.Request) {
	if !p.readForm(w, r) {
		return
	}
	token, all := r.PathValue("token"), p.subscribing.Subscriptions
	var err error
	switch r.PostForm.Get("act") {
	case "confirm":
		if token, err = all.Confirm(r.Context(), token); err == nil {
			p.redirect(w, r, token, "confirmed")
		}
	case "change":
		err = p.changeWishes(w, r, token)
	case "renew":
		if token, err = all.Renew(r.Context(), token); err == nil {
			p.redirect(w, r, token, "renewed")
		}
	case "erase":
		never := r.PostForm.Get("never") == "yes"
		if err = all.Erase(r.Context(), token, never); err == nil {
			follow := "Nothing of you is kept."
			if never {
				follow = "What is kept is a fingerprint of the address, from which nobody can read it, so that it is never written to again."
			}
			p.show(w, r, http.StatusOK, "subscription-said", p.say(r, manageTitle, "All of it is deleted.", follow))
		}
	default:
		p.errors.Write(w, r, http.StatusBadRequest, noFormRead)
	}
	if err != nil {
		p.failSubscription(w, r, err)
	}
}

// changeWishes takes the form of what somebody wants to hear. What is wrong
// with it is shown in its place.
func (p *Page) changeWishes(w http.ResponseWriter, r *http.Request, token string) error {
	wishes, err := wishesOf(r)
	if err == nil {
		err = p.subscribing.Subscriptions.Change(r.Context(), token, wishes)
	}
	if rejection, ok := errors.AsType[*Rejection](err); ok {
		s, err := p.subscribing.Subscriptions.Open(r.Context(), token)
		if err != nil {
			return err
		}
		s.Wishes = wishes
		p.showSubscription(w, r, http.StatusUnprocessableEntity, s, "", rejection)
		return nil
	}
	if err == nil {
		p.redirect(w, r, token, "changed")
	}
	return err
}

// exportSubscription gives somebody all that is held about them.
func (p *Page) exportSubscription(w http.ResponseWriter, r *http.Request) {
	data, err := p.subscribing.Subscriptions.Export(r.Context(), r.PathValue("token"))
	if err != nil {
		p.failSubscription(w, r, err)
		return
	}
	text, err := json.MarshalIndent(data, "", "  ")
	if err != nil {
		p.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Disposition", `attachment; filename="subscription.json"`)
	web.NewBody(web.BodyOptions{Type: "application/json", Cache: web.Never}, append(text, '\n')).ServeHTTP(w, r)
}

// serveLeave shows the button that ends a subscription. It changes nothing.
func (p *Page) serveLeave(w http.ResponseWriter, r *http.Request) {
	s, err := p.subscribing.Subscriptions.Open(r.Context(), r.PathValue("token"))
	if err != nil || s.Confirms {
		p.failSubscription(w, r, errors.Join(err, ErrNoLink))
		return
	}
	if !s.Ended.IsZero() {
		p.showLeft(w, r)
		return
	}
	v := subscriptionPage{Frame: p.frame(theme(r), incident.Operational), Token: r.PathValue("token"), Channel: channelWords[s.Channel], Address: s.Address}
	v.Frame.Title, v.Sentence, v.Follow = leaveTitle, "Stop these messages?", "One press, and nothing more comes."
	p.show(w, r, http.StatusOK, "subscription-leave", v)
}

// leave ends a subscription by one POST (RFC 8058), from a mail program as
// from our own page. A mail program sends neither cookies nor an origin.
func (p *Page) leave(w http.ResponseWriter, r *http.Request) {
	if !p.readBody(w, r) {
		return
	}
	if r.PostForm.Get("List-Unsubscribe") != "One-Click" {
		p.errors.Write(w, r, http.StatusBadRequest, noFormRead)
		return
	}
	if err := p.subscribing.Subscriptions.End(r.Context(), r.PathValue("token")); err != nil {
		p.failSubscription(w, r, err)
		return
	}
	p.showLeft(w, r)
}

func (p *Page) showLeft(w http.ResponseWriter, r *http.Request) {
	v := p.say(r, leaveTitle, "You are no longer subscribed.", "Nothing more comes, but for a message that was on its way already.")
	v.Again = true
	p.show(w, r, http.StatusOK, "subscription-said", v)
}
