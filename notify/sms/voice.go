package sms

import (
	"context"
	"encoding/xml"
	"errors"
	"strings"
	"sync"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"daymark/notify"
	"daymark/support"
)

// Where Twilio tells what became of a call, and what was pressed in it, below
// the page's public address.
const (
	VoiceStatusPath = "/callbacks/twilio/voice/status"
	VoiceKeyPath    = "/callbacks/twilio/voice/key"
)

// Bounds on a call.
const (
	maxTwiml  = 4000 // characters, as Twilio takes them
	maxSpoken = 1200 // characters of what is read out, which is read twice
	ringFor   = 30   // seconds
	maxKnown  = 1000
)

// Voice calls people and reads an alert out to them, twice; where it asks them
// to take a role, they do so by pressing 1. It may be used from several
// goroutines.
type Voice struct {
	account

	mu    sync.Mutex
	known map[string]string // the delivery of a call that is known, by the call's SID
}

var _ notify.Asker = (*Voice)(nil)

// NewVoice returns a Voice.
func NewVoice(opts Options) (*Voice, error) {
	a, err := newAccount(opts)
	if err != nil {
		return nil, err
	}
	if opts.SMS.Twilio.VoiceFrom == "" {
		return nil, errors.New("sms: notify.sms.twilio.voice_from is missing: calls come from it")
	}
	return &Voice{account: *a, known: map[string]string{}}, nil
}

// Name is voice.
func (v *Voice) Name() string { return "voice" }

// Send has Twilio call once. It is taken when Twilio takes it: whether somebody
// picks up is told by a callback.
func (v *Voice) Send(ctx context.Context, m notify.Message) notify.Sent {
	document, err := v.document(&m)
	if err != nil {
		return notify.Sent{Class: notify.Refused, Reason: err.Error()}
	}
	if !m.Expires.After(v.opts.Now()) {
		return notify.Sent{Class: notify.NotNow, Reason: "its useful life ended before it could be sent"}
	}
	if err := v.allowed(m.To); err != nil {
		return notify.Sent{Class: notify.Refused, Reason: err.Error()}
	}
	params := (&openapi.CreateCallParams{}).
		SetTo(m.To).SetFrom(v.opts.SMS.Twilio.VoiceFrom).SetTwiml(document).SetTimeout(ringFor).SetMachineDetection("Enable").
		SetStatusCallback(callbackURL(v.opts.PageURL, VoiceStatusPath, v.opts.Key, m.ID)).
		SetStatusCallbackEvent([]string{"initiated", "answered", "completed"})
	request, api := v.call(ctx)
	created, err := api.CreateCall(params)
	if err != nil {
		return classify(err, request.written.Load())
	}
	if created.Sid == nil || *created.Sid == "" {
		return notify.Sent{Class: notify.Unclear, Reason: "Twilio's answer names no call"}
	}
	v.remember(*created.Sid, m.ID)
	return notify.Sent{Class: notify.Taken, Provider: notify.Brief(*created.Sid)}
}

// Ask looks for a call in Twilio's list of those to its recipient, back to when
// the delivery was queued. The list says nothing of what was read out, so a
// call to that number is this one unless it is known to be another's: nobody's
// phone rings twice in doubt, and an escalation goes on by its own clock.
func (v *Voice) Ask(ctx context.Context, m notify.Message) notify.Asked {
	since := m.Created.Add(-clockSkew).Truncate(time.Second)
	_, api := v.call(ctx)
	page, err := api.PageCall((&openapi.ListCallParams{}).SetTo(m.To).SetPageSize(pageSize), "", "")
	if err != nil {
		return unanswerable(err)
	}
	for i := range page.Calls {
		found := &page.Calls[i]
		created, err := time.Parse(time.RFC1123Z, value(found.DateCreated))
		if err != nil {
			return notify.Asked{State: notify.Unknown, Reason: notify.Brief("Twilio's list has a call with the date " + value(found.DateCreated))}
		}
		if created.Before(since) {
			return notify.Asked{State: notify.Retry}
		}
		sid := value(found.Sid)
		if value(found.To) != m.To || !v.mayBe(sid, m.ID) {
			continue
		}
		v.remember(sid, m.ID)
		state, reason := stateOfCall(value(found.Status), value(found.AnsweredBy))
		if state == "" {
			state = notify.Accepted // it is there, whatever the word means
		}
		return notify.Asked{State: state, Provider: notify.Brief(sid), Reason: reason}
	}
	if value(page.NextPageUri) != "" {
		return notify.Asked{State: notify.Unknown, Reason: "Twilio's list of calls to this number is too long to look through"}
	}
	return notify.Asked{State: notify.Retry}
}

func (v *Voice) remember(sid, delivery string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.known) >= maxKnown {
		clear(v.known)
	}
	v.known[sid] = delivery
}

func (v *Voice) mayBe(sid, delivery string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	owner, is := v.known[sid]
	return !is || owner == delivery
}

// response is a document of instructions for a call.
type response struct {
	XMLName xml.Name `xml:"Response"`
	Gather  *gather
	Say     []say
}

// gather asks for a key.
type gather struct {
	Input   string `xml:"input,attr"`
	Digits  int    `xml:"numDigits,attr"`
	Timeout int    `xml:"timeout,attr"` // seconds after the last word
	Action  string `xml:"action,attr"`
	Method  string `xml:"method,attr"`
	Say     []say
}

// say is read out.
type say struct {
	Language string `xml:"language,attr"`
	Text     string `xml:",chardata"`
}

// spokenLanguage is that of the texts.
const spokenLanguage = "en-GB"

func saying(texts ...string) []say {
	all := make([]say, len(texts))
	for i, text := range texts {
		all[i] = say{spokenLanguage, text}
	}
	return all
}

// document writes what happens in a call.
func (v *Voice) document(m *notify.Message) (string, error) {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(m.Text, "")), " ")
	text = strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > maxSpoken {
		text = string(runes[:maxSpoken])
	}
	if text == "" {
		return "", errors.New("there is nothing to read out")
	}
	doc := response{Say: saying(text, text)}
	if answerable(m) {
		as := "it"
		if m.Notice.Role != "" {
			as = "it as " + support.Role(m.Notice.Role).Title()
		}
		text += " Press 1 to take " + as + "."
		doc = response{
			Gather: &gather{
				Input: "dtmf", Digits: 1, Timeout: 8, Method: "POST",
				Action: callbackURL(v.opts.PageURL, VoiceKeyPath, v.opts.Key, m.ID), Say: saying(text, text),
			},
			Say: saying("Nothing was pressed. Goodbye."),
		}
	}
	out, err := xml.Marshal(doc)
	if err != nil {
		return "", err
	}
	if len([]rune(string(out))) > maxTwiml {
		return "", errors.New("what is read out is longer than Twilio takes")
	}
	return string(out), nil
}

// answerable says whether a call asks to take something.
func answerable(m *notify.Message) bool {
	return m.Notice != nil && m.Notice.Kind == notify.AlertNotice && m.Incident != ""
}

// allowed refuses a number of a country that the configuration does not allow.
func (c *account) allowed(number string) error {
	if len(c.opts.SMS.Countries) == 0 {
		return nil
	}
	if _, err := notify.ParsePhone(number, c.opts.SMS.Countries); err != nil {
		return errors.New("the number " + err.Error())
	}
	return nil
}
