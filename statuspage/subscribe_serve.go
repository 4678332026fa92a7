package statuspage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"daymark/incident"
	"daymark/internal/web"
)

// subscribeRoutes are the addresses of subscriptions; none where there are
// none.
func (p *Page) subscribeRoutes() []Route {
	if p.subscribing == nil {
		return nil
	}
	handle := func(fn func(http.ResponseWriter, *http.Request)) http.Handler {
		return p.choosing(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// A token in an address is not for others, nor for search engines.
			w.Header().Set("Referrer-Policy", "same-origin")
			w.Header().Set("X-Robots-Tag", "noindex")
			fn(w, r)
		}))
	}
	return []Route{
		{"GET /subscribe", handle(p.serveSubscribe), true},
		{"POST /subscribe", handle(p.takeSignUp), true},
		{"GET /subscribe/code", handle(p.backToForm), true},
		{"POST /subscribe/code", handle(p.takeCode), true},
		{"GET /subscription/{token}", handle(p.serveSubscription), true},
		{"POST /subscription/{token}", handle(p.changeSubscription), true},
		{"GET /subscription/{token}/data", handle(p.exportSubscription), true},
		{"GET /subscription/{token}/unsubscribe", handle(p.serveLeave), true},
		{"POST /subscription/{token}/unsubscribe", handle(p.leave), true},
	}
}

// serveSubscribe shows the form: ?incident=ID to hear of one incident,
// ?component=ID to begin with one component.
func (p *Page) serveSubscribe(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	s := SignUp{Channel: query.Get("channel"), Wishes: Wishes{
		Incident: query.Get("incident"), Components: query["component"], Edges: true, Maintenance: true,
	}}
	name, err := p.openIncident(r.Context(), s.Wishes.Incident)
	if err != nil {
		p.failSubscription(w, r, err)
		return
	}
	v := p.form(r, s, name)
	v.Frame.Kept = keptOf(r, "channel", "incident", "component")
	p.show(w, r, http.StatusOK, "subscribe", v)
}

// openIncident gives the name of an incident that somebody can still be told
// of; "" stands for none.
func (p *Page) openIncident(ctx context.Context, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	i, err := p.source.Incident(ctx, id)
	if err != nil {
		return "", err
	}
	if !i.Open() {
		return "", fmt.Errorf("incident %s is over: %w", id, ErrNotFound)
	}
	return p.layout.called(&i.Incident), nil
}

// takeSignUp takes the form.
func (p *Page) takeSignUp(w http.ResponseWriter, r *http.Request) {
	if !p.readForm(w, r) {
		return
	}
	s := SignUp{Channel: r.PostForm.Get("channel"), Address: r.PostForm.Get("address"), From: r.RemoteAddr}
	var err error
	s.Wishes, err = p.layout.wishesOf(r)
	name, missing := p.openIncident(r.Context(), s.Wishes.Incident)
	if missing != nil {
		p.failSubscription(w, r, missing)
		return
	}
	handle := ""
	if err == nil {
		handle, err = p.subscribing.Subscriptions.SignUp(r.Context(), s)
	}
	if err != nil {
		v := p.form(r, s, name)
		if v.reject(p.layout.speech, err) {
			p.show(w, r, http.StatusUnprocessableEntity, "subscribe", v)
			return
		}
		p.failSubscription(w, r, err)
		return
	}
	v := p.layout.sentOf(s.Channel)
	if v.Code {
		v.Handle = handle
	}
	p.showSent(w, r, http.StatusOK, v)
}

func (p *Page) showSent(w http.ResponseWriter, r *http.Request, status int, v sentPage) {
	v.Frame = p.frame(theme(r), incident.Operational)
	v.Frame.Title = p.layout.sentence("get-updates")
	p.show(w, r, status, "subscribe-sent", v)
}

// takeCode takes the code of a text message.
func (p *Page) takeCode(w http.ResponseWriter, r *http.Request) {
	if !p.readForm(w, r) {
		return
	}
	code := strings.Join(strings.Fields(r.PostForm.Get("code")), "")
	token, err := p.subscribing.Subscriptions.Code(r.Context(), r.PostForm.Get("handle"), code)
	switch {
	case errors.Is(err, ErrWrongCode):
		v := p.layout.sentOf("sms")
		v.Handle, v.Error = r.PostForm.Get("handle"), p.layout.sentence("code-wrong")
		p.showSent(w, r, http.StatusUnprocessableEntity, v)
	case err != nil:
		p.failSubscription(w, r, err)
	default:
		p.redirect(w, r, token, "confirmed")
	}
}

// backToForm is where a page that was posted leads when it is loaded anew.
func (p *Page) backToForm(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/subscribe", http.StatusSeeOther)
}

// redirect leads to where a subscription is managed, and says there what was
// done. The token is of our own making, and none but its own characters are in
// it.
func (p *Page) redirect(w http.ResponseWriter, r *http.Request, token, done string) {
	w.Header().Set("Cache-Control", web.Never)
	http.Redirect(w, r, "/subscription/"+token+"?done="+done, http.StatusSeeOther)
}

// show renders a page that is made for one reader alone.
func (p *Page) show(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	html, err := p.layout.execute(name, data)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	web.NewBody(web.BodyOptions{Type: "text/html; charset=utf-8", Cache: web.Never, Vary: vary, Status: status}, html).ServeHTTP(w, r)
}

// failSubscription answers what did not work.
func (p *Page) failSubscription(w http.ResponseWriter, r *http.Request, err error) {
	many := (*TooMany)(nil)
	switch {
	case errors.Is(err, ErrNoLink):
		v := p.say(r, "stop", "link-dead", "link-dead-follow")
		v.Again = true
		p.show(w, r, http.StatusNotFound, "subscription-said", v)
	case errors.Is(err, ErrNotFound):
		p.errors.Write(w, r, http.StatusNotFound, p.layout.sentence("incident-over"))
	case errors.As(err, &many):
		w.Header().Set("Retry-After", strconv.Itoa(int(many.Wait/time.Second)))
		p.errors.Write(w, r, http.StatusTooManyRequests, p.layout.sentence("too-often"))
	default:
		p.fail(w, r, err)
	}
}
