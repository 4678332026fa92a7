package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"daymark/config"
	"daymark/notify"
	"daymark/statuspage"
	"daymark/store"
)

// subscribable are the channels by which people can subscribe in this version.
var subscribable = []string{"email", "sms", "webhook", "slack", "teams", "discord"}

// feeds stands among the channels for Atom and RSS, which ask by themselves.
const feeds = "feeds"

// servesFeeds says whether the page has feeds: it does where the configuration
// names no channels, or names them.
func servesFeeds(doc *config.Document) bool {
	wanted := doc.Notify.Subscriptions.Channels
	return wanted == nil || slices.Contains(wanted, feeds)
}

// channelsOf gives the channels by which people can subscribe, in the order of
// the configuration: those that it names, or email where it names none.
func channelsOf(doc *config.Document) []string {
	wanted := doc.Notify.Subscriptions.Channels
	if wanted == nil {
		wanted = []string{"email"}
	}
	carried := map[string]bool{
		"email": doc.Notify.Email.SMTP.Host != "", "sms": doc.Notify.SMS.Twilio.AccountSID != "",
		"webhook": true, "slack": true, "teams": true, "discord": true,
	}
	var channels []string
	for _, c := range wanted {
		if carried[c] && slices.Contains(subscribable, c) {
			channels = append(channels, c)
		}
	}
	return channels
}

// noLane says for each channel of subscribers why nothing is sent by it, and
// what switches it on. Those that carry something are not among them.
func noLane(doc *config.Document) map[string]string {
	refused := map[string]string{}
	if doc.Notify.Email.SMTP.Host == "" {
		refused["email"] = "nothing is sent by email: notify.email.smtp switches it on"
	}
	if doc.Notify.SMS.Twilio.AccountSID == "" {
		refused["sms"] = "nothing is sent by sms: notify.sms.twilio switches it on"
	}
	carried := hookChannels(doc)
	for _, channel := range subscribable {
		if channel != "email" && channel != "sms" && !slices.Contains(carried, channel) {
			refused[channel] = fmt.Sprintf("nothing is sent by %s: %s in notify.subscriptions.channels switches it on", channel, channel)
		}
	}
	return refused
}

// newConsent makes the rules by which people subscribe. wake is called when a
// message waits; it may be nil.
func newConsent(c *core, doc *config.Document, wake func()) (*notify.Consent, error) {
	return notify.NewConsent(notify.ConsentOptions{
		Store: c.store, Key: c.key, Channels: channelsOf(doc), Countries: doc.Notify.SMS.Countries, Components: namedOf(doc),
		Languages: doc.Page.Languages, Limits: doc.Notify.Subscriptions.SignUps, Page: pageInfo(c, doc), Wake: wake, Now: c.now,
	})
}

func pageInfo(c *core, doc *config.Document) notify.PageInfo {
	return notify.PageInfo{Name: doc.Page.Name, URL: doc.Page.URL, Zone: c.zone, Contact: doc.Page.Contact}
}

func namedOf(doc *config.Document) []notify.Named {
	var components []notify.Named
	for i := range doc.Components {
		c := &doc.Components[i]
		components = append(components, notify.Named{ID: c.ID, Name: c.Name, Names: c.Names})
	}
	return components
}

// readers lets the page's readers subscribe, in the page's words.
type readers struct {
	*notify.Consent
	hookKey []byte // signs what webhooks get
	ended   func(ctx context.Context, subscriber string) (at time.Time, reason string, err error)
}

// because says why a subscription ended, where that was not the reader's doing.
func (r readers) because(ctx context.Context, s *notify.Subscription) (string, error) {
	switch s.Reason {
	case notify.EndedByFailure:
		_, reason, err := r.ended(ctx, s.ID)
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return strings.TrimSuffix("Its address took nothing for a day: "+reason, ": ") + ".", err
	case notify.EndedByBounce:
		return "Messages to the address came back.", nil
	case notify.EndedByStaff:
		return "We ended it.", nil
	}
	return "", nil
}

