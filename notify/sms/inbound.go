package sms

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/twilio/twilio-go/client"
)

// InboundPath is where Twilio tells what phones answer, below the page's
// public address: the messaging service's inbound webhook.
const InboundPath = "/callbacks/twilio/inbound"

// Consent is who is told that a phone wants no more, or wants to hear again.
type Consent interface {
	Stop(ctx context.Context, phone string) error
	Start(ctx context.Context, phone string) error
}

// InboundOptions sets up an Inbound. Logger has a default.
type InboundOptions struct {
	Consent   Consent
	AuthToken string // Twilio's, which signs
	PageURL   string // as in Options
	Logger    *slog.Logger
}

// Inbound is the http.Handler of text messages that phones send to us: STOP
// and START are mirrored, so that what Twilio does with a number we do too.
// Twilio answers them, and HELP, by itself; here the answer is empty TwiML.
type Inbound struct {
	opts      InboundOptions
	validator client.RequestValidator
	warned    atomic.Bool // of a forged one since the last true one
}

// NewInbound returns an Inbound.
func NewInbound(opts InboundOptions) (*Inbound, error) {
	if opts.Consent == nil || opts.AuthToken == "" {
		return nil, errors.New("sms: what phones answer needs somebody who hears it, and Twilio's auth token")
	}
	opts.PageURL = strings.TrimRight(opts.PageURL, "/")
	if err := address("page.url", opts.PageURL); err != nil {
		return nil, err
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return &Inbound{opts: opts, validator: client.NewRequestValidator(opts.AuthToken)}, nil
}

// The words that Twilio honours by itself.
var (
	stopWords  = []string{"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"}
	startWords = []string{"START", "YES", "UNSTOP"}
)

const emptyTwiML = `<?xml version="1.0" encoding="UTF-8"?><Response></Response>`

// ServeHTTP answers empty TwiML to what Twilio signed, whatever it says.
func (i *Inbound) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "Messages are posted.", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCallback))
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		http.Error(w, "This is too long for a text message.", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		http.Error(w, "The message could not be read.", http.StatusBadRequest)
		return
	}
	public := i.opts.PageURL + InboundPath
	if r.URL.RawQuery != "" {
		public += "?" + r.URL.RawQuery
	}
	form, ok := signedForm(&i.validator, public, body, r.Header.Get("X-Twilio-Signature"))
	if !ok {
		if !i.warned.Swap(true) {
			i.opts.Logger.Warn("a text message is not signed by Twilio for this page; is page.url the address that Twilio calls, and the auth token the account's?")
		}
		http.Error(w, "The signature is wrong.", http.StatusForbidden)
		return
	}
	i.warned.Store(false)
	if err := i.hear(r.Context(), form.Get("From"), form.Get("OptOutType"), form.Get("Body")); err != nil {
		i.opts.Logger.Error("what a phone answered could not be recorded", "error", err)
		http.Error(w, "This could not be recorded; please send it again.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = io.WriteString(w, emptyTwiML) // Twilio has hung up; it needs no answer
}

// hear does what a phone asks. With Advanced Opt-Out Twilio says itself what
// it took the message for, in whatever language.
func (i *Inbound) hear(ctx context.Context, from, kind, body string) error {
	word := strings.ToUpper(strings.TrimSpace(body))
	if kind != "" {
		word = strings.ToUpper(kind)
	}
	switch {
	case from == "":
		return nil
	case slices.Contains(stopWords, word):
		return i.opts.Consent.Stop(ctx, from)
	case slices.Contains(startWords, word):
		return i.opts.Consent.Start(ctx, from)
	}
	return nil
}
