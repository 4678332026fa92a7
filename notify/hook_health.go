package notify

import (
	"strings"
	"time"
)

// GiveUpAfter is how long an address may fail, without taking anything, before
// its subscription ends.
const GiveUpAfter = 24 * time.Hour

// Gone begins the reason of a delivery that was refused because its address
// is there no more.
const Gone = "the address is gone"

// GiveUp says whether a subscription ends because its address fails: since
// when it has, with nothing taken after that, when it last did, and why. One
// that says itself that it is gone ends at once. Silence is not counted:
// nothing may have been sent.
func GiveUp(first, last time.Time, reason string) bool {
	if first.IsZero() || last.Before(first) {
		return false
	}
	return strings.HasPrefix(reason, Gone) || last.Sub(first) >= GiveUpAfter
}
