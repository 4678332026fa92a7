package statuspage

import (
	"context"
	"errors"
	"time"

	"daymark/incident"
)

// Subscribing is what the page offers to readers who want to be told.
type Subscribing struct {
	Channels      []string // in the order of the form: email, sms, webhook, slack, teams, discord
	Subscriptions Subscriptions
}

// Wishes are what a reader wants to hear.
type Wishes struct {
	Components  []string          // empty: all
	Incident    string            // the only one; empty: all
	Severity    incident.Severity // this and worse; 0: all
	Edges       bool              // only beginning, worsening and end
	Maintenance bool
	Language    string // empty: the page's first
}

// SignUp is what the form asks for.
type SignUp struct {
	Channel, Address string
	From             string // the network address of the browser
	Wishes           Wishes
}

// Subscription is what a link shows to who follows it.
type Subscription struct {
	Confirms  bool // the link confirms Wishes; else it is to manage them
	Channel   string
	Address   string
	Confirmed bool // it has been, before this
	Ended     time.Time
	Because   string // why it ended, in a sentence, where that was not the reader's doing
	Secret    string // that signs what a webhook gets; empty for other channels
	Wishes    Wishes
}

// Subscriptions is where readers subscribe and leave.
type Subscriptions interface {
	// SignUp takes a sign-up. Its answer, and the time that it takes, say
	// nothing of whether the address is known. The handle is for Code. Errors
	// for the reader are a *Rejection and a *TooMany.
	SignUp(ctx context.Context, s SignUp) (handle string, err error)
	// Code confirms a sign-up by the code of a text message and gives the
	// token to manage it; ErrWrongCode.
	Code(ctx context.Context, handle, code string) (token string, err error)
	// Open says what a link shows, and changes nothing. It and all that
	// follow answer ErrNoLink where the token opens nothing, or not this.
	Open(ctx context.Context, token string) (*Subscription, error)
	// Confirm confirms what a link shows and gives the token to manage it.
	Confirm(ctx context.Context, token string) (manage string, err error)
	// Change sets other wishes; a *Rejection says what is wrong with them.
	Change(ctx context.Context, token string, w Wishes) error
	// Renew makes the links in older messages useless and gives the new token.
	Renew(ctx context.Context, token string) (manage string, err error)
	// End ends it; once more changes nothing.
	End(ctx context.Context, token string) error
	// Erase deletes all that is known of the reader; with never, the address
	// is never written to again.
	Erase(ctx context.Context, token string, never bool) error
	// Export gives all that is known of the reader, to be written as JSON.
	Export(ctx context.Context, token string) (any, error)
}

// What Subscriptions answer.
var (
	ErrNoLink    = errors.New("the link opens nothing")
	ErrWrongCode = errors.New("the code is wrong")
)

// Rejection is what is wrong with one answer of a form.
type Rejection struct{ Field, Message string }

// Error says it.
func (r *Rejection) Error() string { return r.Message }

// TooMany says that too many sign-ups came from one network.
type TooMany struct{ Wait time.Duration }

// Error says it.
func (*TooMany) Error() string { return "too many sign-ups" }
