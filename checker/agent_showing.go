package checker

import (
	"hash/fnv"
	"time"
	"unicode"
)

// How much evidence of a check is sent. A check that fails every ten seconds
// for a day would otherwise fill the disk with one and the same picture.
const (
	goodEvery  = time.Hour        // of successes, so that there is always one to look at
	firstShown = 3                // failures at the beginning of a streak
	badEvery   = 5 * time.Minute  // in a streak of failures
	poorEvery  = 30 * time.Minute // in one of degraded or unknown runs, whose first is sent
	// A check may send mostShown pieces of trouble at once, then one for each
	// pause. What begins no streak takes half of them at most, so that a reason
	// that changes all the time leaves room for the next beginning.
	mostShown  = 8
	shownPause = 2 * time.Minute
)

// showing is what was sent of one check's evidence lately. It is a value: the
// same runs give the same decisions, and a restart only forgets.
type showing struct {
	good  time.Time // when the evidence of a success was last sent
	spent time.Time // until when the evidence of trouble that was sent counts

	degraded, failed, unknown streak

	fine bool // the last run that could tell was ok
	owed bool // the last success is still to be sent, beside the trouble that followed it
}

// streak is a row of runs of one outcome.
type streak struct {
	shown  int
	last   time.Time // when one was last sent
	reason uint64    // of that one
}

// after gives what holds after a run, and whether its evidence is sent. A run
// that could not tell neither begins nor ends a streak of the others.
func (s showing) after(run *Result) (next showing, send bool) {
	has := len(run.Evidence) > 0
	if run.Outcome == OK {
		send = has && (s.good.IsZero() || passed(s.good, run.At, goodEvery))
		if send {
			s.good = run.At
		}
		s.degraded, s.failed, s.unknown = streak{}, streak{}, streak{}
		s.fine = true
		return s, send
	}
	row, first, every := &s.unknown, 1, poorEvery
	switch run.Outcome {
	case Failed:
		row, first, every = &s.failed, firstShown, badEvery
		s.degraded, s.unknown = streak{}, streak{}
	case Degraded:
		row = &s.degraded
		s.failed, s.unknown = streak{}, streak{}
	}
	if run.Outcome != Unknown {
		s.owed = s.owed || s.fine
		s.fine = false
	}
	if !has {
		return s, false
	}
	reason := likeness(run.Reason)
	if row.shown >= first && reason == row.reason && !passed(row.last, run.At, every) {
		return s, false
	}
	if !s.spend(run.At, row.shown == 0) {
		return s, false
	}
	row.shown, row.last, row.reason = row.shown+1, run.At, reason
	return s, true
}

// spend takes one piece of what a check may send of its trouble.
func (s *showing) spend(at time.Time, begins bool) bool {
	may := time.Duration(mostShown-1) * shownPause
	if !begins {
		may /= 2
	}
	ahead := s.spent.Sub(at)
	if ahead > mostShown*shownPause { // the clock went back
		ahead = 0
	}
	if ahead > may {
		return false
	}
	s.spent = at.Add(max(ahead, 0) + shownPause)
	return true
}

// passed says whether so much time went by; a clock that went back counts.
func passed(since, now time.Time, least time.Duration) bool {
	gone := now.Sub(since)
	return gone >= least || gone < 0
}

// likeness is equal for reasons that differ in their numbers alone: "it was
// 812ms" is no news after "it was 815ms".
func likeness(reason string) uint64 {
	sum := fnv.New64a()
	for _, r := range reason {
		if !unicode.IsDigit(r) && r != '.' {
			_, _ = sum.Write([]byte(string(r))) // a hash takes everything
		}
	}
	return sum.Sum64()
}
