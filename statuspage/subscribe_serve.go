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

// formTime is how long a form may take to come.
const formTime = 10 * time.Second

// subscribeRoutes are the addresses of subscriptions; none where there are
// none.
func (p *Page) subscribeRoutes() []Route {
	if p.subscribing == nil {
		return nil
	}
	handle := func(fn func(http.ResponseWriter, *http.Request)) http.Handler {
		return p.themed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// A token in an address is not for others, nor for search engines.
			w.Header().Set("Referrer-Policy", "same-origin")
			w.Header().Set("X-Robots-Tag", "noindex")
			fn(w, r)
		}))
	}
	return []Route{
		{"GET /subscribe", handle(p.serveSubscribe)},
		{"POST /subscribe", handle(p.takeSignUp)},
		{"GET /subscribe/code", handle(p.backToForm)},
		{"POST /subscribe/code", handle(p.takeCode)},
		{"GET /subscription/{token}", handle(p.serveSubscription)},
		{"POST /subscription/{token}", handle(p.changeSubscription)},
		{"GET /subscription/{token}/data", handle(p.exportSubscription)},
		{"GET /subscription/{token}/unsubscribe", handle(p.serveLeave)},
		{"POST /subscription/{token}/unsubscribe", handle(p.leave)},
	}
}

// newOrigins says which sites may post our forms: this one, also where a proxy
// calls us by another name.
func newOrigins(page string) (*http.CrossOriginProtection, error) {
	origins := http.NewCrossOriginProtection()
	scheme, host, _ := strings.Cut(page, "://")
	host, _, _ = strings.Cut(host, "/")
	if err := origins.AddTrustedOrigin(scheme + "://" + host); err != nil {
		return nil, fmt.Errorf("trust the page's own address: %w", err)
	}
	return origins, nil
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
	p.show(w, r, http.StatusOK, "subscribe", p.form(r, s, name))
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
	return i.Name, nil
}

// takeSignUp takes the form.
func (p *Page) takeSignUp(w http.ResponseWriter, r *http.Request) {
	if !p.readForm(w, r) {
		return
	}
	s := SignUp{Channel: r.PostForm.Get("channel"), Address: r.PostForm.Get("address"), From: r.RemoteAddr}
	var err error
	s.Wishes, err = wishesOf(r)
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
		if v.reject(err) {
			p.show(w, r, http.StatusUnprocessableEntity, "subscribe", v)
			return
		}
		p.failSubscription(w, r, err)
		return
	}
	v := sentOf(s.Channel)
	if v.Code {
		v.Handle = handle
	}
	p.showSent(w, r, http.StatusOK, v)
}

func (p *Page) showSent(w http.ResponseWriter, r *http.Request, status int, v sentPage) {
	v.Frame = p.frame(theme(r), incident.Operational)
	v.Frame.Title = subscribeTitle
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
		v := sentOf("sms")
		v.Handle, v.Error = r.PostForm.Get("handle"), codeWrong
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
	html, err := execute(name, data)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	web.NewBody(web.BodyOptions{Type: "text/html; charset=utf-8", Cache: web.Never, Vary: "Cookie", Status: status}, html).ServeHTTP(w, r)
}

// failSubscription answers what did not work.
func (p *Page) failSubscription(w http.ResponseWriter, r *http.Request, err error) {
	many := (*TooMany)(nil)
	switch {
	case errors.Is(err, ErrNoLink):
		v := p.say(r, leaveTitle, "This link no longer works.", "It has been used, or is too old, or a newer one took its place. Each message that we send has one that works.")
		v.Again = true
		p.show(w, r, http.StatusNotFound, "subscription-said", v)
	case errors.Is(err, ErrNotFound):
		p.errors.Write(w, r, http.StatusNotFound, incidentOver)
	case errors.As(err, &many):
		w.Header().Set("Retry-After", strconv.Itoa(int(many.Wait/time.Second)))
		p.errors.Write(w, r, http.StatusTooManyRequests, tooOften)
	default:
		p.fail(w, r, err)
	}
}
