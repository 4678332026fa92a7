package notify

import "daymark/incident"

// ErrSecond is what a resend by hand answers where it may be the second copy:
// it has to be asked for knowingly.
var ErrSecond error = &incident.Refusal{Kind: incident.Conflict, Text: "they may have it already, and this may be a second copy: say again to send it all the same"}

// Resending is what decides whether a delivery may be sent once more by hand.
type Resending struct {
	State   State
	Doubted bool // an earlier attempt may have been taken
	Waits   bool // a copy of it is on its way
	Taken   bool // a copy of it may have arrived
	Newer   bool // a newer update of its incident is there for the same reader
	Over    bool // its incident has ended since
}

// MayResend says whether a delivery may be sent once more by hand: nil where it
// did not arrive, ErrSecond where it, or a copy of it, may have, another
// *incident.Refusal where it goes out by itself, something newer has to go
// instead, or nobody is to hear of it.
func MayResend(r Resending) error {
	switch r.State {
	case Undelivered, Expired, Dead, Accepted, Delivered, Unknown:
	case Superseded:
		return noResend("a newer update went instead: resend that one")
	case Suppressed:
		return noResend("they are not to hear of it: they were never told of the incident, or ended the subscription")
	default:
		return noResend("it is on its way by itself")
	}
	switch {
	case r.Waits:
		return noResend("a copy of it is on its way")
	case r.Newer:
		return noResend("there is a newer update of the incident for them: resend that one")
	case r.Over:
		return noResend("the incident has ended since: they would hear of it after its end")
	case r.Taken, r.State.Told(r.Doubted):
		return ErrSecond
	}
	return nil
}

func noResend(why string) error { return &incident.Refusal{Kind: incident.Conflict, Text: why} }

// MayResendTo says whether somebody may be sent anything by hand: nobody
// unconfirmed, and nobody who has ended the subscription.
func MayResendTo(confirmed, ended bool) error {
	switch {
	case ended:
		return noResend("they have ended the subscription")
	case !confirmed:
		return noResend("they have not confirmed the subscription")
	}
	return nil
}
