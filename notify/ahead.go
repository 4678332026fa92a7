package notify

import "time"

// A channel that is fast is claimed for ahead of its workers: as many as they
// get through in aheadFor, so that its pace is not that of our disk, and not so
// many that what is worse waits behind them for longer than that.
const (
	aheadFor  = 250 * time.Millisecond
	mostAhead = 256
)

// ahead measures how many deliveries a lane gets through. A lane whose provider
// can be asked stays at none: each one that a kill leaves in doubt costs
// minutes there, before it is known that nobody began it.
type ahead struct {
	since time.Time
	count int // that ended since then, other than by the remote's failure
	extra int
}

// most says how many may be claimed beyond the workers.
func (a *ahead) most(now time.Time) int {
	passed := now.Sub(a.since)
	switch {
	case a.since.IsZero():
		a.since, a.count = now, 0
	case passed >= aheadFor:
		a.extra = min(mostAhead, int(float64(a.count)*float64(aheadFor)/float64(passed)))
		a.since, a.count = now, 0
	}
	return a.extra
}
