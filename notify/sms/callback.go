package sms

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twilio/twilio-go/client"

	"daymark/notify"
)

// maxCallback bounds the body of a callback, in bytes.
const maxCallback = 64 << 10

// Reporter takes what a callback tells; notify.Outbox is one.
type Reporter interface {
	// Report records what the provider says of a delivery. It answers false
	// where the delivery is not known or the change is not allowed.
	Report(ctx context.Context, id string, to notify.State, provider, reason string, now time.Time) (bool, error)
}

// CallbackOptions sets up a Callback. Logger and Now have defaults.
type CallbackOptions struct {
	Reporter  Reporter
	AuthToken string // Twilio's, which signs callbacks
	PageURL   string // as in Options: what Twilio signed begins with it
	Key       []byte // as in Options
	Logger    *slog.Logger
	Now       func() time.Time
}

// Callback is the http.Handler of Twilio's status callbacks. Whatever order
// they come in, and however often, a delivery ends in the same state.
type Callback struct {
	opts      CallbackOptions
	validator client.RequestValidator
	warned    atomic.Bool // of a forged callback since the last true one
}

// NewCallback returns a Callback.
func NewCallback(opts CallbackOptions) (*Callback, error) {
	if opts.Reporter == nil || opts.AuthToken == "" || len(opts.Key) < 16 {
		return nil, errors.New("sms: a callback needs a reporter, Twilio's auth token and a key of at least 16 bytes")
	}
	opts.PageURL = strings.TrimRight(opts.PageURL, "/")
	if err := address("page.url", opts.PageURL); err != nil {
		return nil, err
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Callback{opts: opts, validator: client.NewRequestValidator(opts.AuthToken)}, nil
}

// ServeHTTP answers 204 to what Twilio signed, also where it changes nothing;
// 500 where it could not be recorded.
func (c *Callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "Status callbacks are posted.", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCallback))
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		http.Error(w, "This is too long for a status callback.", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		http.Error(w, "The callback could not be read.", http.StatusBadRequest)
		return
	}
	query := r.URL.Query()
	id := query.Get("d")
	form, ok := c.signed(r, body)
	if !ok || !notify.VerifyID(c.opts.Key, id, query.Get("s")) {
		c.refuse(w)
		return
	}
	c.warned.Store(false)
	if err := c.report(r.Context(), id, form); err != nil {
		c.opts.Logger.Error("a status callback could not be recorded", "delivery", id, "error", err)
		http.Error(w, "This could not be recorded; please send it again.", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// signed reads the form if Twilio signed it for this address. The address is
// the public one: what a proxy made of it on the way here is not what Twilio
// called.
func (c *Callback) signed(r *http.Request, body []byte) (url.Values, bool) {
	public := c.opts.PageURL + CallbackPath + "?" + r.URL.RawQuery
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, false
	}
	params := make(map[string]string, len(form))
	for name, values := range form {
		if len(values) != 1 {
			return nil, false // the signature would not cover the others
		}
		params[name] = values[0]
	}
	return form, c.validator.Validate(public, params, r.Header.Get("X-Twilio-Signature"))
}

// refuse answers a forged callback; one line is logged until a true one comes,
// so that nobody fills the log.
func (c *Callback) refuse(w http.ResponseWriter) {
	if !c.warned.Swap(true) {
		c.opts.Logger.Warn("a status callback is not signed by Twilio for this page; is page.url the address that Twilio calls, and the auth token the account's?")
	}
	http.Error(w, "The signature is wrong.", http.StatusForbidden)
}

func (c *Callback) report(ctx context.Context, id string, form url.Values) error {
	status := form.Get("MessageStatus")
	state, known := stateOf(status)
	if !known {
		c.opts.Logger.Debug("a status callback with an unknown status", "delivery", id, "status", short(status))
		return nil
	}
	sid, reason, now := short(form.Get("MessageSid")), "", c.opts.Now()
	if state == notify.Undelivered {
		code, err := strconv.Atoi(form.Get("ErrorCode"))
		if err != nil {
			code = 0 // none was given
		}
		reason = undelivered(status, code)
	}
	changed, err := c.opts.Reporter.Report(ctx, id, state, sid, reason, now)
	if err != nil || changed || state == notify.Accepted {
		return err
	}
	// It may be ahead of our own record of the acceptance, which it proves.
	if changed, err = c.opts.Reporter.Report(ctx, id, notify.Accepted, sid, "", now); err != nil || !changed {
		return err
	}
	_, err = c.opts.Reporter.Report(ctx, id, state, sid, reason, now)
	return err
}
