package sms

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"daymark/notify"
)

// CallbackPath is where Twilio tells what became of a message, below the
// page's public address.
const CallbackPath = "/callbacks/twilio/status"

// twilioURL is Twilio's own address, used where the options name none.
const twilioURL = "https://api.twilio.com"

// Options sets up a Channel.
type Options struct {
	// SMS is the configuration's part: the account, and the pace.
	SMS notify.SMS
	// PageURL is the page's public address; Twilio calls back below it.
	PageURL string
	// Key signs the ids of deliveries in callbacks; at least 16 bytes.
	Key []byte
	// Budget bounds what a day may cost; nil: nothing does.
	Budget Budget
	// Now is the clock of what is left of a message's useful life; default
	// time.Now.
	Now func() time.Time
	// Timeout bounds one request; default 15 seconds.
	Timeout time.Duration
	// Transport makes the requests; default: one of our own, which uses the
	// system's proxy settings.
	Transport http.RoundTripper
}

func (o *Options) setDefaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	if o.SMS.Twilio.BaseURL == "" {
		o.SMS.Twilio.BaseURL = twilioURL
	}
	if o.SMS.Pace == 0 {
		o.SMS.Pace = notify.DefaultSMSPace
	}
	if o.Transport == nil {
		o.Transport = &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 8, MaxConnsPerHost: 16,
			IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true,
		}
	}
	o.PageURL = strings.TrimRight(o.PageURL, "/")
}

func (o *Options) validate() error {
	twilio := o.SMS.Twilio
	switch {
	case twilio.AccountSID == "" || twilio.AuthToken == "":
		return errors.New("sms: notify.sms.twilio needs account_sid and auth_token")
	case twilio.MessagingServiceSID == "":
		return errors.New("sms: notify.sms.twilio.messaging_service_sid is missing: it chooses the sender")
	case len(o.Key) < 16:
		return errors.New("sms: the key that signs callbacks has fewer than 16 bytes")
	case o.SMS.Pace < 0 || o.Timeout < 0:
		return errors.New("sms: pace and time-out must not be negative")
	}
	if err := address("page.url", o.PageURL); err != nil {
		return err
	}
	return address("notify.sms.twilio.base_url", twilio.BaseURL)
}

func address(what, text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" {
		return fmt.Errorf("sms: %s is %q; it must be an address with http or https", what, text)
	}
	return nil
}

// callbackURL is where Twilio tells what became of a delivery.
func callbackURL(page, path string, key []byte, id string) string {
	query := url.Values{"d": {id}, "s": {notify.SignID(key, id)}}
	return page + path + "?" + query.Encode()
}
