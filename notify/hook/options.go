package hook

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"daymark/internal/guard"
	"daymark/notify"
	"daymark/statuspage/wire"
)

// pagerDutyURL is where PagerDuty takes events.
const pagerDutyURL = "https://events.pagerduty.com"

// Options sets up the channels.
type Options struct {
	// Staff are the configured channels of staff; a message for one has its id
	// as To.
	Staff []notify.StaffChannel
	// Key makes the secrets that sign subscribers' webhooks; at least 16 bytes.
	Key []byte
	// Page is named in messages. URL and Name are required.
	Page notify.PageInfo
	// Describe gives the incident of a card as webhooks tell it. Required.
	Describe func(context.Context, *notify.Card) (*wire.Webhook, error)

	Now     func() time.Time // default: time.Now
	Timeout time.Duration    // for one message; 10 s

	// What follows is for tests, which have their remotes on loopback.

	// PagerDuty is the address below which events are taken.
	PagerDuty string
	// Guard says where strangers' addresses may lead; default: to public
	// hosts.
	Guard *guard.Policy
	// Unpaced lets chats have more than they allow for one address.
	Unpaced bool
	// Insecure lets strangers' addresses begin with http.
	Insecure bool
	// Resolver looks names up; default: the system's.
	Resolver *net.Resolver
	// Roots sign certificates; default: the system's.
	Roots *x509.CertPool
	// Service says whether a host is a channel's one service, whose failure is
	// that of the whole channel; default: notify.ServiceHost.
	Service func(channel, host string) bool
}

func (o *Options) setDefaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.PagerDuty == "" {
		o.PagerDuty = pagerDutyURL
	}
	if o.Guard == nil {
		o.Guard = &guard.Policy{Deny: true}
	}
	if o.Service == nil {
		o.Service = notify.ServiceHost
	}
	o.Page.URL = strings.TrimRight(o.Page.URL, "/")
}

func (o *Options) validate() error {
	switch {
	case len(o.Key) < 16:
		return errors.New("hook: the key that makes secrets has fewer than 16 bytes")
	case o.Page.Name == "" || o.Page.URL == "":
		return errors.New("hook: the page has no name or no address")
	case o.Describe == nil:
		return errors.New("hook: nothing describes incidents for webhooks")
	case o.Timeout < 0:
		return errors.New("hook: the time-out must not be negative")
	}
	for i := range o.Staff {
		s := &o.Staff[i]
		if s.Webhook == nil && s.PagerDuty == nil && address(s) == "" {
			return fmt.Errorf("hook: the staff channel %s is of no kind", s.ID)
		}
		if s.Webhook != nil {
			if _, err := signer(s.Webhook.Secret); err != nil {
				return fmt.Errorf("hook: the secret of the staff channel %s: %w", s.ID, err)
			}
		}
		if text := address(s); text != "" {
			if u, err := url.Parse(text); err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
				return fmt.Errorf("hook: the staff channel %s has no address with http or https", s.ID)
			}
		}
	}
	return nil
}

// address is that of a staff channel; PagerDuty's is the same for all.
func address(s *notify.StaffChannel) string {
	switch {
	case s.Webhook != nil:
		return s.Webhook.URL
	case s.Slack != "":
		return s.Slack
	case s.Teams != "":
		return s.Teams
	}
	return s.Discord
}
