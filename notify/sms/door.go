package sms

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twilio/twilio-go/client"

	"daymark/notify"
)

// maxCallback bounds the body of a callback, in bytes.
const maxCallback = 64 << 10

// door lets in what Twilio signed for one of our deliveries, and nothing else.
type door struct {
	opts      *CallbackOptions
	validator client.RequestValidator
	warned    atomic.Bool // of a forged callback since the last true one
}

// newDoor fills in the defaults of the options and checks them.
func newDoor(opts *CallbackOptions) (*door, error) {
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
	return &door{opts: opts, validator: client.NewRequestValidator(opts.AuthToken)}, nil
}

// open reads a callback to a path of ours. Where it is not one, it has
// answered, and ok is false.
func (d *door) open(w http.ResponseWriter, r *http.Request, path string) (id string, form url.Values, ok bool) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "Status callbacks are posted.", http.StatusMethodNotAllowed)
		return "", nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCallback))
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		http.Error(w, "This is too long for a status callback.", http.StatusRequestEntityTooLarge)
		return "", nil, false
	}
	if err != nil {
		http.Error(w, "The callback could not be read.", http.StatusBadRequest)
		return "", nil, false
	}
	query := r.URL.Query()
	id = query.Get("d")
	form, ok = d.signed(r, path, body)
	if !ok || !notify.VerifyID(d.opts.Key, id, query.Get("s")) {
		d.refuse(w)
		return "", nil, false
	}
	d.warned.Store(false)
	return id, form, true
}

// signed reads the form if Twilio signed it for this address. The address is
// the public one: what a proxy made of it on the way here is not what Twilio
// called.
func (d *door) signed(r *http.Request, path string, body []byte) (url.Values, bool) {
	return signedForm(&d.validator, d.opts.PageURL+path+"?"+r.URL.RawQuery, body, r.Header.Get("X-Twilio-Signature"))
}

// signedForm reads a form if Twilio signed it for an address.
func signedForm(validator *client.RequestValidator, public string, body []byte, signature string) (url.Values, bool) {
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
	return form, validator.Validate(public, params, signature)
}

// refuse answers a forged callback; one line is logged until a true one comes,
// so that nobody fills the log.
func (d *door) refuse(w http.ResponseWriter) {
	if !d.warned.Swap(true) {
		d.opts.Logger.Warn("a status callback is not signed by Twilio for this page; is page.url the address that Twilio calls, and the auth token the account's?")
	}
	http.Error(w, "The signature is wrong.", http.StatusForbidden)
}
