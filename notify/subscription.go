package notify

import (
	"context"
	"time"

	"daymark/incident"
)

// Wishes are what somebody wants to hear.
type Wishes struct {
	Components  []string          `json:"components,omitempty"` // empty: all
	Incident    string            `json:"incident,omitempty"`   // the only one; empty: all
	Severity    incident.Severity `json:"severity,omitempty"`   // this and worse; 0: all
	Edges       bool              `json:"edges,omitempty"`      // only beginning, worsening and end
	Maintenance bool              `json:"maintenance,omitempty"`
	Language    string            `json:"language,omitempty"` // empty: the page's first
}

// Wishes gives what a subscriber wants to hear.
func (s *Subscriber) Wishes() Wishes {
	return Wishes{s.Components, s.Incident, s.Severity, s.Edges, s.Maintenance, s.Language}
}

// Want sets what a subscriber wants to hear.
func (s *Subscriber) Want(w Wishes) {
	s.Components, s.Incident, s.Severity, s.Edges, s.Maintenance, s.Language = w.Components, w.Incident, w.Severity, w.Edges, w.Maintenance, w.Language
}

// Source is how an address came to us.
type Source string

// The sources.
const (
	BySelf   Source = "self" // the form on the page
	ByImport Source = "import"
	ByStaff  Source = "staff"
)

// EndReason is why a subscription ended, or an address is left alone.
type EndReason string

// The reasons.
const (
	EndedByReader    EndReason = "unsubscribed"
	EndedByStop      EndReason = "stop"      // they answered STOP, or told the provider to stop
	EndedByBounce    EndReason = "bounced"   // the address does not exist
	EndedByComplaint EndReason = "complaint" // they said that it is spam
	EndedByFailure   EndReason = "failing"   // the address took nothing for a long time
	EndedByStaff     EndReason = "staff"
	EndedByWish      EndReason = "never" // they asked never to hear from us again
	EndedByErasure   EndReason = "erased"
	EndedWithMatter  EndReason = "over" // the one incident that it was to is over
)

// SubscriptionState is where a subscription stands.
type SubscriptionState string

// The states of a subscription.
const (
	Waiting SubscriptionState = "pending" // for its confirmation; hears nothing
	Active  SubscriptionState = "confirmed"
	Ended   SubscriptionState = "ended"
)

// Subscription is a subscriber with how consent came about.
type Subscription struct {
	Subscriber
	Source  Source
	Created time.Time
	Ended   time.Time // zero: it goes on
	Reason  EndReason // why it ended

	// A sign-up that waits for its confirmation.
	Round  int       // counts sign-ups
	Asked  time.Time // when the last came; zero: none waits
	Wished *Wishes   // what it asks for
	Handle string    // hash of what the browser has to enter a code; empty: none
	Tries  int       // wrong codes
}

// State says where it stands.
func (s *Subscription) State() SubscriptionState {
	switch {
	case !s.Ended.IsZero():
		return Ended
	case s.Confirmed.IsZero():
		return Waiting
	}
	return Active
}

// Suppression is an address that is left alone. Only its hash is known.
type Suppression struct {
	Hash    string
	Channel string
	Reason  EndReason
	Hard    bool // nothing at all is sent; else no import and no staff brings it back
	At      time.Time
}

// SubscriptionTx is one transaction about subscriptions. Addresses are as
// ParseAddress gives them.
type SubscriptionTx interface {
	// Subscription finds by id, FindSubscription by address, and
	// SubscriptionOfHandle by the hash of a browser's handle; nil: there is
	// none.
	Subscription(ctx context.Context, id string) (*Subscription, error)
	FindSubscription(ctx context.Context, channel, address string) (*Subscription, error)
	SubscriptionOfHandle(ctx context.Context, hash string) (*Subscription, error)
	// KeepSubscription writes a subscription; one without ID is new and gets
	// one. It does not end one.
	KeepSubscription(ctx context.Context, s *Subscription, now time.Time) error
	// EndSubscription ends one and notes that no import brings it back; with
	// suppress nothing at all is sent to the address.
	EndSubscription(ctx context.Context, id string, reason EndReason, suppress bool, now time.Time) error
	// EraseSubscription deletes what is known of the person, whose deliveries
	// stay without an address.
	EraseSubscription(ctx context.Context, id string, now time.Time) error
	// QueueNotice queues a message, once under its ID.
	QueueNotice(ctx context.Context, d *Delivery, now time.Time) error
	// QueueLatest queues the last update of the one incident that a subscriber
	// wants to hear of, unless it is over or not told on their channel.
	QueueLatest(ctx context.Context, s *Subscription, now time.Time) error
	// HasIncident says whether there is an incident.
	HasIncident(ctx context.Context, id string) (bool, error)
	// Story gives what was sent to a subscriber, newest first.
	Story(ctx context.Context, id string) ([]Told, error)

	// Suppression says whether an address is left alone; nil: it is not.
	Suppression(ctx context.Context, channel, address string) (*Suppression, error)
	Suppress(ctx context.Context, channel, address string, reason EndReason, hard bool, now time.Time) error
	Unsuppress(ctx context.Context, channel, address string) (bool, error)

	// SignUps counts those of a key since a moment; all counts every row.
	SignUps(ctx context.Context, kind, key string, since time.Time) (of, all int, err error)
	// NoteSignUp writes one down and forgets those before a moment.
	NoteSignUp(ctx context.Context, kind, key string, now, before time.Time) error
}

// SubscriptionStore keeps subscriptions.
type SubscriptionStore interface {
	// Consent runs fn as one transaction.
	Consent(ctx context.Context, fn func(ctx context.Context, tx SubscriptionTx) error) error
	// Subscription finds by id; nil: there is none.
	Subscription(ctx context.Context, id string) (*Subscription, error)
}

// Told is one delivery as the person whom it was for may see it.
type Told struct {
	ID      string    `json:"id"`
	What    string    `json:"what"` // the incident's id and the update's number, or the kind of notice
	State   State     `json:"state"`
	Created time.Time `json:"queued"`
	Changed time.Time `json:"changed"`
}