// newReaders joins the page with the rules by which people subscribe.
func (a *app) newReaders() (*statuspage.Subscribing, error) {
	var err error
	if a.consent, err = newConsent(a.core, a.doc, a.wakeSender); err != nil {
		return nil, err
	}
	key, err := signingKey(a.doc.Server.Data)
	if err != nil {
		return nil, fmt.Errorf("sign webhooks: %w", err)
	}
	return &statuspage.Subscribing{Channels: channelsOf(a.doc), Subscriptions: readers{a.consent, key, a.store.HookEnded}}, nil
}

// SignUp implements statuspage.Subscriptions.
func (r readers) SignUp(ctx context.Context, s statuspage.SignUp) (string, error) {
	handle, err := r.Consent.SignUp(ctx, notify.SignUpRequest{Channel: s.Channel, Address: s.Address, From: s.From, Wishes: notify.Wishes(s.Wishes)})
	return handle, inPageWords(err)
}

// Code implements statuspage.Subscriptions.
func (r readers) Code(ctx context.Context, handle, code string) (string, error) {
	token, err := r.ConfirmCode(ctx, handle, code)
	return token, inPageWords(err)
}

// Open implements statuspage.Subscriptions.
func (r readers) Open(ctx context.Context, token string) (*statuspage.Subscription, error) {
	o, err := r.Consent.Open(ctx, token)
	if err != nil {
		return nil, inPageWords(err)
	}
	wishes := o.Wishes()
	if o.Confirms {
		wishes = *o.Wished
	}
	shown := &statuspage.Subscription{
		Confirms: o.Confirms, Channel: o.Channel, Address: notify.ShownAddress(o.Channel, o.Address), Confirmed: !o.Confirmed.IsZero(), Ended: o.Ended, Wishes: statuspage.Wishes(wishes),
	}
	if o.Channel == "webhook" && o.State() == notify.Active && !o.Confirms {
		shown.Secret = notify.WebhookSecret(r.hookKey, o.ID)
	}
	if shown.Because, err = r.because(ctx, &o.Subscription); err != nil {
		return nil, err
	}
	return shown, nil
}

// Confirm implements statuspage.Subscriptions.
func (r readers) Confirm(ctx context.Context, token string) (string, error) {
	manage, err := r.Consent.Confirm(ctx, token)
	return manage, inPageWords(err)
}

// Change implements statuspage.Subscriptions.
func (r readers) Change(ctx context.Context, token string, w statuspage.Wishes) error {
	return inPageWords(r.Consent.Change(ctx, token, notify.Wishes(w)))
}

// Renew implements statuspage.Subscriptions.
func (r readers) Renew(ctx context.Context, token string) (string, error) {
	manage, err := r.Consent.Renew(ctx, token)
	return manage, inPageWords(err)
}

// End implements statuspage.Subscriptions.
func (r readers) End(ctx context.Context, token string) error {
	return inPageWords(r.Consent.End(ctx, token))
}

// Erase implements statuspage.Subscriptions.
func (r readers) Erase(ctx context.Context, token string, never bool) error {
	return inPageWords(r.Consent.Erase(ctx, token, never))
}

// Export implements statuspage.Subscriptions.
func (r readers) Export(ctx context.Context, token string) (any, error) {
	data, err := r.Consent.Export(ctx, token)
	return data, inPageWords(err)
}

// inPageWords says in the page's words what the rules answer.
func inPageWords(err error) error {
	if rejection, ok := errors.AsType[*notify.Rejection](err); ok {
		return &statuspage.Rejection{Field: rejection.Field, Message: rejection.Message}
	}
	if many, ok := errors.AsType[*notify.TooManyError](err); ok {
		return &statuspage.TooMany{Wait: many.Wait}
	}
	switch {
	case errors.Is(err, notify.ErrNoLink):
		return statuspage.ErrNoLink
	case errors.Is(err, notify.ErrWrongCode):
		return statuspage.ErrWrongCode
	}
	return err
}
