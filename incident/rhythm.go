package incident

import (
	"time"

	"daymark/checker"
)

// rhythm gives the longest time between two results of a check, and how late
// one may be.
func rhythm(check *checker.Check) (interval, slack time.Duration, err error) {
	if beat := check.Heartbeat; beat != nil {
		// A missed call is told a grace after it was due, after a restart
		// another one later.
		interval, err = beat.LongestGap()
		return interval, 2 * beat.Patience(), err
	}
	interval, slack = time.Minute, check.Longest()
	if check.Schedule != "" {
		interval, err = checker.LongestGap(check.Schedule)
	}
	return interval, slack, err
}

// StaleAfter gives how old the newest result of a check may be before the
// region that gave it cannot tell, where agents share by that lease: errors are
// those of its schedule.
func StaleAfter(check *checker.Check, lease time.Duration) (time.Duration, error) {
	interval, slack, err := rhythm(check)
	return staleAfter(interval, slack, lease), err
}

// staleAfter allows for two runs that are missed, and for those that are while
// another agent of the region takes over.
func staleAfter(interval, slack, lease time.Duration) time.Duration {
	return max(2*interval, interval+lease) + slack
}

// Stands gives for how long one result of a component's checks tells how the
// component is, since the next one is not due: until the next call of a
// heartbeat is missed, or the next run of another check. It is 0 where runs are
// due each hour: what was not measured is not known.
func (p *Policy) Stands(component string) time.Duration {
	if c := p.components[component]; c != nil {
		return c.stands
	}
	return 0
}

// standing gives for how long one result of some checks tells how all are.
func standing(checks []checker.Check) (shortest time.Duration) {
	for i := range checks {
		stands := standsFor(&checks[i])
		if stands == 0 {
			return 0
		}
		if shortest == 0 || stands < shortest {
			shortest = stands
		}
	}
	return shortest
}

func standsFor(check *checker.Check) time.Duration {
	interval, slack, err := rhythm(check)
	if err == nil && check.Heartbeat == nil && check.Schedule != "" {
		interval, err = checker.ShortestGap(check.Schedule)
	}
	if err != nil || check.Heartbeat == nil && interval <= time.Hour {
		return 0 // NewPolicy has refused errors
	}
	return interval + slack
}
