package statuspage

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"

	"daymark/incident"
	"daymark/internal/lang"
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

// say makes one of messages, by their ids.
func (p *Page) say(r *http.Request, title, sentence, follow string) saidPage {
	say := p.layout.sentence
	v := saidPage{Frame: p.frame(theme(r), incident.Operational), Sentence: say(sentence), Follow: say(follow)}
	v.Frame.Title = say(title)
	return v
}

// doneIDs are the messages of what was done just now; what follows has the
// same id with -follow.
var doneIDs = map[string]string{"confirmed": "said-confirmed", "changed": "said-changed", "renewed": "said-renewed"}

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
		name = p.layout.called(&i.Incident)
	}
	v := subscriptionPage{
		Frame: p.frame(theme(r), incident.Operational), Token: r.PathValue("token"), Channel: p.layout.channelWord(s.Channel), Address: s.Address,
		Known: s.Confirmed, Wish: p.wishForm(s.Wishes, name), Ended: !s.Ended.IsZero(), Secret: s.Secret, Errors: map[string]string{},
	}
	if wrong != nil {
		v.Errors[wrong.Field] = p.layout.rejected(wrong)
		v.Summary = p.layout.with("form-bad", lang.Values{"what": v.Errors[wrong.Field]})
	}
	template, title, id := "subscription", "manage-title", cmp.Or(doneIDs[done], "said-manage")
	switch {
	case s.Confirms:
		template, title, id = "subscription-confirm", "confirm-title", "ask-confirm"
		if s.Confirmed {
			id = "ask-change"
		}
		v.Lines = p.layout.wishLines(s.Wishes, name)
	case v.Ended:
		id = "has-ended"
	case !s.Confirmed:
		id = "not-confirmed"
	}
	v.Frame.Title, v.Sentence, v.Follow = p.layout.sentence(title), p.layout.sentence(id), p.layout.sentence(id+"-follow")
	if v.Ended && s.Because != "" && p.layout.english() {
		v.Follow = s.Because + " " + v.Follow
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
			follow := "nothing-kept"
			if never {
				follow = "fingerprint-kept"
			}
			p.show(w, r, http.StatusOK, "subscription-said", p.say(r, "manage-title", "all-deleted", follow))
		}
	default:
		p.errors.Write(w, r, http.StatusBadRequest, p.layout.sentence("no-form-read"))
	}
	if err != nil {
		p.failSubscription(w, r, err)
	}
}

// changeWishes takes the form of what somebody wants to hear. What is wrong
// with it is shown in its place.
func (p *Page) changeWishes(w http.ResponseWriter, r *http.Request, token string) error {
	wishes, err := p.layout.wishesOf(r)
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
	v := subscriptionPage{Frame: p.frame(theme(r), incident.Operational), Token: r.PathValue("token"), Channel: p.layout.channelWord(s.Channel), Address: s.Address}
	v.Frame.Title, v.Sentence, v.Follow = p.layout.sentence("stop"), p.layout.sentence("ask-leave"), p.layout.sentence("ask-leave-follow")
	p.show(w, r, http.StatusOK, "subscription-leave", v)
}

// leave ends a subscription by one POST (RFC 8058), from a mail program as
// from our own page. A mail program sends neither cookies nor an origin.
func (p *Page) leave(w http.ResponseWriter, r *http.Request) {
	if !p.readBody(w, r) {
		return
	}
	if r.PostForm.Get("List-Unsubscribe") != "One-Click" {
		p.errors.Write(w, r, http.StatusBadRequest, p.layout.sentence("no-form-read"))
		return
	}
	if err := p.subscribing.Subscriptions.End(r.Context(), r.PathValue("token")); err != nil {
		p.failSubscription(w, r, err)
		return
	}
	p.showLeft(w, r)
}

func (p *Page) showLeft(w http.ResponseWriter, r *http.Request) {
	v := p.say(r, "stop", "have-left", "have-left-follow")
	v.Again = true
	p.show(w, r, http.StatusOK, "subscription-said", v)
}
