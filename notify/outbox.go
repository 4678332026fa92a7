package notify

import (
	"context"
	"slices"
	"time"

	"daymark/incident"
)

// State is where a delivery stands.
type State string

// The states of a delivery. Pending, Retry and Unknown are due at a time;
// Sending is committed before the remote is called; the rest are ends, but
// that Accepted may still become Delivered or Undelivered.
const (
	Pending     State = "pending"
	Retry       State = "retry"
	Sending     State = "sending"
	Unknown     State = "unknown"     // it may have been taken: we ended between the call and our commit
	Accepted    State = "accepted"    // the remote took it
	Delivered   State = "delivered"   // the remote says that it arrived
	Undelivered State = "undelivered" // the remote says that it did not
	Superseded  State = "superseded"  // a newer update went instead
	Suppressed  State = "suppressed"  // nobody has to hear of it any more
	Expired     State = "expired"     // its useful life ended
	Dead        State = "dead"        // refused for good, or tried too often
)

// transitions is the table of allowed changes of state.
var transitions = map[State][]State{
	Pending:  {Sending, Superseded, Suppressed, Expired},
	Retry:    {Sending, Superseded, Suppressed, Expired, Dead},
	Sending:  {Accepted, Retry, Unknown, Suppressed, Dead},
	Unknown:  {Sending, Accepted, Delivered, Undelivered, Retry, Expired, Dead},
	Accepted: {Delivered, Undelivered},
}

// May says whether a delivery may change from one state to the other.
func May(from, to State) bool { return slices.Contains(transitions[from], to) }

// MayReport says whether the provider's own word may change a delivery from
// one state to the other. It is proof: it also settles what is being sent, or
// was thought not to have been taken.
func MayReport(from, to State) bool {
	switch to {
	case Accepted, Delivered, Undelivered:
		return from == Sending || from == Retry || May(from, to)
	}
	return false
}

// Delivery is one message to one recipient on one channel: an update of an
// incident to a subscriber, or a notice.
type Delivery struct {
	ID         string
	Channel    string // email, sms, voice, webhook, slack, teams, discord or pagerduty
	Audience   Audience
	State      State  // as it was when it was claimed: Pending, Retry or Unknown
	Attempts   int    // calls of the remote so far
	Provider   string // the provider's id, where it is known
	Created    time.Time
	Expires    time.Time
	Changed    time.Time         // when it came into State; for Unknown, when it first may have been taken
	Subscriber Subscriber        // without ID: somebody of staff, or one of their channels by its id
	Incident   incident.Incident // as it is now, updates included; of a notice the ID alone
	Update     incident.Update   // the one to tell
	With       []Beside          // what else the same message tells of; empty for most
	Notice     *Notice           // what to tell instead of an update
	Called     string            // the number that the last attempt went to, where Subscriber names a person; empty: not known
	Trace      string            // the traceparent of what made the update; "": nobody traced it
	Ended      bool              // nobody wants it any more, or has confirmed to: it may be asked about, and is not sent
}

// Subscriber is somebody who asked to be told.
type Subscriber struct {
	ID         string
	Channel    string
	Address    string // an email address, or a phone number in E.164
	Name       string
	Components []string // empty: all
	Severity   incident.Severity
	Edges      bool // only beginning, worsening and end, not each promised update
	Confirmed  time.Time

	Incident    string // the only one that they hear of; empty: all
	Maintenance bool   // planned work too
	Language    string // BCP 47; empty: the page's first
	Generation  int    // of the links in their messages
}

// LeaseFor is how long a claim lasts without being settled: longer than any
// channel takes.
const LeaseFor = 10 * time.Minute

// Outbox keeps deliveries. Each call is one transaction.
type Outbox interface {
	// Claim takes at most limit deliveries of a channel that are due, its lanes
	// in Turns and the earliest of each first, and commits them as Sending
	// before it answers. An update waits while an older one of its incident to
	// the same subscriber may be under way, or waits and may have been taken. A delivery in Unknown is claimed
	// too, with State Unknown, so that the channel can ask what became of it.
	// On the way, those whose useful life has ended become Expired and are not
	// given, and those whose subscriber ended the subscription, or has not
	// confirmed it anew, Suppressed, but that one in Unknown is given as Ended. What was claimed and not settled
	// for LeaseFor becomes Unknown.
	//
	// What the storm guard held back for one subscriber comes together, as many
	// as Together allows, With the first of them: it is one message, and all
	// that is settled or reported of the first is so of each. What may have been
	// taken together stays together.
	Claim(ctx context.Context, channel string, limit int, now time.Time) ([]Delivery, error)
	// Settle records what became of claimed deliveries. That one may have been
	// taken is remembered through all that follows, until an Outcome is Absent.
	Settle(ctx context.Context, outcomes []Outcome, now time.Time) error
	// Report records what the provider says later of a delivery. It answers
	// false where the delivery is not known or MayReport forbids the change.
	Report(ctx context.Context, id string, to State, provider, reason string, now time.Time) (bool, error)
	// Recover turns what an earlier process left in Sending to Unknown, and
	// says how many there were. It is called once, before the first Claim.
	Recover(ctx context.Context, now time.Time) (int, error)
}

// Outcome is what became of one claimed delivery.
type Outcome struct {
	ID       string
	To       State     // Accepted, Delivered, Undelivered, Retry, Unknown, Suppressed or Dead
	Due      time.Time // of the next attempt or question, for Retry and Unknown
	Provider string
	Reason   string
	Called   bool // the remote was called: it counts as an attempt
	Absent   bool // the provider was asked and does not have it: no doubt is left
	OptedOut bool // the recipient has told the provider to stop: it ends the subscription
}
