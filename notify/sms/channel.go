package sms

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"daymark/internal/pause"
	"daymark/notify"
)

// maxValidity is the longest life that Twilio gives a message.
const maxValidity = 36_000 * time.Second

// maxBody is the longest text that Twilio takes, in characters.
const maxBody = 1600

// account is Twilio's account, as each channel calls it.
type account struct {
	opts Options
	base *url.URL
	http *http.Client
}

// Channel sends text messages through one account. It may be used from several
// goroutines.
type Channel struct {
	account

	mu   sync.Mutex
	next time.Time // when the next segment may go out
}

var _ notify.Asker = (*Channel)(nil)

// New returns a Channel.
func New(opts Options) (*Channel, error) {
	a, err := newAccount(opts)
	if err != nil {
		return nil, err
	}
	return &Channel{account: *a}, nil
}

func newAccount(opts Options) (*account, error) {
	opts.setDefaults()
	if err := opts.validate(); err != nil {
		return nil, err
	}
	base, err := url.Parse(opts.SMS.Twilio.BaseURL)
	if err != nil {
		return nil, err // validate has read it before
	}
	return &account{opts: opts, base: base, http: &http.Client{
		Transport: opts.Transport, Timeout: opts.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Name is sms.
func (c *Channel) Name() string { return "sms" }

// Close closes the connections that wait for a request.
func (c *account) Close() { c.http.CloseIdleConnections() }

// Send hands one message to Twilio, at the pace of the options.
func (c *Channel) Send(ctx context.Context, m notify.Message) notify.Sent {
	if m.SMS == "" || len([]rune(m.SMS)) > maxBody {
		return notify.Sent{Class: notify.Refused, Reason: "the text message is empty or longer than 1600 characters"}
	}
	if err := c.allowed(m.To); err != nil {
		return notify.Sent{Class: notify.Refused, Reason: err.Error()}
	}
	segments, _ := notify.Segments(m.SMS)
	if err := c.pace(ctx, segments); err != nil {
		return notify.Sent{Class: notify.NotNow, Reason: "it was not begun: " + err.Error()}
	}
	life := m.Expires.Sub(c.opts.Now()).Truncate(time.Second)
	if life < time.Second {
		return notify.Sent{Class: notify.NotNow, Reason: "its useful life ended before it could be sent"}
	}
	counted := c.opts.Now()
	if refused := c.afford(ctx, &m, segments); refused != nil {
		return *refused
	}
	params := (&openapi.CreateMessageParams{}).
		SetTo(m.To).SetMessagingServiceSid(c.opts.SMS.Twilio.MessagingServiceSID).SetBody(m.SMS).
		SetStatusCallback(callbackURL(c.opts.PageURL, CallbackPath, c.opts.Key, m.ID)).
		SetValidityPeriod(int(min(life, maxValidity) / time.Second))
	request, api := c.call(ctx)
	created, err := api.CreateMessage(params)
	if err != nil {
		sent := classify(err, request.written.Load())
		c.giveBack(ctx, &sent, segments, counted)
		return sent
	}
	if created.Sid == nil || *created.Sid == "" {
		return notify.Sent{Class: notify.Unclear, Reason: "Twilio's answer names no message"}
	}
	return notify.Sent{Class: notify.Taken, Provider: notify.Brief(*created.Sid)}
}

// call makes Twilio's client for one request. The handler is a literal: its
// constructor would take region and edge from the environment.
func (c *account) call(ctx context.Context) (*call, *openapi.ApiService) {
	request := &call{
		ctx: ctx, http: c.http, base: c.base,
		account: c.opts.SMS.Twilio.AccountSID, token: c.opts.SMS.Twilio.AuthToken,
	}
	return request, openapi.NewApiService(&client.RequestHandler{Client: request})
}

// pace waits until so many segments may go out.
func (c *Channel) pace(ctx context.Context, segments int) error {
	c.mu.Lock()
	now := time.Now()
	if c.next.Before(now) {
		c.next = now
	}
	wait := c.next.Sub(now)
	c.next = c.next.Add(time.Duration(segments) * time.Second / time.Duration(c.opts.SMS.Pace))
	c.mu.Unlock()
	return pause.For(ctx, wait)
}
