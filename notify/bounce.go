package notify

import "time"

// BounceKind says what came back of an email that its first server had taken.
type BounceKind string

// The kinds of bounce.
const (
	HardBounce    BounceKind = "hard"      // there is no such address
	SoftBounce    BounceKind = "soft"      // this message was not delivered; another may be
	DelayedBounce BounceKind = "delayed"   // a server still tries
	Complaint     BounceKind = "complaint" // the reader marked it as spam
)

// Bounce is what a server on the way, or the reader's own, says later of an
// email.
type Bounce struct {
	Kind       BounceKind
	Status     string // RFC 3463, such as 5.1.1; empty: not known
	Diagnostic string // the server's words, on one line; without the address
	At         time.Time
}

// MaxBounceLocal is how long the local part of Bounces.Address may be, in
// characters. The name of the delivery is added to it, and a local part has 64
// octets (RFC 5321, 4.5.3.1.1): a plus, 32 for the id of an update's delivery
// to a subscriber, a dot, and 16 for our signature.
const MaxBounceLocal = 64 - 1 - 32 - 1 - 16
