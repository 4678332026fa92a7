package notify

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"
)

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
// octets (RFC 5321, 4.5.3.1.1): a plus, the name, a dot, and 16 for our
// signature.
const MaxBounceLocal = 64 - 1 - maxBounceName - 1 - 16

// maxBounceName is as long as the id of an update's delivery to a subscriber.
const maxBounceName = 32

// bounceNames writes a hash in small letters, since servers on the way may
// change their case. Of 130 bits no two are the same.
var bounceNames = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// BounceName is what a delivery is called in addresses that mail comes back
// to: its id where that fits there, otherwise a mark, which no id of that kind
// has, and a hash of it.
func BounceName(id string) string {
	odd := func(c rune) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '-' }
	if len(id) <= maxBounceName && !strings.ContainsFunc(id, odd) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "_" + bounceNames.EncodeToString(sum[:])[:26]
}

// IsBounceHash says whether a BounceName is no id but stands for one.
func IsBounceHash(name string) bool { return strings.HasPrefix(name, "_") }
