package notify

import (
	"context"
	"strings"
	"time"
)

// Message is a delivery as its channel sends it.
type Message struct {
	ID       string // the delivery's: the same at each attempt
	Channel  string
	Audience Audience
	// Subscriber is the id of who gets it; empty for staff.
	Subscriber string
	To         string // an email address, a phone number in E.164, a webhook's address, or the id of a staff channel
	Name       string // of the recipient; may be empty
	Incident   string
	Update     int

	Subject string       // of an email, one line
	Text    string       // of an email
	HTML    string       // of an email
	Files   []Attachment // of an email
	Bare    *Bare        // what an email says whose files the remote does not take; nil: it has none
	// Unsubscribe is the address of one-click unsubscription (RFC 8058);
	// empty: none.
	Unsubscribe string
	SMS         string // the whole text message
	Mark        string // what SMS ends with: its incident and update, which no other text message has

	Card   *Card   // for webhooks and chats: what an update says
	Notice *Notice // what is told instead of an update

	Created time.Time // when the delivery was queued
	Expires time.Time // after this nobody wants it any more
}

// Channel carries messages to one kind of address. Its methods may be called
// from several goroutines at once.
type Channel interface {
	// Name is the Channel of the deliveries that it carries.
	Name() string
	// Send hands the message to the remote once and says what is certain
	// afterwards; it never tries again by itself, but that an email which is
	// refused for its size goes at once without its files, as Bare. It returns
	// soon after ctx has ended.
	Send(ctx context.Context, m Message) Sent
}

// Asker is a Channel whose provider knows what became of a message. A message
// of any other channel is sent again when its fate is not known, so such a
// channel marks it for the recipient as the same one.
type Asker interface {
	Channel
	// Ask looks for a message that may have been taken. It returns soon after
	// ctx has ended.
	Ask(ctx context.Context, m Message) Asked
}

// Class is what a channel is certain of after a call.
type Class string

// The classes. Whatever is none of them is treated as Unclear.
const (
	Taken   Class = "taken"   // the remote has it
	NotNow  Class = "not now" // the remote does not have it; another attempt may work
	Refused Class = "refused" // the remote does not have it and will not take it
	Unclear Class = "unclear" // the remote may have it
	// Uncalled says that the remote was left alone, since others go before it:
	// it is no attempt, and goes after RetryAfter.
	Uncalled Class = "uncalled"
)

// Sent is what became of one call.
type Sent struct {
	Class    Class
	Provider string // the remote's id for the message, when it was taken
	Reason   string // why it was not, for staff; holds no secret
	// Remote says that the remote failed altogether (no connection, our
	// credentials, its limit), not this message.
	Remote bool
	// RetryAfter is how long the remote wants to be left alone; 0: not said.
	RetryAfter time.Duration
	// OptedOut says that the recipient has told the provider to stop.
	OptedOut bool
}

// Asked is what the provider knows of a message.
type Asked struct {
	// State is Accepted, Delivered or Undelivered where the message was
	// found, Retry where it was looked for and is not there, and Unknown
	// where the provider could not be asked.
	State      State
	Provider   string
	Reason     string
	Remote     bool
	RetryAfter time.Duration
}

// mostReason bounds a reason, in characters.
const mostReason = 300

// Brief puts what a remote says on one line, bounded, so that it cannot fill
// the ledger.
func Brief(text string) string {
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "?")
	if runes := []rune(text); len(runes) > mostReason {
		return string(runes[:mostReason-1]) + "…"
	}
	return text
}
