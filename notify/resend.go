package notify

import "daymark/incident"

// ErrSecond is what a resend by hand answers where it may be the second copy:
// it has to be asked for knowingly.
var ErrSecond error = &incident.Refusal{Kind: incident.Conflict, Text: "they may have it already, and this may be a second copy: say again to send it all the same"}

// MayResend says whether a delivery in a state may be sent once more by hand:
// nil where it did not arrive, ErrSecond where it may have, another
// *incident.Refusal where it goes out by itself or nobody is to hear of it.
func MayResend(state State) error {
	switch state {
	case Undelivered, Expired, Dead:
		return nil
	case Accepted, Delivered, Unknown:
		return ErrSecond
	case Superseded:
		return noResend("a newer update went instead: resend that one")
	case Suppressed:
		return noResend("they are not to hear of it: they were never told of the incident, or ended the subscription")
	}
	return noResend("it is on its way by itself")
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
