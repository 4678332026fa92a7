package sms

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"daymark/notify"
)

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
	// OptedOut is told of a delivery whose recipient has sent STOP; may be nil.
	OptedOut func(ctx context.Context, delivery string, now time.Time) error
	Logger   *slog.Logger
	Now      func() time.Time
}

// Callback is the http.Handler of Twilio's status callbacks. Whatever order
// they come in, and however often, a delivery ends in the same state.
type Callback struct {
	opts CallbackOptions
	door *door
}

// NewCallback returns a Callback.
func NewCallback(opts CallbackOptions) (*Callback, error) {
	door, err := newDoor(&opts)
	if err != nil {
		return nil, err
	}
	return &Callback{opts: opts, door: door}, nil
}

// ServeHTTP answers 204 to what Twilio signed, also where it changes nothing;
// 500 where it could not be recorded.
func (c *Callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, form, ok := c.door.open(w, r, CallbackPath)
	if !ok {
		return
	}
	if err := c.report(r.Context(), id, form); err != nil {
		c.opts.Logger.Error("a status callback could not be recorded", "delivery", id, "error", err)
		http.Error(w, "This could not be recorded; please send it again.", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (c *Callback) report(ctx context.Context, id string, form url.Values) error {
	status := form.Get("MessageStatus")
	state, known := stateOf(status)
	if !known {
		c.opts.Logger.Debug("a status callback with an unknown status", "delivery", id, "status", notify.Brief(status))
		return nil
	}
	sid, reason, now := notify.Brief(form.Get("MessageSid")), "", c.opts.Now()
	if state == notify.Undelivered {
		code, err := strconv.Atoi(form.Get("ErrorCode"))
		if err != nil {
			code = 0 // none was given
		}
		reason = undelivered(status, code)
		if code == codeOptedOut && c.opts.OptedOut != nil {
			if err := c.opts.OptedOut(ctx, id, now); err != nil {
				return err
			}
		}
	}
	return settle(ctx, c.opts.Reporter, id, state, sid, reason, now)
}

// settle records a state that a callback tells. It may be ahead of our own
// record of the acceptance, which it proves.
func settle(ctx context.Context, reporter Reporter, id string, state notify.State, sid, reason string, now time.Time) error {
	changed, err := reporter.Report(ctx, id, state, sid, reason, now)
	if err != nil || changed || state == notify.Accepted {
		return err
	}
	if changed, err = reporter.Report(ctx, id, notify.Accepted, sid, "", now); err != nil || !changed {
		return err
	}
	_, err = reporter.Report(ctx, id, state, sid, reason, now)
	return err
}
