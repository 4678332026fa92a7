package sms

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"daymark/notify"
)

// Answerer does what somebody answers to a call.
type Answerer interface {
	// Answer takes, for who was called by a delivery, what the call asks to
	// take, and gives the sentence that they hear. Doing it again changes
	// nothing.
	Answer(ctx context.Context, delivery string) (says string, err error)
}

// VoiceCallback is the two handlers of Twilio's callbacks about calls. A
// callback that Twilio did not sign for one of our deliveries does nothing.
type VoiceCallback struct {
	opts     CallbackOptions
	answerer Answerer
	door     *door
}

// NewVoiceCallback returns a VoiceCallback.
func NewVoiceCallback(opts CallbackOptions, answerer Answerer) (*VoiceCallback, error) {
	door, err := newDoor(&opts)
	if err != nil {
		return nil, err
	}
	if answerer == nil {
		return nil, errors.New("sms: a callback of calls needs somebody who takes the answers")
	}
	return &VoiceCallback{opts: opts, answerer: answerer, door: door}, nil
}

// ServeStatus is told what becomes of a call, on VoiceStatusPath. It answers
// 204 to what Twilio signed, also where it changes nothing; 500 where it could
// not be recorded.
func (c *VoiceCallback) ServeStatus(w http.ResponseWriter, r *http.Request) {
	id, form, ok := c.door.open(w, r, VoiceStatusPath)
	if !ok {
		return
	}
	state, reason := stateOfCall(form.Get("CallStatus"), form.Get("AnsweredBy"))
	if state == "" {
		c.opts.Logger.Debug("a callback of a call with an unknown status", "delivery", id, "status", notify.Brief(form.Get("CallStatus")))
	} else if err := settle(r.Context(), c.opts.Reporter, id, state, notify.Brief(form.Get("CallSid")), reason, c.opts.Now()); err != nil {
		c.opts.Logger.Error("what became of a call could not be recorded", "delivery", id, "error", err)
		http.Error(w, "This could not be recorded; please send it again.", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// ServeKey is told which key was pressed, on VoiceKeyPath, and says aloud what
// follows.
func (c *VoiceCallback) ServeKey(w http.ResponseWriter, r *http.Request) {
	id, form, ok := c.door.open(w, r, VoiceKeyPath)
	if !ok {
		return
	}
	c.say(w, c.pressed(r.Context(), id, form))
}

func (c *VoiceCallback) pressed(ctx context.Context, id string, form url.Values) string {
	if form.Get("Digits") != "1" {
		return "Only 1 does something here. Nothing was changed."
	}
	says, err := c.answerer.Answer(ctx, id)
	if err != nil {
		c.opts.Logger.Error("an answer by phone could not be taken", "delivery", id, "error", err)
		return "This could not be recorded. Please use the command line or the console."
	}
	return says
}

// say answers with what is read out to whoever listens.
func (c *VoiceCallback) say(w http.ResponseWriter, text string) {
	out, err := xml.Marshal(response{Say: saying(text + " Goodbye.")})
	if err != nil {
		http.Error(w, "The answer could not be written.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = w.Write(out) // Twilio is gone; nobody is left to hear
}

// stateOfCall gives the state that a status of a call means, and why somebody
// did not hear it; "" for a word that says nothing.
func stateOfCall(status, answeredBy string) (notify.State, string) {
	switch status {
	case "queued", "initiated", "ringing", "in-progress":
		return notify.Accepted, ""
	case "completed":
		if strings.HasPrefix(answeredBy, "machine") || answeredBy == "fax" {
			return notify.Undelivered, "an answering machine took the call"
		}
		return notify.Delivered, ""
	case "busy":
		return notify.Undelivered, "the line was busy"
	case "no-answer":
		return notify.Undelivered, "nobody picked up"
	case "failed":
		return notify.Undelivered, "the call could not be connected"
	case "canceled":
		return notify.Undelivered, "the call was called off at Twilio"
	}
	return "", ""
}
