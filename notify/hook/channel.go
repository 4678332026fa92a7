package hook

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"daymark/internal/guard"
	"daymark/notify"
)

// Names are the channels that there are.
func Names() []string { return []string{"webhook", "slack", "teams", "discord", "pagerduty"} }

// Hooks are the channels that post to addresses of the web.
type Hooks struct {
	opts      Options
	pagerDuty *url.URL
	strangers *poster
	ours      *poster // for what the operator configured
	pacers    map[string]*pacer
}

// New returns Hooks, or an error that says what of the options is wrong.
func New(opts Options) (*Hooks, error) {
	opts.setDefaults()
	if err := opts.validate(); err != nil {
		return nil, err
	}
	base, err := url.Parse(strings.TrimRight(opts.PagerDuty, "/") + "/v2/enqueue")
	if err != nil {
		return nil, fmt.Errorf("hook: PagerDuty's address: %w", err)
	}
	h := &Hooks{
		opts: opts, pagerDuty: base, strangers: newPoster(&opts, *opts.Guard), ours: newPoster(&opts, guard.Policy{}), pacers: map[string]*pacer{},
	}
	for _, name := range Names() {
		h.pacers[name] = newPacer(paces[name])
	}
	return h, nil
}

// CloseIdle closes the connections that wait for a request.
func (h *Hooks) CloseIdle() {
	h.strangers.transport.CloseIdleConnections()
	h.ours.transport.CloseIdleConnections()
}

// Channel gives one of Names; nil where the name is none of them.
func (h *Hooks) Channel(name string) *Channel {
	forms := map[string]form{
		"webhook":   {h.webhook, toldByWebhook},
		"slack":     {slack, toldBySlack},
		"teams":     {teams, toldByTeams},
		"discord":   {discord, toldByDiscord},
		"pagerduty": {h.event, toldByPagerDuty},
	}
	f, ok := forms[name]
	if !ok {
		return nil
	}
	return &Channel{name: name, hooks: h, form: f}
}

// form is how a platform is spoken to: the body and the headers of a message,
// or why there cannot be one; and what its answer says.
type form struct {
	write func(context.Context, *notify.Message, *target) ([]byte, http.Header, error)
	told  func(*answer) told
}

// Channel is one channel. It may be used from several goroutines.
type Channel struct {
	name  string
	hooks *Hooks
	form  form
}

var _ notify.Channel = (*Channel)(nil)

// Name is that of the deliveries that it carries.
func (c *Channel) Name() string { return c.name }

// target is where a message goes.
type target struct {
	address *url.URL
	key     string // the secret that signs, or PagerDuty's routing key
	poster  *poster
	service bool // the host is the channel's one service
}

// Send posts one message, at the pace that the platform allows for its address.
func (c *Channel) Send(ctx context.Context, m notify.Message) notify.Sent {
	target, err := c.target(&m)
	if err != nil {
		return notify.Sent{Class: notify.Refused, Reason: err.Error()}
	}
	body, header, err := c.form.write(ctx, &m, target)
	if trouble := (*later)(nil); asLater(err, &trouble) {
		return notify.Sent{Class: notify.NotNow, Reason: notify.Brief(trouble.Error())}
	}
	if err != nil {
		return notify.Sent{Class: notify.Refused, Reason: notify.Brief(err.Error())}
	}
	if !c.hooks.opts.Unpaced {
		if wait := c.hooks.pacers[c.name].wait(target.address.String(), m.ID, c.hooks.opts.Now()); wait > 0 {
			return notify.Sent{Class: notify.Uncalled, RetryAfter: wait, Reason: "others go to the same address before it: " + target.address.Hostname() + " takes only so many a second"}
		}
	}
	a := target.poster.post(ctx, target.address, header, body)
	return classify(&a, c.form.told(&a), target, c.hooks.opts.Now())
}

// target finds the address of a message.
func (c *Channel) target(m *notify.Message) (*target, error) {
	if m.Audience == notify.Staff {
		return c.staff(m.To)
	}
	if c.name == "pagerduty" {
		return nil, fmt.Errorf("PagerDuty is for staff alone")
	}
	// Its errors would show the address.
	u, err := url.Parse(m.To)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("the subscriber's address is none of the web")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !c.hooks.opts.Insecure) {
		return nil, fmt.Errorf("the subscriber's address does not begin with https://")
	}
	t := &target{address: u, poster: c.hooks.strangers, service: c.hooks.opts.Service(c.name, u.Hostname())}
	if c.name == "webhook" {
		t.key = notify.WebhookSecret(c.hooks.opts.Key, m.Subscriber)
	}
	return t, nil
}

// staff finds a configured channel; its secrets are nowhere else.
func (c *Channel) staff(id string) (*target, error) {
	for i := range c.hooks.opts.Staff {
		s := &c.hooks.opts.Staff[i]
		if s.ID != id || s.Kind() != c.name {
			continue
		}
		if s.PagerDuty != nil {
			return &target{address: c.hooks.pagerDuty, key: s.PagerDuty.RoutingKey, poster: c.hooks.ours, service: c.hooks.opts.Service(c.name, c.hooks.pagerDuty.Hostname())}, nil
		}
		u, err := url.Parse(address(s))
		if err != nil {
			return nil, fmt.Errorf("the staff channel %s has no address with http or https", id) // New has read it before
		}
		t := &target{address: u, poster: c.hooks.ours, service: c.hooks.opts.Service(c.name, u.Hostname())}
		if s.Webhook != nil {
			t.key = s.Webhook.Secret
		}
		return t, nil
	}
	return nil, fmt.Errorf("no staff channel %q for %s is configured any more", notify.Brief(id), c.name)
}
