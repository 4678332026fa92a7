package notify

import (
	"slices"

	"daymark/incident"
)

// Why a delivery ended without being sent, for staff.
const (
	ReasonNeverTold  = "was never told of the incident"
	ReasonOver       = "it was over before it could be sent"
	ReasonSuperseded = "a newer update went instead"
	ReasonEnded      = "the subscription ended"
	ReasonExpired    = "its useful life ended"
	ReasonUnsettled  = "it was claimed and never settled"
	ReasonCrashed    = "the server ended while it was sent"
	ReasonHeard      = "an earlier word of the end arrived"
	ReasonAgain      = "it began again before that could be sent"
)

// Decide says whether a subscriber hears of an update: a subscriber of one of
// its channels, or of any who was told of what ends, who has confirmed and not
// ended. told says that the last thing which they got of the incident, or may
// have got, leaves them waiting for its end; where the update is an end, an
// earlier end counts only once it was taken for certain. A resolution for
// somebody who was never told is kept as Suppressed, so that it can be shown why
// nothing went out.
//
// It is the rule in its plainest form: an outbox that decides about many at
// once decides the same.
func Decide(u *incident.Update, s *Subscriber, told bool) (state State, reason string, wanted bool) {
	if s.Incident != "" && s.Incident != u.Incident {
		return "", "", false
	}
	if u.Kind == incident.Ended {
		if !told {
			return Suppressed, ReasonNeverTold, s.concerned(u)
		}
		return Pending, "", true
	}
	if !s.concerned(u) || s.Severity != 0 && u.Severity > s.Severity {
		return "", "", false
	}
	if s.Edges && u.Kind == incident.Progress && told {
		return "", "", false
	}
	return Pending, "", true
}

// Told says whether a delivery in a state leaves who got it told; doubted: an
// earlier attempt may have been taken, which no later refusal takes back, but
// that the provider says that it did not arrive.
func (s State) Told(doubted bool) bool {
	return s == Sending || s == Unknown || s == Accepted || s == Delivered || doubted && s != Undelivered
}

// Certain says whether the remote has a delivery in a state.
func (s State) Certain() bool { return s == Accepted || s == Delivered }

func (s *Subscriber) concerned(u *incident.Update) bool {
	return len(s.Components) == 0 || slices.ContainsFunc(u.Changes, func(c incident.AffectedChange) bool {
		return slices.Contains(s.Components, c.Component)
	})
}
