package notifytest

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"
)

// SMS statuses, as Twilio names them.
const (
	StatusAccepted    = "accepted" // by a messaging service, which has not chosen a sender
	StatusQueued      = "queued"
	StatusSent        = "sent"
	StatusDelivered   = "delivered"
	StatusUndelivered = "undelivered"
	StatusFailed      = "failed"
)

// SMS is one message that Twilio accepted.
type SMS struct {
	SID                 string    `json:"sid"`
	AccountSID          string    `json:"account_sid"`
	To                  string    `json:"to"`
	From                string    `json:"from"` // empty until a messaging service chose a sender
	MessagingServiceSID string    `json:"messaging_service_sid"`
	Body                string    `json:"body"`
	Status              string    `json:"status"`
	ErrorCode           int       `json:"error_code"` // zero: none
	Segments            int       `json:"segments"`
	StatusCallback      string    `json:"status_callback"`
	ValiditySeconds     int       `json:"validity_seconds"` // zero: not asked for
	Created             time.Time `json:"created"`
	Updated             time.Time `json:"updated"`
	Sent                time.Time `json:"sent"` // zero until sent
}

// final says whether the status changes no more.
func (m SMS) final() bool {
	return m.Status == StatusDelivered || m.Status == StatusUndelivered || m.Status == StatusFailed
}

// TwilioOptions sets up a Twilio.
type TwilioOptions struct {
	// AccountSID ("AC" and 32 hexadecimal digits) and AuthToken (letters and
	// digits) are the credentials that callers must present. Required.
	AccountSID, AuthToken string
	// MessagingServiceSID ("MG…") is the one service of the account; may be empty.
	MessagingServiceSID string
	// Numbers are the senders of the account, in E.164; a service sends from the
	// first. Default: +15005550006.
	Numbers []string
	// ListDelay is how long a new message is missing from the list.
	ListDelay time.Duration
	// StepDelay is the time between two statuses.
	StepDelay time.Duration
	// CallbackTimeout limits one status callback (default 5 s),
	// CallbackAttempts how often it is tried (default 3), CallbackBackoff the
	// first wait between tries, doubled each time (default 250 ms).
	CallbackTimeout  time.Duration
	CallbackAttempts int
	CallbackBackoff  time.Duration
	// Keep is how many messages are kept; the oldest leave first. Default 500.
	Keep int
	// Restore is what was kept before, oldest first; what was not final goes on.
	Restore []SMS
	// OnChange is called with each message before its acceptance is answered and
	// at each status after it, never twice at once for one message. An error on
	// acceptance turns the answer into 500 and nothing is kept.
	OnChange func(SMS) error
	// Hook fails requests to send on purpose; nil lets them pass.
	Hook func(to, body string) SMSAction
	// CallHook fails requests to call on purpose; nil lets them pass.
	CallHook func(to, twiml string) SMSAction
	// Phone says what happens at the other end of a call; nil: somebody answers
	// and presses nothing.
	Phone func(Call) Pickup
	// Fate gives a message's last status and error code; nil delivers all.
	Fate func(SMS) (status string, errorCode int)
	// Now is the clock of records and of ListDelay; default time.Now.
	Now func() time.Time
	// Logger hears of callbacks that were given up; default: nobody.
	Logger *slog.Logger
}

func (o *TwilioOptions) setDefaults() {
	if len(o.Numbers) == 0 {
		o.Numbers = []string{"+15005550006"}
	}
	if o.CallbackTimeout == 0 {
		o.CallbackTimeout = 5 * time.Second
	}
	if o.CallbackAttempts == 0 {
		o.CallbackAttempts = 3
	}
	if o.CallbackBackoff == 0 {
		o.CallbackBackoff = 250 * time.Millisecond
	}
	if o.Keep == 0 {
		o.Keep = defaultKeep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

func (o *TwilioOptions) validate() error {
	switch {
	case !isSID("AC", o.AccountSID):
		return fmt.Errorf("twilio: account SID %q is not AC and 32 hexadecimal digits", o.AccountSID)
	case !regexp.MustCompile(`^[A-Za-z0-9]+$`).MatchString(o.AuthToken):
		return errors.New("twilio: the auth token must be letters and digits")
	case o.MessagingServiceSID != "" && !isSID("MG", o.MessagingServiceSID):
		return fmt.Errorf("twilio: messaging service SID %q is not MG and 32 hexadecimal digits", o.MessagingServiceSID)
	case o.Keep < 0 || o.CallbackAttempts < 0:
		return errors.New("twilio: Keep and CallbackAttempts must not be negative")
	}
	return nil
}

func isSID(prefix, s string) bool {
	return regexp.MustCompile(`^` + prefix + `[0-9a-f]{32}$`).MatchString(s)
}
